/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Footprint;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.SessionTable;

/**
 * How many entries a switch should have of vpnlb's.
 *
 * @param fixed those of each table without sessions, by the table's number
 * @param rest how many of the entries in the tables of sessions are no sessions
 * @param sessions the entries of all sessions
 * @param changes how often the number of these has changed by one, from the start
 * @param brief how many more there may be that end by themselves
 */
record ExpectedCounts(Map<Integer, Long> fixed, long rest, long sessions, long changes, int brief) {
    /** Nothing is expected. */
    static final ExpectedCounts NONE = new ExpectedCounts(Map.of(), 0, 0, 0, 0);

    /**
     * What a switch should have now.
     *
     * @param brief how many there may be that end by themselves
     */
    static ExpectedCounts of(final Plan plan, final Reconciler reconciler, final int brief) {
        final Footprint footprint = plan.footprint();
        final Map<Integer, Long> all = new HashMap<>();
        for (final Flow.Key key : reconciler.installed().flows().keySet()) {
            all.merge(key.table(), 1L, Long::sum);
        }
        final Map<Integer, Long> fixed = new HashMap<>();
        footprint.fixedTables().forEach(table -> fixed.put(table, all.getOrDefault(table, 0L)));
        long sessions = 0;
        long changes = 0;
        for (final ServiceHere here : plan.services().all()) {
            for (final SessionTable table : here.tables().toList()) {
                sessions += table.entries();
                changes += table.entryChanges();
            }
        }
        return new ExpectedCounts(fixed, sum(all, footprint.sessionTables()), sessions, changes, brief);
    }

    /**
     * Whether a switch has what it should.
     *
     * @param before what it should have had when it was asked: what has changed since may have been counted or not
     * @param counted the number of entries of each table that was counted
     */
    boolean isRight(final ExpectedCounts before, final Map<Integer, Long> counted, final Set<Integer> sessionTables) {
        final BiPredicate<Integer, Long> isFixed = (table, entries) -> {
            final long now = fixed.getOrDefault(table, 0L);
            return Math.abs(entries - now) <= Math.abs(now - before.fixed.getOrDefault(table, 0L));
        };
        if (!counted.entrySet().stream()
                .filter(entry -> !sessionTables.contains(entry.getKey()))
                .allMatch(entry -> isFixed.test(entry.getKey(), entry.getValue()))) {
            return false;
        }
        if (!counted.keySet().containsAll(sessionTables)) {
            return true;
        }
        final long slack = changes - before.changes + Math.abs(rest - before.rest);
        final long surplus = sum(counted, sessionTables) - rest - sessions;
        return surplus >= -slack && surplus <= slack + Math.max(brief, before.brief);
    }

    private static long sum(final Map<Integer, Long> entries, final Set<Integer> tables) {
        return tables.stream()
                .mapToLong(table -> entries.getOrDefault(table, 0L))
                .sum();
    }
}
