/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one task at a time, in the order in which they came, by the threads of a pool or by the thread that brings the
 * task. No thread ever waits: a task that cannot run now is queued. Who always has something to run gives up its
 * thread of the pool from time to time, so that it leaves some to others.
 */
final class SerialExecutor implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(SerialExecutor.class);
    /** So many that what it costs to take another turn does not matter. */
    private static final int TASKS_IN_A_TURN = 64;

    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
    /** The tasks that have not ended yet: the thread that takes the count from 0 to 1 runs the queue. */
    private final AtomicInteger unfinished = new AtomicInteger();

    private final Executor pool;

    SerialExecutor(final Executor pool) {
        this.pool = pool;
    }

    /** Runs a task by the pool. */
    @Override
    public void execute(final Runnable task) {
        queue.add(task);
        if (unfinished.getAndIncrement() == 0) {
            pool.execute(this::runQueued);
        }
    }

    /** Runs a task before this returns, when no other one is unfinished; otherwise by the pool. */
    void executeHere(final Runnable task) {
        if (!runHere(task)) {
            execute(task);
        }
    }

    /** Runs a task before this returns, unless another one is unfinished; tells whether it did. */
    boolean runHere(final Runnable task) {
        if (!unfinished.compareAndSet(0, 1)) {
            return false;
        }
        run(task);
        if (unfinished.decrementAndGet() > 0) {
            pool.execute(this::runQueued);
        }
        return true;
    }

    private void runQueued() {
        for (int i = 0; i < TASKS_IN_A_TURN; i++) {
            run(queue.remove());
            if (unfinished.decrementAndGet() == 0) {
                return;
            }
        }
        try {
            pool.execute(this::runQueued);
        } catch (RejectedExecutionException e) {
            LOG.debug("The application stops; tasks are left", e);
        }
    }

    @SuppressWarnings("checkstyle:IllegalCatch")
    private static void run(final Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // The tasks behind it must still run, whatever this one threw.
            LOG.error("A task failed", e);
        }
    }
}
