/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/** Table 1: sends each client that is known to its device, and the others to the selection. */
final class ClientSessionStage implements Stage {
    private static final int SUPPRESSED_SECONDS = 5;

    private final Layout layout;
    private final LearnerEntriesByService learners;
    private final Sources sources;
    private final DeviceTraffic deviceTraffic;

    ClientSessionStage(
            final Layout layout,
            final LearnerEntriesByService learners,
            final Sources sources,
            final DeviceTraffic deviceTraffic) {
        this.layout = layout;
        this.learners = learners;
        this.sources = sources;
        this.deviceTraffic = deviceTraffic;
    }

    @Override
    public Table table() {
        return Table.CLIENT_SESSIONS;
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        for (final Service service : site.at(Side.INGRESS)) {
            flows.addAll(learners.of(service).clientSessions(service));
            flows.addAll(deviceTraffic.sessions(service));
            ImpossibleSources.outside(service, sources).forEach(source -> flows.add(noClient(service, source)));
            flows.add(layout.toTable(
                    Band.NEW_CLIENT, Match.ALL, Layout.cookie(Kind.CLIENT_SESSION), List.of(), Table.SELECTION));
        }
        return flows;
    }

    private Flow noClient(final Service service, final IpPrefix source) {
        return layout.drop(
                Band.NO_CLIENT,
                Match.ip(source.address().family())
                        .metadata(layout.metadata(service))
                        .ipSource(source)
                        .build(),
                layout.cookie(Kind.CLIENT_SESSION, service));
    }

    /** The session of a client. */
    Flow session(final Service service, final Device device, final ClientKey client) {
        final Timeouts timeouts = Timeouts.idle(service.ingress().idleTimeout());
        return toDevice(Band.CLIENT_SESSION, Kind.CLIENT_SESSION, timeouts, service, device, client);
    }

    /** Sends a client that is not to have a session to a device for a few seconds, without a punt a frame. */
    Flow suppressedClient(final Service service, final Device device, final ClientKey client) {
        return toDevice(
                Band.SUPPRESSED_CLIENT, Kind.SUPPRESSION, Timeouts.hard(SUPPRESSED_SECONDS), service, device, client);
    }

    private Flow toDevice(
            final Band band,
            final Kind kind,
            final Timeouts timeouts,
            final Service service,
            final Device device,
            final ClientKey client) {
        return layout.flow(
                band,
                Match.ip(client.family())
                        .metadata(layout.metadata(service))
                        .from(client)
                        .build(),
                layout.cookie(kind, service, device),
                timeouts,
                List.of(layout.toGroup(GroupId.Kind.TO_DEVICE, service, device)));
    }
}
