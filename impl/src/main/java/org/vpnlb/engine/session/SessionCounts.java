/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.HashMap;
import java.util.Map;

/** How many sessions a table has of each device, and how many entries of them the switch holds. */
final class SessionCounts {
    /** The number of sessions of each device that has any. */
    private final Map<String, Integer> byDevice = new HashMap<>();

    private int entries;
    private long changes;

    /** The number of sessions of each device that has any. */
    Map<String, Integer> byDevice() {
        return Map.copyOf(byDevice);
    }

    /** The number of sessions of a device. */
    int of(final String device) {
        return byDevice.getOrDefault(device, 0);
    }

    /** The number of entries that the switch holds of all sessions. */
    int entries() {
        return entries;
    }

    /** How many entries have come and gone. */
    long changes() {
        return changes;
    }

    /** One session takes the place of another; each may be null. */
    Session replaced(final Session before, final Session after) {
        final int entriesBefore = entries;
        if (before != null) {
            byDevice.computeIfPresent(before.device().name(), (name, count) -> count == 1 ? null : count - 1);
            entries -= before.entries();
        }
        if (after != null) {
            byDevice.merge(after.device().name(), 1, Integer::sum);
            entries += after.entries();
        }
        changes += Math.abs(entries - entriesBefore);
        return after;
    }

    /** All sessions are gone. */
    void clear() {
        byDevice.clear();
        changes += entries;
        entries = 0;
    }
}
