/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.OptionalDouble;

/**
 * How fast a counter of the state rises. vpnlb reads each switch every 10 s, each at its own time, and the counter is
 * their sum: so it is compared with what it was whole periods ago, between which each of them was read as often.
 */
final class Rate {
    private static final long PERIOD_MILLIS = 10_000;
    private static final int LEAST_PERIODS = 2;
    private static final int MOST_PERIODS = 3;

    private static final double SECOND = 1000;

    private record Reading(long at, long value) {}

    /** The newest first. */
    private final Deque<Reading> readings = new ArrayDeque<>();

    /**
     * The counter has been read.
     *
     * @param now the time, in milliseconds
     * @param value the counter; lower than before when it has begun anew
     */
    void read(final long now, final long value) {
        if (!readings.isEmpty() && value < readings.getFirst().value()) {
            readings.clear();
        }
        while (!readings.isEmpty() && now - readings.getLast().at() > (MOST_PERIODS + 1) * PERIOD_MILLIS) {
            readings.removeLast();
        }
        readings.addFirst(new Reading(now, value));
    }

    /** The rate, a second, at the last reading; empty until it has been read for two periods. */
    OptionalDouble perSecond() {
        OptionalDouble rate = OptionalDouble.empty();
        int periods = LEAST_PERIODS;
        final Iterator<Reading> earlier = readings.iterator();
        while (earlier.hasNext() && periods <= MOST_PERIODS) {
            final Reading reading = earlier.next();
            final long millis = readings.getFirst().at() - reading.at();
            if (millis >= periods * PERIOD_MILLIS) {
                rate = OptionalDouble.of((readings.getFirst().value() - reading.value()) * SECOND / millis);
                periods++;
            }
        }
        return rate;
    }
}
