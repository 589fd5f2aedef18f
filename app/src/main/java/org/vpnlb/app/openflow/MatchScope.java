/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.Arrays;
import java.util.Objects;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.EthernetMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Layer3Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Layer4Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.ArpMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv4Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv6Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._4.match.SctpMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._4.match.TcpMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._4.match.UdpMatch;

/** Tells the matches that {@link MatchCodec} reads whole from those that also have fields that vpnlb never uses. */
final class MatchScope {
    private MatchScope() {}

    /** Whether a match has no field but those that are read; one that has is never equal to one of vpnlb's. */
    static boolean isReadWhole(final Match match) {
        return match == null
                || areAbsent(
                                match.getInPhyPort(),
                                match.getTunnel(),
                                match.getVlanMatch(),
                                match.getProtocolMatchFields(),
                                match.getTcpFlagsMatch(),
                                match.getPacketTypeMatch())
                        && isReadWhole(match.getEthernetMatch())
                        && (match.getIpMatch() == null
                                || areAbsent(
                                        match.getIpMatch().getIpDscp(),
                                        match.getIpMatch().getIpEcn()))
                        && (match.getIcmpv4Match() == null
                                || areAbsent(match.getIcmpv4Match().getIcmpv4Code()))
                        && (match.getIcmpv6Match() == null
                                || areAbsent(match.getIcmpv6Match().getIcmpv6Code()))
                        && isReadWhole(match.getLayer3Match())
                        && isReadWhole(match.getLayer4Match());
    }

    private static boolean isReadWhole(final EthernetMatch match) {
        return match == null
                || (match.getEthernetSource() == null
                                || match.getEthernetSource().getMask() == null)
                        && (match.getEthernetDestination() == null
                                || match.getEthernetDestination().getMask() == null);
    }

    private static boolean isReadWhole(final Layer3Match match) {
        return switch (match) {
            case null -> true;
            case Ipv4Match ipv4 -> true;
            case Ipv6Match ipv6 ->
                areAbsent(ipv6.getIpv6NdSll(), ipv6.getIpv6NdTll(), ipv6.getIpv6Label(), ipv6.getIpv6ExtHeader());
            case ArpMatch arp -> areAbsent(arp.getArpSourceHardwareAddress(), arp.getArpTargetHardwareAddress());
            default -> false;
        };
    }

    private static boolean isReadWhole(final Layer4Match match) {
        return switch (match) {
            case null -> true;
            case UdpMatch udp -> true;
            case TcpMatch tcp -> true;
            case SctpMatch sctp -> true;
            default -> false;
        };
    }

    private static boolean areAbsent(final Object... fields) {
        return Arrays.stream(fields).allMatch(Objects::isNull);
    }
}
