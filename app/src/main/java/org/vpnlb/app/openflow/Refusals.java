/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.opendaylight.yangtools.yang.common.RpcError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Plural;

/**
 * Counts the requests that a switch refuses on a connection, and logs the first of them once a second: many may be
 * refused at once. Safe for several threads.
 */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private static final long HALF_MINUTE = Duration.ofSeconds(30).toNanos();

    private final String node;
    private final ScheduledExecutorService timer;
    private final Ticker ticker;
    private long count;
    private long reported;
    /** The refusals of this half minute and of the one before, and when this one began. */
    private long lately;

    private long before;
    private long latelySince;
    private String why = "";
    private Optional<Refusal> first = Optional.empty();

    Refusals(final String node, final ScheduledExecutorService timer, final Ticker ticker) {
        this.node = node;
        this.timer = timer;
        this.ticker = ticker;
        latelySince = ticker.read();
    }

    private record Refusal(Effect effect, String reason) {}

    /** The error of a request in one line. */
    static String words(final Object reason) {
        return reason instanceof Collection<?> errors
                ? errors.stream()
                        .map(error -> error instanceof RpcError rpc ? words(rpc) : error.toString())
                        .distinct()
                        .collect(Collectors.joining(", "))
                : reason.toString();
    }

    private static String words(final RpcError error) {
        final String message = error.getMessage();
        return message == null || message.isBlank() ? String.valueOf(error.getCause()) : message;
    }

    /** Counts a refusal. */
    synchronized void add(final Effect effect, final String reason) {
        why = reason;
        count++;
        turn();
        lately++;
        if (first.isEmpty()) {
            final var refusal = new Refusal(effect, reason);
            first = Optional.of(refusal);
            timer.schedule(() -> report(refusal), 1, TimeUnit.SECONDS);
        }
    }

    /** The number of refusals within the last half minute to minute, none of them before {@link #forget}. */
    synchronized long lately() {
        turn();
        return before + lately;
    }

    /** Why the last of those was refused; empty when there is none. */
    synchronized String why() {
        return lately() > 0 ? why : "";
    }

    private void turn() {
        final long passed = ticker.read() - latelySince;
        if (passed >= HALF_MINUTE) {
            before = passed < 2 * HALF_MINUTE ? lately : 0;
            lately = 0;
            latelySince = ticker.read();
        }
    }

    /** Starts again at zero, on a new connection. */
    synchronized void forget() {
        count = 0;
        reported = 0;
        lately = 0;
        before = 0;
        first = Optional.empty();
    }

    private synchronized void report(final Refusal refusal) {
        // The connection of this refusal may have ended.
        if (first.filter(current -> current == refusal).isPresent()) {
            LOG.warn(
                    "{} refused {}, the first of them {}: {}",
                    node,
                    Plural.of(count - reported, "request"),
                    refusal.effect(),
                    refusal.reason());
            reported = count;
            first = Optional.empty();
        }
    }
}
