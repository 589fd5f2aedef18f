/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.health.Prober;
import org.vpnlb.engine.neighbour.Neighbours;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.reconcile.AuditClock;
import org.vpnlb.engine.reconcile.Foreign;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.PuntSuppression;

/**
 * Decides what one switch does. An agent is told events and returns effects; it does nothing by itself, and the same
 * events in the same order make the same effects. It is not safe for use by several threads: its owner tells it one
 * event at a time.
 */
public final class SwitchAgent {
    /** Few enough that what is urgent does not wait long behind them, enough that the switch does not wait for more. */
    private static final int RESTORED_AT_ONCE = 1000;

    private final String node;
    private final int restoredAtOnce;
    private final Prober prober;
    private final Neighbours neighbours;
    private final Reconciler reconciler = new Reconciler();
    private final SwitchLearnedSessions switchLearned;
    private final PuntSuppression suppressedSources = new PuntSuppression();
    private final PuntHandler puntHandler;
    private final Plan plan;
    private final LaterWrites laterWrites = new LaterWrites();
    private final Audits audits;
    private final Adoption adoption;
    private final GoneEntries goneEntries;
    private final DropCounts dropCounts = new DropCounts();
    private final Orders orders;
    private final WaitingChange waitingChange;

    private Mode mode = new Mode.Unconfigured(Optional.empty());

    /**
     * An agent that knows of no service and no connection yet.
     *
     * @param node the switch
     * @param tableBase the number of the switch's table that is table 0 of the pipeline
     * @param random the source of unpredictable probe tokens
     * @param audits how often the switch is audited
     */
    public SwitchAgent(
            final String node, final int tableBase, final RandomGenerator random, final AuditClock.Intervals audits) {
        this(node, tableBase, random, audits, RESTORED_AT_ONCE);
    }

    /** The same, with the number of lost entries that are written at once. */
    SwitchAgent(
            final String node,
            final int tableBase,
            final RandomGenerator random,
            final AuditClock.Intervals intervals,
            final int restoredAtOnce) {
        this.node = node;
        this.restoredAtOnce = restoredAtOnce;
        prober = new Prober(node, random);
        neighbours = new Neighbours(node);
        switchLearned = new SwitchLearnedSessions(node);
        plan = new Plan(node, tableBase, switchLearned, prober.sources());
        puntHandler = new PuntHandler(
                prober, neighbours, reconciler, switchLearned, suppressedSources, new IcmpHandler(plan));
        adoption = new Adoption(plan, neighbours, reconciler, switchLearned, suppressedSources);
        audits = new Audits(plan, reconciler, switchLearned, suppressedSources, laterWrites, new AuditClock(intervals));
        goneEntries = new GoneEntries(plan, neighbours, reconciler, audits);
        orders = new Orders(plan, switchLearned, new PathOrders(plan, prober));
        waitingChange = new WaitingChange(plan, reconciler, audits);
    }

    /**
     * Tells the agent an event.
     *
     * @param event the event
     * @return what is to be done, in this order
     */
    public List<Effect> handle(final Event event) {
        final List<Effect> effects = withSources(decide(event));
        return laterWrites.confirmed(goneEntries.withRoom(effects, this::whileRoomChanges));
    }

    private List<Effect> decide(final Event event) {
        return switch (event) {
            case Event.Configured change ->
                plan.namedPorts().configured(change).map(this::toBeConfigured).orElse(List.of());
            case Event.Ports ports ->
                plan.namedPorts().listed(ports).map(this::toBeConfigured).orElse(List.of());
            case Event.OthersRead read -> waitingChange.read(read, this::configured);
            case Event.Connected connection -> connected(connection);
            case Event.Disconnected gone -> disconnected();
            case Event.FlowRemoved removed -> goneEntries.removed(removed, mode, this::whileRoomChanges);
            case Event.Counted counted -> counted(counted);
            case Event.Punted punted ->
                mode instanceof Mode.Here here
                        ? puntHandler.handle(punted, here, plan.services(), plan.pipeline(), this::whileRoomChanges)
                        : List.of();
            case Event.Ordered order -> isHere() ? orders.carryOut(order, this::whileRoomChanges) : List.of();
            case Event.Refused refused -> isHere() ? refused(refused) : List.of();
            case Event.Tick tick -> isHere() ? tick(tick.now()) : List.of();
            case Event.Confirmed confirmed -> isHere() ? confirmed(confirmed) : List.of();
            case Event.Reread read -> reread(read);
            case Event.Audited audit -> isHere() ? audited(audit) : List.of();
            case Event.AuditCounted audit -> isHere() ? audits.counted(audit, mode) : List.of();
            case Event.AuditUnanswered unanswered -> {
                audits.unanswered(unanswered.now());
                yield List.of();
            }
            case Event.Drops drops -> isHere() ? dropped(drops) : List.of();
            case Event.Failed failed -> isHere() ? failed(failed.now()) : List.of();
        };
    }

    private boolean isHere() {
        return mode instanceof Mode.Here;
    }

