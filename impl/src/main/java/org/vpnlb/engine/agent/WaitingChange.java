/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.reconcile.Foreign;
import org.vpnlb.engine.reconcile.Reconciler;

/**
 * A configuration that waits until the switch has told what somebody else has there: it may bring entries where
 * somebody has put one since the switch was read last, and OpenFlow replaces an entry with the same key, whoever wrote
 * it. What only takes devices in or out of service, or services away, waits for nothing.
 */
final class WaitingChange {
    /** A switch that does not tell, or tells slowly, is configured all the same. */
    static final long MAX_WAIT_MILLIS = 5000;

    private final Plan plan;
    private final Reconciler reconciler;
    private final Audits audits;
    private Optional<Event.Configured> waiting = Optional.empty();
    private long until;

    WaitingChange(final Plan plan, final Reconciler reconciler, final Audits audits) {
        this.plan = plan;
        this.reconciler = reconciler;
        this.audits = audits;
    }

    boolean isWaiting() {
        return waiting.isPresent();
    }

    /** The configuration is to be this: goes on with it, or asks the switch before. */
    List<Effect> configured(
            final Event.Configured event, final Mode mode, final Function<Event.Configured, List<Effect>> goOn) {
        if (isWaiting()) {
            waiting = Optional.of(event);
            return List.of();
        }
        if (!(mode instanceof Mode.Here) || !bringsEntries(event)) {
            return goOn.apply(event);
        }
        waiting = Optional.of(event);
        until = event.now() + MAX_WAIT_MILLIS;
        return again();
    }

    private boolean bringsEntries(final Event.Configured event) {
        final Set<Service> present = plan.services().configured().stream()
                .map(WaitingChange::inService)
                .collect(Collectors.toSet());
        return plan.foreseen(event.services()).stream().anyMatch(service -> !present.contains(inService(service)));
    }

    private static Service inService(final Service service) {
        return service.withDevices(service.devices().stream()
                .map(device -> device.with(AdminState.IN_SERVICE))
                .toList());
    }

    /** The question may be lost. */
    List<Effect> again() {
        return isWaiting() ? List.of(new Effect.ReadOthers()) : List.of();
    }

    /** The switch has told. */
    List<Effect> read(final Event.OthersRead event, final Function<Event.Configured, List<Effect>> goOn) {
        if (!isWaiting()) {
            return List.of();
        }
        reconciler.meet(new Foreign(event.others().keys(), reconciler.foreign().groups()));
        audits.met(event.others());
        return goOn(event.now(), goOn);
    }

    /** Whether the switch has not told for too long. */
    boolean isOver(final long now) {
        return isWaiting() && until <= now;
    }

    /** Goes on with what waits. */
    List<Effect> goOn(final long now, final Function<Event.Configured, List<Effect>> goOn) {
        final List<Service> services = waiting.orElseThrow().services();
        waiting = Optional.empty();
        return goOn.apply(new Event.Configured(services, now));
    }

    /** The switch is gone: it is read when it comes back. */
    void disconnected(final Function<Event.Configured, List<Effect>> goOn) {
        if (isWaiting()) {
            goOn(waiting.orElseThrow().now(), goOn);
        }
    }

    /** When {@link #isOver}; empty when nothing waits. */
    OptionalLong wakeAt() {
        return isWaiting() ? OptionalLong.of(until) : OptionalLong.empty();
    }
}
