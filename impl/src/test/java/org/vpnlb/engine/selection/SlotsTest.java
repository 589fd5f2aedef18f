/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.vpnlb.engine.selection.Slots.Candidate;

@Label("Slots")
class SlotsTest {
    private static final int MOST_DEVICES = 255;

    @Property(tries = 100)
    @Label("stay balanced, and move no more than they must, whatever happens to up to 255 devices")
    void stayBalancedAndMoveNoMoreThanTheyMust(
            @ForAll @IntRange(min = 255, max = 4096) final int count, @ForAll final Random random) {
        Slots slots = Slots.NONE;
        final Map<String, Integer> weights = new LinkedHashMap<>();
        for (int change = 0; change < 20; change++) {
            for (int i = 0; i <= random.nextInt(40); i++) {
                final String name = "g" + random.nextInt(MOST_DEVICES);
                if (random.nextInt(3) > 0) {
                    weights.put(name, 1 + random.nextInt(100));
                } else {
                    weights.remove(name);
                }
            }
            final Slots next = slots.reassign(count, candidates(weights));
            if (!weights.isEmpty()) {
                assertBalanced(next, count, weights);
                assertThat(kept(slots, next)).isEqualTo(mostThatCanStay(slots, count, weights));
            } else {
                assertThat(next).isEqualTo(Slots.NONE);
            }
            assertThat(next.reassign(count, candidates(weights))).isEqualTo(next);
            slots = next;
        }
    }

    @Property(tries = 100)
    @Label("of a device that goes are all that move")
    void ofADeviceThatGoesAreAllThatMove(
            @ForAll @IntRange(min = 2, max = 60) final int devices,
            @ForAll @IntRange(min = 64, max = 1024) final int count) {
        final Map<String, Integer> weights = new LinkedHashMap<>();
        IntStream.range(0, devices).forEach(i -> weights.put("g" + i, 1));
        final Slots before = Slots.NONE.reassign(count, candidates(weights));
        weights.remove("g1");
        final Slots after = before.reassign(count, candidates(weights));
        for (int slot = 0; slot < count; slot++) {
            if (!before.owners().get(slot).equals("g1")) {
                assertThat(after.owners().get(slot)).isEqualTo(before.owners().get(slot));
            }
        }
    }

    @Property(tries = 100)
    @Label("that move go to the device that comes")
    void thatMoveGoToTheDeviceThatComes(
            @ForAll @IntRange(min = 1, max = 60) final int devices,
            @ForAll @IntRange(min = 64, max = 1024) final int count) {
        final Map<String, Integer> weights = new LinkedHashMap<>();
        IntStream.range(0, devices).forEach(i -> weights.put("g" + i, 1));
        final Slots before = Slots.NONE.reassign(count, candidates(weights));
        weights.put("new", 1);
        final Slots after = before.reassign(count, candidates(weights));
        for (int slot = 0; slot < count; slot++) {
            if (!after.owners().get(slot).equals("new")) {
                assertThat(after.owners().get(slot)).isEqualTo(before.owners().get(slot));
            }
        }
    }

    @Property(tries = 100)
    @Label("do not depend on the order in which devices are configured")
    void doNotDependOnTheOrder(@ForAll @IntRange(min = 1, max = 60) final int devices, @ForAll final Random random) {
        final Map<String, Integer> weights = new LinkedHashMap<>();
        IntStream.range(0, devices).forEach(i -> weights.put("g" + i, 1 + random.nextInt(5)));
        final List<Candidate> shuffled = new ArrayList<>(candidates(weights));
        Collections.shuffle(shuffled, random);
        assertThat(Slots.NONE.reassign(64, shuffled)).isEqualTo(Slots.NONE.reassign(64, candidates(weights)));
    }

