/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.GroupId;

/**
 * What somebody else has in a switch where vpnlb's entries and groups can be. It is left alone: OpenFlow replaces an
 * entry with the same table, priority and match, whoever wrote it (OpenFlow 1.3, section 6.4).
 *
 * @param entries the keys of the entries without a cookie of vpnlb's
 * @param groups the ids of the groups that have an id of vpnlb's, and are none that it makes
 */
public record Foreign(Set<Flow.Key> entries, Set<Long> groups) {
    /** The switch is vpnlb's alone. */
    public static final Foreign NONE = new Foreign(Set.of(), Set.of());

    public Foreign {
        entries = Set.copyOf(entries);
        groups = Set.copyOf(groups);
    }

    /**
     * What was read from a switch.
     *
     * @param entries the keys of the entries without a cookie of vpnlb's
     * @param groups groups with ids of vpnlb's, of which it did not write any on this connection
     */
    public static Foreign of(final Set<Flow.Key> entries, final Collection<Group> groups) {
        return new Foreign(
                entries,
                groups.stream()
                        .filter(group -> GroupId.parse(group.id())
                                .filter(id -> id.mayHave(group.type()))
                                .isEmpty())
                        .map(Group::id)
                        .collect(Collectors.toSet()));
    }

    /** Tables without the groups that are somebody else's. */
    public Tables without(final Tables read) {
        return Tables.of(
                read.flows().values(),
                without(read.groups().values()),
                read.meters().values());
    }

    /** Those groups that are not somebody else's. */
    List<Group> without(final Collection<Group> all) {
        return all.stream().filter(group -> !groups.contains(group.id())).toList();
    }

    /** Those groups of somebody else's that are still there. */
    public Set<Long> groupsAmong(final Set<Long> there) {
        return groups.stream().filter(there::contains).collect(Collectors.toSet());
    }

    /** The ids of vpnlb's groups among those that there are. */
    Set<Long> leaves(final Set<Long> there) {
        return there.stream()
                .filter(id -> GroupId.parse(id).isPresent() && !groups.contains(id))
                .collect(Collectors.toSet());
    }

    /** Tables without what has no room, and without what leads there. */
    public Tables roomFor(final Tables desired) {
        if (entries.isEmpty() && groups.isEmpty()) {
            return desired;
        }
        final Set<Long> blocked = blocked(desired);
        return Tables.of(
                desired.flows().values().stream()
                        .filter(flow -> !entries.contains(flow.key()) && !leadsTo(flow.actions(), blocked))
                        .toList(),
                desired.groups().values().stream()
                        .filter(group -> !blocked.contains(group.id()))
                        .toList(),
                desired.meters().values());
    }

    /** What is in the way of some tables, each in one line. */
    List<String> inTheWayOf(final Tables desired) {
        return Stream.concat(
                        desired.flows().keySet().stream()
                                .filter(entries::contains)
                                .map(key ->
                                        "table=%d priority=%d %s".formatted(key.table(), key.priority(), key.match()))
                                .sorted(),
                        desired.groups().keySet().stream()
                                .filter(groups::contains)
                                .map(id -> "group 0x" + Long.toHexString(id))
                                .sorted())
                .toList();
    }

    /** The groups that cannot be, since their id is taken or since they lead to such a group. */
    private Set<Long> blocked(final Tables desired) {
        final Set<Long> blocked = new HashSet<>(groups);
        boolean grows = !blocked.isEmpty();
        while (grows) {
            grows = blocked.addAll(desired.groups().values().stream()
                    .filter(group -> group.buckets().stream().anyMatch(bucket -> leadsTo(bucket.actions(), blocked)))
                    .map(Group::id)
                    .toList());
        }
        return blocked;
    }

    private static boolean leadsTo(final List<Action> actions, final Set<Long> groups) {
        return actions.stream().anyMatch(action -> action instanceof Action.ToGroup to && groups.contains(to.id()));
    }
}
