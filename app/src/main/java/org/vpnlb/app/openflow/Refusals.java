/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.engine.event.Effect;

/**
 * Counts the requests that a switch refuses on a connection, and logs the first of them once a second: many may be
 * refused at once, and when a connection ends, requests fail before the disconnect is reported. Safe for several
 * threads.
 */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private final String node;
    private final ScheduledExecutorService timer;
    private long count;
    private long reported;
    private Optional<Refusal> first = Optional.empty();

    Refusals(final String node, final ScheduledExecutorService timer) {
        this.node = node;
        this.timer = timer;
    }

    private record Refusal(Effect effect, Object reason) {}

    /** Counts a refusal. */
    synchronized void add(final Effect effect, final Object reason) {
        count++;
        if (first.isEmpty()) {
            final var refusal = new Refusal(effect, reason);
            first = Optional.of(refusal);
            timer.schedule(() -> report(refusal), 1, TimeUnit.SECONDS);
        }
    }

    /** The number of refusals since the last {@link #forget}. */
    synchronized long count() {
        return count;
    }

    /** Starts again at zero, on a new connection. */
    synchronized void forget() {
        count = 0;
        reported = 0;
        first = Optional.empty();
    }

    private synchronized void report(final Refusal refusal) {
        // The connection of this refusal may have ended.
        if (first.filter(current -> current == refusal).isPresent()) {
            LOG.warn(
                    "{} refused {} requests, the first of them {}: {}",
                    node,
                    count - reported,
                    refusal.effect(),
                    refusal.reason());
            reported = count;
            first = Optional.empty();
        }
    }
}
