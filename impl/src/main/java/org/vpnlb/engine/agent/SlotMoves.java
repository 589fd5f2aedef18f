/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.SessionsInUse;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.selection.SlotPlan;

/**
 * The slots of the services in one switch, and when they move. A slot whose device keeps no sessions any more moves at
 * once. Where only pinned clients have sessions, any other slot waits until its clients have been learned for an idle
 * timeout, counted from when the switch has confirmed that it lets them be learned.
 */
final class SlotMoves {
    private final String node;
    private final PinnedServices pinned;
    private Assignments slots = Assignments.NONE;
    /** The slots of all services that have ever been here: they are the same when a disabled one is enabled again. */
    private Assignments remembered = Assignments.NONE;

    private List<Service> services = List.of();
    /** Whether any slot waits, or any service's clients have yet to be learned. */
    private boolean isWaiting;

    SlotMoves(final String node) {
        this.node = node;
        pinned = new PinnedServices();
    }

    private SlotMoves(final SlotMoves other) {
        node = other.node;
        pinned = new PinnedServices(other.pinned);
        slots = other.slots;
        remembered = other.remembered;
        services = other.services;
        isWaiting = other.isWaiting;
    }

    /** The same now, to see what would become of the slots. */
    SlotMoves copy() {
        return new SlotMoves(this);
    }

    Assignments slots() {
        return slots;
    }

    /** Whether only pinned clients of a service have sessions. */
    boolean isPinned(final Service service) {
        return pinned.isPinned(service);
    }

    /** Whether clients of a device that takes none any more are learned, since its slots have yet to move. */
    boolean isWatched(final Service service) {
        return pinned.isWatched(service);
    }

    /** Services and devices have these names now. */
    void rename(final Renames renames) {
        slots = slots.renamed(renames);
        remembered = remembered.renamed(renames);
        pinned.rename(renames);
    }

    /**
     * The configuration, or how the switch selects, may have changed.
     *
     * @param bySource the services whose slots it finds by the source
     */
    void configure(final List<Service> next, final Set<String> bySource) {
        services = next;
        pinned.configure(node, next, bySource);
    }

    /** Takes the slots over that a switch has. */
    void adopt(final Tables actual, final Pipeline pipeline) {
        slots = pipeline.adopt(actual, services, slots);
        again();
    }

    /** Assigns the slots anew, at once or by plan: as few as can be move. */
    void assign(final BiPredicate<Service, Device> isFull) {
        remembered = slots.each((name, plan) -> plan.again()).and(remembered);
        slots = slots.and(remembered)
                .reassign(
                        services.stream()
                                .filter(service -> service.isAt(node, Side.INGRESS))
                                .toList(),
                        (service, device) -> !isPinned(service) && isFull.test(service, device),
                        (service, device) ->
                                isWatched(service) && service.keeper(device).isPresent());
        isWaiting = isAnyWaiting();
    }

    /** What was learned may lack somebody: slots wait for an idle timeout from now on. */
    void again() {
        slots = slots.each((name, plan) -> plan.again());
        pinned.again();
    }

    /**
     * Does what is due.
     *
     * @param isConfirmed whether the switch has confirmed all that was sent to it
     * @return whether slots have moved
     */
    boolean tick(final long now, final BooleanSupplier isConfirmed) {
        if (!isWaiting) {
            return false;
        }
        if (isConfirmed.getAsBoolean()) {
            final Map<String, Service> byName =
                    services.stream().collect(Collectors.toMap(Service::name, Function.identity()));
            slots = slots.each((name, plan) -> byName.containsKey(name)
                    ? plan.confirmed(now + PinnedServices.watchMillis(byName.get(name)))
                    : plan);
            pinned.confirmed(services, now);
        }
        pinned.at(now);
        final Assignments before = slots;
        slots = slots.each((name, plan) -> plan.at(now));
        isWaiting = isAnyWaiting();
        return !slots.equals(before);
    }

    /**
     * When {@link #tick} is to be called next; empty when nothing waits. Asked after each frame: nothing is looked
     * through while no slot waits.
     *
     * @param isConfirmed whether the switch has confirmed all that was sent to it
     */
    OptionalLong wakeAt(final BooleanSupplier isConfirmed) {
        if (!isWaiting) {
            return OptionalLong.empty();
        }
        final boolean isAsked = pinned.isAsked() || plans().stream().anyMatch(SlotPlan::isAsked);
        if (isAsked && isConfirmed.getAsBoolean()) {
            return OptionalLong.of(0);
        }
        return LongStream.concat(
                        pinned.wakeAt().stream(), plans().stream().flatMapToLong(plan -> plan.firstMove().stream()))
                .min();
    }

    /** Which clients of a service have a session, of which there are so many. */
    SessionsInUse inUse(final Service service, final int count) {
        final SlotPlan plan = slots.plan(service);
        return new SessionsInUse(
                isPinned(service) ? Sessions.PINNED : Sessions.ALL,
                isPinned(service) ? count : 0,
                plan.waiting().size(),
                plan.lastMove());
    }

    private boolean isAnyWaiting() {
        return pinned.isAnyLearned() || plans().stream().anyMatch(plan -> !plan.isStill());
    }

    private Collection<SlotPlan> plans() {
        return slots.byService().values();
    }
}
