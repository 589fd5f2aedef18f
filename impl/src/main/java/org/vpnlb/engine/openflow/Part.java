/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.List;
import java.util.stream.LongStream;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.net.IpPrefix;

/**
 * The entries of those clients of a family whose addresses have some bits. A switch that is asked about very many
 * entries at once may forward nothing meanwhile (Open vSwitch's userspace datapath), so it is asked part by part.
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
     * The parts of so many entries of a family, all of them together. They differ in the last bits that each entry has.
     *
     * @param entries the number of entries
     * @param length the length of the shortest prefix that an entry is for; that of an address where none is for more
     */
    public static List<Part> of(final End end, final Family family, final long entries, final int length) {
        final int most = 1 << Math.min(MAX_BITS, length);
        int parts = 1;
        while (parts < most && isMany(Math.ceilDiv(entries, (long) parts))) {
            parts *= 2;
        }
        final int shift = family.bits() - length;
        final IpAddress mask = address(family, parts - 1L, shift);
        return LongStream.range(0, parts)
                .mapToObj(part -> new Part(end, new IpBits(address(family, part, shift), mask)))
                .toList();
    }

    /** Whether so many entries are too many to be asked about at once. */
    public static boolean isMany(final long entries) {
        return entries > ENTRIES;
    }

    /** An address with some bits, few enough, so far from its end. */
    private static IpAddress address(final Family family, final long bits, final int shift) {
        final long high = shift == 0 ? 0 : shift < Long.SIZE ? bits >>> Long.SIZE - shift : bits << shift - Long.SIZE;
        return new IpAddress(family, high, shift < Long.SIZE ? bits << shift : 0);
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
        return client != null
                && client.address().family() == bits.family()
                && new IpPrefix(bits.mask(), client.length()).address().equals(bits.mask())
                && bits.areIn(client.address());
    }
}
