/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.web;

import java.util.List;
import javax.servlet.ServletException;
import org.opendaylight.aaa.web.ServletDetails;
import org.opendaylight.aaa.web.WebContext;
import org.opendaylight.aaa.web.WebContextSecurer;
import org.opendaylight.aaa.web.WebServer;
import org.opendaylight.yangtools.concepts.Registration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.vpnlb.app.metrics.Metrics;
import org.vpnlb.app.metrics.ScrapeServlet;

/**
 * What vpnlb serves below {@code /vpnlb} on OpenDaylight's web server. All of it is behind OpenDaylight's
 * authentication, as RESTCONF is: there is no way to a servlet around it.
 */
@Component(service = {})
public final class WebEndpoint {
    private static final String PATH = "/vpnlb";

    private final Registration registration;

    /** Begins to serve. */
    @Activate
    public WebEndpoint(
            @Reference final WebServer server,
            @Reference final WebContextSecurer securer,
            @Reference final Metrics metrics)
            throws ServletException {
        this(server, securer, servlets(metrics));
    }

    /**
     * Begins to serve servlets.
     *
     * @param servlets each with its patterns, which are relative to {@code /vpnlb}
     */
    WebEndpoint(final WebServer server, final WebContextSecurer securer, final List<ServletDetails> servlets)
            throws ServletException {
        final WebContext.Builder context =
                WebContext.builder().name("vpnlb").contextPath(PATH).supportsSessions(false);
        servlets.forEach(context::addServlet);
        securer.requireAuthentication(context);
        registration = server.registerWebContext(context.build());
    }

    /** Serves no more. */
    @Deactivate
    public void close() {
        registration.close();
    }

    /** A new servlet is one more here. */
    private static List<ServletDetails> servlets(final Metrics metrics) {
        return List.of(
                ServletDetails.builder()
                        .name("vpnlb-metrics")
                        .servlet(new ScrapeServlet(metrics))
                        .addUrlPattern("/metrics")
                        .build(),
                // All else
                ServletDetails.builder()
                        .name("vpnlb-page")
                        .servlet(new PageServlet())
                        .addUrlPattern("/*")
                        .build());
    }
}
