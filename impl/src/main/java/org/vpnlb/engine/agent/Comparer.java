/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.vpnlb.engine.agent.Difference.Kind;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.neighbour.Neighbours;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.reconcile.ReadBack.EntryClass;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.SessionRow;

/** Compares what a switch holds with what it should hold. Nothing is changed: to repair is the audit's work. */
record Comparer(Plan plan, SwitchLearnedSessions switchLearned, Reconciler reconciler, Neighbours neighbours) {
    private static final Comparator<Flow> AS_FRAMES_PASS = Comparator.comparing(
                    (Flow flow) -> flow.key().table())
            .thenComparing(flow -> -flow.key().priority())
            .thenComparing(flow -> flow.key().match().toString());

    /** What the switch should hold of vpnlb, sessions excepted: what of somebody else's is in the way has its place. */
    Tables desired() {
        return reconciler.foreign().roomFor(plan.desired(neighbours));
    }

    /** The same, with the entries of the sessions that were written by a time. */
    Tables desired(final long by) {
        return desired().with(sessions(by).toList());
    }

    private Stream<Flow> sessions(final long by) {
        return plan.services().all().stream()
                .flatMap(ServiceHere::tables)
                .flatMap(table -> SessionRow.entries(table, by));
    }

    /**
     * Compares.
     *
     * @param held what was read from the switch
     * @param askedAt when it was asked, in milliseconds: sessions that were written after that may be missing
     * @param isQuiet whether nothing is on its way to the switch
     */
    Comparison compare(final Event.Audited held, final long askedAt, final boolean isQuiet) {
        final Map<Flow.Key, Flow> sessions = new HashMap<>();
        sessions(askedAt).forEach(flow -> sessions.put(flow.key(), flow));
        final List<Difference> differences = new ArrayList<>();
        reconciler.inTheWay().forEach(line -> differences.add(new Difference(Kind.IN_THE_WAY, false, line, line, "")));
        compareFlows(desired().flows(), sessions, held.flows(), differences);
        compareGroups(held, differences);
        final int groups = (int) held.groups().stream()
                .filter(id -> GroupId.parse(id).isPresent())
                .count();
        return new Comparison(held.flows().size(), groups, held.described().isPresent(), isQuiet, differences);
    }

    private void compareFlows(
            final Map<Flow.Key, Flow> desired,
            final Map<Flow.Key, Flow> sessions,
            final Collection<Flow> held,
            final List<Difference> differences) {
        final Map<Flow.Key, Flow> missing = new HashMap<>(desired);
        missing.putAll(sessions);
        final EntryClassifier classifier = new EntryClassifier(
                plan.services(), plan.pipeline(), here -> switchLearned.learns(here.service()), Set.of());
        for (final Flow flow : held.stream().sorted(AS_FRAMES_PASS).toList()) {
            final Flow wanted = missing.remove(flow.key());
            final EntryClass known = classifier.classify(flow);
            final boolean isSession = known != EntryClass.PIPELINE;
            if (wanted != null && !wanted.equals(flow)) {
                differences.add(
                        new Difference(Kind.DIFFERENT, isSession, flow.key(), wanted.toString(), flow.toString()));
            } else if (wanted == null && known != EntryClass.SUPPRESSION && known != EntryClass.KNOWN_BY_SWITCH) {
                differences.add(new Difference(Kind.EXTRA, isSession, flow.key(), "", flow.toString()));
            }
        }
        missing.values().stream()
                .sorted(AS_FRAMES_PASS)
                .forEach(flow -> differences.add(new Difference(
                        Kind.MISSING, sessions.containsKey(flow.key()), flow.key(), flow.toString(), "")));
    }

    private void compareGroups(final Event.Audited held, final List<Difference> differences) {
        final Map<Long, Group> desired = desired().groups();
        final Map<Long, Group> described = new HashMap<>();
        held.described().ifPresent(known -> known.groups().forEach(group -> described.put(group.id(), group)));
        desired.values().stream().sorted(Comparator.comparing(Group::id)).forEach(group -> {
            final Optional<Group> actual = Optional.ofNullable(described.get(group.id()));
            if (!held.groups().contains(group.id())) {
                differences.add(new Difference(Kind.MISSING, false, group.id(), group.toString(), ""));
            } else if (actual.filter(found -> !Objects.equals(found, group)).isPresent()) {
                differences.add(new Difference(
                        Kind.DIFFERENT,
                        false,
                        group.id(),
                        group.toString(),
                        actual.orElseThrow().toString()));
            }
        });
        held.groups().stream()
                .filter(id -> GroupId.parse(id).isPresent() && !desired.containsKey(id))
                .filter(id -> !reconciler.foreign().groups().contains(id))
                .sorted()
                .forEach(id -> differences.add(new Difference(
                        Kind.EXTRA,
                        false,
                        id,
                        "",
                        Optional.ofNullable(described.get(id))
                                .map(Group::toString)
                                .orElse("group 0x" + Long.toHexString(id)))));
    }
}
