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
 * The short-lived entries of an egress switch that keep frames from which nothing is learned from being punted again
 * and again. There is an upper bound, so that made-up MAC addresses cannot fill the switch.
 */
public final class Holds {
    private static final int MOST = 1000;

    private final Map<Flow.Key, Long> until = new HashMap<>();

    /** Writes a hold, unless it is there already or there are too many. */
    public List<Effect> hold(final Flow flow, final long now) {
        if (until.size() >= MOST) {
            until.values().removeIf(end -> end <= now);
        }
        if (until.size() >= MOST || until.getOrDefault(flow.key(), now) > now) {
            return List.of();
        }
        until.put(flow.key(), now + flow.timeouts().hard() * 1000L);
        return List.of(new Effect.AddFlow(flow));
    }

    /** The switch has a hold already, which ends at some time that is not known. */
    public void found(final Flow flow, final long now) {
        until.put(flow.key(), now + flow.timeouts().hard() * 1000L);
    }

    /**
     * Ends all holds: what was not worth learning may be so now.
     *
     * @param cookie the cookie of them all
     */
    public List<Effect> release(final long cookie) {
        if (until.isEmpty()) {
            return List.of();
        }
        until.clear();
        return List.of(new Effect.DeleteFlows(cookie));
    }

    /** Forgets all holds: the switch is gone, or new. */
    public void forget() {
        until.clear();
    }
}
