/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.prometheus.metrics.model.registry.MultiCollector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import javax.servlet.ServletException;
import javax.servlet.ServletOutputStream;
import javax.servlet.WriteListener;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.Test;

class ScrapeServletTest {
    private final HttpServletRequest request = mock();
    private final HttpServletResponse response = mock();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    @Test
    void aScraperGetsTheTextFormat() throws ServletException, IOException {
        scrape(new Metrics("1.2.3", InstantSource.system()), "text/plain;version=0.0.4");
        verify(response).setStatus(HttpServletResponse.SC_OK);
        verify(response).setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        assertThat(body.toString(StandardCharsets.UTF_8)).isEqualTo("""
                        # HELP vpnlb_build_info The version of vpnlb.
                        # TYPE vpnlb_build_info gauge
                        vpnlb_build_info{version="1.2.3"} 1
                        """);
    }

    @Test
    void aScraperThatAsksForOpenMetricsGetsIt() throws ServletException, IOException {
        scrape(new Metrics("1.2.3", InstantSource.system()), "application/openmetrics-text;version=1.0.0");
        assertThat(body.toString(StandardCharsets.UTF_8))
                .contains("# TYPE vpnlb_build info")
                .endsWith("# EOF\n");
    }

    @Test
    void aFailureIsToldToTheScraperWithoutItsInside() throws ServletException, IOException {
        final MultiCollector failing = () -> {
            throw new IllegalStateException("inside");
        };
        scrape(failing, "text/plain");
        verify(response).setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
        verify(response, never()).setContentLength(anyInt());
        assertThat(body.size()).isZero();
    }

    private void scrape(final MultiCollector metrics, final String accept) throws ServletException, IOException {
        when(request.getMethod()).thenReturn("GET");
        when(request.getHeaders("Accept")).thenAnswer(call -> Collections.enumeration(List.of(accept)));
        when(request.getHeaders("Accept-Encoding")).thenAnswer(call -> Collections.emptyEnumeration());
        when(response.getOutputStream()).thenReturn(new ServletOutputStream() {
            @Override
            public boolean isReady() {
                return true;
            }

            @Override
            public void setWriteListener(final WriteListener listener) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(final int octet) {
                body.write(octet);
            }
        });
        new ScrapeServlet(metrics).service(request, response);
    }
}
