/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vpnlb.engine.agent.Effect;
import org.vpnlb.engine.agent.Event;
import org.vpnlb.engine.openflow.Cookie;

/**
 * Passes a switch's effects on, in order; entries of new return sessions that come soon after others wait, and go
 * together.
 *
 * <p>Each time that its tables change Open vSwitch translates all that it has cached anew. The first entry after a
 * pause does not wait, so that a single client notices nothing; until a later client's are there its frames are copied
 * to the controller, and the servers' answers go by it. Entries of client sessions never wait: a client that comes by
 * another protocol before its entry is there may be sent to another device.
 *
 * <p>It is not safe for use by several threads.
 */
final class SwitchOutbox {
    /** The milliseconds that entries wait at most. */
    static final long WAIT_MILLIS = 25;
    /** So many entries do not wait for more. */
    static final int MOST = 1000;

    private final Consumer<Effect> carrier;
    private final Consumer<Runnable> later;
    private final LongSupplier clock;
    private final List<Effect> waiting = new ArrayList<>();
    private long sentAt;

    /**
     * An outbox that nothing waits in.
     *
     * @param carrier carries the effects out
     * @param later runs something after {@link #WAIT_MILLIS}, not at the same time as anything else of this outbox
     * @param clock the time, in milliseconds, that only goes forward
     */
    SwitchOutbox(final Consumer<Effect> carrier, final Consumer<Runnable> later, final LongSupplier clock) {
        this.carrier = carrier;
        this.later = later;
        this.clock = clock;
        sentAt = clock.getAsLong() - WAIT_MILLIS;
    }

    /** Passes on what came of an event. */
    void send(final Event event, final List<Effect> effects) {
        if (effects.isEmpty()) {
            return;
        }
        if (!(event instanceof Event.Punted punted)) {
            release();
            effects.forEach(carrier);
            return;
        }
        final boolean goAtOnce = waiting.isEmpty() && punted.now() - sentAt >= WAIT_MILLIS;
        for (final Effect effect : effects) {
            if (mayWait(effect)) {
                if (goAtOnce) {
                    sentAt = punted.now();
                    carrier.accept(effect);
                } else {
                    hold(effect);
                }
            } else {
                if (!(effect instanceof Effect.SendFrame || effect instanceof Effect.AddFlow)) {
                    // It may be about what waits.
                    release();
                }
                carrier.accept(effect);
            }
        }
    }

    /** Drops what waits: the switch that it was for is gone, or comes back. */
    void forget() {
        waiting.clear();
    }

    private void hold(final Effect effect) {
        if (waiting.isEmpty()) {
            later.accept(this::release);
        }
        waiting.add(effect);
        if (waiting.size() >= MOST) {
            release();
        }
    }

    private void release() {
        if (waiting.isEmpty()) {
            return;
        }
        sentAt = clock.getAsLong();
        final List<Effect> ready = List.copyOf(waiting);
        waiting.clear();
        ready.forEach(carrier);
    }

    private static boolean mayWait(final Effect effect) {
        return effect instanceof Effect.AddFlow add
                && Cookie.parse(add.flow().cookie())
                        .map(Cookie::kind)
                        .filter(kind -> kind == Cookie.Kind.LEARNED_SOURCE || kind == Cookie.Kind.RETURN_SESSION)
                        .isPresent();
    }
}
