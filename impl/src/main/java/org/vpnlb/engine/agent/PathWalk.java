/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.vpnlb.engine.explain.Branch;
import org.vpnlb.engine.explain.Explainer;
import org.vpnlb.engine.explain.Narrator;
import org.vpnlb.engine.explain.Supposed;
import org.vpnlb.engine.explain.Supposition;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.PathAnswer;
import org.vpnlb.engine.model.PathAnswer.Result;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.SwitchPorts;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.openflow.WalkResult.Outcome;
import org.vpnlb.engine.openflow.WalkStep;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;

/**
 * Walks the packets of a client with a session through tables, there and back, without sending any: what only a client
 * with keys can send, and what a stranger's packets do not pass.
 */
final class PathWalk {
    /** Nobody has these addresses: networks are measured with them (RFC 2544, RFC 5180). */
    private static final IpAddress CLIENT_V4 = IpAddress.parse("198.18.0.1");

    private static final IpAddress CLIENT_V6 = IpAddress.parse("2001:2::1");
    private static final IpAddress SERVER_V4 = IpAddress.parse("198.19.0.1");
    private static final IpAddress SERVER_V6 = IpAddress.parse("2001:2::ffff:1");
    private static final MacAddress SOMEBODY = MacAddress.parse("02:00:00:00:00:01");

    private static final int ESP = 50;
    private static final int HOPS = 64;
    private static final int SOURCE_PORT = 40_000;
    private static final int PORT = 4500;
    private static final int PAYLOAD = 20;

    private final Plan plan;
    private final Supposer supposer;
    private final Narrator narrator;
    private final Tables tables;
    private final Set<Long> down;

    /**
     * A walk.
     *
     * @param tables the tables, {@link #withoutSessions} alone
     * @param down the ports whose link is down
     */
    PathWalk(
            final Plan plan,
            final Supposer supposer,
            final Narrator narrator,
            final Tables tables,
            final Set<Long> down) {
        this.plan = plan;
        this.supposer = supposer;
        this.narrator = narrator;
        this.tables = tables;
        this.down = down;
    }

    /** A packet on its way, and what it is in the words of an operator. */
    private record Packet(String what, long inPort, byte[] frame) {}

    /** The entries that are no session's: there may be very many of these, and none is the test's. */
    static List<Flow> withoutSessions(final Collection<Flow> held) {
        return held.stream()
                .filter(flow -> Cookie.parse(flow.cookie())
                        .flatMap(cookie -> Pipeline.client(cookie, flow.key()))
                        .isEmpty())
                .toList();
    }

    /** The ports of a side of a service in a switch. */
    static List<Long> ports(final Service service, final Side side, final String node) {
        final Optional<SwitchPorts> ports = switch (side) {
            case INGRESS -> service.ingressSwitch(node);
            case EGRESS -> service.egressSwitch(node);
        };
        return ports.map(SwitchPorts::ports).orElse(List.of());
    }

    static String place(final Attachment attachment) {
        return "port " + attachment.port() + " of " + attachment.node();
    }

    static String noLink(final Attachment attachment) {
        return place(attachment) + " has no link: see the cable and the gateway";
    }

    /** A client's packets of these kinds, from each uplink, and what the device sends to it. */
    PathAnswer ofClient(final String serviceName, final String deviceName, final List<Traffic> traffic) {
        return of(serviceName, deviceName, Side.INGRESS, (service, device) -> {
            final List<Long> uplinks = ports(service, Side.INGRESS, plan.node());
            for (final IpAddress cluster : service.clusterAddresses()) {
                for (final Traffic kind : traffic) {
                    final Optional<String> astray = astrayOutside(service, device, cluster, kind, uplinks);
                    if (astray.isPresent()) {
                        return new PathAnswer(Result.ASTRAY, astray.orElseThrow());
                    }
                }
            }
            return new PathAnswer(Result.WALKED, "the tables lead to %s, and back".formatted(place(device.ingress())));
        });
    }

    private Optional<String> astrayOutside(
            final Service service,
            final Device device,
            final IpAddress cluster,
            final Traffic kind,
            final List<Long> uplinks) {
        final IpAddress client = cluster.family() == Family.V4 ? CLIENT_V4 : CLIENT_V6;
        return uplinks.stream()
                .flatMap(uplink -> astray(
                        service,
                        device,
                        true,
                        new Packet(
                                "%s to %s from uplink %d".formatted(kind, cluster, uplink),
                                uplink,
                                frame(client, cluster, kind, true, service.virtualMac(), SOMEBODY)),
                        way -> isAt(device.ingress(), way))
                        .stream())
                .findFirst()
                .or(() -> astray(
                        service,
                        device,
                        true,
                        new Packet(
                                "%s back from the gateway".formatted(kind),
                                device.ingress().port(),
                                frame(
                                        cluster,
                                        client,
                                        kind,
                                        false,
                                        SOMEBODY,
                                        device.ingress().mac())),
                        way -> leaves(way, uplinks)));
    }

