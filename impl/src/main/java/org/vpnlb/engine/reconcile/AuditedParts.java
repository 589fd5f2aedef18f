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
import java.util.Set;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Event.Audited.Described;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;

/**
 * What an audit tells of the groups and meters of a switch.
 *
 * @param foreign what somebody else has there
 * @param held the groups and meters that the switch has of those that are installed, as far as is known as they are
 *     now, and those that have an id of vpnlb's and should not be there
 */
record AuditedParts(Foreign foreign, Tables held) {
    /** What is told of the age of a description may be as wrong as this: two clocks measure it. */
    private static final long CLOCK_ERROR_MILLIS = 1000;

    /**
     * What an audit tells.
     *
     * @param installed what vpnlb has made there
     * @param before what somebody else was known to have there
     * @param confirmedAt when the switch confirmed a change last: what it told of its groups before is not believed
     */
    static AuditedParts of(
            final Tables installed, final Foreign before, final Event.Audited audit, final long confirmedAt) {
        final Map<Long, Group> held = new HashMap<>(installed.groups());
        held.keySet().retainAll(audit.groups());
        final Optional<List<Group>> there =
                recent(audit.described(), confirmedAt).map(told -> there(told.groups(), audit.groups()));
        // What vpnlb made itself and somebody changed is vpnlb's, whatever it is now.
        final Foreign foreign = there.map(all -> Foreign.of(
                        audit.others().keys(),
                        all.stream()
                                .filter(group -> !installed.groups().containsKey(group.id()))
                                .toList()))
                .orElseGet(() -> stillThere(before, audit));
        there.ifPresent(all -> foreign.without(all).forEach(group -> held.put(group.id(), group)));
        return new AuditedParts(foreign, Tables.of(List.of(), held.values(), meters(installed, audit, confirmedAt)));
    }

    /** What an audit tells since something was lost on the way to the switch: what the groups do is not known. */
    static AuditedParts inDoubt(final Tables installed, final Foreign before, final Event.Audited audit) {
        final List<Group> groups = installed.groups().values().stream()
                .filter(group -> audit.groups().contains(group.id()))
                .map(group -> new Group(group.id(), group.type(), List.of()))
                .toList();
        return new AuditedParts(
                stillThere(before, audit), Tables.of(List.of(), groups, meters(installed, audit, Long.MAX_VALUE)));
    }

    /** Of a meter that this controller did not write or read, and of which nothing is told, only the id is known. */
    private static List<Meter> meters(final Tables installed, final Event.Audited audit, final long confirmedAt) {
        final Map<Long, Meter> known = new HashMap<>(installed.meters());
        recent(audit.described(), confirmedAt)
                .ifPresent(told -> told.meters().forEach(meter -> known.put(meter.id(), meter)));
        return audit.meters().stream()
                .map(id -> known.getOrDefault(id, new Meter(id, 0, 0)))
                .toList();
    }

    /**
     * Whether the groups that are installed are there, with those of others and no more, and whether they and the
     * meters do what they should. Which meters there are is told apart from this.
     */
    static boolean areAsInstalled(
            final Tables installed, final Foreign foreign, final Event.AuditCounted audit, final long confirmedAt) {
        return foreign.leaves(audit.groups()).equals(installed.groups().keySet())
                && audit.groups().containsAll(foreign.groups())
                && recent(audit.described(), confirmedAt).stream()
                        .allMatch(told -> installed
                                        .groups()
                                        .values()
                                        .containsAll(foreign.without(there(told.groups(), audit.groups())))
                                && told.meters().stream()
                                        .allMatch(meter ->
                                                meter.equals(installed.meters().getOrDefault(meter.id(), meter))));
    }

    /** Those of the groups told of that the switch has: OpenFlowPlugin goes on telling of some that are gone. */
    private static List<Group> there(final Collection<Group> told, final Set<Long> ids) {
        return told.stream().filter(group -> ids.contains(group.id())).toList();
    }

    /** What is told of groups and meters, if it is not older than the last change to them. */
    static Optional<Described> recent(final Optional<Described> described, final long confirmedAt) {
        return described.filter(told -> told.at() - CLOCK_ERROR_MILLIS > confirmedAt);
    }

    private static Foreign stillThere(final Foreign before, final Event.Audited audit) {
        return new Foreign(audit.others().keys(), before.groupsAmong(audit.groups()));
    }
}
