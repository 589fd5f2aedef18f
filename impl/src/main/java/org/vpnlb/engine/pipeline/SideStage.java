/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * Table 7: in a switch of both sides, forwards within one what would be forwarded normally elsewhere. It knows where
 * the devices are and learns nothing: what is for no device goes to all clients' ports, or to all servers'. None goes
 * back where it came from, since only OFPP_IN_PORT does that (OpenFlow 1.3, section 7.2.1).
 */
final class SideStage implements Stage {
    /** What no bridge forwards: its own protocols, such as spanning tree and LACP (IEEE 802.1Q, section 8.6.3). */
    private static final MacAddress BRIDGES = MacAddress.parse("01:80:c2:00:00:00");

    private static final MacAddress BRIDGES_MASK = MacAddress.parse("ff:ff:ff:ff:ff:f0");

    /** The bit of all groups' addresses, the broadcast address among them (IEEE 802, section 8.2). */
    private static final MacAddress GROUP_BIT = MacAddress.parse("01:00:00:00:00:00");

    private final Layout layout;

    SideStage(final Layout layout) {
        this.layout = layout;
    }

    @Override
    public Table table() {
        return Table.SIDES;
    }

    @Override
    public List<Flow> flows(final Site site) {
        if (!site.hasBothSides()) {
            return List.of();
        }
        final List<Flow> flows = new ArrayList<>();
        flows.add(layout.drop(
                Band.TO_BRIDGE,
                Match.builder().etherDestination(BRIDGES, BRIDGES_MASK).build(),
                cookie()));
        for (final Side side : Side.values()) {
            for (final Service service : site.at(side)) {
                flows.add(layout.drop(
                        Band.TO_NOBODY,
                        Match.builder().etherDestination(service.virtualMac()).build(),
                        cookie()));
            }
            flows.addAll(ofSide(site, side));
        }
        return flows;
    }

    /**
     * A lasting entry that forwards: as any switch does, or within the side where the switch has both.
     *
     * @param side where the frames are
     * @param before what is done to the frames before
     */
    Flow forward(
            final Site site,
            final Side side,
            final Band band,
            final Match match,
            final long cookie,
            final Action... before) {
        return site.hasBothSides()
                ? layout.toSide(band, match, cookie, List.of(before), side)
                : layout.flow(
                        band,
                        match,
                        cookie,
                        Stream.concat(Stream.of(before), Stream.of(new Action.OutputNormal()))
                                .toList());
    }

    /**
     * A lasting entry that forwards from a device to the hosts of its side: as any switch does, or out of all their
     * ports where the switch has both sides.
     *
     * @param before what is done to the frames before
     */
    Flow toHosts(
            final Site site,
            final Side side,
            final Band band,
            final Match match,
            final long cookie,
            final List<Action> before) {
        final List<Action> actions = new ArrayList<>(before);
        actions.addAll(site.hasBothSides() ? outputs(site.hosts(side)) : List.of(new Action.OutputNormal()));
        return layout.flow(band, match, cookie, actions);
    }

    private List<Flow> ofSide(final Site site, final Side side) {
        final List<Flow> flows = new ArrayList<>();
        for (final Attachment device : site.devices(side)) {
            flows.add(layout.flow(
                    Band.TO_DEVICE,
                    at(side).etherDestination(device.mac()).build(),
                    cookie(),
                    List.of(new Action.Output(device.port()))));
        }
        flows.add(layout.flow(
                Band.TO_ALL,
                at(side).etherDestination(GROUP_BIT, GROUP_BIT).build(),
                cookie(),
                outputs(site.places(side))));
        flows.add(layout.flow(Band.TO_HOST, at(side).build(), cookie(), outputs(site.hosts(side))));
        return flows;
    }

    private static Match.Builder at(final Side side) {
        return Match.builder().metadata(Layout.metadata(side));
    }

    private static List<Action> outputs(final List<Place> places) {
        return places.stream()
                .<Action>map(place -> new Action.Output(place.port()))
                .toList();
    }

    private static long cookie() {
        return Layout.cookie(Kind.SIDE);
    }
}
