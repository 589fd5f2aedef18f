/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.net.ClientKey;

/**
 * The rebalances that run: each moves some clients, waits until the agents have done so, and goes on a second later.
 * Threads that bring RPCs, the timer and the agents call it; it is locked for moments only.
 */
public final class Rebalances {
    private static final Logger LOG = LoggerFactory.getLogger(Rebalances.class);

    private final ScheduledExecutorService timer;
    private final BiConsumer<String, Progress> finished;
    private final Map<String, Run> runs = new HashMap<>();

    /**
     * None runs.
     *
     * @param timer paces them
     * @param finished is told the service and how it ended
     */
    public Rebalances(final ScheduledExecutorService timer, final BiConsumer<String, Progress> finished) {
        this.timer = timer;
        this.finished = finished;
    }

    /**
     * How far a rebalance is.
     *
     * @param begunAt when it began, in milliseconds of the clock of {@link Event}
     * @param clients how many are to be moved
     * @param perSecond the most that are moved in a second
     * @param lookedAt how many it has come to
     * @param moved how many of these were moved
     * @param finishedAt when it was over, in milliseconds; empty while it runs
     * @param isStopped whether an operator stopped it
     */
    public record Progress(
            long begunAt,
            int clients,
            int perSecond,
            int lookedAt,
            int moved,
            OptionalLong finishedAt,
            boolean isStopped) {
        boolean isRunning() {
            return finishedAt.isEmpty();
        }

        /** In how many seconds it is over. */
        int secondsLeft() {
            return seconds(clients - lookedAt, perSecond);
        }

        private Progress with(final int nextLookedAt, final int nextMoved) {
            return new Progress(begunAt, clients, perSecond, nextLookedAt, nextMoved, finishedAt, isStopped);
        }

        private Progress finished(final long at, final boolean isByOperator) {
            return new Progress(begunAt, clients, perSecond, lookedAt, moved, OptionalLong.of(at), isByOperator);
        }
    }

    /** How long it takes to move clients. */
    static int seconds(final int clients, final int perSecond) {
        return (clients + perSecond - 1) / perSecond;
    }

    /** One that runs, or ran last. */
    private static final class Run {
        private final List<ClientKey> chosen;
        private final Map<String, Map<ClientKey, PinnedClient>> byNode;
        private Progress progress;

        Run(
                final List<ClientKey> chosen,
                final Map<String, Map<ClientKey, PinnedClient>> byNode,
                final Progress progress) {
            this.chosen = chosen;
            this.byNode = byNode;
            this.progress = progress;
        }
    }

    /** How far the last rebalance of a service is; empty when there was none. */
    public synchronized Optional<Progress> progress(final String service) {
        return Optional.ofNullable(runs.get(service)).map(run -> run.progress);
    }

    /**
     * Begins to move clients.
     *
     * @param inquiry orders it from the agents
     * @param service the service's name
     * @param chosen the clients, in this order, each once
     * @param pinned by switch, the pinned clients; those of the chosen are moved there
     * @return whether it began; not while one of the service runs
     */
    boolean start(
            final Inquiry inquiry,
            final String service,
            final Collection<PinnedClient> chosen,
            final Map<String, List<PinnedClient>> pinned,
            final int perSecond) {
        final List<ClientKey> clients =
                chosen.stream().map(PinnedClient::client).toList();
        final Set<ClientKey> wanted = new HashSet<>(clients);
        final Map<String, Map<ClientKey, PinnedClient>> byNode = new HashMap<>();
        pinned.forEach((node, all) -> all.stream()
                .filter(client -> wanted.contains(client.client()))
                .forEach(client ->
                        byNode.computeIfAbsent(node, key -> new HashMap<>()).put(client.client(), client)));
        final var progress = new Progress(inquiry.now(), clients.size(), perSecond, 0, 0, OptionalLong.empty(), false);
        final var run = new Run(clients, byNode, progress);
        synchronized (this) {
            if (progress(service).filter(Progress::isRunning).isPresent()) {
                return false;
            }
            runs.put(service, run);
        }
        step(inquiry, service, run);
        return true;
    }

    /** Ends the one of a service that runs; empty when none does. */
    Optional<Progress> stop(final Inquiry inquiry, final String service) {
        final Progress ended;
        synchronized (this) {
            final Run run = runs.get(service);
            if (run == null || !run.progress.isRunning()) {
                return Optional.empty();
            }
            run.progress = run.progress.finished(inquiry.now(), true);
            ended = run.progress;
        }
        finished.accept(service, ended);
        return Optional.of(ended);
    }

    /** Moves the next clients. */
    private void step(final Inquiry inquiry, final String service, final Run run) {
        final List<ListenableFuture<Set<ClientKey>>> asked = new ArrayList<>();
        final int end;
        synchronized (this) {
            if (!run.progress.isRunning()) {
                return;
            }
            final int begin = run.progress.lookedAt;
            end = Math.min(run.chosen.size(), begin + run.progress.perSecond);
            final List<ClientKey> next = run.chosen.subList(begin, end);
            run.byNode.forEach((node, clients) -> asked.add(inquiry.rebalance(
                    node,
                    service,
                    next.stream().map(clients::get).filter(Objects::nonNull).toList())));
        }
        // A switch that does not answer does not hold the others up.
        Futures.successfulAsList(asked)
                .addListener(() -> stepped(inquiry, service, run, end, asked), MoreExecutors.directExecutor());
    }

    private void stepped(
            final Inquiry inquiry,
            final String service,
            final Run run,
            final int end,
            final List<ListenableFuture<Set<ClientKey>>> asked) {
        final Set<ClientKey> moved = new HashSet<>();
        asked.forEach(answer -> moved.addAll(moved(service, answer)));
        final Progress ended;
        synchronized (this) {
            if (!run.progress.isRunning()) {
                // Stopped meanwhile: what was under way counts.
                run.progress = run.progress.with(end, run.progress.moved + moved.size());
                return;
            }
            run.progress = run.progress.with(end, run.progress.moved + moved.size());
            if (end < run.chosen.size()) {
                timer.schedule(() -> step(inquiry, service, run), 1, TimeUnit.SECONDS);
                return;
            }
            run.progress = run.progress.finished(inquiry.now(), false);
            ended = run.progress;
        }
        finished.accept(service, ended);
    }

    @SuppressWarnings("checkstyle:IllegalCatch")
    private static Set<ClientKey> moved(final String service, final ListenableFuture<Set<ClientKey>> answer) {
        try {
            return Futures.getDone(answer);
        } catch (Exception e) {
            LOG.warn("Clients of {} were not moved to the devices of their slots", service, e);
            return Set.of();
        }
    }
}
