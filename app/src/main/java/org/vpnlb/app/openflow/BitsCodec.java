/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.Ipv4Address;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.Ipv6Address;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DottedQuad;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Layer3Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv4MatchArbitraryBitMask;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv4MatchArbitraryBitMaskBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv6MatchArbitraryBitMask;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv6MatchArbitraryBitMaskBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.opendaylight.ipv6.arbitrary.bitmask.fields.rev160224.Ipv6ArbitraryMask;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.openflow.Match;

/** Single bits of an address that a match compares: OpenFlowPlugin has a layer of its own for these. */
final class BitsCodec {
    private BitsCodec() {}

    /** The bits of one of the two addresses; the other is null. */
    static Layer3Match write(final IpBits source, final IpBits destination) {
        return switch ((source == null ? destination : source).family()) {
            case V4 ->
                new Ipv4MatchArbitraryBitMaskBuilder()
                        .setIpv4SourceAddressNoMask(ipv4(source))
                        .setIpv4SourceArbitraryBitmask(ipv4Mask(source))
                        .setIpv4DestinationAddressNoMask(ipv4(destination))
                        .setIpv4DestinationArbitraryBitmask(ipv4Mask(destination))
                        .build();
            case V6 ->
                new Ipv6MatchArbitraryBitMaskBuilder()
                        .setIpv6SourceAddressNoMask(ipv6(source))
                        .setIpv6SourceArbitraryBitmask(ipv6Mask(source))
                        .setIpv6DestinationAddressNoMask(ipv6(destination))
                        .setIpv6DestinationArbitraryBitmask(ipv6Mask(destination))
                        .build();
        };
    }

    /** Reads the bits of an address; a match of more is never equal to one of vpnlb's. */
    static void read(final Ipv4MatchArbitraryBitMask match, final Match.Builder builder) {
        if (match.getIpv4DestinationAddressNoMask() == null) {
            builder.ipSourceBits(read(match.getIpv4SourceAddressNoMask(), match.getIpv4SourceArbitraryBitmask()));
        } else if (match.getIpv4SourceAddressNoMask() == null) {
            builder.ipDestinationBits(
                    read(match.getIpv4DestinationAddressNoMask(), match.getIpv4DestinationArbitraryBitmask()));
        }
    }

    /** The same of IPv6. */
    static void read(final Ipv6MatchArbitraryBitMask match, final Match.Builder builder) {
        if (match.getIpv6DestinationAddressNoMask() == null) {
            builder.ipSourceBits(read(match.getIpv6SourceAddressNoMask(), match.getIpv6SourceArbitraryBitmask()));
        } else if (match.getIpv6SourceAddressNoMask() == null) {
            builder.ipDestinationBits(
                    read(match.getIpv6DestinationAddressNoMask(), match.getIpv6DestinationArbitraryBitmask()));
        }
    }

    private static IpBits read(final Ipv4Address value, final DottedQuad mask) {
        return value == null || mask == null
                ? null
                : new IpBits(
                        IpAddress.read(Family.V4, IetfInetUtil.ipv4AddressBytes(value), 0),
                        IpAddress.parse(mask.getValue()));
    }

    /** Octet by octet, as a prefix is read; see {@link MatchCodec}. */
    private static IpBits read(final Ipv6Address value, final Ipv6ArbitraryMask mask) {
        return value == null || mask == null
                ? null
                : new IpBits(
                        IpAddress.read(Family.V6, IetfInetUtil.ipv6AddressBytes(value), 0),
                        IpAddress.parse(mask.getValue()));
    }

    private static Ipv4Address ipv4(final IpBits bits) {
        return bits == null ? null : IetfInetUtil.ipv4AddressFor(bits.value().toBytes());
    }

    private static DottedQuad ipv4Mask(final IpBits bits) {
        return bits == null ? null : new DottedQuad(bits.mask().toString());
    }

    private static Ipv6Address ipv6(final IpBits bits) {
        return bits == null ? null : IetfInetUtil.ipv6AddressFor(bits.value().toBytes());
    }

    private static Ipv6ArbitraryMask ipv6Mask(final IpBits bits) {
        return bits == null ? null : new Ipv6ArbitraryMask(bits.mask().toString());
    }
}
