/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.engine.agent.Effect;
import org.vpnlb.engine.agent.Event;
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

    SwitchMailbox(final String node, final SwitchAgent agent, final SwitchSender sender, final Executor sequential) {
        this.node = node;
        this.agent = agent;
        this.sender = sender;
        this.sequential = sequential;
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
            final List<Effect> effects = agent.handle(event);
            sender.send(effects, effect -> tell(new Event.Refused(effect)));
        } catch (RuntimeException e) {
            // An agent that dies silently is worse than an event that is lost loudly.
            LOG.error("{} could not handle {}", node, event.getClass().getSimpleName(), e);
        }
    }
}
