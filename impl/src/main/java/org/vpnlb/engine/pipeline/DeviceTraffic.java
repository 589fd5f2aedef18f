/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * What a device sends to clients from a cluster address tells whose they are, too: it may begin by itself, and a client
 * may be silent for hours. Tables 0 and 1 know such frames, and those clients that are known to be the device's; for
 * the rest the slot of the destination is looked for, as that of a client's source. Only where slots are found by an
 * address.
 */
final class DeviceTraffic {
    private static final int SUPPRESSED_SECONDS = 5;

    private final Layout layout;
    private final SelectionStage selection;

    DeviceTraffic(final Layout layout, final SelectionStage selection) {
        this.layout = layout;
        this.selection = selection;
    }

    /** The entries of table 0 by which such frames are known; what a silenced device sends is dropped before. */
    List<Flow> classified(final Site site, final Service service) {
        final List<Flow> flows = new ArrayList<>();
        if (selection.isBySource(service)) {
            for (final Device device : service.devices()) {
                if (device.ingress().node().equals(site.node())) {
                    service.clusterAddresses().forEach(cluster -> flows.add(classified(service, device, cluster)));
                }
            }
        }
        return flows;
    }

    private Flow classified(final Service service, final Device device, final IpAddress cluster) {
        final Match.Builder match =
                Places.from(device.ingress(), Match.ip(cluster.family())).ipSource(IpPrefix.of(cluster));
        // Where clients are told apart by their ports, what shows no port tells none.
        service.keyed()
                .ifPresent(traffic -> match.ipProtocol(traffic.ipProtocol()).sourcePort(traffic.destinationPort()));
        return layout.fromDevice(Band.DEVICE_TO_CLIENT, match.build(), service, device, Table.CLIENT_SESSIONS);
    }

    /** The lasting entries of table 1 for such frames. */
    List<Flow> sessions(final Service service) {
        return selection.isBySource(service)
                ? List.of(layout.drop(
                        Band.DEVICE_TO_NOBODY,
                        layout.toClients(service)
                                .etherDestination(service.virtualMac())
                                .build(),
                        layout.cookie(Kind.TO_CLIENT, service)))
                : List.of();
    }

    /** The entry by which a client is known to be a device's, from what the device sends to it. */
    Flow known(final Service service, final Device device, final ClientKey client) {
        return toClient(
                Band.TO_KNOWN_CLIENT,
                Kind.TO_CLIENT,
                Timeouts.idle(service.ingress().idleTimeout()),
                service,
                device,
                client);
    }

    /** Keeps what a device sends to a client from being punted for a few seconds. */
    Flow suppressed(final Service service, final Device device, final ClientKey client) {
        return toClient(
                Band.TO_SUPPRESSED_CLIENT,
                Kind.SUPPRESSION,
                Timeouts.hard(SUPPRESSED_SECONDS),
                service,
                device,
                client);
    }

    /** As if the client's slot were the device's: the metadata still has the sender. */
    private Flow toClient(
            final Band band,
            final Kind kind,
            final Timeouts timeouts,
            final Service service,
            final Device device,
            final ClientKey client) {
        return layout.toTable(
                band,
                layout.toClient(service, device, client).build(),
                layout.cookie(kind, service, device),
                timeouts,
                List.of(),
                Table.SLOT_DEVICES);
    }
}
