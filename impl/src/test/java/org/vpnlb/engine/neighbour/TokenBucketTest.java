/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.neighbour;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A token bucket")
class TokenBucketTest {
    private static final int RATE = 200;
    private static final int BURST = 400;

    @Test
    @DisplayName("gives its burst at once, and no more")
    void givesItsBurst() {
        assertThat(taken(1000, i -> 0)).isEqualTo(BURST);
    }

    @Test
    @DisplayName("gives its rate, asked ten times as fast")
    void givesItsRate() {
        // 20,000 in 10 s.
        assertThat(taken(20_000, i -> i / 2)).isBetween(BURST + 9 * RATE, BURST + 10 * RATE);
    }

    @Test
    @DisplayName("refuses nobody who asks more slowly")
    void refusesNobodySlow() {
        assertThat(taken(10_000, i -> i * 5)).isEqualTo(10_000);
    }

    private static int taken(final int times, final LongUnaryOperator at) {
        TokenBucket bucket = TokenBucket.full(RATE, BURST, 0);
        int taken = 0;
        for (int i = 0; i < times; i++) {
            final Optional<TokenBucket> next = bucket.take(at.applyAsLong(i));
            if (next.isPresent()) {
                bucket = next.orElseThrow();
                taken++;
            }
        }
        return taken;
    }
}