    /**
     * The literals here and below are from a Python script of some thirty lines, written from the words alone: exact
     * fractions count * weight / total; each rounded down; what is left, one each, to those whose fraction is not
     * whole, sorted by (holds no more than the rounded-down share among the first count old slots, -remainder, name);
     * old slots in order keep their owner until it has its share; free slots in order go to takers[turn % len(takers)],
     * where takers are the names in order that lack slots, and turn counts the free slots.
     */
    @Example
    @Label("are as an independent implementation has them")
    void areAsAnIndependentImplementationHasThem() {
        final Slots equal = Slots.NONE.reassign(10, candidates(Map.of("a", 1, "b", 1, "c", 1)));
        assertOwners(equal, "abcabcabac");
        final Slots without = equal.reassign(10, candidates(Map.of("a", 1, "c", 1)));
        assertOwners(without, "aacaccacac");
        assertOwners(without.reassign(10, candidates(Map.of("a", 1, "b", 1, "c", 1))), "aacaccabbb");
        assertOwners(equal.reassign(10, candidates(Map.of("a", 1, "b", 1, "c", 1, "d", 1))), "abcabcabdd");
        final Slots weighted = equal.reassign(10, candidates(Map.of("a", 5, "b", 3, "c", 2)));
        assertOwners(weighted, "abcabcabaa");
        final Slots more = weighted.reassign(16, candidates(Map.of("a", 5, "b", 3, "c", 2)));
        assertOwners(more, "abcabcabaaabcbaa");
        assertOwners(more.reassign(7, candidates(Map.of("a", 5, "b", 3, "c", 2))), "abcabca");
        assertOwners(
                new Slots(List.of("x", "a", "", "b", "x", "a")).reassign(6, candidates(Map.of("a", 1, "b", 2, "c", 3))),
                "bacbcc");
    }

    @Example
    @Label("of 255 devices are as an independent implementation has them, through changes")
    void ofManyDevicesAreAsAnIndependentImplementationHasThem() {
        final Map<String, Integer> weights = new LinkedHashMap<>();
        IntStream.range(0, MOST_DEVICES).forEach(i -> weights.put("g%03d".formatted(i), i * 37 % 100 + 1));
        Slots slots = Slots.NONE.reassign(4096, candidates(weights));
        assertDigest(slots, "df0c91af177edeade8384446f0c5987e9df1f7cccd47802a7f8f1479de3abc69");
        List.of("g007", "g100", "g254").forEach(weights::remove);
        slots = slots.reassign(4096, candidates(weights));
        assertDigest(slots, "e7e3abf7788893c213d78b2c2ceb554cc9d862b93c16896fe133bd9fb7a061a6");
        weights.put("h", 100);
        weights.put("g001", 1);
        slots = slots.reassign(4096, candidates(weights));
        assertDigest(slots, "2f539df3aaed208e861eceee692e8307ed366ad18a1269b8f87aab73041543d5");
        slots = slots.reassign(1000, candidates(weights));
        assertDigest(slots, "17724dd764fc4a81799b7e1fc59011510200f14392bef27d5f90fff82cc32f4d");
    }

    private static List<Candidate> candidates(final Map<String, Integer> weights) {
        return weights.entrySet().stream()
                .map(entry -> new Candidate(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static void assertOwners(final Slots slots, final String owners) {
        assertThat(String.join("", slots.owners())).isEqualTo(owners);
    }

    private static void assertDigest(final Slots slots, final String sha256) {
        assertThat(Hashing.sha256().hashString(String.join(",", slots.owners()), StandardCharsets.UTF_8))
                .hasToString(sha256);
    }

    private static void assertBalanced(final Slots slots, final int count, final Map<String, Integer> weights) {
        final long total = weights.values().stream().mapToLong(weight -> weight).sum();
        final Map<String, Integer> counts = slots.countByOwner();
        assertThat(slots.owners()).hasSize(count).allMatch(weights::containsKey);
        weights.forEach((name, weight) -> assertThat(
                        Math.abs(counts.getOrDefault(name, 0) * total - (long) count * weight))
                .as("%s of %s slots for %s of %s", counts.get(name), count, weight, total)
                .isLessThan(total));
    }

    private static long kept(final Slots before, final Slots after) {
        return IntStream.range(
                        0, Math.min(before.owners().size(), after.owners().size()))
                .filter(slot -> before.owners().get(slot).equals(after.owners().get(slot)))
                .count();
    }

    /** No device can keep more than its share rounded up, and only so many can be rounded up. */
    private static long mostThatCanStay(final Slots before, final int count, final Map<String, Integer> weights) {
        final long total = weights.values().stream().mapToLong(weight -> weight).sum();
        final Map<String, Integer> counts = before.countByOwner();
        long stay = 0;
        long left = count;
        long wantOneMore = 0;
        for (final Map.Entry<String, Integer> entry : weights.entrySet()) {
            final long share = (long) count * entry.getValue() / total;
            final int has = counts.getOrDefault(entry.getKey(), 0);
            stay += Math.min(has, share);
            left -= share;
            if ((long) count * entry.getValue() % total != 0 && has > share) {
                wantOneMore++;
            }
        }
        return stay + Math.min(left, wantOneMore);
    }
}
