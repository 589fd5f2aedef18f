/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpEndpoint;

@Label("The slot of a source")
class SourceSlotsTest {
    @Provide
    Arbitrary<IpAddress> addresses() {
        return Arbitraries.oneOf(
                Arbitraries.longs().between(0, 0xffff_ffffL).map(low -> new IpAddress(Family.V4, 0, low)),
                Combinators.combine(Arbitraries.longs(), Arbitraries.longs())
                        .as((high, low) -> new IpAddress(Family.V6, high, low)));
    }

    @Example
    @Label("is pinned: other slots would move every client that has no session")
    void isPinned() {
        assertThat(slot("192.0.2.1")).isEqualTo(0x03);
        assertThat(slot("10.0.255.15")).isEqualTo(0xf0);
        assertThat(slot("2001:db8:1:2::3")).isEqualTo(0x01);
        assertThat(slot("2001:db8:0:1100::1")).isEqualTo(0x10);
        assertThat(SourceSlots.slot(new IpEndpoint(IpAddress.parse("10.0.1.2"), 17, 0x1234), 256))
                .isEqualTo(0x03 ^ 0x12 ^ 0x34);
    }

    private static int slot(final String source) {
        return SourceSlots.slot(IpAddress.parse(source), 256);
    }

    @Property
    @Label("is found by masked matches: of each bit one takes it, or none does")
    void isFoundByMaskedMatches(
            @ForAll("addresses") final IpAddress source,
            @ForAll @IntRange(min = 0, max = SourceSlots.MAX_BITS - 1) final int bit) {
        final long taking = SourceSlots.ones(source.family(), bit).stream()
                .filter(bits -> bits.areIn(source))
                .count();
        assertThat(taking).isEqualTo(SourceSlots.slot(source, SourceSlots.MAX_SLOTS) >> bit & 1);
    }

    @Property
    @Label("is found by masked matches of the port too, where that is the client's")
    void isFoundByMaskedMatchesOfThePort(
            @ForAll("addresses") final IpAddress source,
            @ForAll @IntRange(min = 1, max = 0xffff) final int port,
            @ForAll @IntRange(min = 0, max = SourceSlots.MAX_BITS - 1) final int bit) {
        final long taking = SourceSlots.endpointOnes(source.family(), bit).stream()
                .filter(ones -> ones.address().areIn(source) && (port & ones.portMask()) == ones.port())
                .count();
        final int slot = SourceSlots.slot(new IpEndpoint(source, 17, port), SourceSlots.MAX_SLOTS);
        assertThat(taking).isEqualTo(slot >> bit & 1);
    }

    @Property
    @Label("is within the slots, and the same but for the bits that fewer slots do not have")
    void isWithinTheSlots(
            @ForAll("addresses") final IpAddress source,
            @ForAll @IntRange(min = 1, max = SourceSlots.MAX_BITS) final int bits) {
        assertThat(SourceSlots.slot(source, 1 << bits))
                .isEqualTo(SourceSlots.slot(source, SourceSlots.MAX_SLOTS) % (1 << bits));
    }

    @Example
    @Label("needs a power of two of slots")
    void needsAPowerOfTwo() {
        assertThat(IntStream.rangeClosed(0, 4096).filter(SourceSlots::isPossible))
                .containsExactly(2, 4, 8, 16, 32, 64, 128, 256);
    }
}
