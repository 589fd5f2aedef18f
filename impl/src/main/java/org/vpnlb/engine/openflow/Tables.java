/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Flow entries, groups and meters of one switch.
 *
 * @param flows the entries by what tells them apart
 * @param groups the groups by id
 * @param meters the meters by id
 */
public record Tables(Map<Flow.Key, Flow> flows, Map<Long, Group> groups, Map<Long, Meter> meters) {
    /** Nothing at all. */
    public static final Tables EMPTY = new Tables(Map.of(), Map.of(), Map.of());

    public Tables {
        flows = Map.copyOf(flows);
        groups = Map.copyOf(groups);
        meters = Map.copyOf(meters);
    }

    /** Tables with these entries and no meter; of two flows with one key the later counts. */
    public static Tables of(final Iterable<Flow> flows, final Iterable<Group> groups) {
        return of(flows, groups, List.of());
    }

    /** Tables with these entries; of two flows with one key the later counts. */
    public static Tables of(final Iterable<Flow> flows, final Iterable<Group> groups, final Iterable<Meter> meters) {
        final Map<Flow.Key, Flow> byKey = new HashMap<>();
        flows.forEach(flow -> byKey.put(flow.key(), flow));
        final Map<Long, Group> groupsById = new HashMap<>();
        groups.forEach(group -> groupsById.put(group.id(), group));
        final Map<Long, Meter> metersById = new HashMap<>();
        meters.forEach(meter -> metersById.put(meter.id(), meter));
        return new Tables(byKey, groupsById, metersById);
    }

    /** These tables with more flows. */
    public Tables with(final Collection<Flow> added) {
        final Map<Flow.Key, Flow> more = new HashMap<>(flows);
        added.forEach(flow -> more.put(flow.key(), flow));
        return new Tables(more, groups, meters);
    }

    /** These tables without a flow. */
    public Tables without(final Flow.Key key) {
        final Map<Flow.Key, Flow> less = new HashMap<>(flows);
        less.remove(key);
        return new Tables(less, groups, meters);
    }
}
