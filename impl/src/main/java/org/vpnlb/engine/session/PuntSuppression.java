/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.openflow.Flow;

/**
 * The short-lived entries that keep frames from which nothing is learned from being punted again and again. There is a
 * limit to them: made-up addresses must not fill the switch.
 */
public final class PuntSuppression {
    private static final int MAX = 1000;

    private final Map<Flow.Key, Long> activeUntil = new HashMap<>();

    /** Writes an entry, unless it is there already or there are too many. */
    public List<Effect> suppress(final Flow flow, final long now) {
        if (activeUntil.size() >= MAX) {
            activeUntil.values().removeIf(end -> end <= now);
        }
        if (activeUntil.size() >= MAX || activeUntil.getOrDefault(flow.key(), now) > now) {
            return List.of();
        }
        adopt(flow, now);
        return List.of(new Effect.AddFlow(flow));
    }

    /** The switch holds an entry already; when it ends is not known. */
    public void adopt(final Flow flow, final long now) {
        activeUntil.put(flow.key(), now + flow.timeouts().hard() * 1000L);
    }

    /**
     * Deletes all entries: what taught nothing may do so now.
     *
     * @param cookie the cookie of them all
     */
    public List<Effect> release(final long cookie) {
        if (activeUntil.isEmpty()) {
            return List.of();
        }
        activeUntil.clear();
        return List.of(new Effect.DeleteFlows(cookie));
    }

    /** Forgets all entries: the switch is gone, or new. */
    public void forget() {
        activeUntil.clear();
    }
}
