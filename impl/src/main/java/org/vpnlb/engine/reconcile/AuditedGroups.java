/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.openflow.Group;

/**
 * What an audit tells of the groups of a switch.
 *
 * @param foreign what somebody else has there
 * @param held the groups that the switch has of those that are installed, as far as is known as they are now, and those
 *     that have an id of vpnlb's and should not be there
 */
record AuditedGroups(Foreign foreign, List<Group> held) {
    /**
     * What an audit tells.
     *
     * @param installed the groups that vpnlb has made there, by id
     * @param before what somebody else was known to have there
     * @param described what the groups do; empty when that is not known
     */
    static AuditedGroups of(
            final Map<Long, Group> installed,
            final Foreign before,
            final Event.Audited audit,
            final Optional<Collection<Group>> described) {
        final Map<Long, Group> held = new HashMap<>(installed);
        held.keySet().retainAll(audit.groups());
        final Optional<List<Group>> there = described.map(all -> all.stream()
                .filter(group -> audit.groups().contains(group.id()))
                .toList());
        // What vpnlb made itself and somebody changed is vpnlb's, whatever it is now.
        final Foreign foreign = there.map(all -> Foreign.of(
                        audit.others().keys(),
                        all.stream()
                                .filter(group -> !installed.containsKey(group.id()))
                                .toList()))
                .orElseGet(() -> stillThere(before, audit));
        there.ifPresent(all -> foreign.without(all).forEach(group -> held.put(group.id(), group)));
        return new AuditedGroups(foreign, List.copyOf(held.values()));
    }

    /** What an audit tells since something was lost on the way to the switch: what the groups do is not known. */
    static AuditedGroups inDoubt(final Map<Long, Group> installed, final Foreign before, final Event.Audited audit) {
        return new AuditedGroups(
                stillThere(before, audit),
                installed.values().stream()
                        .filter(group -> audit.groups().contains(group.id()))
                        .map(group -> new Group(group.id(), group.type(), List.of()))
                        .toList());
    }

    /** Whether the groups that are installed are there, none else of vpnlb's, and do what they should. */
    static boolean areAll(
            final Map<Long, Group> installed,
            final Foreign foreign,
            final Event.AuditCounted audit,
            final Optional<Collection<Group>> described) {
        return foreign.leaves(audit.groups()).equals(installed.keySet())
                && described
                        .map(foreign::without)
                        .filter(told -> !installed.values().containsAll(told))
                        .isEmpty();
    }

    private static Foreign stillThere(final Foreign before, final Event.Audited audit) {
        return new Foreign(audit.others().keys(), before.groupsAmong(audit.groups()));
    }
}
