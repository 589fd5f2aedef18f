/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.reconcile.AuditClock;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.SessionTable;

/** Asks a switch again and again what it holds, and says what of the answers is to be taken over. */
final class Audits {
    private final Plan plan;
    private final Reconciler reconciler;
    private final SwitchLearnedSessions switchLearned;
    private final LaterWrites laterWrites;
    private final AuditClock clock;
    private final RemovedMeanwhile removedMeanwhile = new RemovedMeanwhile();
    /** What there was to count when the switch was asked. */
    private Expected asked = new Expected(Set.of(), 0, 0);
    /** How many entries of others there were when the switch was read last. */
    private long others;
    /** Whether the switch has other meters than it should, by what it told since it was read last. */
    private boolean hasOtherMeters;

    Audits(
            final Plan plan,
            final Reconciler reconciler,
            final SwitchLearnedSessions switchLearned,
            final LaterWrites laterWrites,
            final AuditClock clock) {
        this.plan = plan;
        this.reconciler = reconciler;
        this.switchLearned = switchLearned;
        this.laterWrites = laterWrites;
        this.clock = clock;
    }

    /**
     * What a switch should have.
     *
     * @param uncounted the kinds of entries of which the controller does not know how many there are
     * @param entries the number of all others
     * @param changes how often that number has changed by one, from the start
     */
    private record Expected(Set<Cookie.Kind> uncounted, long entries, long changes) {}

    private Expected expected() {
        final Set<Cookie.Kind> uncounted = EnumSet.of(Cookie.Kind.SUPPRESSION);
        if (plan.services().all().stream().anyMatch(here -> switchLearned.learns(here.service()))) {
            uncounted.add(Cookie.Kind.CLIENT_SESSION);
            uncounted.add(Cookie.Kind.LEARNED_SOURCE);
            uncounted.add(Cookie.Kind.RETURN_SESSION);
        }
        final long pipeline = reconciler.installed().flows().values().stream()
                .filter(flow -> Cookie.parse(flow.cookie())
                        .filter(cookie -> !uncounted.contains(cookie.kind()))
                        .isPresent())
                .count();
        long sessions = 0;
        long changes = 0;
        for (final ServiceHere here : plan.services().all()) {
            for (final SessionTable table : here.tables().toList()) {
                changes += table.entryChanges();
                sessions += uncounted.contains(Cookie.Kind.CLIENT_SESSION) ? 0 : table.entries();
            }
        }
        return new Expected(uncounted, pipeline + sessions, changes);
    }

    /** The switch was read just now. */
    void start(final Event.Others found, final long now) {
        others = found.all();
        hasOtherMeters = false;
        clock.start(now);
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
        if (!isQuiet(mode) && !clock.isDoubtful()) {
            clock.postpone(now);
            return List.of();
        }
        clock.asked(reconciler.wanted(), now);
        // Whether what is in the way of vpnlb's has gone shows in no count of vpnlb's.
        if (clock.isToRead(now) || !reconciler.inTheWay().isEmpty()) {
            removedMeanwhile.forget();
            return List.of(new Effect.Audit());
        }
        asked = expected();
        return List.of(new Effect.AuditCounts(
                asked.uncounted.stream().map(kind -> Cookie.of(kind).value()).collect(Collectors.toSet())));
    }

    /** Whether nothing is on its way that would look like a difference. */
    boolean isQuiet(final Mode mode) {
        return mode instanceof Mode.Here here
                && !here.isReading()
                && reconciler.isSettled()
                && !laterWrites.isPending()
                && plan.services().all().stream().flatMap(ServiceHere::tables).allMatch(table -> table.pending() == 0);
    }

    /** The switch has counted its entries; where they are not right it is asked for them at once. */
    List<Effect> counted(final Event.AuditCounted event, final Mode mode) {
        if (clock.isDoubtful()) {
            return List.of();
        }
        final Expected now = expected();
        if (!isQuiet(mode) || clock.isOutdated(reconciler.wanted()) || !now.uncounted.equals(asked.uncounted)) {
            clock.unanswered(event.now());
            return List.of();
        }
        // What was written or ended since it was asked may have been counted or not.
        final long slack = now.changes - asked.changes + Math.abs(now.entries - asked.entries);
        final boolean isRight = Math.abs(event.entries() - now.entries) <= slack
                && reconciler.holdsGroups(event)
                && event.others() == others
                && !hasOtherMeters;
        clock.counted(isRight, event.now());
        return tick(event.now(), mode);
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
        final boolean isInDoubt = clock.isDoubtful();
        final boolean isOutdated = !isQuiet(mode) || clock.isOutdated(reconciler.wanted());
        if (!isInDoubt && isOutdated) {
            clock.unanswered(event.now());
            return Optional.empty();
        }
        others = event.others().all();
        hasOtherMeters = false;
        final long since = clock.answered(event.now());
        final Tables parts = isInDoubt ? reconciler.auditedInDoubt(event) : reconciler.audited(event);
        return Optional.of(new Answer(
                new Adoption.Read(removedMeanwhile.without(event.flows()), parts, false, since, event.now()),
                isInDoubt));
    }
}
