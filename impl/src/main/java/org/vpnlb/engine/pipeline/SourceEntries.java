/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/** What of table 0 tells the controller who has an address that checks are to come from (RFC 5227, RFC 4862). */
final class SourceEntries {
    private final Layout layout;
    private final Metering metering;
    private final SideStage sides;
    private final Sources sources;

    SourceEntries(final Layout layout, final Metering metering, final SideStage sides, final Sources sources) {
        this.layout = layout;
        this.metering = metering;
        this.sides = sides;
        this.sources = sources;
    }

    /** The entries for the addresses of a service. */
    List<Flow> flows(final Site site, final Service service) {
        final List<Flow> flows = new ArrayList<>();
        for (final Side side : Side.values()) {
            if (site.isAt(service, side)) {
                sources.claimed(service, side)
                        .ifPresent(source -> NeighbourMatches.speaks(source.address())
                                .forEach(match -> flows.add(punt(service, Band.SOURCE_USED, match))));
                sources.unclaimed(service, side)
                        .ifPresent(source -> flows.addAll(heard(site, service, side, source.address())));
            }
        }
        if (!flows.isEmpty()) {
            // An answer to a probe of duplicate address detection goes to all, see NeighbourMatches#speaks.
            flows.add(answer(service));
        }
        return flows;
    }

    private Flow answer(final Service service) {
        return punt(
                service,
                Band.ANSWERED,
                Match.arp()
                        .etherDestination(service.virtualMac())
                        .arpOperation(ArpPacket.REPLY)
                        .build());
    }

    private Flow punt(final Service service, final Band band, final Match match) {
        return metering.bound(
                layout.flow(band, match, cookie(service), List.of(PuntLength.WHOLE_FRAME.action())),
                layout.meter(MeterId.Kind.ADDRESS_ASKED, service, Layout.NO_PORT));
    }

    private List<Flow> heard(final Site site, final Service service, final Side side, final IpAddress address) {
        final Action copy = metering.copy(
                PuntLength.WHOLE_FRAME, layout.meter(MeterId.Kind.ADDRESS_ASKED, service, Layout.NO_PORT));
        final List<Match> speaks = NeighbourMatches.speaks(address);
        if (!site.hasBothSides()) {
            return speaks.stream()
                    .map(match -> heardBy(site, service, side, match, copy))
                    .toList();
        }
        return site.places(side).stream()
                .flatMap(place ->
                        speaks.stream().map(match -> heardBy(site, service, side, match.at(place.port()), copy)))
                .toList();
    }

    private Flow heardBy(
            final Site site, final Service service, final Side side, final Match match, final Action copy) {
        return sides.forward(site, side, Band.SOURCE_HEARD, match, cookie(service), copy);
    }

    private long cookie(final Service service) {
        return layout.cookie(Kind.CLASSIFY, service);
    }
}
