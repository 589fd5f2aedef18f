/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import edu.umd.cs.findbugs.annotations.SuppressFBWarnings;
import io.prometheus.metrics.exporter.common.PrometheusHttpExchange;
import io.prometheus.metrics.exporter.common.PrometheusHttpRequest;
import io.prometheus.metrics.exporter.common.PrometheusHttpResponse;
import io.prometheus.metrics.exporter.common.PrometheusScrapeHandler;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serial;
import java.util.Enumeration;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the metrics to a Prometheus server, in the text format for which it asks. */
public final class ScrapeServlet extends HttpServlet {
    private static final Logger LOG = LoggerFactory.getLogger(ScrapeServlet.class);

    @Serial
    private static final long serialVersionUID = 1L;

    @SuppressFBWarnings(value = "SE_TRANSIENT_FIELD_NOT_RESTORED", justification = "Nobody stores servlets")
    private final transient PrometheusScrapeHandler handler;

    /** Tells these metrics. */
    public ScrapeServlet(final MultiCollector metrics) {
        final var registry = new PrometheusRegistry();
        registry.register(metrics);
        handler = new PrometheusScrapeHandler(registry);
    }

    @Override
    protected void doGet(final HttpServletRequest request, final HttpServletResponse response) throws IOException {
        handler.handleRequest(new Exchange(request, response));
    }

    /**
     * A request and its answer, as the library wants to see them.
     *
     * @param request the request
     * @param response the answer
     */
    private record Exchange(HttpServletRequest request, HttpServletResponse response)
            implements PrometheusHttpExchange, PrometheusHttpRequest, PrometheusHttpResponse {
        @Override
        public PrometheusHttpRequest getRequest() {
            return this;
        }

        @Override
        public PrometheusHttpResponse getResponse() {
            return this;
        }

        @Override
        public String getQueryString() {
            return request.getQueryString();
        }

        @Override
        public Enumeration<String> getHeaders(final String name) {
            return request.getHeaders(name);
        }

        @Override
        public String getMethod() {
            return request.getMethod();
        }

        @Override
        public String getRequestPath() {
            return request.getRequestURI();
        }

        @Override
        public void setHeader(final String name, final String value) {
            response.setHeader(name, value);
        }

        @Override
        public OutputStream sendHeadersAndGetBody(final int status, final int length) throws IOException {
            response.setStatus(status);
            if (length > 0) {
                response.setContentLength(length);
            }
            return response.getOutputStream();
        }

        @Override
        public void handleException(final IOException cause) throws IOException {
            throw cause;
        }

        @Override
        public void handleException(final RuntimeException cause) {
            LOG.error("The metrics could not be told", cause);
            response.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
        }

        @Override
        public void close() {
            // The web server does.
        }
    }
}
