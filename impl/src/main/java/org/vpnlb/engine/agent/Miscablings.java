/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.model.Miscabling;
import org.vpnlb.engine.model.Service;

/** Remembers which devices of a service send at other ports than their own, for as long as they do. */
final class Miscablings {
    /** The milliseconds without a frame after which one is over. A frame is punted every 30 s at most. */
    static final long QUIET_MILLIS = 90_000;

    /** Nobody reads more of them, and devices must not fill the memory. */
    static final int MAX = 100;

    private final Map<Miscabling, Long> lastSeen = new LinkedHashMap<>();

    /** A frame showed it; whether that is news. */
    boolean see(final Miscabling found, final long now) {
        if (lastSeen.size() >= MAX && !lastSeen.containsKey(found)) {
            return false;
        }
        return lastSeen.put(found, now) == null;
    }

    /** Forgets those that are over. */
    void expire(final long now) {
        lastSeen.values().removeIf(at -> now - at > QUIET_MILLIS);
    }

    /** Forgets those that are none by another configuration. */
    void configure(final Service service) {
        lastSeen.keySet().removeIf(found -> !found.isStillSo(service));
    }

    /** All of now, the oldest first. */
    List<Miscabling> all() {
        return List.copyOf(lastSeen.keySet());
    }
}
