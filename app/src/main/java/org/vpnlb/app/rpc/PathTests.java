/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.PathAnswer;
import org.vpnlb.engine.model.PathQuestion;

/**
 * The tests of the path that run, at most one of a service. Threads that bring RPCs, the timer and the agents call it;
 * it is locked for moments only.
 */
public final class PathTests {
    /** How much longer than the agents these are waited for: a loaded controller is late. */
    private static final long LATE_MILLIS = 2000;

    private final ScheduledExecutorService timer;
    private final Map<Long, Run> runs = new HashMap<>();
    private final Set<String> services = new HashSet<>();
    private long last;

    /**
     * None runs.
     *
     * @param timer ends what takes too long
     */
    public PathTests(final ScheduledExecutorService timer) {
        this.timer = timer;
    }

    private record Run(
            Set<PathQuestion> open,
            Map<PathQuestion, PathAnswer> answers,
            SettableFuture<Map<PathQuestion, PathAnswer>> done) {}

    /** Begins the test of a service, if none of it runs; {@link #end} is to follow. */
    synchronized boolean begin(final String service) {
        return services.add(service);
    }

    /** The test of a service is over. */
    synchronized void end(final String service) {
        services.remove(service);
    }

    /** A number for questions that go to agents. */
    synchronized long next() {
        return ++last;
    }

    /**
     * Waits for answers.
     *
     * @param test the number of the test
     * @param questions to what
     * @param millis how long the agents wait for them
     * @return the answers, without those that did not come in time
     */
    ListenableFuture<Map<PathQuestion, PathAnswer>> await(
            final long test, final Collection<PathQuestion> questions, final long millis) {
        final var run = new Run(new HashSet<>(questions), new HashMap<>(), SettableFuture.create());
        synchronized (this) {
            runs.put(test, run);
        }
        finish(test, run);
        timer.schedule(() -> cut(test), millis + LATE_MILLIS, TimeUnit.MILLISECONDS);
        return run.done;
    }

    /** An agent tells what came of a question. */
    public void answered(final Notice.PathAnswered told) {
        final Run run;
        synchronized (this) {
            run = runs.get(told.test());
            if (run == null || !run.open.remove(told.question())) {
                return;
            }
            run.answers.put(told.question(), told.answer());
        }
        finish(told.test(), run);
    }

    private void finish(final long test, final Run run) {
        synchronized (this) {
            if (!run.open.isEmpty()) {
                return;
            }
            runs.remove(test);
        }
        run.done.set(Map.copyOf(run.answers));
    }

    private void cut(final long test) {
        final Optional<Run> run;
        synchronized (this) {
            run = Optional.ofNullable(runs.remove(test));
            run.ifPresent(late -> late.open.clear());
        }
        run.ifPresent(late -> late.done.set(Map.copyOf(late.answers)));
    }
}
