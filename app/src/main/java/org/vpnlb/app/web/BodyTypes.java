/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.web;

import java.io.IOException;
import javax.servlet.Filter;
import javax.servlet.FilterChain;
import javax.servlet.FilterConfig;
import javax.servlet.ServletException;
import javax.servlet.ServletRequest;
import javax.servlet.ServletResponse;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses what is posted to RESTCONF without saying of which type it is: RESTCONF of netconf 9.0.1 would guess.
 *
 * <p>Browsers with a login send such a request for any site that wants it, without asking first (Fetch standard: a POST
 * whose body has no type, or one of three types that RESTCONF refuses by itself). So another site could end sessions.
 */
@Component(
        service = Filter.class,
        property = {
            "osgi.http.whiteboard.context.select=(osgi.http.whiteboard.context.name=RESTCONF)",
            "osgi.http.whiteboard.filter.name=vpnlb-body-types",
            "osgi.http.whiteboard.filter.pattern=/*",
            "osgi.http.whiteboard.filter.asyncSupported:Boolean=true",
            // Behind the filter that asks who it is
            "service.ranking:Integer=-1"
        })
public final class BodyTypes implements Filter {
    private static final Logger LOG = LoggerFactory.getLogger(BodyTypes.class);

    private static final String ABSENT = """
            {"ietf-restconf:errors":{"error":[{"error-type":"transport","error-tag":"invalid-value",\
            "error-message":"Content-Type = absent: say what the body is; write application/yang-data+json"}]}}""";

    @Override
    public void init(final FilterConfig config) {
        LOG.debug("Requests with a body need its type");
    }

    @Override
    public void doFilter(final ServletRequest request, final ServletResponse response, final FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest http
                && response instanceof HttpServletResponse refusal
                && hasBody(http)
                && !hasType(http)) {
            refusal.setStatus(HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE);
            refusal.setContentType("application/yang-data+json");
            refusal.getWriter().write(ABSENT);
        } else {
            chain.doFilter(request, response);
        }
    }

    /** An RPC without input needs no body. */
    private static boolean hasBody(final HttpServletRequest request) {
        return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    }

    private static boolean hasType(final HttpServletRequest request) {
        final String type = request.getContentType();
        return type != null && !type.isBlank();
    }

    @Override
    public void destroy() {
        // It holds nothing.
    }
}
