/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;

/**
 * Brings a switch from the tables that it holds to those that it should hold, sessions excepted: it makes what is new,
 * waits until the switch has confirmed that, and only then deletes what is old. When the switch refuses something new,
 * what is old stays, and the rest is tried again later. It alone knows what is installed.
 */
public final class Reconciler {
    /** The milliseconds after which what was refused is tried again, at first; doubled each time. */
    static final long MIN_RETRY_MILLIS = 1000;

    /** The most milliseconds after which what was refused is tried again. */
    static final long MAX_RETRY_MILLIS = 30_000;

    /** Where the switch is on its way to the desired tables. */
    private sealed interface Phase {
        /** The switch holds the desired tables, as far as is known. */
        record Settled() implements Phase {}

        /** What is new has been sent, and not been confirmed yet. */
        record Making(long round) implements Phase {}

        /** What is old has been deleted, and that not been confirmed yet. */
        record Sweeping(long round) implements Phase {}

        /** The switch refused something; it is tried again then. */
        record Refused(long retryAt) implements Phase {}
    }

    private static final Phase SETTLED = new Phase.Settled();

    private final Map<Flow.Key, Flow> flows = new HashMap<>();
    private final Map<Long, Group> groups = new HashMap<>();
    private final Map<Long, Meter> meters = new HashMap<>();
    /** What the switch refused in this round. */
    private final RefusedParts refused = new RefusedParts();
    /** What the entries and groups of this round replace: it stays when they are refused. */
    private final Map<Flow.Key, Flow> replacedFlows = new HashMap<>();

    private final Map<Long, Group> replacedGroups = new HashMap<>();
    private final List<Effect> last = new ArrayList<>();
    private Foreign foreign = Foreign.NONE;
    private List<String> inTheWay = List.of();
    private Tables desired = Tables.EMPTY;
    /** Whether what is old is deleted only when what is written later is there. */
    private boolean isBehindLater;

    private Phase phase = SETTLED;
    private long rounds;
    /** When the switch confirmed a change last: what it told of its groups before may have changed since. */
    private long confirmedAt = Long.MIN_VALUE;

    private long wanted;
    private long confirmed;
    private long retryMillis = MIN_RETRY_MILLIS;

    /** The tables as far as this controller has written or read them. */
    public Tables installed() {
        return new Tables(flows, groups, meters);
    }

    /** The tables that the switch is to have. */
    public Tables desired() {
        return desired;
    }

    /** Whether nothing is on its way to the switch, nor waits to be tried again. */
    public boolean isSettled() {
        return phase instanceof Phase.Settled;
    }

    /** Whether all that is wanted but not there was refused, and waits to be tried again. */
    public boolean isRefused() {
        return phase instanceof Phase.Refused;
    }

    /** The number of the last change that was wanted; it counts from the start of this controller. */
    public long wanted() {
        return wanted;
    }

    /** The number of the last change that the switch has confirmed. */
    public long confirmed() {
        return confirmed;
    }

    /** What the switch refused and has not taken since. */
    public List<Event.Refused> refused() {
        return refused.all();
    }

    /** What somebody else has in the switch. */
    public Foreign foreign() {
        return foreign;
    }

    /** The switch was read: somebody else has this there. It counts from the next change on. */
    public void meet(final Foreign found) {
        foreign = found;
    }

    /** What is told of groups and meters, if it is not older than the last change to them. */
    public Optional<Event.Audited.Described> recent(final Optional<Event.Audited.Described> described) {
        return AuditedParts.recent(described, confirmedAt);
    }

    /** The switch was audited: what it has, see {@link AuditedParts#held}. */
    public Tables audited(final Event.Audited audit) {
        return found(AuditedParts.of(installed(), foreign, audit, confirmedAt));
    }

    /** The switch was audited since something was lost on the way to it. */
    public Tables auditedInDoubt(final Event.Audited audit) {
        return found(AuditedParts.inDoubt(installed(), foreign, audit));
    }

    private Tables found(final AuditedParts parts) {
        foreign = parts.foreign();
        return parts.held();
    }

