/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.openflow.Flow;

/**
 * The suppressions in a switch: short-lived entries that keep frames from which nothing is learned from being punted
 * again and again. There is a limit to them: made-up addresses must not fill the switch.
 */
public final class PuntSuppression {
    static final int MAX = 1000;
    /** An entry has ended so long after its time at the latest. */
    private static final long SETTLE_MILLIS = 2000;

    private final IntSupplier most;
    private final Map<Flow.Key, Long> activeUntil = new HashMap<>();
    /** No entry ends before: there is nothing to forget until then. */
    private long firstEnd = Long.MAX_VALUE;

    /** No entry yet. */
    public PuntSuppression() {
        this(() -> MAX);
    }

    /**
     * No entry yet.
     *
     * @param most how many there may be now
     */
    PuntSuppression(final IntSupplier most) {
        this.most = most;
    }

    /** Writes an entry, unless it is there already or there are too many. */
    public List<Effect> suppress(final Flow flow, final long now) {
        return isActive(flow, now) || isFull(now) ? List.of() : write(flow, now);
    }

    /**
     * Writes an entry, unless it is there already, or another one when there are too many.
     *
     * @param wider what suppresses all such frames: there are few of those
     */
    List<Effect> suppress(final Flow flow, final Supplier<Flow> wider, final long now) {
        if (isActive(flow, now)) {
            return List.of();
        }
        if (!isFull(now)) {
            return write(flow, now);
        }
        final Flow all = wider.get();
        return isActive(all, now) ? List.of() : write(all, now);
    }

    /** Whether the switch may hold any entry. */
    boolean isEmpty() {
        return activeUntil.isEmpty();
    }

    /** Whether an entry is there already. */
    boolean isActive(final Flow flow, final long now) {
        return activeUntil.getOrDefault(flow.key(), now) > now;
    }

    /** How many entries the switch may hold: it ends them by its own clock. */
    public int possible(final long now) {
        return (int) activeUntil.values().stream()
                .filter(end -> end + SETTLE_MILLIS > now)
                .count();
    }

    private boolean isFull(final long now) {
        if (activeUntil.size() >= most.getAsInt()) {
            forgetEnded(now);
        }
        return activeUntil.size() >= most.getAsInt();
    }

    /** Forgets the entries that have ended. */
    void forgetEnded(final long now) {
        if (firstEnd <= now) {
            activeUntil.values().removeIf(end -> end <= now);
            firstEnd = Long.MAX_VALUE;
            activeUntil.values().forEach(end -> firstEnd = Math.min(firstEnd, end));
        }
    }

    /** How many entries are known, also of those that have ended. */
    int size() {
        return activeUntil.size();
    }

    private List<Effect> write(final Flow flow, final long now) {
        adopt(flow, now);
        return List.of(new Effect.AddFlow(flow));
    }

    /** The switch holds an entry already; when it ends is not known. */
    public void adopt(final Flow flow, final long now) {
        final long end = now + flow.timeouts().hard() * 1000L;
        activeUntil.put(flow.key(), end);
        firstEnd = Math.min(firstEnd, end);
    }

    /**
     * Deletes all entries: what taught nothing may do so now.
     *
     * @param cookie the cookie of them all
     */
    public List<Effect> release(final long cookie) {
        return release(List.of(cookie));
    }

    /**
     * Deletes all entries: what taught nothing may do so now.
     *
     * @param cookies the cookies that they have
     */
    List<Effect> release(final Collection<Long> cookies) {
        if (isEmpty()) {
            return List.of();
        }
        forget();
        return cookies.stream().<Effect>map(Effect.DeleteFlows::new).toList();
    }

    /** Forgets all entries: the switch is gone, or new. */
    public void forget() {
        activeUntil.clear();
        firstEnd = Long.MAX_VALUE;
    }
}
