/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Neighbour;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * What of table 0 is about ARP and neighbour discovery for our addresses: who is answered, by whom, and who may not
 * speak in their name.
 */
final class NeighbourAnswers {
    /** Longer than hosts keep an ARP entry that they use, so that they never have to wait for the controller. */
    private static final int ANSWER_SECONDS = 3600;

    private final Layout layout;
    private final Metering metering;
    private final SideStage sides;
    private final Sources sources;
    private final SourceEntries sourceEntries;
    private final StrayArp strayArp;

    NeighbourAnswers(final Layout layout, final Metering metering, final SideStage sides, final Sources sources) {
        this.layout = layout;
        this.metering = metering;
        this.sides = sides;
        this.sources = sources;
        sourceEntries = new SourceEntries(layout, metering, sides, sources);
        strayArp = new StrayArp(layout, metering, sides);
    }

    /** The entries for the addresses of all services in a switch. */
    List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        for (final Service service : site.services()) {
            if (site.isAt(service, Side.INGRESS)) {
                for (final IpAddress cluster : service.clusterAddresses()) {
                    service.devices().forEach(device -> flows.addAll(ofDevice(site, service, device, cluster)));
                }
            }
            flows.addAll(sourceEntries.flows(site, service));
            flows.addAll(strayArp.flows(site, service));
            flows.addAll(found(site, service));
            for (final IpAddress address : ours(site, service)) {
                NeighbourMatches.claims(address)
                        .forEach(claim -> flows.add(layout.drop(Band.ADDRESS_CLAIMED, claim, cookie(service))));
                flows.addAll(metering.boundByPort(
                        MeterId.Kind.ADDRESS_ASKED,
                        service,
                        site.ports(service),
                        port -> asked(service, address, port)));
            }
        }
        return flows;
    }

    /**
     * The entry by which the switch itself answers a host that asks for an address of the service again. ARP entries of
     * hosts last for a minute or so: without this, a controller that is away for longer would cut everybody off.
     */
    Flow answer(final Service service, final Neighbour neighbour) {
        return layout.flow(
                Band.ADDRESS_ASKED_AGAIN,
                Places.at(neighbour.place(), Match.arp())
                        .etherSource(neighbour.mac())
                        .arpOperation(ArpPacket.REQUEST)
                        .arpSender(neighbour.address())
                        .arpTarget(neighbour.asked())
                        .build(),
                layout.cookie(Kind.ADDRESS_ANSWER, service),
                Timeouts.idle(ANSWER_SECONDS),
                List.of(
                        new Action.SetDestinationMac(neighbour.mac()),
                        new Action.SetSourceMac(service.virtualMac()),
                        new Action.SetArpOperation(ArpPacket.REPLY),
                        new Action.SetArpSenderMac(service.virtualMac()),
                        new Action.SetArpSender(neighbour.asked()),
                        new Action.SetArpTargetMac(neighbour.mac()),
                        new Action.SetArpTarget(neighbour.address()),
                        new Action.OutputInPort()));
    }

    /** The neighbour whom an entry answers; empty when the entry is no answer. */
    static Optional<Neighbour> neighbour(final String node, final Flow.Key key, final long cookie) {
        final Match match = key.match();
        return Cookie.parse(cookie)
                                .filter(parsed -> parsed.kind() == Kind.ADDRESS_ANSWER)
                                .isPresent()
                        && match.inPort() != null
                        && match.etherSource() != null
                        && match.arpSender() != null
                        && match.arpTarget() != null
                ? Optional.of(new Neighbour(
                        Place.untagged(node, match.inPort()),
                        match.etherSource(),
                        match.arpSender(),
                        match.arpTarget()))
                : Optional.empty();
    }

    /** What devices answer that are asked for a client without a session, see {@code neighbour.ClientSearch}. */
    private List<Flow> found(final Site site, final Service service) {
        final List<Flow> flows = new ArrayList<>();
        if (!site.isAt(service, Side.EGRESS) || !service.egress().deviceSearch()) {
            return flows;
        }
        for (final Family family : service.innerFamilies()) {
            if (service.egress().gatewayAddress(family).isEmpty()) {
                continue;
            }
            for (final Device device : service.devices()) {
                if (device.keepsSessions()) {
                    flows.add(found(service, device.egress(), family));
                }
            }
        }
        return flows;
    }

    private Flow found(final Service service, final Attachment egress, final Family family) {
        return metering.bound(
                layout.flow(
                        Band.CLIENT_FOUND,
                        Places.from(egress, NeighbourMatches.tellsAny(family))
                                .etherDestination(service.virtualMac())
                                .build(),
                        cookie(service),
                        List.of(PuntLength.WHOLE_FRAME.action())),
                layout.searchMeter(MeterId.Kind.ADDRESS_ASKED, service, egress.port()));
    }

    private List<IpAddress> ours(final Site site, final Service service) {
        return Stream.of(Side.values())
                .filter(side -> site.isAt(service, side))
                .flatMap(side -> sources.answered(service, side).stream())
                .distinct()
                .toList();
    }

    /** Whether a switch holds the entry by which vpnlb answers for an address. */
    boolean isAnswered(final Tables held, final IpAddress address) {
        return held.flows()
                .containsKey(layout.key(
                        Band.ADDRESS_ASKED, NeighbourMatches.asks(address).build()));
    }

    private Flow asked(final Service service, final IpAddress address, final OptionalLong port) {
        final Match asks = NeighbourMatches.asks(address).build();
        return layout.flow(
                port.isPresent() ? Band.ADDRESS_ASKED_AT_PORT : Band.ADDRESS_ASKED,
                port.isPresent() ? asks.at(port.getAsLong()) : asks,
                cookie(service),
                List.of(PuntLength.WHOLE_FRAME.action()));
    }

    private List<Flow> ofDevice(final Site site, final Service service, final Device device, final IpAddress cluster) {
        final Attachment ingress = device.ingress();
        if (cluster.family() == Family.V6) {
            // It does not ask in the cluster address's name: what does is dropped as a claim.
            return List.of(layout.drop(
                    Band.DEVICE_ASKS_CLUSTER,
                    Places.at(ingress.place(), NeighbourMatches.asks(cluster)).build(),
                    cookie(service)));
        }
        final List<Flow> flows = new ArrayList<>();
        flows.add(layout.drop(
                Band.DEVICE_ASKS_CLUSTER,
                Places.at(ingress.place(), Match.arp()).arpTarget(cluster).build(),
                cookie(service)));
        ingress.address()
                .filter(own -> own.family() == Family.V4)
                .ifPresent(own -> flows.add(sides.forward(
                        site,
                        Side.INGRESS,
                        Band.DEVICE_ASKS_AS_CLUSTER,
                        Places.from(ingress, Match.arp())
                                .arpOperation(ArpPacket.REQUEST)
                                .arpSender(cluster)
                                .build(),
                        cookie(service),
                        new Action.SetArpSender(own))));
        return flows;
    }

    private long cookie(final Service service) {
        return layout.cookie(Kind.CLASSIFY, service);
    }
}
