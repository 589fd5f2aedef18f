/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * Table 0: tells whose a frame is, and sends it to the sessions of its side. What is not vpnlb's is forwarded normally,
 * or within its side where the switch has both.
 */
final class ClassifyStage implements Stage {
    private static final int FRAGMENT_PORT = 0;
    /** What a later fragment of IPv6 shows as its protocol: what is behind is not known (RFC 8200, section 4.5). */
    private static final int FRAGMENT_HEADER = 44;

    private final Layout layout;
    private final LearnerEntriesByService learners;
    private final CheckAnswers checkAnswers;
    private final NeighbourAnswers neighbourAnswers;
    private final IcmpEntries icmp;
    private final DeviceTraffic deviceTraffic;
    private final SideStage sides;

    ClassifyStage(
            final Layout layout,
            final LearnerEntriesByService learners,
            final CheckAnswers checkAnswers,
            final NeighbourAnswers neighbourAnswers,
            final IcmpEntries icmp,
            final DeviceTraffic deviceTraffic,
            final SideStage sides) {
        this.layout = layout;
        this.learners = learners;
        this.checkAnswers = checkAnswers;
        this.neighbourAnswers = neighbourAnswers;
        this.icmp = icmp;
        this.deviceTraffic = deviceTraffic;
        this.sides = sides;
    }

    @Override
    public Table table() {
        return Table.CLASSIFY;
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>(checkAnswers.flows(site));
        flows.addAll(neighbourAnswers.flows(site));
        flows.addAll(icmp.flows(site));
        for (final Service service : site.services()) {
            final boolean isIngress = site.isAt(service, Side.INGRESS);
            final boolean isEgress = site.isAt(service, Side.EGRESS);
            if (isIngress) {
                flows.addAll(fromClients(site, service));
                flows.addAll(ofSilenced(site, service));
                flows.addAll(deviceTraffic.classified(site, service));
            }
            if (isEgress) {
                flows.addAll(toClients(service));
                service.devices().forEach(device -> flows.addAll(ofDevice(site, service, device)));
            }
            if (isIngress || isEgress) {
                flows.add(layout.drop(
                        Band.FROM_VIRTUAL_MAC,
                        Match.builder().etherSource(service.virtualMac()).build(),
                        cookie(service)));
                flows.add(layout.drop(
                        Band.UNSERVED,
                        Match.builder().etherDestination(service.virtualMac()).build(),
                        cookie(service)));
            }
        }
        flows.addAll(bySide(site));
        if (!flows.isEmpty()) {
            flows.add(layout.flow(
                    Band.NOT_OURS, Match.ALL, Layout.cookie(Kind.CLASSIFY), List.of(new Action.OutputNormal())));
        }
        return flows;
    }

    private List<Flow> fromClients(final Site site, final Service service) {
        final LearnerEntries learner = learners.of(service);
        final List<Flow> flows = new ArrayList<>();
        for (final Place uplink : site.uplinks(service)) {
            for (final IpAddress cluster : service.clusterAddresses()) {
                for (final Match match : traffic(service, uplink, cluster)) {
                    flows.add(learner.toSessions(Band.SERVICE_TRAFFIC, match, service, Side.INGRESS));
                }
                final boolean isPlaced = service.keyed().isEmpty();
                for (final Match match : fragments(service, uplink, cluster)) {
                    flows.add(
                            isPlaced
                                    ? learner.toSessions(Band.SERVICE_TRAFFIC, match, service, Side.INGRESS)
                                    : layout.drop(Band.FRAGMENT, match, cookie(service)));
                }
            }
        }
        return flows;
    }

    /** A gateway that its clients hear of goes on being theirs: they would stay with it, and reach nobody. */
    private List<Flow> ofSilenced(final Site site, final Service service) {
        final List<Flow> flows = new ArrayList<>();
        for (final Device device : service.devices()) {
            if (!device.keepsSessions() && device.ingress().node().equals(site.node())) {
                for (final IpAddress cluster : service.clusterAddresses()) {
                    flows.add(layout.drop(
                            Band.SILENCED_DEVICE,
                            Places.from(device.ingress(), Match.ip(cluster.family()))
                                    .ipSource(IpPrefix.of(cluster))
                                    .build(),
                            cookie(service)));
                }
            }
        }
        return flows;
    }

