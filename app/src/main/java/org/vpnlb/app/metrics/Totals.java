/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.session.Counters;

/**
 * Sums up what happened to each service in each switch. An agent counts anew when its service is disabled and enabled
 * again; these counters go on. They are forgotten with the service.
 */
final class Totals {
    private final Map<Key, Total> totals = new HashMap<>();

    /**
     * A service in a switch.
     *
     * @param service the service's name
     * @param node the switch
     */
    record Key(String service, String node) {}

    /**
     * The counters of a service in a switch.
     *
     * @param before what was counted before the agent began anew
     * @param last what the agent has counted
     */
    private record Total(Counters before, Counters last) {
        Total next(final Counters counters) {
            return isBehind(counters, last) ? new Total(sum(), counters) : new Total(before, counters);
        }

        Counters sum() {
            return before.plus(last);
        }
    }

    /**
     * The agents have told this. Called by one thread at a time.
     *
     * @param services the names of the services that are configured
     * @return the counters of the services, also of those that are not enabled now
     */
    Map<Key, Counters> observed(final Set<String> services, final List<Observation> switches) {
        totals.keySet().removeIf(key -> !services.contains(key.service()));
        switches.stream()
                .map(Observation::status)
                .forEach(status -> status.services().entrySet().stream()
                        .filter(entry -> services.contains(entry.getKey()))
                        .forEach(entry -> totals.compute(
                                new Key(entry.getKey(), status.node()),
                                (key, total) -> (total == null ? new Total(Counters.ZERO, Counters.ZERO) : total)
                                        .next(entry.getValue().counters()))));
        return totals.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().sum()));
    }

    private static boolean isBehind(final Counters now, final Counters last) {
        return now.created() < last.created()
                || now.moved() < last.moved()
                || now.expired() < last.expired()
                || now.purged() < last.purged()
                || now.rejected() < last.rejected()
                || isBehind(now.punted(), last.punted())
                || isBehind(now.overMeter(), last.overMeter())
                || isBehind(now.ignored(), last.ignored())
                || isBehind(now.dropped(), last.dropped());
    }

    private static <K> boolean isBehind(final Map<K, Long> now, final Map<K, Long> last) {
        return last.entrySet().stream().anyMatch(entry -> now.getOrDefault(entry.getKey(), 0L) < entry.getValue());
    }
}
