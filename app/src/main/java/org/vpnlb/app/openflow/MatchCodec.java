/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.function.BiFunction;
import java.util.function.Function;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.PortNumber;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeConnectorId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.l2.types.rev130827.EtherType;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.ethernet.match.fields.EthernetDestinationBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.ethernet.match.fields.EthernetSourceBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.ethernet.match.fields.EthernetTypeBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.EthernetMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.EthernetMatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Icmpv4Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Icmpv4MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Icmpv6Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Icmpv6MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.IpMatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Layer4Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.MetadataBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._4.match.SctpMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._4.match.SctpMatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._4.match.TcpMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._4.match.TcpMatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._4.match.UdpMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._4.match.UdpMatchBuilder;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Match;

/** Matches: the engine's and OpenFlowPlugin's. */
final class MatchCodec {
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int SCTP = 132;
    private static final int ALL_PORT_BITS = 0xffff;

    private MatchCodec() {}

    /** The Ethernet part of a match; the same for all sessions of a device. */
    record Ethernet(MacAddress source, MacAddress destination, MacAddress destinationMask, Integer type) {
        /** That part as OpenFlowPlugin has it; null when nothing is matched. */
        EthernetMatch write() {
            if (source == null && destination == null && type == null) {
                return null;
            }
            return new EthernetMatchBuilder()
                    .setEthernetSource(
                            source == null
                                    ? null
                                    : new EthernetSourceBuilder()
                                            .setAddress(mac(source))
                                            .build())
                    .setEthernetDestination(
                            destination == null
                                    ? null
                                    : new EthernetDestinationBuilder()
                                            .setAddress(mac(destination))
                                            .setMask(destinationMask == null ? null : mac(destinationMask))
                                            .build())
                    .setEthernetType(
                            type == null
                                    ? null
                                    : new EthernetTypeBuilder()
                                            .setType(new EtherType(Uint32.valueOf(type)))
                                            .build())
                    .build();
        }
    }

    /**
     * Writes a match.
     *
     * @param match the match
     * @param ethernet writes its Ethernet part, perhaps once for many matches
     */
    static MatchBuilder write(final Match match, final Function<Ethernet, EthernetMatch> ethernet) {
        final var builder = new MatchBuilder();
        if (match.inPort() != null) {
            builder.setInPort(new NodeConnectorId(match.inPort().toString()));
        }
        if (match.metadata() != null) {
            builder.setMetadata(new MetadataBuilder()
                    .setMetadata(Uint64.fromLongBits(match.metadata()))
                    .setMetadataMask(match.metadataMask() == null ? null : Uint64.fromLongBits(match.metadataMask()))
                    .build());
        }
        builder.setEthernetMatch(ethernet.apply(new Ethernet(
                match.etherSource(), match.etherDestination(), match.etherDestinationMask(), match.etherType())));
        if (match.ipProtocol() != null) {
            builder.setIpMatch(new IpMatchBuilder()
                    .setIpProtocol(Uint8.valueOf(match.ipProtocol()))
                    .build());
        }
        builder.setLayer3Match(Layer3Codec.write(match));
        if (match.sourcePort() != null || match.destinationPort() != null) {
            builder.setLayer4Match(layer4(match));
        }
        if (match.icmpType() != null) {
            writeIcmp(match.ipProtocol(), Uint8.valueOf(match.icmpType()), builder);
        }
        return builder;
    }

    static Match read(final org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.Match match) {
        final var builder = Match.builder();
        if (match == null) {
            return builder.build();
        }
        if (match.getInPort() != null) {
            builder.inPort(Ports.number(match.getInPort().getValue()));
        }
        if (match.getMetadata() != null && match.getMetadata().getMetadata() != null) {
            final var mask = match.getMetadata().getMetadataMask();
            builder.metadata(
                    match.getMetadata().getMetadata().longValue(),
                    mask == null ? Uint64.MAX_VALUE.longValue() : mask.longValue());
        }
        final var ethernet = match.getEthernetMatch();
        if (ethernet != null) {
            if (ethernet.getEthernetSource() != null) {
                builder.etherSource(mac(ethernet.getEthernetSource().getAddress()));
            }
            final var destination = ethernet.getEthernetDestination();
            if (destination != null) {
                builder.etherDestination(
                        mac(destination.getAddress()),
                        destination.getMask() == null ? MacAddress.BROADCAST : mac(destination.getMask()));
            }
            if (ethernet.getEthernetType() != null) {
                builder.etherType(
                        ethernet.getEthernetType().getType().getValue().intValue());
            }
        }
        if (match.getIpMatch() != null && match.getIpMatch().getIpProtocol() != null) {
            builder.ipProtocol(match.getIpMatch().getIpProtocol().toJava());
        }
        Layer3Codec.read(match.getLayer3Match(), builder);
        readLayer4(match.getLayer4Match(), builder);
        readIcmp(match.getIcmpv4Match(), match.getIcmpv6Match(), builder);
        return builder.build();
    }

