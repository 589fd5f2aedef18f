/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.reconcile.Foreign;
import org.vpnlb.engine.reconcile.Reconciler;

/**
 * A switch's first configuration, which waits until the switch has told what somebody else has there: that may have
 * come since it was read last, and OpenFlow replaces an entry with the same key, whoever wrote it. A later change waits
 * for nothing: clients depend on it.
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

    /** Whether the switch holds what it is to hold, as far as is known. */
    boolean isQuiet(final Mode mode) {
        return !isWaiting() && audits.isQuiet(mode);
    }

    /** The configuration is to be this: goes on with it, or asks the switch before. */
    List<Effect> configured(
            final Event.Configured event, final Mode mode, final Function<Event.Configured, List<Effect>> goOn) {
        if (isWaiting()) {
            waiting = Optional.of(event);
            return List.of();
        }
        if (!(mode instanceof Mode.Here) || !isFirst(event)) {
            return goOn.apply(event);
        }
        waiting = Optional.of(event);
        until = event.now() + MAX_WAIT_MILLIS;
        return again();
    }

    /** Whether nothing of vpnlb is there, so that nothing that lives can wait. */
    private boolean isFirst(final Event.Configured event) {
        return plan.services().configured().isEmpty()
                && !plan.foreseen(event.services()).isEmpty();
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
