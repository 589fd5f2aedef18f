/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.engine.event.Notice;

/** Counts what is told once, when it happens. Safe for several threads. */
final class Occurrences {
    private final Map<String, Repairs> repairs = new ConcurrentHashMap<>();
    private final Map<String, Long> conflicts = new ConcurrentHashMap<>();
    private final Map<DeviceHealth.Key, Long> changes = new ConcurrentHashMap<>();
    private final Map<String, Dropped> dropped = new ConcurrentHashMap<>();

    /**
     * Repairs of a switch.
     *
     * @param times how often it was repaired
     * @param missing the entries and groups that were missing, or different
     * @param extra those that should not have been there
     */
    record Repairs(long times, long missing, long extra) {
        private static final Repairs NONE = new Repairs(0, 0, 0);

        private Repairs plus(final Repairs other) {
            return new Repairs(times + other.times, missing + other.missing, extra + other.extra);
        }
    }

    /**
     * Frames that the agents of a switch did not get.
     *
     * @param before those of agents before this one
     * @param last those of this one
     */
    private record Dropped(long before, long last) {
        private static final Dropped NONE = new Dropped(0, 0);

        Dropped next(final long counted) {
            return new Dropped(counted < last ? sum() : before, counted);
        }

        long sum() {
            return before + last;
        }
    }

    void repaired(final Notice.SwitchRepaired notice) {
        repairs.merge(notice.node(), new Repairs(1, notice.missing(), notice.extra()), Repairs::plus);
    }

    void conflict(final Notice.Conflict notice) {
        conflicts.merge(notice.service(), 1L, Long::sum);
    }

    void changed(final DeviceHealth.Change change) {
        changes.merge(new DeviceHealth.Key(change.service(), change.device().name()), 1L, Long::sum);
    }

    /** The agent of a switch has not got so many frames, since there is one. */
    void dropped(final String node, final long frames) {
        dropped.compute(node, (key, before) -> (before == null ? Dropped.NONE : before).next(frames));
    }

    Repairs repairs(final String node) {
        return repairs.getOrDefault(node, Repairs.NONE);
    }

    long framesDropped(final String node) {
        return dropped.getOrDefault(node, Dropped.NONE).sum();
    }

    long conflicts(final String service) {
        return conflicts.getOrDefault(service, 0L);
    }

    long changes(final DeviceHealth.Key device) {
        return changes.getOrDefault(device, 0L);
    }

    /** Forgets what is not configured any more, so that what is counted stays bounded. */
    void retain(final Set<String> services, final Set<DeviceHealth.Key> devices) {
        conflicts.keySet().retainAll(services);
        changes.keySet().retainAll(devices);
    }
}
