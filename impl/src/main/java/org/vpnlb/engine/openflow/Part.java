/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.net.IpPrefix;

/**
 * The flow entries of those clients whose addresses have some bits. A switch that is asked about very many entries at
 * once may forward nothing meanwhile (Open vSwitch's userspace datapath), so it is asked part by part.
 *
 * @param end which address of the packet is the client's
 * @param bits the bits
 */
public record Part(End end, IpBits bits) {
    /** About how many entries a part has, where the last bits of the addresses are spread evenly. */
    public static final int ENTRIES = 1000;

    private static final int MAX_BITS = 8;

    /** An address of an IP packet. */
    public enum End {
        /** Where it comes from. */
        SOURCE,
        /** Where it goes to. */
        DESTINATION
    }

    /**
     * The parts of so many entries, all of them together; IPv6 clients are one part.
     *
     * @param entries the number of entries
     */
    public static List<Part> of(final End end, final long entries) {
        return Stream.concat(
                        lastBits(count(entries)), Stream.of(new IpBits(address(Family.V6, 0), address(Family.V6, 0))))
                .map(bits -> new Part(end, bits))
                .toList();
    }

    /** Whether so many entries are too many to be asked about at once. */
    public static boolean isMany(final long entries) {
        return entries > ENTRIES;
    }

    /** A power of two. */
    private static long count(final long entries) {
        long parts = 1;
        while (parts < 1 << MAX_BITS && isMany(Math.ceilDiv(entries, parts))) {
            parts *= 2;
        }
        return parts;
    }

    private static Stream<IpBits> lastBits(final long parts) {
        return LongStream.range(0, parts)
                .mapToObj(part -> new IpBits(address(Family.V4, part), address(Family.V4, parts - 1)));
    }

    private static IpAddress address(final Family family, final long low) {
        return new IpAddress(family, 0, low);
    }

    /** What the matches of the entries of this part are more special than. */
    public Match match() {
        final Match.Builder match = Match.ip(bits.family());
        if (bits.mask().isUnspecified()) {
            return match.build();
        }
        return (end == End.SOURCE ? match.ipSourceBits(bits) : match.ipDestinationBits(bits)).build();
    }

    /** Whether an entry with this match is of this part. */
    public boolean holds(final Match match) {
        final IpPrefix client = end == End.SOURCE ? match.ipSource() : match.ipDestination();
        return client != null && client.length() == client.address().family().bits() && bits.areIn(client.address());
    }
}
