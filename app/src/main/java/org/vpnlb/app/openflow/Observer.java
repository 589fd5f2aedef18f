/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.app.openflow.Switches.Absence;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.agent.SwitchStatus;

/** Waits for what the agents know, and not for ever: an agent that does not answer must not hide the others. */
final class Observer {
    private static final Logger LOG = LoggerFactory.getLogger(Observer.class);
    private static final long MAX_SECONDS = 5;
    private static final Absence SILENT =
            new Absence("is not known: its agent has not answered for " + MAX_SECONDS + " s", Optional.empty());

    private final ScheduledExecutorService timer;
    private final Map<String, Observation> last = new ConcurrentHashMap<>();
    private final Set<String> silent = ConcurrentHashMap.newKeySet();

    Observer(final ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /**
     * A switch as its agent knows it.
     *
     * @param read what the agent knows, some time
     * @param absence tells why a switch is not connected
     * @return that, or what was known last
     */
    ListenableFuture<Observation> observe(
            final String node,
            final ListenableFuture<SwitchMailbox.Reading> read,
            final Function<String, Absence> absence) {
        return Futures.catching(
                Futures.transform(
                        Futures.withTimeout(read, MAX_SECONDS, TimeUnit.SECONDS, timer),
                        reading -> seen(node, reading, absence),
                        MoreExecutors.directExecutor()),
                TimeoutException.class,
                late -> unseen(node),
                MoreExecutors.directExecutor());
    }

    private Observation seen(
            final String node, final SwitchMailbox.Reading reading, final Function<String, Absence> absence) {
        if (silent.remove(node)) {
            LOG.info("{}: its agent answers again", node);
        }
        final var observation = new Observation(
                reading.status(),
                reading.refused(),
                reading.why(),
                reading.waiting(),
                reading.dropped(),
                reading.status().connected() ? Optional.empty() : Optional.of(absence.apply(node)));
        last.put(node, observation);
        return observation;
    }

    private Observation unseen(final String node) {
        if (silent.add(node)) {
            LOG.warn("{}: its agent has not answered for {} s", node, MAX_SECONDS);
        }
        final Observation known = last.getOrDefault(node, unknown(node));
        return new Observation(
                known.status(), known.refused(), known.why(), known.waiting(), known.dropped(), Optional.of(SILENT));
    }

    private static Observation unknown(final String node) {
        final var none = new SwitchStatus.Generation(0, 0);
        return new Observation(
                new SwitchStatus(node, false, none, List.of(), List.of(), 0, Map.of()), 0, "", 0, 0, Optional.empty());
    }
}
