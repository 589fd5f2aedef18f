/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An audit")
class AuditClockTest {
    private final AuditClock clock = new AuditClock(AuditClock.Intervals.DEFAULT);

    @Test
    @DisplayName("counts few sessions each time, and 100,000 not again within 20 seconds")
    void manySessionsAreCountedMoreSeldom() {
        clock.start(0);
        assertThat(clock.isToCountSessions(10_000)).isTrue();
        clock.countsSessions(1000, 10_000);
        assertThat(clock.isToCountSessions(20_000)).isTrue();
        clock.countsSessions(100_000, 20_000);
        assertThat(clock.isToCountSessions(30_000)).isFalse();
        assertThat(clock.isToCountSessions(40_000)).isTrue();
    }

    @Test
    @DisplayName("that took a second to read is made again by wrong counts after a minute at the earliest")
    void readingHasAShareOfTheTime() {
        clock.start(0);
        clock.asked(1, 10_000);
        clock.answered(100_000, 11_000);
        clock.asked(1, 21_000);
        clock.counted(false, 21_100);
        assertThat(clock.isDue(70_000)).isFalse();
        assertThat(clock.isDue(71_000)).isTrue();
        assertThat(clock.isToRead(71_000)).isTrue();
    }

    @Test
    @DisplayName("that holds few entries is read at once by a wrong count, however long a busy one took to tell them")
    void aBusySwitchWithFewEntriesIsReadAtOnce() {
        clock.start(0);
        clock.asked(1, 10_000);
        clock.answered(1000, 15_000);
        clock.asked(1, 25_000);
        clock.counted(false, 25_100);
        assertThat(clock.isDue(25_100)).isTrue();
        assertThat(clock.isToRead(25_100)).isTrue();
    }

    @Test
    @DisplayName("that tells many entries slowly is not read again for as long as that costs it")
    void aSlowSwitchWithManyEntriesIsSpared() {
        clock.start(0);
        clock.asked(1, 10_000);
        clock.answered(16_000, 26_000);
        clock.asked(1, 36_000);
        clock.counted(false, 36_100);
        assertThat(clock.isDue(26_000 + 60 * 16_000 - 1)).isFalse();
        assertThat(clock.isDue(26_000 + 60 * 16_000)).isTrue();
    }
}
