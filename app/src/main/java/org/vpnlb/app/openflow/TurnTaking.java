/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one task after the other, in the order in which they came, by the threads of a pool or by the one that brings
 * the task. Nobody ever waits for a turn: what cannot be run now is queued.
 */
final class TurnTaking implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(TurnTaking.class);

    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
    /** The tasks that have not ended yet; whoever raises it from zero has the turn. */
    private final AtomicInteger open = new AtomicInteger();

    private final Executor pool;

    TurnTaking(final Executor pool) {
        this.pool = pool;
    }

    /** Runs a task by the pool. */
    @Override
    public void execute(final Runnable task) {
        queue.add(task);
        if (open.getAndIncrement() == 0) {
            pool.execute(this::runQueued);
        }
    }

    /** Runs a task before this returns, when no other one is open; otherwise by the pool. */
    void executeHere(final Runnable task) {
        if (!open.compareAndSet(0, 1)) {
            execute(task);
            return;
        }
        run(task);
        if (open.decrementAndGet() > 0) {
            pool.execute(this::runQueued);
        }
    }

    private void runQueued() {
        do {
            run(queue.remove());
        } while (open.decrementAndGet() > 0);
    }

    @SuppressWarnings("checkstyle:IllegalCatch")
    private static void run(final Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            // Those behind it must have their turn.
            LOG.error("A task failed", e);
        }
    }
}
