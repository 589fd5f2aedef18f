/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Plural;

/**
 * Logs what an agent decided: one line for each event, with the number of each kind of effect that came of it. Punted
 * frames are left out, and cost nothing. A tick that only asks devices or counts entries is logged at TRACE, since
 * there are several in a second; all else at DEBUG.
 */
final class EventLog {
    private static final String LINE = "{} got {}: {}";

    private final Logger log;
    private final String node;

    EventLog(final Logger log, final String node) {
        this.log = log;
        this.node = node;
    }

    /** An agent was told an event, and returned effects. */
    void decided(final Event event, final List<Effect> effects) {
        if (event instanceof Event.Punted || !log.isDebugEnabled()) {
            return;
        }
        if (!isRoutine(event, effects)) {
            log.debug(LINE, node, describe(event), describe(effects));
        } else if (log.isTraceEnabled()) {
            log.trace(LINE, node, describe(event), describe(effects));
        }
    }

    private static boolean isRoutine(final Event event, final List<Effect> effects) {
        return switch (event) {
            case Event.Tick tick ->
                effects.stream()
                        .allMatch(effect -> effect instanceof Effect.SendFrame
                                || effect instanceof Effect.SendByGroup
                                || effect instanceof Effect.Count
                                || effect instanceof Effect.CountDrops);
            case Event.Drops drops -> effects.isEmpty();
            // OpenFlowPlugin writes the ports' statistics every few seconds.
            case Event.Ports ports -> effects.isEmpty();
            default -> false;
        };
    }

    private static String describe(final Event event) {
        return switch (event) {
            case Event.Configured configured ->
                "Configured with " + Plural.of(configured.services().size(), "service");
            case Event.Ports ports ->
                "Ports, %d of them".formatted(ports.numbers().size());
            case Event.Connected connected ->
                "Connected with %s, %s and %s, %s"
                        .formatted(
                                entries(connected.actual().flows().size()),
                                groups(connected.actual().groups().size()),
                                meters(connected.actual().meters().size()),
                                connected.capabilities());
            case Event.OthersRead read ->
                "OthersRead, %s of others"
                        .formatted(entries(read.others().byTable().values().stream()
                                .mapToLong(count -> count)
                                .sum()));
            case Event.Reread reread -> "Reread with " + entries(reread.flows().size());
            case Event.Audited audited ->
                "Audited, %s, %s and %s"
                        .formatted(
                                entries(audited.flows().size()),
                                groups(audited.groups().size()),
                                meters(audited.meters().size()));
            case Event.AuditCounted counted ->
                "AuditCounted, entries by table %s and %s"
                        .formatted(counted.entries(), groups(counted.groups().size()));
            case Event.AuditUnanswered unanswered -> "AuditUnanswered";
            case Event.Counted counted ->
                "Counted %s of cookie 0x%x".formatted(entries(counted.entries()), counted.cookie());
            case Event.Drops drops ->
                "Drops of %s and %s"
                        .formatted(
                                entries(drops.byFlow().size()),
                                meters(drops.byMeter().size()));
            case Event.FlowRemoved removed ->
                "FlowRemoved, %s: table=%d priority=%d %s cookie=0x%x"
                        .formatted(
                                removed.reason(),
                                removed.key().table(),
                                removed.key().priority(),
                                removed.key().match(),
                                removed.cookie());
            case Event.Cleared cleared -> "Cleared %s of %s".formatted(cleared.filter(), cleared.service());
            case Event.Rebalanced order ->
                "Rebalanced %s of %s".formatted(Plural.of(order.clients().size(), "client"), order.service());
            case Event.PathAsked order ->
                "PathAsked of %s, %s"
                        .formatted(order.service(), Plural.of(order.questions().size(), "question"));
            case Event.Refused refused -> "Refused " + refused.effect() + ": " + refused.why();
            case Event.Confirmed confirmed -> "Confirmed";
            case Event.Disconnected gone -> "Disconnected";
            case Event.Failed failed -> "Failed";
            case Event.Tick tick -> "Tick";
            case Event.Punted punted -> "Punted";
        };
    }

    private static String describe(final List<Effect> effects) {
        final Map<String, Integer> kinds = new LinkedHashMap<>();
        effects.forEach(effect -> kinds.merge(kind(effect), 1, Integer::sum));
        return kinds.isEmpty()
                ? "nothing"
                : kinds.entrySet().stream()
                        .map(kind -> kind.getValue() + " " + kind.getKey())
                        .collect(Collectors.joining(", "));
    }

    private static String entries(final long number) {
        return Plural.of(number, "flow entry", "flow entries");
    }

    private static String groups(final long number) {
        return Plural.of(number, "group");
    }

    private static String meters(final long number) {
        return Plural.of(number, "meter");
    }

    private static String kind(final Effect effect) {
        return effect instanceof Effect.Tell told
                ? told.notice().toString()
                : effect.getClass().getSimpleName();
    }
}
