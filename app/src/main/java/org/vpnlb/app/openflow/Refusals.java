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
 * Counts what a switch refuses on a connection, and logs the first of it once a second: many may be refused at once,
 * and a connection that ends takes requests with it before anybody is told that it has ended. Safe for several threads.
 */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private final String node;
    private final ScheduledExecutorService timer;
    private long count;
    private long told;
    private Optional<Refusal> first = Optional.empty();

    Refusals(final String node, final ScheduledExecutorService timer) {
        this.node = node;
        this.timer = timer;
    }

    private record Refusal(Effect effect, Object reason) {}

    /** One more. */
    synchronized void add(final Effect effect, final Object reason) {
        count++;
        if (first.isEmpty()) {
            final var refusal = new Refusal(effect, reason);
            first = Optional.of(refusal);
            timer.schedule(() -> tell(refusal), 1, TimeUnit.SECONDS);
        }
    }

    /** The number since the last {@link #forget}. */
    synchronized long count() {
        return count;
    }

    /** A new start. */
    synchronized void forget() {
        count = 0;
        told = 0;
        first = Optional.empty();
    }

    private synchronized void tell(final Refusal refusal) {
        // Another one, or none, is the first since a new start.
        if (first.filter(current -> current == refusal).isPresent()) {
            LOG.warn(
                    "{} refused {} requests, the first of them {}: {}",
                    node,
                    count - told,
                    refusal.effect(),
                    refusal.reason());
            told = count;
            first = Optional.empty();
        }
    }
}