    /** Whether an audit that counts the entries has found the groups and meters to do what they should. */
    public boolean holdsParts(final Event.AuditCounted audit) {
        return AuditedParts.areAsInstalled(installed(), foreign, audit, confirmedAt);
    }

    /** Something was lost on the way to the switch, perhaps what a confirmation is waited for. */
    public void doubt() {
        startRound();
        phase = SETTLED;
        isBehindLater = false;
    }

    /** What of somebody else's is where something of vpnlb's has to be, each in one line. */
    public List<String> inTheWay() {
        return inTheWay;
    }

    /** The switch was read: it holds these tables. What waits for a confirmation goes on waiting. */
    public void adopt(final Tables actual) {
        flows.clear();
        groups.clear();
        meters.clear();
        startRound();
        flows.putAll(actual.flows());
        groups.putAll(actual.groups());
        meters.putAll(actual.meters());
    }

    /** The switch is gone: nothing is known of it. */
    public void forget() {
        flows.clear();
        groups.clear();
        meters.clear();
        refused.clear();
        last.clear();
        foreign = Foreign.NONE;
        inTheWay = List.of();
        startRound();
        phase = SETTLED;
        isBehindLater = false;
        confirmed = 0;
        retryMillis = MIN_RETRY_MILLIS;
    }

    private void startRound() {
        refused.clear();
        replacedFlows.clear();
        replacedGroups.clear();
    }

    /** An entry was written beside the desired tables, and is one of them now. */
    public void wrote(final Flow flow) {
        flows.put(flow.key(), flow);
        desired = desired.with(List.of(flow));
    }

    /** The switch removed an entry that is no longer one of the desired tables. */
    public void removed(final Flow.Key key) {
        flows.remove(key);
        desired = desired.without(key);
    }

    /** What the next change writes later takes the place of something old, which stays until then. */
    public void waitForLater() {
        isBehindLater = true;
    }

    /**
     * Makes what is new, and changes the sessions.
     *
     * @param next the tables as they are to be
     * @param first entries of sessions that must be there before anything leads to them
     * @param sessions what changes the sessions
     * @param after what may happen only when the old entries are gone
     * @return the effects in their order, with barriers; the last asks for {@link #onConfirmed}
     */
    public List<Effect> change(
            final Tables next, final List<Effect> first, final List<Effect> sessions, final List<Effect> after) {
        desired = foreign.roomFor(next);
        inTheWay = foreign.inTheWayOf(next);
        refused.keepWanted(desired);
        last.addAll(after);
        final List<Effect> effects = make(first, sessions);
        if (!effects.isEmpty()) {
            wanted++;
        }
        return effects;
    }

    private List<Effect> make(final List<Effect> first, final List<Effect> sessions) {
        final TableDiff diff = new TableDiff(desired, installed());
        final List<Effect> metersFirst = diff.measure();
        final List<Effect> groupsFirst = diff.prepare();
        final List<Effect> entries = diff.make();
        if (!(phase instanceof Phase.Making)) {
            startRound();
        }
        metersFirst.forEach(this::sent);
        groupsFirst.forEach(this::sent);
        entries.forEach(this::sent);
        final List<Effect> effects = new ArrayList<>(metersFirst);
        afterBarrier(effects, groupsFirst);
        afterBarrier(effects, first);
        afterBarrier(effects, entries);
        final boolean isMaking = !effects.isEmpty() || phase instanceof Phase.Making || isBehindLater;
        effects.addAll(sessions);
        if (isMaking) {
            phase = new Phase.Making(++rounds);
            effects.add(new Effect.Confirm(rounds, isBehindLater));
        } else {
            sweep(effects);
        }
        return effects;
    }

    private void sent(final Effect effect) {
        switch (effect) {
            case Effect.AddFlow add -> {
                final Flow old = flows.put(add.flow().key(), add.flow());
                if (old != null) {
                    replacedFlows.put(old.key(), old);
                }
            }
            case Effect.AddMeter add -> meters.put(add.meter().id(), add.meter());
            case Effect.DeleteMeter delete -> meters.remove(delete.id());
            case Effect.AddGroup add -> groups.put(add.group().id(), add.group());
            case Effect.ModifyGroup modify ->
                replacedGroups.put(
                        modify.group().id(), groups.put(modify.group().id(), modify.group()));
            default -> {}
        }
    }

