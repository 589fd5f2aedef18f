/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * Shows crossed cables on the clients' side: ARP at a device's port that is not that device's is copied to the
 * controller (table 0). Every host speaks ARP now and then, so no packet of a client costs anything.
 */
final class StrayArp {
    private final Layout layout;
    private final Metering metering;
    private final SideStage sides;

    StrayArp(final Layout layout, final Metering metering, final SideStage sides) {
        this.layout = layout;
        this.metering = metering;
        this.sides = sides;
    }

    /** The entries of a service; none where copies have no meter, since a device could send any number. */
    List<Flow> flows(final Site site, final Service service) {
        final List<Flow> flows = new ArrayList<>();
        final Set<Place> places = new LinkedHashSet<>();
        if (metering.boundsCopies() && site.isAt(service, Side.INGRESS)) {
            service.devices().stream().map(Device::ingress).forEach(device -> {
                flows.add(own(site, service, device));
                places.add(device.place());
            });
            places.forEach(place -> flows.add(stray(site, service, place)));
        }
        return flows;
    }

    private Flow own(final Site site, final Service service, final Attachment device) {
        return sides.forward(
                site,
                Side.INGRESS,
                Band.DEVICE_ARP,
                Places.from(device, Match.arp()).build(),
                layout.cookie(Kind.CLASSIFY, service));
    }

    private Flow stray(final Site site, final Service service, final Place place) {
        return sides.forward(
                site,
                Side.INGRESS,
                Band.STRAY_ARP,
                Places.at(place, Match.arp()).build(),
                layout.cookie(Kind.CLASSIFY, service),
                metering.copy(PuntLength.HEADERS, Layout.meter(MeterId.Kind.STRAY_SOURCE, place.port())));
    }
}
