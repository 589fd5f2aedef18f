/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.GroupId;

/**
 * What turns the tables of a switch into others, in an order in which no frame meets a half-made pipeline.
 *
 * @param desired the tables as they are to be
 * @param actual the tables as they are
 */
record TableDiff(Tables desired, Tables actual) {
    private static final int NEW_CLIENT_RANK = 1;
    private static final int SELECTION_RANK = 2;
    private static final int HIGHEST_RANK = 3;

    /**
     * What turns other tables into these, at the very first: the meters that are new or different. One that is
     * different is made anew, since OpenFlowPlugin sends a change of a meter as a new one.
     *
     * @return the effects in the order in which they must happen
     */
    List<Effect> measure() {
        final List<Meter> made = madeMeters();
        final List<Effect> effects = new ArrayList<>();
        made.stream()
                .filter(meter -> actual.meters().containsKey(meter.id()))
                .forEach(meter -> effects.add(new Effect.DeleteMeter(meter.id())));
        if (!effects.isEmpty()) {
            effects.add(new Effect.Barrier());
        }
        made.forEach(meter -> effects.add(new Effect.AddMeter(meter)));
        return effects;
    }

    private List<Meter> madeMeters() {
        return desired.meters().values().stream()
                .filter(meter -> !meter.equals(actual.meters().get(meter.id())))
                .sorted(Comparator.comparing(Meter::id))
                .toList();
    }

    /**
     * What turns other tables into these, after {@link #measure}: the groups that are new or different, which come
     * before what leads to them. Groups for new clients lead to the devices' entries, select groups to them, and fast
     * failover groups to select groups and to groups for new clients.
     *
     * @return the effects in the order in which they must happen
     */
    List<Effect> prepare() {
        final List<Effect> effects = new ArrayList<>();
        for (int rank = 0; rank <= HIGHEST_RANK; rank++) {
            final int now = rank;
            final List<Group> changedGroups = desired.groups().values().stream()
                    .filter(group -> rank(group) == now)
                    .filter(group -> !group.equals(actual.groups().get(group.id())))
                    .sorted(Comparator.comparing(Group::id))
                    .toList();
            if (rank == NEW_CLIENT_RANK) {
                makeFlows(TableDiff::isOfDevice, effects);
            }
            if (!effects.isEmpty() && !changedGroups.isEmpty()) {
                effects.add(new Effect.Barrier());
            }
            changedGroups.forEach(group -> effects.add(
                    actual.groups().containsKey(group.id())
                            ? new Effect.ModifyGroup(group)
                            : new Effect.AddGroup(group)));
        }
        return effects;
    }

    /**
     * What turns other tables into these, after {@link #prepare}: the other entries that are new or different. Tables
     * come before those that lead to them, so that no frame meets a half-made pipeline.
     *
     * @return the effects in the order in which they must happen
     */
    List<Effect> make() {
        final List<Effect> effects = new ArrayList<>();
        makeFlows(flow -> !isOfDevice(flow), effects);
        return effects;
    }

    private void makeFlows(final Predicate<Flow> which, final List<Effect> effects) {
        // An entry that names a meter in an action keeps to the meter that there was when it was written.
        final Set<Long> made = madeMeters().stream().map(Meter::id).collect(Collectors.toSet());
        final List<Flow> changed = desired.flows().values().stream()
                .filter(which)
                .filter(flow -> !flow.equals(actual.flows().get(flow.key()))
                        || !made.isEmpty() && flow.meters().stream().anyMatch(made::contains))
                .sorted(Comparator.comparing((Flow flow) -> -flow.key().table())
                        .thenComparing(flow -> flow.key().priority())
                        .thenComparing(flow -> flow.key().match().toString()))
                .toList();
        if (!effects.isEmpty() && !changed.isEmpty()) {
            effects.add(new Effect.Barrier());
        }
        changed.forEach(flow -> effects.add(new Effect.AddFlow(flow)));
    }

    /**
     * What turns other tables into these, in the end: all that goes, in the reverse order.
     *
     * @return the effects in the order in which they must happen
     */
    List<Effect> sweep() {
        final List<Effect> effects = new ArrayList<>();
        actual.flows().values().stream()
                .filter(flow -> !desired.flows().containsKey(flow.key()))
                .sorted(Comparator.comparing((Flow flow) -> flow.key().table())
                        .thenComparing(flow -> -flow.key().priority())
                        .thenComparing(flow -> flow.key().match().toString()))
                .forEach(flow -> effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie())));
        for (int rank = HIGHEST_RANK; rank >= 0; rank--) {
            final int now = rank;
            final List<Group> gone = actual.groups().values().stream()
                    .filter(group -> rank(group) == now)
                    .filter(group -> !desired.groups().containsKey(group.id()))
                    .sorted(Comparator.comparing(Group::id))
                    .toList();
            if (!effects.isEmpty() && !gone.isEmpty()) {
                effects.add(new Effect.Barrier());
            }
            gone.forEach(group -> effects.add(new Effect.DeleteGroup(group)));
        }
        final List<Long> meters = actual.meters().keySet().stream()
                .filter(id -> !desired.meters().containsKey(id))
                .sorted()
                .toList();
        if (!effects.isEmpty() && !meters.isEmpty()) {
            effects.add(new Effect.Barrier());
        }
        meters.forEach(id -> effects.add(new Effect.DeleteMeter(id)));
        return effects;
    }

    private static boolean isOfDevice(final Flow flow) {
        return Cookie.parse(flow.cookie())
                .filter(cookie -> cookie.kind() == Cookie.Kind.DEVICE)
                .isPresent();
    }

    /** Groups lead to groups of a lower rank. */
    private static int rank(final Group group) {
        if (group.type() == Group.Type.FAST_FAILOVER) {
            return HIGHEST_RANK;
        }
        return GroupId.parse(group.id())
                .map(id -> switch (id.kind()) {
                    case SELECTION -> SELECTION_RANK;
                    case NEW_CLIENT -> NEW_CLIENT_RANK;
                    case TO_DEVICE, RETURN_TO_DEVICE, FAILED_OVER -> 0;
                    case SLOT, STILL_SLOT -> HIGHEST_RANK;
                })
                .orElse(0);
    }
}
