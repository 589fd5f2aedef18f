/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.neighbour;

import java.util.Optional;

/**
 * A token bucket: a rate, and a burst above it.
 *
 * @param rate the tokens that come in a second, above 0
 * @param burst the most tokens that there can be
 * @param millitokens the thousandths of tokens that there were at a time
 * @param at the time, in milliseconds
 */
record TokenBucket(int rate, int burst, long millitokens, long at) {
    private static final long TOKEN = 1000;

    /** A full bucket. */
    static TokenBucket full(final int rate, final int burst, final long now) {
        return new TokenBucket(rate, burst, burst * TOKEN, now);
    }

    /** Takes a token; empty when there is none. */
    Optional<TokenBucket> take(final long now) {
        return take(1, now);
    }

    /** Takes some tokens; empty when there are too few. */
    Optional<TokenBucket> take(final int count, final long now) {
        final long elapsed = Math.min(Math.max(now - at, 0), burst * TOKEN / rate + 1);
        final long filled = Math.min(burst * TOKEN, millitokens + elapsed * rate);
        final long left = filled - count * TOKEN;
        return left < 0 ? Optional.empty() : Optional.of(new TokenBucket(rate, burst, left, now));
    }
}
