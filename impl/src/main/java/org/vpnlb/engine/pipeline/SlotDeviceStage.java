/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * The table of the devices of the slots. A new client goes to the device of its slot. What a device sends to a client
 * is forwarded; where the client's slot is not the sender's, or waits to move, it is learned whose the client is.
 */
final class SlotDeviceStage implements Stage {
    private final Layout layout;
    private final LearnerEntriesByService learners;
    private final SelectionStage selection;
    private final SideStage sides;

    SlotDeviceStage(
            final Layout layout,
            final LearnerEntriesByService learners,
            final SelectionStage selection,
            final SideStage sides) {
        this.layout = layout;
        this.learners = learners;
        this.selection = selection;
        this.sides = sides;
    }

    @Override
    public Table table() {
        return Table.SLOT_DEVICES;
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        for (final Service service : selection.bySource(site)) {
            flows.addAll(selection.selector(service).slotDevices(service));
            for (final Device device : service.devices()) {
                if (device.ingress().node().equals(site.node())) {
                    flows.addAll(toClients(site, service, device));
                }
            }
        }
        return flows;
    }

    private List<Flow> toClients(final Site site, final Service service, final Device device) {
        final Attachment ingress = device.ingress();
        final List<Flow> flows = new ArrayList<>();
        flows.add(sides.toHosts(
                site,
                Side.INGRESS,
                Band.TO_OWN_CLIENT,
                layout.toOwnClients(Places.at(ingress.place(), Match.builder()), service, device)
                        .build(),
                layout.cookie(Kind.TO_CLIENT, service),
                List.of()));
        for (final Family family : service.outerFamilies()) {
            final LearnerEntries learner = learners.of(service);
            flows.add(sides.toHosts(
                    site,
                    Side.INGRESS,
                    Band.TO_OTHERS_CLIENT,
                    layout.toClients(Places.from(ingress, SwitchLearnedClientStage.ofClients(service, family)), service)
                            .build(),
                    learner.toOthersClientCookie(service, device),
                    learner.toOthersClient(service, device, family)));
        }
        return flows;
    }
}