    /** Deletes what is old, after some effects, and does what was waiting for that. */
    private void sweep(final List<Effect> effects) {
        afterBarrier(effects, new TableDiff(desired, installed()).sweep());
        flows.keySet().retainAll(desired.flows().keySet());
        groups.keySet().retainAll(desired.groups().keySet());
        meters.keySet().retainAll(desired.meters().keySet());
        afterBarrier(effects, last);
        last.clear();
        if (effects.isEmpty()) {
            settled();
        } else {
            phase = new Phase.Sweeping(++rounds);
            effects.add(new Effect.Confirm(rounds, isBehindLater));
        }
    }

    private void settled() {
        phase = SETTLED;
        isBehindLater = false;
        confirmed = wanted;
        retryMillis = MIN_RETRY_MILLIS;
    }

    /**
     * The switch has done, or refused, all that was sent in a round.
     *
     * @param round the round
     * @return what comes next
     */
    public List<Effect> onConfirmed(final long round, final long now) {
        confirmedAt = now;
        return switch (phase) {
            case Phase.Making making
            when making.round == round && refused.isEmpty() -> {
                final List<Effect> effects = new ArrayList<>();
                sweep(effects);
                yield effects;
            }
            case Phase.Making making
            when making.round == round -> {
                phase = new Phase.Refused(now + retryMillis);
                retryMillis = Math.min(MAX_RETRY_MILLIS, 2 * retryMillis);
                yield List.of();
            }
            case Phase.Sweeping sweeping
            when sweeping.round == round -> {
                settled();
                yield List.of();
            }
            default -> List.of();
        };
    }

    /** When to call {@link #tick} next; empty when nothing waits for time. */
    public OptionalLong wakeAt() {
        return phase instanceof Phase.Refused waiting ? OptionalLong.of(waiting.retryAt) : OptionalLong.empty();
    }

    /** Tries again what was refused, when it is time. */
    public List<Effect> tick(final long now) {
        return phase instanceof Phase.Refused waiting && waiting.retryAt <= now
                ? make(List.of(), List.of())
                : List.of();
    }

    /**
     * The switch refused a flow entry that is no session's, a group or a meter.
     *
     * @return what to try instead: a group that is there unknown to vpnlb is changed
     */
    public List<Effect> onRefused(final Event.Refused event) {
        return switch (event.effect()) {
            case Effect.AddFlow add
            when add.flow().equals(flows.get(add.flow().key())) -> {
                restore(flows, add.flow().key(), replacedFlows);
                refused.put(add.flow().key(), event, desired);
                yield List.of();
            }
            case Effect.AddMeter add
            when add.meter().equals(meters.get(add.meter().id())) -> {
                meters.remove(add.meter().id());
                refused.put(add.meter(), event, desired);
                yield List.of();
            }
            case Effect.AddGroup add
            when groups.containsKey(add.group().id()) -> {
                refused.notAdded(add.group().id(), event.why());
                // The barrier of this round came before this change.
                phase = new Phase.Making(++rounds);
                yield List.of(
                        new Effect.ModifyGroup(groups.get(add.group().id())),
                        new Effect.Confirm(rounds, isBehindLater));
            }
            case Effect.ModifyGroup modify
            when modify.group().equals(groups.get(modify.group().id())) -> {
                restore(groups, modify.group().id(), replacedGroups);
                refused.put(modify.group().id(), event, desired);
                yield List.of();
            }
            default -> List.of();
        };
    }

    private static <K, V> void restore(final Map<K, V> installed, final K key, final Map<K, V> replaced) {
        final V old = replaced.get(key);
        if (old == null) {
            installed.remove(key);
        } else {
            installed.put(key, old);
        }
    }

    private static void afterBarrier(final List<Effect> effects, final List<Effect> next) {
        if (!effects.isEmpty() && !next.isEmpty()) {
            effects.add(new Effect.Barrier());
        }
        effects.addAll(next);
    }
}
