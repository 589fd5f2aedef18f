/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.Ipv4Prefix;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.Ipv6Prefix;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Layer3Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.ArpMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.ArpMatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv4Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv4MatchArbitraryBitMask;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv4MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv6Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv6MatchArbitraryBitMask;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv6MatchBuilder;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Match;

/** The addresses of a match, of IP, ARP and neighbour discovery: the engine's and OpenFlowPlugin's. */
final class Layer3Codec {
    private Layer3Codec() {}

    static Ipv4Prefix ipv4(final IpAddress address) {
        return new Ipv4Prefix(IpPrefix.of(address).toString());
    }

    static IpAddress ipv4(final Ipv4Prefix prefix) {
        return IpPrefix.parse(prefix.getValue()).address();
    }

    /** Octet by octet: as text, an IPv4-mapped address (RFC 4291, section 2.5.5.2) is read as an IPv4 address. */
    private static Ipv6Prefix ipv6(final IpPrefix prefix) {
        return IetfInetUtil.ipv6PrefixFor(prefix.address().toBytes(), prefix.length());
    }

    private static IpPrefix ipv6(final Ipv6Prefix prefix) {
        final byte[] octets = IetfInetUtil.ipv6PrefixToBytes(prefix);
        return new IpPrefix(IpAddress.read(Family.V6, octets, 0), octets[octets.length - 1] & 0xff);
    }

    /** Writes the addresses of a match; null when nothing is matched. */
    static Layer3Match write(final Match match) {
        if (match.arpOperation() != null || match.arpSender() != null || match.arpTarget() != null) {
            final var arp = new ArpMatchBuilder();
            if (match.arpOperation() != null) {
                arp.setArpOp(Uint16.valueOf(match.arpOperation()));
            }
            if (match.arpSender() != null) {
                arp.setArpSourceTransportAddress(ipv4(match.arpSender()));
            }
            if (match.arpTarget() != null) {
                arp.setArpTargetTransportAddress(ipv4(match.arpTarget()));
            }
            return arp.build();
        }
        if (match.ipSourceBits() != null || match.ipDestinationBits() != null) {
            return BitsCodec.write(match.ipSourceBits(), match.ipDestinationBits());
        }
        if (match.ipSource() == null && match.ipDestination() == null && match.ndTarget() == null) {
            return null;
        }
        if (match.etherType() == Family.V4.etherType()) {
            final var ipv4 = new Ipv4MatchBuilder();
            if (match.ipSource() != null) {
                ipv4.setIpv4Source(new Ipv4Prefix(match.ipSource().toString()));
            }
            if (match.ipDestination() != null) {
                ipv4.setIpv4Destination(new Ipv4Prefix(match.ipDestination().toString()));
            }
            return ipv4.build();
        }
        final var ipv6 = new Ipv6MatchBuilder();
        if (match.ipSource() != null) {
            ipv6.setIpv6Source(ipv6(match.ipSource()));
        }
        if (match.ipDestination() != null) {
            ipv6.setIpv6Destination(ipv6(match.ipDestination()));
        }
        if (match.ndTarget() != null) {
            ipv6.setIpv6NdTarget(IetfInetUtil.ipv6AddressFor(match.ndTarget().toBytes()));
        }
        return ipv6.build();
    }

    /** Reads the addresses of a match. */
    static void read(final Layer3Match layer3, final Match.Builder builder) {
        switch (layer3) {
            case Ipv4Match ipv4 -> {
                if (ipv4.getIpv4Source() != null) {
                    builder.ipSource(IpPrefix.parse(ipv4.getIpv4Source().getValue()));
                }
                if (ipv4.getIpv4Destination() != null) {
                    builder.ipDestination(
                            IpPrefix.parse(ipv4.getIpv4Destination().getValue()));
                }
            }
            case Ipv6Match ipv6 -> {
                if (ipv6.getIpv6Source() != null) {
                    builder.ipSource(ipv6(ipv6.getIpv6Source()));
                }
                if (ipv6.getIpv6Destination() != null) {
                    builder.ipDestination(ipv6(ipv6.getIpv6Destination()));
                }
                if (ipv6.getIpv6NdTarget() != null) {
                    builder.ndTarget(
                            IpAddress.read(Family.V6, IetfInetUtil.ipv6AddressBytes(ipv6.getIpv6NdTarget()), 0));
                }
            }
            case Ipv4MatchArbitraryBitMask ipv4 -> BitsCodec.read(ipv4, builder);
            case Ipv6MatchArbitraryBitMask ipv6 -> BitsCodec.read(ipv6, builder);
            case ArpMatch arp -> {
                if (arp.getArpOp() != null) {
                    builder.arpOperation(arp.getArpOp().toJava());
                }
                if (arp.getArpSourceTransportAddress() != null) {
                    builder.arpSender(ipv4(arp.getArpSourceTransportAddress()));
                }
                if (arp.getArpTargetTransportAddress() != null) {
                    builder.arpTarget(ipv4(arp.getArpTargetTransportAddress()));
                }
            }
            case null, default -> {
                // vpnlb writes no other; a match without these fields is never equal to one of vpnlb's
            }
        }
    }
}
