/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A timer and its clock, which stand still until a test moves them; its tasks run by the thread that does. */
public final class ManualTimer extends ScheduledThreadPoolExecutor {
    private final Queue<Task<?>> tasks = new PriorityQueue<>(Comparator.comparingLong(Task::at));
    private long now;

    private static final class Task<V> extends FutureTask<V> implements ScheduledFuture<V> {
        private final long at;

        Task(final Callable<V> command, final long at) {
            super(command);
            this.at = at;
        }

        long at() {
            return at;
        }

        @Override
        public long getDelay(final TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(final Delayed other) {
            throw new UnsupportedOperationException();
        }
    }

    /** A timer at time 0. */
    public ManualTimer() {
        super(0);
    }

    @Override
    public ScheduledFuture<?> schedule(final Runnable command, final long delay, final TimeUnit unit) {
        return schedule(Executors.callable(command), delay, unit);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(final Callable<V> command, final long delay, final TimeUnit unit) {
        final var task = new Task<>(command, now + unit.toMillis(delay));
        tasks.add(task);
        return task;
    }

    /** The time, in milliseconds. */
    public long now() {
        return now;
    }

    /** The number of tasks that wait for their time. */
    public int waiting() {
        tasks.removeIf(Task::isCancelled);
        return tasks.size();
    }

    /** Time passes; the tasks run whose time comes. */
    public void advance(final long millis) {
        final long end = now + millis;
        while (!tasks.isEmpty() && tasks.element().at() <= end) {
            now = Math.max(now, tasks.element().at());
            tasks.remove().run();
        }
        now = end;
    }
}