    static org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.MacAddress mac(
            final MacAddress mac) {
        return new org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.MacAddress(
                mac.toString());
    }

    static MacAddress mac(
            final org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.MacAddress mac) {
        return MacAddress.parse(mac.getValue());
    }

    private static Layer4Match layer4(final Match match) {
        final PortNumber source = port(match.sourcePort());
        final PortNumber destination = port(match.destinationPort());
        return switch (match.ipProtocol()) {
            case TCP ->
                new TcpMatchBuilder()
                        .setTcpSourcePort(source)
                        .setTcpSourcePortMask(port(match.sourcePortMask()))
                        .setTcpDestinationPort(destination)
                        .setTcpDestinationPortMask(port(match.destinationPortMask()))
                        .build();
            case UDP ->
                new UdpMatchBuilder()
                        .setUdpSourcePort(source)
                        .setUdpSourcePortMask(port(match.sourcePortMask()))
                        .setUdpDestinationPort(destination)
                        .setUdpDestinationPortMask(port(match.destinationPortMask()))
                        .build();
            case SCTP ->
                new SctpMatchBuilder()
                        .setSctpSourcePort(source)
                        .setSctpDestinationPort(destination)
                        .build();
            default -> throw new IllegalArgumentException("IP protocol " + match.ipProtocol() + " has no ports");
        };
    }

    private static void writeIcmp(final int ipProtocol, final Uint8 type, final MatchBuilder builder) {
        switch (ipProtocol) {
            case ICMP ->
                builder.setIcmpv4Match(
                        new Icmpv4MatchBuilder().setIcmpv4Type(type).build());
            case ICMPV6 ->
                builder.setIcmpv6Match(
                        new Icmpv6MatchBuilder().setIcmpv6Type(type).build());
            default -> throw new IllegalArgumentException("IP protocol " + ipProtocol + " has no ICMP type");
        }
    }

    private static void readIcmp(final Icmpv4Match icmp, final Icmpv6Match icmpv6, final Match.Builder builder) {
        if (icmp != null && icmp.getIcmpv4Type() != null) {
            builder.icmpType(icmp.getIcmpv4Type().toJava());
        }
        if (icmpv6 != null && icmpv6.getIcmpv6Type() != null) {
            builder.icmpType(icmpv6.getIcmpv6Type().toJava());
        }
    }

    private static PortNumber port(final Integer number) {
        return number == null ? null : new PortNumber(Uint16.valueOf(number));
    }

    private static void readLayer4(final Layer4Match layer4, final Match.Builder builder) {
        switch (layer4) {
            case UdpMatch udp -> {
                readPort(udp.getUdpSourcePort(), udp.getUdpSourcePortMask(), builder::sourcePort);
                readPort(udp.getUdpDestinationPort(), udp.getUdpDestinationPortMask(), builder::destinationPort);
            }
            case TcpMatch tcp -> {
                readPort(tcp.getTcpSourcePort(), tcp.getTcpSourcePortMask(), builder::sourcePort);
                readPort(tcp.getTcpDestinationPort(), tcp.getTcpDestinationPortMask(), builder::destinationPort);
            }
            case SctpMatch sctp -> {
                readPort(sctp.getSctpSourcePort(), null, builder::sourcePort);
                readPort(sctp.getSctpDestinationPort(), null, builder::destinationPort);
            }
            case null, default -> {
                // as in Layer3Codec
            }
        }
    }

    private static void readPort(
            final PortNumber port, final PortNumber mask, final BiFunction<Integer, Integer, Match.Builder> builder) {
        if (port != null) {
            builder.apply(
                    port.getValue().toJava(),
                    mask == null ? ALL_PORT_BITS : mask.getValue().toJava());
        }
    }
}
