/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
import org.vpnlb.engine.selection.Slots.Candidate;

/** Compares with the best of all assignments that there are, found by trying each. */
@Label("Against all assignments of a few slots, the one chosen")
class SlotsReferenceTest {
    private static final List<String> NAMES = List.of("a", "b", "c", "d");
    /** Owners of old: devices, one that is gone, and nobody. */
    private static final List<String> OWNERS = List.of("a", "b", "c", "d", "gone", "");

    @Provide
    Arbitrary<List<String>> old() {
        return Arbitraries.of(OWNERS).list().ofMaxSize(8);
    }

    @Provide
    Arbitrary<List<Candidate>> candidates() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 5).list().ofSize(NAMES.size()),
                        Arbitraries.of(NAMES).set().ofMinSize(1))
                .as((weights, names) -> IntStream.range(0, NAMES.size())
                        .filter(i -> names.contains(NAMES.get(i)))
                        .mapToObj(i -> new Candidate(NAMES.get(i), weights.get(i)))
                        .toList());
    }

    @Property(tries = 1500)
    @Label("is balanced, and none that is balanced moves less")
    void isBalancedAndMinimal(
            @ForAll("old") final List<String> old,
            @ForAll @IntRange(min = 1, max = 6) final int count,
            @ForAll("candidates") final List<Candidate> candidates) {
        assertBest(old, count, candidates, balanced(count, candidates));
    }

    @Example
    @Label("is balanced and minimal for every old assignment of up to four slots, too")
    void isBalancedAndMinimalForEveryOldAssignment() {
        for (final List<Candidate> candidates : List.of(
                weighted(1), weighted(1, 1), weighted(1, 1, 1), weighted(2, 1), weighted(3, 1, 1), weighted(1, 2, 3))) {
            for (int count = 1; count <= 4; count++) {
                final List<List<String>> balanced = balanced(count, candidates);
                for (final List<String> old : all(OWNERS, count)) {
                    assertBest(old, count, candidates, balanced);
                }
            }
        }
    }

    private static void assertBest(
            final List<String> old,
            final int count,
            final List<Candidate> candidates,
            final List<List<String>> balanced) {
        final List<String> chosen = new Slots(old).reassign(count, candidates).owners();
        assertThat(balanced).as("balanced of %s", candidates).contains(chosen);
        assertThat(moves(old, chosen))
                .as("moves from %s to %s", old, chosen)
                .isEqualTo(balanced.stream()
                        .mapToLong(other -> moves(old, other))
                        .min()
                        .orElseThrow());
        assertThat(new Slots(chosen).reassign(count, candidates).owners()).isEqualTo(chosen);
    }

    /** All assignments in which each device has its weighted share, or less than one slot more or less. */
    private static List<List<String>> balanced(final int count, final List<Candidate> candidates) {
        final int total = candidates.stream().mapToInt(Candidate::weight).sum();
        final List<List<String>> balanced = new ArrayList<>();
        for (final List<String> owners :
                all(candidates.stream().map(Candidate::name).toList(), count)) {
            final boolean isBalanced = candidates.stream().allMatch(candidate -> {
                final long has =
                        owners.stream().filter(candidate.name()::equals).count();
                return Math.abs(has * total - (long) count * candidate.weight()) < total;
            });
            if (isBalanced) {
                balanced.add(owners);
            }
        }
        return balanced;
    }

    private static long moves(final List<String> old, final List<String> next) {
        return IntStream.range(0, Math.min(old.size(), next.size()))
                .filter(slot -> !old.get(slot).equals(next.get(slot)))
                .count();
    }

    private static List<Candidate> weighted(final int... weights) {
        return IntStream.range(0, weights.length)
                .mapToObj(i -> new Candidate(NAMES.get(i), weights[i]))
                .toList();
    }

    /** Every list of so many of these. */
    private static List<List<String>> all(final List<String> items, final int count) {
        List<List<String>> lists = List.of(List.of());
        for (int i = 0; i < count; i++) {
            final List<List<String>> longer = new ArrayList<>();
            for (final List<String> list : lists) {
                for (final String item : items) {
                    final List<String> next = new ArrayList<>(list);
                    next.add(item);
                    longer.add(next);
                }
            }
            lists = longer;
        }
        return lists;
    }

    @Example
    @Label("is one of all that there are")
    void allAreAll() {
        final Set<List<String>> all = new HashSet<>(all(NAMES, 5));
        assertThat(all).hasSize(4 * 4 * 4 * 4 * 4);
    }
}
