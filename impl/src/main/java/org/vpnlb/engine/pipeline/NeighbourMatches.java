/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.NeighbourPacket;
import org.vpnlb.engine.openflow.Match;

/** Matches what hosts ask and say about who has an address: ARP for IPv4, neighbour discovery (RFC 4861) for IPv6. */
final class NeighbourMatches {
    /** Further messages from whose source hosts learn a MAC address: router solicitation, advertisement, redirect. */
    private static final List<Integer> TEACHING = List.of(133, 134, 137);

    private NeighbourMatches() {}

    /** Matches requests for an address. */
    static Match.Builder asks(final IpAddress address) {
        return switch (address.family()) {
            case V4 -> Match.arp().arpOperation(ArpPacket.REQUEST).arpTarget(address);
            case V6 -> discovery(NeighbourPacket.SOLICITATION).ndTarget(address);
        };
    }

    /** Matches what says that the sender has an address, asked or unasked. */
    static Match.Builder tells(final IpAddress address) {
        return switch (address.family()) {
            case V4 -> Match.arp().arpOperation(ArpPacket.REPLY).arpSender(address);
            case V6 -> discovery(NeighbourPacket.ADVERTISEMENT).ndTarget(address);
        };
    }

    /** Matches what says that somebody has an address of a family. */
    static Match.Builder tellsAny(final Family family) {
        return switch (family) {
            case V4 -> Match.arp().arpOperation(ArpPacket.REPLY);
            case V6 -> discovery(NeighbourPacket.ADVERTISEMENT);
        };
    }

    /** Matches all messages about neighbours that show that the sender has an address. */
    static List<Match> speaks(final IpAddress address) {
        return switch (address.family()) {
            case V4 -> List.of(Match.arp().arpSender(address).build());
            case V6 -> List.of(tells(address).build(), sends(NeighbourPacket.SOLICITATION, address));
        };
    }

    /** Matches everything by which a host makes others believe that it has an address. */
    static List<Match> claims(final IpAddress address) {
        final List<Match> matches = new ArrayList<>(speaks(address));
        if (address.family() == Family.V6) {
            TEACHING.forEach(type -> matches.add(sends(type, address)));
        }
        return matches;
    }

    private static Match sends(final int type, final IpAddress address) {
        return discovery(type).ipSource(IpPrefix.of(address)).build();
    }

    private static Match.Builder discovery(final int type) {
        return Match.ip(Family.V6).ipProtocol(IpDatagram.ICMPV6).icmpType(type);
    }
}
