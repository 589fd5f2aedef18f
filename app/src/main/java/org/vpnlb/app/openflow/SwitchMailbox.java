/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.engine.agent.Effect;
import org.vpnlb.engine.agent.Event;
import org.vpnlb.engine.agent.Notice;
import org.vpnlb.engine.agent.SwitchAgent;
import org.vpnlb.engine.agent.SwitchStatus;

/**
 * Gives a switch's agent its events, one at a time and in order, and sends what it returns.
 *
 * <p>Events come from OpenFlowPlugin's and the datastore's threads. They are only queued there; the agent, which is not
 * safe for several threads, is touched by the sequential executor alone.
 */
final class SwitchMailbox {
    private static final Logger LOG = LoggerFactory.getLogger(SwitchMailbox.class);

    private final SwitchAgent agent;
    private final SwitchSender sender;
    private final Executor sequential;
    private final String node;
    private final ScheduledExecutorService timer;
    private final LongSupplier clock;
    private final Consumer<Notice> notices;
    /** The next tick, and when it is; touched by the sequential executor alone. */
    private Future<?> tick = Futures.immediateVoidFuture();

    private long tickAt = Long.MAX_VALUE;

    /**
     * A mailbox without an event.
     *
     * @param node the switch
     * @param agent its agent
     * @param sender carries out what the agent returns
     * @param sequential runs one thing after the other
     * @param timer wakes the agent
     * @param clock the time, in milliseconds, that only goes forward
     * @param notices gets what the agent has to tell others
     */
    SwitchMailbox(
            final String node,
            final SwitchAgent agent,
            final SwitchSender sender,
            final Executor sequential,
            final ScheduledExecutorService timer,
            final LongSupplier clock,
            final Consumer<Notice> notices) {
        this.node = node;
        this.agent = agent;
        this.sender = sender;
        this.sequential = sequential;
        this.timer = timer;
        this.clock = clock;
        this.notices = notices;
    }

    /** Queues an event. */
    void tell(final Event event) {
        sequential.execute(() -> handle(event));
    }

    /** What the agent knows, once it has handled what is queued before, and whether the switch refused none of it. */
    ListenableFuture<Reading> read() {
        return Futures.submit(() -> new Reading(agent.status(), sender.refused()), sequential);
    }

    /**
     * What an agent knows.
     *
     * @param status its status
     * @param refused the number of requests that the switch refused on this connection
     */
    record Reading(SwitchStatus status, long refused) {}

    @SuppressWarnings("checkstyle:IllegalCatch")
    private void handle(final Event event) {
        try {
            if (event instanceof Event.Connected) {
                sender.reset();
            }
            if (event instanceof Event.Tick) {
                tickAt = Long.MAX_VALUE;
            }
            for (final Effect effect : agent.handle(event)) {
                if (effect instanceof Effect.Tell told) {
                    notices.accept(told.notice());
                } else {
                    sender.send(effect, refused -> tell(new Event.Refused(refused)));
                }
            }
            agent.wakeAt().ifPresent(this::wake);
        } catch (RuntimeException e) {
            // An agent that dies silently is worse than an event that is lost loudly.
            LOG.error("{} could not handle {}", node, event.getClass().getSimpleName(), e);
        }
    }

    private void wake(final long at) {
        if (at >= tickAt) {
            return;
        }
        tick.cancel(false);
        tickAt = at;
        tick = timer.schedule(
                () -> tell(new Event.Tick(clock.getAsLong())),
                Math.max(0, at - clock.getAsLong()),
                TimeUnit.MILLISECONDS);
    }
}