    private List<Effect> tick(final long now) {
        if (waitingChange.isOver(now)) {
            return waitingChange.goOn(now, this::configured);
        }
        final List<Effect> effects = new ArrayList<>(prober.tick(now));
        effects.addAll(switchLearned.tick(now));
        effects.addAll(reconciler.tick(now));
        effects.addAll(dropCounts.tick(now, plan, reconciler.installed().flows().values()));
        effects.addAll(plan.services().expire(plan.pipeline(), now));
        effects.addAll(audits.tick(now, mode));
        return plan.slotMoves().tick(now, () -> audits.isQuiet(mode)) ? reconcile(effects) : effects;
    }

    private List<Effect> confirmed(final Event.Confirmed event) {
        if (event.round() == Effect.Confirm.WRITTEN_LATER) {
            laterWrites.onConfirmed();
            return List.of();
        }
        return event.round() == Effect.Confirm.RESTORED
                ? restore(event.now())
                : reconciler.onConfirmed(event.round(), event.now());
    }

    /** When to tell the agent an {@link Event.Tick}; empty when time alone changes nothing. */
    public OptionalLong wakeAt() {
        if (!isHere()) {
            return OptionalLong.empty();
        }
        final OptionalLong work =
                Earliest.of(Earliest.of(prober.wakeAt(), switchLearned.wakeAt()), reconciler.wakeAt());
        final OptionalLong answers =
                Earliest.of(Earliest.of(audits.wakeAt(), dropCounts.next()), waitingChange.wakeAt());
        final OptionalLong slots = plan.slotMoves().wakeAt(() -> audits.isQuiet(mode));
        return Earliest.of(
                Earliest.of(work, answers), Earliest.of(slots, plan.services().wakeAt()));
    }

    /** What the agent knows now. */
    public SwitchStatus status() {
        return new StatusReport(plan, switchLearned, reconciler, waitingChange).of(node, isHere());
    }

    /** What the agent can be asked; to be asked by the thread that tells it its events. */
    public Answers answers() {
        return new Answers(isHere(), waitingChange.isQuiet(mode), plan, switchLearned, reconciler, neighbours);
    }

    private List<Effect> toBeConfigured(final Event.Configured event) {
        return waitingChange.configured(event, mode, this::configured);
    }

    private List<Effect> configured(final Event.Configured event) {
        final Plan.Change change = plan.configure(event, suppressedSources, isHere());
        final List<Effect> sessions = new ArrayList<>(prober.configure(plan.checks(), event.now()));
        return switch (mode) {
            case Mode.Unconfigured unconfigured -> {
                mode = new Mode.Away();
                yield unconfigured.early().map(this::connected).orElse(List.of());
            }
            case Mode.Away away -> sessions;
            case Mode.Here here -> {
                sessions.addAll(change.sessions());
                yield reconcile(
                        List.of(),
                        sessions,
                        change.purge(),
                        desired -> change.isToBeRead() || SwitchLearnedSessions.mayBeOtherwise(reconciler, desired));
            }
        };
    }

    private List<Effect> connected(final Event.Connected event) {
        if (mode instanceof Mode.Unconfigured) {
            mode = new Mode.Unconfigured(Optional.of(event));
            return List.of();
        }
        if (isHere()) {
            disconnected();
        }
        mode = new Mode.Here(0);
        switchLearned.connected(event.capabilities());
        final Foreign foreign =
                Foreign.of(event.others().keys(), event.actual().groups().values());
        reconciler.meet(foreign);
        final Tables actual = foreign.without(event.actual());
        final boolean isRenumbered = plan.connected(actual, event.now());
        final List<Effect> effects =
                new ArrayList<>(isRenumbered ? prober.configure(plan.checks(), event.now()) : List.of());
        prober.resume(event.now());
        audits.start(event.others(), event.now());
        dropCounts.connected(event.now());
        final Collection<Flow> flows = audits.there(actual.flows().values());
        effects.addAll(
                adoptAndRestore(Adoption.Read.anew(flows, actual, actual.flows().isEmpty(), event.now())));
        return effects;
    }

    private List<Effect> disconnected() {
        mode = mode instanceof Mode.Unconfigured ? new Mode.Unconfigured(Optional.empty()) : new Mode.Away();
        reconciler.forget();
        laterWrites.forget();
        switchLearned.disconnected();
        neighbours.forgetAnnounced();
        suppressedSources.forget();
        audits.stop();
        dropCounts.disconnected();
        waitingChange.disconnected(this::configured);
        return List.of();
    }

    /** Compares what the switch holds with what it should hold, and repairs it. */
    private List<Effect> audited(final Event.Audited event) {
        final Optional<Audits.Answer> answer = audits.answered(event, mode);
        if (answer.isEmpty()) {
            return List.of();
        }
        final int before = plan.sessions();
        final List<Event.Refused> refused = reconciler.refused();
        final List<Effect> effects = new ArrayList<>(adopt(answer.orElseThrow().read()));
        if (answer.orElseThrow().isInDoubt()) {
            effects.addAll(restore(event.now()));
        } else {
            RepairNotice.of(effects, refused, node, before - plan.sessions()).ifPresent(effects::add);
        }
        return effects;
    }

