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

    void repaired(final Notice.SwitchRepaired notice) {
        repairs.merge(notice.node(), new Repairs(1, notice.missing(), notice.extra()), Repairs::plus);
    }

    void conflict(final Notice.Conflict notice) {
        conflicts.merge(notice.service(), 1L, Long::sum);
    }

    void changed(final DeviceHealth.Change change) {
        changes.merge(new DeviceHealth.Key(change.service(), change.device().name()), 1L, Long::sum);
    }

    Repairs repairs(final String node) {
        return repairs.getOrDefault(node, Repairs.NONE);
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
