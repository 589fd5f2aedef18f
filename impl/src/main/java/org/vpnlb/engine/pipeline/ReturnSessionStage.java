/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/** Table 4: sends what is for a client to its device, asks the controller where there is none, forwards the rest. */
final class ReturnSessionStage implements Stage {
    private static final int SUPPRESSED_MISS_SECONDS = 5;

    private final Layout layout;
    private final Metering metering;
    private final LearnerEntriesByService learners;
    private final SideStage sides;

    ReturnSessionStage(
            final Layout layout,
            final Metering metering,
            final LearnerEntriesByService learners,
            final SideStage sides) {
        this.layout = layout;
        this.metering = metering;
        this.learners = learners;
        this.sides = sides;
    }

    @Override
    public Table table() {
        return Table.RETURN_SESSIONS;
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        for (final Service service : site.at(Side.EGRESS)) {
            final LearnerEntries learner = learners.of(service);
            flows.addAll(learner.returnSessions(service));
            for (final Device device : service.devices()) {
                device.clientPrefixes().forEach(prefix -> flows.addAll(given(site, service, learner, device, prefix)));
            }
            flows.addAll(metering.boundByPort(
                    MeterId.Kind.NO_RETURN,
                    service,
                    site.egressPorts(service),
                    port -> toController(
                            Band.NO_RETURN_AT_PORT, Band.NO_RETURN, service, learner.frameOf(service), port)));
            flows.add(sides.forward(site, Side.EGRESS, Band.TO_SERVER, Match.ALL, Layout.cookie(Kind.RETURN_SESSION)));
        }
        return flows;
    }

    /** What is for the inner addresses that a device is given: it alone has them, also while it is down. */
    private List<Flow> given(
            final Site site,
            final Service service,
            final LearnerEntries learner,
            final Device device,
            final IpPrefix prefix) {
        final Match frame = learner.frameTo(service, prefix);
        final long cookie = layout.cookie(Kind.DEVICE, service, device);
        if (device.keepsSessions()) {
            return List.of(layout.flow(
                    Band.GIVEN_RETURN,
                    frame,
                    cookie,
                    List.of(layout.toGroup(GroupId.Kind.RETURN_TO_DEVICE, service, device))));
        }
        if (!metering.boundsPunts()
                || service.egress().gatewayAddress(prefix.address().family()).isEmpty()) {
            return List.of(layout.drop(Band.DEVICE_DOWN, frame, cookie));
        }
        final List<Long> servers =
                service.egressSwitch(site.node()).orElseThrow().ports();
        return metering.boundByPort(
                port -> layout.searchMeter(MeterId.Kind.ICMP, service, port),
                servers,
                port -> toController(Band.GIVEN_DOWN_AT_PORT, Band.GIVEN_DOWN, service, frame, port));
    }

    private Flow toController(
            final Band ofPort, final Band ofOthers, final Service service, final Match frame, final OptionalLong port) {
        return layout.flow(
                port.isPresent() ? ofPort : ofOthers,
                port.isPresent() ? frame.at(port.getAsLong()) : frame,
                layout.cookie(Kind.RETURN_SESSION, service),
                List.of(PuntLength.WHOLE_FRAME.action()));
    }

    /** The entry that sends the servers' frames to a client's device. */
    Flow session(final Service service, final Device device, final IpAddress client) {
        return layout.flow(
                Band.RETURN_SESSION,
                Match.ip(client.family())
                        .metadata(layout.metadata(service))
                        .ipDestination(LearnedSourceStage.ofSession(service, client))
                        .build(),
                layout.cookie(Kind.RETURN_SESSION, service, device),
                Timeouts.idle(service.egress().idleTimeout()),
                List.of(layout.toGroup(GroupId.Kind.RETURN_TO_DEVICE, service, device)));
    }

    /** Keeps frames of a port to a client without a session from being punted; to a device itself they still go. */
    Flow suppressedMiss(
            final Service service, final long inPort, final MacAddress destination, final IpAddress client) {
        return suppressed(
                Band.SUPPRESSED_MISS,
                Match.ip(client.family()).inPort(inPort).ipDestination(IpPrefix.of(client)),
                service,
                destination);
    }

    /** Keeps frames of a port to any client of a family without a session from being punted for a while. */
    Flow suppressedMisses(
            final Service service, final long inPort, final MacAddress destination, final IpAddress.Family family) {
        return suppressed(Band.SUPPRESSED_MISSES, Match.ip(family).inPort(inPort), service, destination);
    }

    private Flow suppressed(
            final Band band, final Match.Builder match, final Service service, final MacAddress destination) {
        return layout.flow(
                band,
                match.metadata(layout.metadata(service))
                        .etherDestination(destination)
                        .build(),
                suppressedMissCookie(service),
                Timeouts.hard(SUPPRESSED_MISS_SECONDS),
                toDeviceItself(service, destination));
    }

    /** Out of the device's port; dropped when the destination is the virtual MAC address, which is no device's. */
    private static List<Action> toDeviceItself(final Service service, final MacAddress destination) {
        return service.devices().stream()
                .map(Device::egress)
                .filter(egress -> egress.mac().equals(destination))
                .findFirst()
                .map(egress -> List.<Action>of(new Action.Output(egress.port())))
                .orElse(List.of());
    }

    /** The cookie of the suppressed misses of a service. */
    long suppressedMissCookie(final Service service) {
        return layout.cookie(Kind.SUPPRESSION, service);
    }
}