    /** The switch told what it dropped, and by that which meters it has. */
    private List<Effect> dropped(final Event.Drops drops) {
        dropCounts.counted(drops, plan, reconciler.installed());
        audits.metersTold(drops.byMeter().keySet(), drops.now());
        return List.of();
    }

    /** Nothing that is waited for may come any more, and the switch may hold something else: it is read at once. */
    private List<Effect> failed(final long now) {
        mode = new Mode.Here(0);
        reconciler.doubt();
        laterWrites.forget();
        neighbours.forgetAnnounced();
        plan.slotMoves().again();
        audits.doubt(now);
        return waitingChange.again();
    }

    private List<Effect> reread(final Event.Reread event) {
        if (!(mode instanceof Mode.Here here) || !here.isReading()) {
            return List.of();
        }
        final Mode.Here next = new Mode.Here(here.pendingReads() - 1);
        mode = next;
        // Only the last of several read-backs has all that was sent.
        return next.isReading()
                ? List.of()
                : adoptAndRestore(Adoption.Read.anew(event.flows(), reconciler.installed(), false, event.now()));
    }

    private List<Effect> adoptAndRestore(final Adoption.Read read) {
        final List<Effect> effects = new ArrayList<>(adopt(read));
        effects.addAll(restore(read.now()));
        return effects;
    }

    /** Takes over what was read from the switch, and changes what is not as it should be. */
    private List<Effect> adopt(final Adoption.Read read) {
        final Adoption.Taken taken = adoption.take(read);
        return reconcile(
                taken.first(),
                taken.sessions(),
                List.of(),
                // What the switch has learned since it was read has to be read too.
                desired -> switchLearned.isHandingBack()
                        || SwitchLearnedSessions.mayHaveLearnedSince(reconciler, desired));
    }

    /**
     * Writes some of the sessions that the switch has lost; more when it has confirmed these. While the switch is being
     * read nothing is restored: it may then learn by itself the sessions that were read.
     */
    private List<Effect> restore(final long now) {
        if (!(mode instanceof Mode.Here here) || here.isReading()) {
            return List.of();
        }
        final List<Effect> effects = plan.services().restore(restoredAtOnce, now);
        if (!effects.isEmpty()) {
            effects.add(new Effect.Confirm(Effect.Confirm.RESTORED));
        }
        return effects;
    }

    /** Where other addresses are ours than before, the entries for them and the checks from them follow. */
    private List<Effect> withSources(final List<Effect> decided) {
        final OptionalLong changed = prober.sources().takeChange();
        if (changed.isEmpty()) {
            return decided;
        }
        plan.renewPipeline();
        final List<Effect> effects = new ArrayList<>(decided);
        effects.addAll(prober.configure(plan.checks(), changed.getAsLong()));
        return reconcile(effects);
    }

    /** The switch refused an effect; where it cannot select by the source, other tables are tried. */
    private List<Effect> refused(final Event.Refused refused) {
        final List<Effect> effects = goneEntries.refused(refused, this::whileRoomChanges);
        return refused.effect() instanceof Effect.AddFlow add && plan.refuse(add.flow()) ? reconcile(effects) : effects;
    }

    /**
     * Brings the switch to the tables of the plan.
     *
     * @param first entries of sessions that must be there before anything leads to them
     * @param sessions what changes the sessions
     * @param purge what ends sessions once the switch learns by the new entries only
     * @param isToBeRead whether the switch is to be read then, by the tables that it is to have
     */
    private List<Effect> reconcile(
            final List<Effect> first,
            final List<Effect> sessions,
            final List<Effect> purge,
            final Predicate<Tables> isToBeRead) {
        final Tables desired = plan.desired(neighbours);
        final List<Effect> last = new ArrayList<>(purge);
        if (mode instanceof Mode.Here here && isToBeRead.test(desired)) {
            mode = new Mode.Here(here.pendingReads() + 1);
            plan.slotMoves().again();
            last.add(new Effect.Reread());
        }
        final List<Effect> effects = new ArrayList<>(reconciler.change(desired, first, sessions, last));
        effects.addAll(neighbours.announce(plan.services().configured(), plan.pipeline()));
        return effects;
    }

    private List<Effect> reconcile(final List<Effect> sessions) {
        return reconcile(List.of(), sessions, List.of(), desired -> false);
    }

    /** The switch has more or fewer of the sessions that it learns than when they were counted before. */
    private List<Effect> counted(final Event.Counted event) {
        switchLearned.counted(event.cookie(), event.entries());
        if (!isHere()) {
            return List.of();
        }
        final Set<Long> before = switchLearned.full();
        final List<Effect> notices = plan.updateLimits();
        if (switchLearned.full().equals(before)) {
            return notices;
        }
        plan.assign();
        return reconcile(notices);
    }

    /** A device that has reached its limit gives its slots to the others, until there is room again. */
    private List<Effect> whileRoomChanges(final ServiceHere here, final Supplier<List<Effect>> change) {
        final Set<String> before = here.fullDevices();
        final List<Effect> effects = change.get();
        if (here.fullDevices().equals(before)) {
            return effects;
        }
        plan.assign();
        return isHere() ? reconcile(effects) : List.of();
    }
}