    private static List<Match> traffic(final Service service, final Place uplink, final IpAddress cluster) {
        final List<Match> matches = new ArrayList<>();
        for (final Traffic traffic : service.traffic()) {
            final Match.Builder match = toCluster(uplink, cluster);
            if (traffic.ipProtocol() != null) {
                match.ipProtocol(traffic.ipProtocol());
            }
            if (traffic.destinationPort() != null) {
                match.destinationPort(traffic.destinationPort());
            }
            matches.add(match.build());
        }
        return matches.stream().distinct().toList();
    }

    /** A fragment shows no port, or port 0; it must take the path of its packet. */
    private static List<Match> fragments(final Service service, final Place uplink, final IpAddress cluster) {
        final List<Match> matches = new ArrayList<>();
        for (final Traffic traffic : service.traffic()) {
            if (traffic.destinationPort() != null) {
                matches.add(toCluster(uplink, cluster)
                        .ipProtocol(traffic.ipProtocol())
                        .destinationPort(FRAGMENT_PORT)
                        .build());
            }
            if (cluster.family() == IpAddress.Family.V6 && traffic.ipProtocol() != null) {
                matches.add(
                        toCluster(uplink, cluster).ipProtocol(FRAGMENT_HEADER).build());
            }
        }
        return matches.stream().distinct().toList();
    }

    private static Match.Builder toCluster(final Place uplink, final IpAddress cluster) {
        return Places.at(uplink, Match.ip(cluster.family())).ipDestination(IpPrefix.of(cluster));
    }

    private List<Flow> toClients(final Service service) {
        final LearnerEntries learner = learners.of(service);
        final List<Flow> flows = new ArrayList<>();
        for (final IpPrefix prefix : service.innerPrefixes()) {
            for (final MacAddress target : targets(service)) {
                // By way of table 3, for the frames that one client sends to another through two devices.
                flows.add(learner.toSessions(
                        Band.TO_CLIENT,
                        Match.ip(prefix.address().family())
                                .etherDestination(target)
                                .ipDestination(prefix)
                                .build(),
                        service,
                        Side.EGRESS));
            }
        }
        return flows;
    }

    /**
     * In a switch of both sides, what keeps them apart. The clients' side comes before all that servers and devices
     * inside may send; a port of neither side is forwarded normally.
     */
    private List<Flow> bySide(final Site site) {
        if (!site.hasBothSides()) {
            return List.of();
        }
        final List<Flow> flows = new ArrayList<>();
        for (final Side side : Side.values()) {
            final Band band = switch (side) {
                case INGRESS -> Band.FROM_CLIENT_SIDE;
                case EGRESS -> Band.FROM_SERVER_SIDE;
            };
            site.places(side)
                    .forEach(place -> flows.add(sides.forward(
                            site,
                            side,
                            band,
                            Places.at(place, Match.builder()).build(),
                            Layout.cookie(Kind.CLASSIFY))));
        }
        return flows;
    }

    /** The MAC addresses to which servers send what is for clients. */
    private static List<MacAddress> targets(final Service service) {
        return Stream.concat(
                        Stream.of(service.virtualMac()),
                        service.devices().stream().map(device -> device.egress().mac()))
                .toList();
    }

    private List<Flow> ofDevice(final Site site, final Service service, final Device device) {
        final Attachment egress = device.egress();
        final List<Flow> flows = new ArrayList<>();
        for (final IpAddress.Family family : service.innerFamilies()) {
            flows.add(layout.toTable(
                    Band.FROM_DEVICE,
                    Places.at(egress.place(), Match.ip(family)).build(),
                    cookie(service),
                    List.of(),
                    Table.after(Side.EGRESS)));
        }
        egress.address()
                .ifPresent(own -> flows.add(sides.forward(
                        site,
                        Side.EGRESS,
                        Band.TO_DEVICE_ITSELF,
                        Match.ip(own.family())
                                .etherDestination(egress.mac())
                                .ipDestination(IpPrefix.of(own))
                                .build(),
                        cookie(service))));
        return flows;
    }

    private long cookie(final Service service) {
        return layout.cookie(Kind.CLASSIFY, service);
    }
}
