/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import com.google.common.collect.Iterables;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;

/** The flow entries of a switch, with the times that their timeouts count from, and its groups. */
final class InMemoryTables {
    /** A flow entry with the times that its timeouts count from. */
    private static final class Entry {
        private final Flow flow;
        private final long writtenAt;
        private long usedAt;
        private long frames;

        Entry(final Flow flow, final long now) {
            this.flow = flow;
            writtenAt = now;
            usedAt = now;
        }

        Flow flow() {
            return flow;
        }

        private long endsAt() {
            final Flow.Timeouts timeouts = flow.timeouts();
            return Math.min(
                    timeouts.idle() == 0 ? Long.MAX_VALUE : usedAt + timeouts.idle() * 1000L,
                    timeouts.hard() == 0 ? Long.MAX_VALUE : writtenAt + timeouts.hard() * 1000L);
        }
    }

    private final Map<Integer, Map<Flow.Key, Entry>> tables = new HashMap<>();
    private final Map<Long, Group> groups = new HashMap<>();
    private long now;

    /** The clock goes on. */
    void advance(final long time) {
        now = time;
    }

    /** The entries that have timed out, those first that did first. */
    List<Flow> ended() {
        return entries().stream()
                .filter(entry -> entry.endsAt() <= now)
                .sorted(Comparator.comparingLong(Entry::endsAt)
                        .thenComparing(entry -> entry.flow.key().toString()))
                .map(Entry::flow)
                .toList();
    }

    void clear() {
        tables.clear();
        groups.clear();
    }

    void put(final Flow flow) {
        tables.computeIfAbsent(flow.key().table(), number -> new LinkedHashMap<>())
                .put(flow.key(), new Entry(flow, now));
    }

    void put(final Group group) {
        groups.put(group.id(), group);
    }

    void remove(final Flow.Key key) {
        tables.get(key.table()).remove(key);
    }

    /** A frame hit an entry. */
    void use(final Flow.Key key) {
        final Entry entry = tables.get(key.table()).get(key);
        entry.usedAt = now;
        entry.frames++;
    }

    /** How many frames have hit an entry. */
    long used(final Flow.Key key) {
        return tables.get(key.table()).get(key).frames;
    }

    List<Flow> flows() {
        return entries().stream().map(Entry::flow).toList();
    }

    Optional<Flow> flow(final Flow.Key key) {
        return Optional.ofNullable(tables.getOrDefault(key.table(), Map.of()).get(key))
                .map(Entry::flow);
    }

    Iterable<Flow> table(final int table) {
        return Iterables.transform(tables.getOrDefault(table, Map.of()).values(), Entry::flow);
    }

    /** The number of entries of a table. */
    int size(final int table) {
        return tables.getOrDefault(table, Map.of()).size();
    }

    void removeGroup(final long id) {
        groups.remove(id);
    }

    Collection<Group> groups() {
        return groups.values();
    }

    Optional<Group> group(final long id) {
        return Optional.ofNullable(groups.get(id));
    }

    private List<Entry> entries() {
        return tables.values().stream()
                .flatMap(table -> table.values().stream())
                .toList();
    }
}
