/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class RateTest {
    private static final long SECOND = 1000;

    private final Rate rate = new Rate();

    /** Reads a counter each second, of which the value at each second is known. */
    private void read(final long from, final long to, final LongUnaryOperator counter) {
        for (long second = from; second <= to; second++) {
            rate.read(second * SECOND, counter.applyAsLong(second));
        }
    }

    @Test
    void itIsKnownAfterTwoReadingsOfTheSwitches() {
        read(0, 19, second -> second / 10 * 1000);
        assertThat(rate.perSecond()).isEmpty();
        read(20, 20, second -> second / 10 * 1000);
        assertThat(rate.perSecond()).hasValue(100);
    }

    @Test
    void theSumOfSwitchesThatAreReadAtOtherTimesIsTheSumOfTheirRates() {
        for (int second = 0; second < 120; second++) {
            read(second, second, at -> (at + 2) / 10 * 1000 + (at + 5) / 10 * 1000);
            if (second >= 20) {
                assertThat(rate.perSecond()).as("after %d s", second).hasValue(200);
            }
        }
    }

    @Test
    void aReadingThatIsLateDoesNotMakeItNothing() {
        read(0, 45, second -> second < 42 ? Math.min(second / 10, 2) * 1000 : 4000);
        assertThat(rate.perSecond()).hasValue(100);
    }

    @Test
    void aCounterThatBeginsAnewHasNoRateUntilItIsKnown() {
        read(0, 60, second -> second / 10 * 1000);
        for (int second = 61; second < 81; second++) {
            read(second, second, at -> (at - 60) / 10 * 1000);
            assertThat(rate.perSecond()).as("after %d s", second).isEmpty();
        }
        read(81, 81, at -> (at - 60) / 10 * 1000);
        assertThat(rate.perSecond()).hasValue(100);
    }

    @Test
    void whatComesAfterLongSilenceCountsWhole() {
        read(0, 3600, second -> 0);
        assertThat(rate.perSecond()).hasValue(0);
        read(3601, 3629, second -> 1500);
        assertThat(rate.perSecond()).hasValue(50);
        read(3630, 3640, second -> 1500);
        assertThat(rate.perSecond()).hasValue(0);
    }
}
