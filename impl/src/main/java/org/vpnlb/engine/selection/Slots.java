/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which device each slot belongs to.
 *
 * <p>An assignment is balanced: each device has its weighted share of the slots, rounded down or up. And it is minimal:
 * among all balanced assignments none moves fewer slots away from the old one. Shares are rounded by largest remainder
 * (Hamilton's method), except that a device that has its share rounded up already comes first, as that saves a move.
 *
 * @param owners the names of the devices, one a slot; empty when there is no device
 */
public record Slots(List<String> owners) {
    /** No slot is anybody's. */
    public static final Slots NONE = new Slots(List.of());

    /** No device has this name: the owner of a slot that is nobody's. */
    public static final String NOBODY = "";

    /**
     * A device that may have slots.
     *
     * @param name its name
     * @param weight its weight, at least 1
     */
    public record Candidate(String name, int weight) {}

    public Slots {
        owners = List.copyOf(owners);
    }

    /**
     * Assigns slots anew. Takes time in the order of slots + devices x log(devices).
     *
     * @param count the number of slots, at least 1
     * @param candidates the devices that may have slots, each name once
     * @return the assignment; {@link #NONE} when there is no candidate
     */
    public Slots reassign(final int count, final List<Candidate> candidates) {
        if (candidates.isEmpty()) {
            return NONE;
        }
        final Map<String, Integer> missing = shares(count, candidates);
        final var next = new String[count];
        for (int slot = 0; slot < Math.min(count, owners.size()); slot++) {
            final String owner = owners.get(slot);
            if (missing.getOrDefault(owner, 0) > 0) {
                next[slot] = owner;
                missing.merge(owner, -1, Integer::sum);
            }
        }
        // Free slots go round the devices that lack some, so that neighbours in the hash space spread.
        final List<String> takers = new ArrayList<>(
                candidates.stream().map(Candidate::name).sorted().toList());
        int turn = 0;
        for (int slot = 0; slot < count; slot++) {
            if (next[slot] != null) {
                continue;
            }
            takers.removeIf(name -> missing.get(name) == 0);
            final String taker = takers.get(turn++ % takers.size());
            next[slot] = taker;
            missing.merge(taker, -1, Integer::sum);
        }
        return new Slots(List.of(next));
    }

    /** The number of slots of each device that has any. */
    public Map<String, Integer> countByOwner() {
        final Map<String, Integer> counts = new HashMap<>();
        owners.forEach(owner -> counts.merge(owner, 1, Integer::sum));
        return counts;
    }

    private Map<String, Integer> shares(final int count, final List<Candidate> candidates) {
        final long total = candidates.stream().mapToLong(Candidate::weight).sum();
        final Map<String, Integer> current =
                new Slots(owners.subList(0, Math.min(count, owners.size()))).countByOwner();
        final Map<String, Integer> shares = new HashMap<>();
        int left = count;
        for (final Candidate candidate : candidates) {
            final int share = (int) ((long) count * candidate.weight() / total);
            shares.put(candidate.name(), share);
            left -= share;
        }
        final Comparator<Candidate> holdsMoreFirst = Comparator.comparing(
                candidate -> current.getOrDefault(candidate.name(), 0) <= shares.get(candidate.name()));
        candidates.stream()
                .filter(candidate -> (long) count * candidate.weight() % total != 0)
                .sorted(holdsMoreFirst
                        .thenComparing(candidate -> -((long) count * candidate.weight() % total))
                        .thenComparing(Candidate::name))
                .limit(left)
                .forEach(candidate -> shares.merge(candidate.name(), 1, Integer::sum));
        return shares;
    }
}
