/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.reconcile.AuditClock;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.PuntSuppression;

/** Asks a switch again and again what it holds, and says what of the answers is to be taken over. */
final class Audits {
    private final Plan plan;
    private final Reconciler reconciler;
    private final SwitchLearnedSessions switchLearned;
    private final PuntSuppression suppressedSources;
    private final LaterWrites laterWrites;
    private final AuditClock clock;
    private final RemovedMeanwhile removedMeanwhile = new RemovedMeanwhile();
    /** What there was to count when the switch was asked. */
    private ExpectedCounts asked = ExpectedCounts.NONE;
    /** How many entries of others there were in each table when the switch was read last. */
    private Map<Integer, Long> others = Map.of();
    /** Whether the switch has other meters than it should, by what it told since it was read last. */
    private boolean hasOtherMeters;

    Audits(
            final Plan plan,
            final Reconciler reconciler,
            final SwitchLearnedSessions switchLearned,
            final PuntSuppression suppressedSources,
            final LaterWrites laterWrites,
            final AuditClock clock) {
        this.plan = plan;
        this.reconciler = reconciler;
        this.switchLearned = switchLearned;
        this.suppressedSources = suppressedSources;
        this.laterWrites = laterWrites;
        this.clock = clock;
    }

    private ExpectedCounts expected(final long now) {
        return ExpectedCounts.of(plan, reconciler, suppressed(now));
    }

    private int suppressed(final long now) {
        return suppressedSources.possible(now)
                + plan.services().all().stream()
                        .mapToInt(here -> here.suppressed(now))
                        .sum();
    }

    private boolean isLearnedBySwitch() {
        return plan.services().all().stream().anyMatch(here -> switchLearned.learns(here.service()));
    }

    /** The switch was read just now. */
    void start(final Event.Others found, final long now) {
        met(found);
        hasOtherMeters = false;
        clock.start(now);
    }

    /** The switch has told what of somebody else's it has. */
    void met(final Event.Others found) {
        others = found.byTable();
    }

    /** The switch is gone. */
    void stop() {
        clock.stop();
        removedMeanwhile.forget();
    }

    /** Something was lost on the way to the switch. */
    void doubt(final long now) {
        clock.doubt(now);
    }

    /** Somebody changed the switch: it is read soon. */
    void hurry(final long now) {
        clock.hurry(now);
    }

    /** The switch has told the ids of vpnlb's meters: it is read soon when they are not those that should be there. */
    void metersTold(final Set<Long> there, final long now) {
        hasOtherMeters = !there.equals(reconciler.installed().meters().keySet());
        if (hasOtherMeters) {
            clock.hurry(now);
        }
    }

    OptionalLong wakeAt() {
        return clock.next();
    }

    /** Asks the switch when it is time. */
    List<Effect> tick(final long now, final Mode mode) {
        if (!clock.isDue(now)) {
            return List.of();
        }
        if (!isStill(mode) && !clock.isDoubtful()) {
            clock.postpone(now);
            return List.of();
        }
        clock.asked(reconciler.wanted(), now);
        if (clock.isToRead(now)) {
            removedMeanwhile.forget();
            return List.of(new Effect.Audit());
        }
        asked = expected(now);
        final Set<Integer> tables = new HashSet<>(plan.footprint().fixedTables());
        // Nobody tells the controller of what the switch learns.
        if (!isLearnedBySwitch() && clock.isToCountSessions(now)) {
            clock.countsSessions(asked.sessions(), now);
            tables.addAll(plan.footprint().sessionTables());
        }
        return List.of(new Effect.AuditCounts(tables));
    }

    /** Whether the switch holds what it is to hold, as far as is known. */
    boolean isQuiet(final Mode mode) {
        return reconciler.isSettled() && isStill(mode);
    }

    /** Whether nothing is on its way that would look like a difference; what was refused only waits. */
    private boolean isStill(final Mode mode) {
        return mode instanceof Mode.Here here
                && !here.isReading()
                && (reconciler.isSettled() || reconciler.isRefused() && !isToBeReadFor())
                && !laterWrites.isPending()
                && plan.services().all().stream().flatMap(ServiceHere::tables).allMatch(table -> table.pending() == 0);
    }

    /** What is read would wait for what is refused, and nothing would be learned until then. */
    private boolean isToBeReadFor() {
        return SwitchLearnedSessions.mayHaveLearnedSince(reconciler, reconciler.desired());
    }

    /** The switch has counted its entries; where they are not right it is asked for them at once. */
    List<Effect> counted(final Event.AuditCounted event, final Mode mode) {
        if (clock.isDoubtful() || !clock.isWaiting()) {
            return List.of();
        }
        if (!isStill(mode) || clock.isOutdated(reconciler.wanted())) {
            clock.unanswered(event.now());
            return List.of();
        }
        final boolean isRight = expected(event.now())
                        .isRight(asked, event.entries(), plan.footprint().sessionTables())
                && areOthersTheSame(event.others())
                && reconciler.holdsParts(event)
                && !hasOtherMeters;
        clock.counted(isRight, event.now());
        return tick(event.now(), mode);
    }

    private boolean areOthersTheSame(final Map<Integer, Long> counted) {
        return counted.entrySet().stream()
                .allMatch(entry -> entry.getValue().equals(others.getOrDefault(entry.getKey(), 0L)));
    }

    /** The switch did not answer. */
    void unanswered(final long now) {
        clock.unanswered(now);
    }

    /** The switch removed an entry; what is read of it now may have the entry still. */
    void removed(final Event.FlowRemoved event, final Mode mode) {
        if (!(mode instanceof Mode.Here) || clock.isWaiting()) {
            removedMeanwhile.add(event.key());
        }
    }

    /** Those entries that were read that the switch has not removed since. */
    List<Flow> there(final Collection<Flow> read) {
        return removedMeanwhile.without(read);
    }

    /**
     * The switch has told its entries.
     *
     * @param read what to take over of it
     * @param isInDoubt whether something was lost on the way to the switch before
     */
    record Answer(Adoption.Read read, boolean isInDoubt) {}

    /** What to take over of an answer; empty when it says nothing, since too much is on its way. */
    Optional<Answer> answered(final Event.Audited event, final Mode mode) {
        if (!clock.isWaiting()) {
            return Optional.empty();
        }
        final boolean isInDoubt = clock.isDoubtful();
        final boolean isOutdated = !isStill(mode) || clock.isOutdated(reconciler.wanted());
        if (!isInDoubt && isOutdated) {
            clock.unanswered(event.now());
            return Optional.empty();
        }
        met(event.others());
        hasOtherMeters = false;
        final long since = clock.answered(event.flows().size(), event.now());
        final Tables parts = isInDoubt ? reconciler.auditedInDoubt(event) : reconciler.audited(event);
        return Optional.of(new Answer(
                new Adoption.Read(removedMeanwhile.without(event.flows()), parts, false, since, event.now()),
                isInDoubt));
    }
}