    /**
     * A decrypted packet of a client to a server, and the answer.
     *
     * @param given the client's address inside of the tunnel; empty = one that it may have
     * @param to the server's address; empty = any
     */
    PathAnswer ofServer(
            final String serviceName,
            final String deviceName,
            final Optional<IpAddress> given,
            final Optional<IpAddress> to) {
        return of(serviceName, deviceName, Side.EGRESS, (service, device) -> {
            final IpAddress inner = given.orElseGet(() -> inner(service, device));
            final IpAddress server = to.orElse(inner.family() == Family.V4 ? SERVER_V4 : SERVER_V6);
            final Optional<Device> owner = service.givenTo(inner);
            if (owner.filter(known -> !known.name().equals(device.name())).isPresent()) {
                return new PathAnswer(
                        Result.NOT_APPLICABLE,
                        "%s is in client-prefix of device %s"
                                .formatted(inner, owner.orElseThrow().name()));
            }
            final List<Long> servers = ports(service, Side.EGRESS, plan.node());
            final Optional<String> astray = astray(
                            service,
                            device,
                            owner.isEmpty(),
                            new Packet(
                                    "a packet from %s to %s".formatted(inner, server),
                                    device.egress().port(),
                                    frame(
                                            inner,
                                            server,
                                            Traffic.udp(PORT),
                                            true,
                                            SOMEBODY,
                                            device.egress().mac())),
                            way -> leaves(way, servers))
                    .or(() -> servers.stream()
                            .flatMap(port -> astray(
                                    service,
                                    device,
                                    owner.isEmpty(),
                                    new Packet(
                                            "a packet from %s to %s at port %d".formatted(server, inner, port),
                                            port,
                                            frame(
                                                    server,
                                                    inner,
                                                    Traffic.udp(PORT),
                                                    false,
                                                    service.virtualMac(),
                                                    SOMEBODY)),
                                    way -> isAt(device.egress(), way))
                                    .stream())
                            .findFirst());
            return astray.map(why -> new PathAnswer(Result.ASTRAY, why))
                    .orElseGet(() -> new PathAnswer(
                            Result.WALKED,
                            "not sent; the tables lead from %s of %s to servers, and back"
                                    .formatted(inner, place(device.egress()))));
        });
    }

    private interface Way {
        PathAnswer of(Service service, Device device);
    }

    private PathAnswer of(final String serviceName, final String deviceName, final Side side, final Way way) {
        final Optional<Service> service = plan.services().named(serviceName).map(ServiceHere::service);
        final Optional<Device> device = service.flatMap(known -> known.devices().stream()
                .filter(one -> one.name().equals(deviceName))
                .findFirst());
        if (device.isEmpty()) {
            return new PathAnswer(
                    Result.NOT_SENT, plan.node() + " has no port of the name that is configured for the device");
        }
        final Attachment attachment = device.orElseThrow().on(side);
        if (down.contains(attachment.port())) {
            return new PathAnswer(Result.NOT_SENT, noLink(attachment));
        }
        if (!device.orElseThrow().keepsSessions()) {
            return new PathAnswer(
                    Result.NOT_APPLICABLE, "it is down or out of service: no client's packet is sent to it");
        }
        return way.of(service.orElseThrow(), device.orElseThrow());
    }

    /** An address that a client of a device may have inside. */
    private static IpAddress inner(final Service service, final Device device) {
        final IpPrefix prefix = device.clientPrefixes().stream()
                .findFirst()
                .orElseGet(() -> service.learnedPrefixes().getFirst());
        final IpAddress known = prefix.address().family() == Family.V4 ? CLIENT_V4 : CLIENT_V6;
        final IpAddress first = prefix.address();
        return prefix.contains(known)
                ? known
                : prefix.isHost() ? first : new IpAddress(first.family(), first.high(), first.low() + 1);
    }

    /** Where a packet goes that does not go where it should; empty when each of its ways is right. */
    private Optional<String> astray(
            final Service service,
            final Device device,
            final boolean isWithSession,
            final Packet packet,
            final Predicate<Branch> isRight) {
        final Tables walked;
        if (isWithSession) {
            final Supposed supposed = supposer.suppose(
                    new Supposition(Supposition.What.SESSION, service.name(), device.name()),
                    packet.inPort(),
                    packet.frame(),
                    tables);
            if (supposed instanceof Supposed.Refused refused) {
                return Optional.of(packet.what() + ": " + refused.why());
            }
            walked = ((Supposed.Held) supposed).tables();
        } else {
            walked = tables;
        }
        return new Explainer(walked, down, narrator)
                .explain(packet.inPort(), packet.frame()).stream()
                        .filter(isRight.negate())
                        .map(way -> packet.what() + " does not come through: " + told(way))
                        .findFirst();
    }

    /** The last entry that had the packet, and what became of it. */
    private static String told(final Branch way) {
        final List<String> texts = way.steps().stream().map(step -> step.text()).toList();
        return String.join(", then ", texts.subList(Math.max(0, texts.size() - 2), texts.size()));
    }

    private static boolean isAt(final Attachment attachment, final Branch way) {
        return way.result().all(WalkStep.Sent.class).stream()
                .anyMatch(sent -> sent.port() == attachment.port()
                        && MacAddress.read(sent.frame(), 0).equals(attachment.mac()));
    }

    /** Whether the switch forwards a packet, or sends it out of one of these ports. */
    private static boolean leaves(final Branch way, final List<Long> ports) {
        return way.result().outcome() == Outcome.NORMAL
                || way.result().all(WalkStep.Sent.class).stream().anyMatch(sent -> ports.contains(sent.port()));
    }

    private static byte[] frame(
            final IpAddress from,
            final IpAddress to,
            final Traffic kind,
            final boolean isRequest,
            final MacAddress toMac,
            final MacAddress fromMac) {
        final int protocol = kind.ipProtocol() == null ? ESP : kind.ipProtocol();
        final ByteBuffer payload = ByteBuffer.allocate(PAYLOAD);
        if (Traffic.WITH_PORTS.contains(protocol)) {
            final int port = kind.destinationPort() == null ? PORT : kind.destinationPort();
            payload.putShort((short) (isRequest ? SOURCE_PORT : port));
            payload.putShort((short) (isRequest ? port : SOURCE_PORT));
        }
        return new IpDatagram(from, to, protocol, HOPS, payload.array()).toFrame(toMac, fromMac);
    }
}
