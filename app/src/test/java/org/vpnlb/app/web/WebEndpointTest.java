/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.InstantSource;
import javax.servlet.Filter;
import javax.servlet.ServletException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.opendaylight.aaa.web.FilterDetails;
import org.opendaylight.aaa.web.ServletDetails;
import org.opendaylight.aaa.web.WebContext;
import org.opendaylight.aaa.web.WebContextSecurer;
import org.opendaylight.aaa.web.WebServer;
import org.opendaylight.yangtools.concepts.Registration;
import org.vpnlb.app.metrics.Metrics;

class WebEndpointTest {
    private final WebServer server = mock();
    private final Registration registration = mock();
    private final Filter authentication = mock();
    /** As OpenDaylight's does. */
    private final WebContextSecurer securer = (context, isAsync, patterns) -> {
        final var filter = FilterDetails.builder().filter(authentication);
        for (final String pattern : patterns) {
            filter.addUrlPattern(pattern);
        }
        context.addFilter(filter.build());
    };

    @BeforeEach
    void serve() throws ServletException {
        when(server.registerWebContext(any())).thenReturn(registration);
    }

    @Test
    void allBelowItsPathIsBehindAuthentication() throws ServletException {
        assertThat(served().filters()).singleElement().satisfies(filter -> {
            assertThat(filter.filter()).isSameAs(authentication);
            assertThat(filter.urlPatterns()).containsExactly("/*");
        });
    }

    @Test
    void theMetricsAreAtVpnlbMetrics() throws ServletException {
        final WebContext context = served();
        assertThat(context.contextPath()).isEqualTo("/vpnlb");
        assertThat(context.servlets())
                .flatExtracting(ServletDetails::urlPatterns)
                .contains("/metrics");
    }

    @Test
    void nothingIsServedOnceItIsClosed() throws ServletException {
        endpoint().close();
        verify(registration).close();
    }

    private WebContext served() throws ServletException {
        endpoint();
        final var context = ArgumentCaptor.forClass(WebContext.class);
        verify(server).registerWebContext(context.capture());
        return context.getValue();
    }

    private WebEndpoint endpoint() throws ServletException {
        return new WebEndpoint(server, securer, new Metrics("1.2.3", InstantSource.system()));
    }
}
