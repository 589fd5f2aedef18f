/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Flow entries and groups of one switch.
 *
 * @param flows the entries by what tells them apart
 * @param groups the groups by id
 */
public record Tables(Map<Flow.Key, Flow> flows, Map<Long, Group> groups) {
    /** Neither a flow nor a group. */
    public static final Tables EMPTY = new Tables(Map.of(), Map.of());

    public Tables {
        flows = Map.copyOf(flows);
        groups = Map.copyOf(groups);
    }

    /** Tables with these entries; of two flows with one key the later counts. */
    public static Tables of(final Iterable<Flow> flows, final Iterable<Group> groups) {
        final Map<Flow.Key, Flow> byKey = new HashMap<>();
        flows.forEach(flow -> byKey.put(flow.key(), flow));
        final Map<Long, Group> byId = new HashMap<>();
        groups.forEach(group -> byId.put(group.id(), group));
        return new Tables(byKey, byId);
    }

    /** These tables with more flows. */
    public Tables with(final Collection<Flow> added) {
        final Map<Flow.Key, Flow> more = new HashMap<>(flows);
        added.forEach(flow -> more.put(flow.key(), flow));
        return new Tables(more, groups);
    }

    /** These tables without a flow. */
    public Tables without(final Flow.Key key) {
        final Map<Flow.Key, Flow> less = new HashMap<>(flows);
        less.remove(key);
        return new Tables(less, groups);
    }
}
