/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.Icmp;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpEndpoint;
import org.vpnlb.engine.selection.SourceSlots;
import org.vpnlb.engine.session.Counters.Ignored;
import org.vpnlb.engine.session.Counters.Punt;

/**
 * What the controller does with ICMP for addresses of ours: an error goes to the device of the packet that it quotes,
 * an echo request is answered. Neither teaches a session, and nothing is kept of them.
 */
final class IcmpHandler {
    private final Plan plan;

    IcmpHandler(final Plan plan) {
        this.plan = plan;
    }

    /** An error for a cluster address. Who sent it may be any router on the way: its address tells no device. */
    List<Effect> error(final ServiceHere here, final IpPacket packet, final Event.Punted event) {
        here.tally().punted(Punt.ICMP_ERROR);
        final Optional<IpPacket> parsed = Icmp.quoted(event.frame());
        if (parsed.isEmpty()) {
            return ignored(here, Ignored.MALFORMED);
        }
        final IpPacket quoted = parsed.orElseThrow();
        final IpAddress client = quoted.destination();
        final Service service = here.service();
        if (!packet.source().isHost() || !client.isHost()) {
            return ignored(here, Ignored.NOT_A_CLIENT);
        }
        if (!quoted.source().equals(packet.destination())
                || !service.clusterAddresses().contains(packet.destination())) {
            return ignored(here, Ignored.FOREIGN_QUOTE);
        }
        final Optional<IpEndpoint> port = Icmp.quotedDestination(event.frame());
        final Optional<ClientKey> key = here.clients()
                .flatMap(sessions -> sessions.client(
                        client,
                        port.map(IpEndpoint::protocol).orElse(null),
                        port.map(IpEndpoint::port).orElse(null)));
        final Optional<Device> found = key.flatMap(known ->
                here.clients().flatMap(sessions -> sessions.deviceOf(known)).or(() -> ofSlot(service, known)));
        if (found.isEmpty()) {
            return ignored(here, Ignored.NO_SESSION);
        }
        final Device device = found.orElseThrow();
        if (!device.keepsSessions()) {
            return ignored(here, Ignored.OUT_OF_SERVICE);
        }
        return List.of(new Effect.SendFrame(
                device.ingress().port(),
                EthernetFrame.withDestination(event.frame(), device.ingress().mac())));
    }

    /** The device to which the switch sends a client without a session; empty where nobody but the switch can tell. */
    private Optional<Device> ofSlot(final Service service, final ClientKey client) {
        if (!plan.pipeline().isBySource(service)) {
            return Optional.empty();
        }
        final List<String> owners = plan.slotMoves().slots().of(service).owners();
        final int slot = SourceSlots.slot(client, service.selection().slots());
        return slot < owners.size()
                ? service.devices().stream()
                        .filter(device -> device.name().equals(owners.get(slot)))
                        .findFirst()
                : Optional.empty();
    }

    /** An echo request for an address of ours: it is answered while any device takes clients. */
    List<Effect> echo(
            final ServiceHere here, final EthernetFrame frame, final IpPacket packet, final Event.Punted event) {
        here.tally().punted(Punt.ECHO_REQUEST);
        if (!packet.source().isHost() || !frame.source().isStation()) {
            return ignored(here, Ignored.NOT_A_CLIENT);
        }
        if (here.service().devices().stream().noneMatch(Device::takesSessions)) {
            return ignored(here, Ignored.OUT_OF_SERVICE);
        }
        final Optional<byte[]> reply = Icmp.reply(event.frame(), here.service().virtualMac());
        return reply.isPresent()
                ? List.of(new Effect.SendFrame(event.inPort(), reply.orElseThrow()))
                : ignored(here, Ignored.MALFORMED);
    }

    private static List<Effect> ignored(final ServiceHere here, final Ignored reason) {
        here.tally().ignored(reason);
        return List.of();
    }
}
