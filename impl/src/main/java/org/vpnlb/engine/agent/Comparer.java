/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.agent.Difference.Kind;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Event.Audited.Described;
import org.vpnlb.engine.neighbour.Neighbours;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.reconcile.ReadBack.EntryClass;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.SessionRow;

/** Compares what a switch holds with what it should hold. Nothing is changed: to repair is the audit's work. */
record Comparer(Plan plan, SwitchLearnedSessions switchLearned, Reconciler reconciler, Neighbours neighbours) {
    static final Comparator<Flow> AS_FRAMES_PASS = Comparator.comparing(
                    (Flow flow) -> flow.key().table())
            .thenComparing(flow -> -flow.key().priority())
            .thenComparing(flow -> flow.key().match().toString());

    private static final Set<EntryClass> NOT_COMPARED =
            EnumSet.of(EntryClass.SUPPRESSION, EntryClass.CONTESTED, EntryClass.KNOWN_BY_SWITCH);

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
        final Optional<Described> described = reconciler.recent(held.described());
        compareGroups(held, described, differences);
        compareMeters(held, described, differences);
        final int groups = (int) held.groups().stream()
                .filter(id -> GroupId.parse(id).isPresent())
                .count();
        return new Comparison(held.flows().size(), groups, described.isPresent(), isQuiet, differences);
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
            } else if (wanted == null && !NOT_COMPARED.contains(known)) {
                differences.add(new Difference(Kind.EXTRA, isSession, flow.key(), "", flow.toString()));
            }
        }
        missing.values().stream()
                .sorted(AS_FRAMES_PASS)
                .forEach(flow -> differences.add(new Difference(
                        Kind.MISSING, sessions.containsKey(flow.key()), flow.key(), flow.toString(), "")));
    }

    private void compareGroups(
            final Event.Audited held, final Optional<Described> told, final List<Difference> differences) {
        final Map<Long, Group> described = new HashMap<>();
        told.ifPresent(known -> known.groups().forEach(group -> described.put(group.id(), group)));
        final Set<Long> ours = held.groups().stream()
                .filter(id -> GroupId.parse(id).isPresent())
                .filter(id -> !reconciler.foreign().groups().contains(id))
                .collect(Collectors.toSet());
        compareById("group", desired().groups(), held.groups(), ours, described, differences);
    }

    private void compareMeters(
            final Event.Audited held, final Optional<Described> told, final List<Difference> differences) {
        final Map<Long, Meter> described = new HashMap<>();
        told.ifPresent(known -> known.meters().forEach(meter -> described.put(meter.id(), meter)));
        compareById("meter", desired().meters(), held.meters(), held.meters(), described, differences);
    }

    /**
     * Compares groups or meters.
     *
     * @param what which
     * @param there the ids of all that the switch has
     * @param ours those among them that are vpnlb's
     * @param described how they are, as far as that is known
     */
    static <T extends Record> void compareById(
            final String what,
            final Map<Long, T> desired,
            final Set<Long> there,
            final Set<Long> ours,
            final Map<Long, T> described,
            final List<Difference> differences) {
        desired.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
            final T wanted = entry.getValue();
            final T actual = described.getOrDefault(entry.getKey(), wanted);
            if (!there.contains(entry.getKey())) {
                differences.add(new Difference(Kind.MISSING, false, wanted, wanted.toString(), ""));
            } else if (!actual.equals(wanted)) {
                differences.add(new Difference(Kind.DIFFERENT, false, wanted, wanted.toString(), actual.toString()));
            }
        });
        ours.stream()
                .filter(id -> !desired.containsKey(id))
                .sorted()
                .forEach(id -> differences.add(new Difference(
                        Kind.EXTRA,
                        false,
                        id,
                        "",
                        Optional.ofNullable(described.get(id))
                                .map(T::toString)
                                .orElse(what + " 0x" + Long.toHexString(id)))));
    }
}
