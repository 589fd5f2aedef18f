/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.neighbour;

import java.util.LinkedHashMap;
import java.util.Optional;

/**
 * A rate for each of many. Of very many the one that has not asked for longest is forgotten, and begins anew.
 *
 * @param <K> what tells one from another
 */
public final class Rates<K> {
    private static final int MAX = 1000;

    private final int rate;
    private final int burst;
    private final LinkedHashMap<K, TokenBucket> buckets = new LinkedHashMap<>();

    /**
     * Nobody has asked yet.
     *
     * @param rate how many one may have in a second
     * @param burst how many at once after silence
     */
    public Rates(final int rate, final int burst) {
        this.rate = rate;
        this.burst = burst;
    }

    /** Takes one, if there is any. */
    public boolean take(final K who, final long now) {
        return take(who, 1, now);
    }

    /** Takes some, or all that there can be where that is less; nothing when there are too few. */
    boolean take(final K who, final int count, final long now) {
        final TokenBucket before = buckets.remove(who);
        final TokenBucket bucket = before == null ? TokenBucket.full(rate, burst, now) : before;
        final Optional<TokenBucket> left = bucket.take(Math.min(count, burst), now);
        buckets.put(who, left.orElse(bucket));
        if (buckets.size() > MAX) {
            buckets.pollFirstEntry();
        }
        return left.isPresent();
    }
}
