/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/** Waiting on conditions, for as long as the slowest machine may need. */
final class Waiting {
    private static final Duration LONGEST = Duration.ofMinutes(3);

    private Waiting() {}

    static void until(final String condition, final Callable<Boolean> holds) {
        Awaitility.await(condition)
                .atMost(LONGEST)
                .pollInterval(Duration.ofMillis(250))
                .until(holds);
    }

    /** Waits until the condition has held for some time without a break. */
    static void untilSteady(final String condition, final Duration time, final Callable<Boolean> holds) {
        Awaitility.await(condition)
                .atMost(LONGEST)
                .pollInterval(Duration.ofMillis(250))
                .during(time)
                .until(holds);
    }

    static void untilAsserted(final String condition, final ThrowingRunnable assertions) {
        Awaitility.await(condition)
                .atMost(LONGEST)
                .pollInterval(Duration.ofMillis(250))
                .untilAsserted(assertions);
    }
}
