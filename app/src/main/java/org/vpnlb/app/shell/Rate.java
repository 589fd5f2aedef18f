/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;

/**
 * How fast a counter of the state rises. It is read each second, and rises by steps, since vpnlb asks the switches more
 * rarely: so the time from step to step counts, not that from reading to reading.
 */
final class Rate {
    /** The milliseconds after which a counter that does not rise stands still: the switches are read every 10 s. */
    static final long STILL_MILLIS = 13_000;

    /** The milliseconds over which the rate is the mean. */
    private static final long MEAN_MILLIS = 32_000;

    private static final double SECOND = 1000;

    private record Step(long at, long value) {}

    private final Deque<Step> steps = new ArrayDeque<>();
    private final long begun;
    private long value;

    /**
     * Begins.
     *
     * @param now the time, in milliseconds
     * @param value the counter
     */
    Rate(final long now, final long value) {
        begun = now;
        this.value = value;
    }

    /**
     * The counter has been read.
     *
     * @param now the time, in milliseconds
     * @param next the counter; lower than before when it has begun anew
     */
    void read(final long now, final long next) {
        if (next < value) {
            steps.clear();
        } else if (next > value) {
            steps.add(new Step(now, next));
        }
        value = next;
        while (steps.size() > 2 && now - steps.getFirst().at() > MEAN_MILLIS) {
            steps.removeFirst();
        }
    }

    /**
     * The rate, a second.
     *
     * @param now the time, in milliseconds
     * @return empty while it is not known yet
     */
    OptionalDouble perSecond(final long now) {
        final long last = steps.isEmpty() ? begun : steps.getLast().at();
        if (now - last >= STILL_MILLIS) {
            return OptionalDouble.of(0);
        }
        return steps.size() < 2
                ? OptionalDouble.empty()
                : OptionalDouble.of((steps.getLast().value() - steps.getFirst().value())
                        * SECOND
                        / (steps.getLast().at() - steps.getFirst().at()));
    }
}
