/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Lets only so many requests be open at the same time, and the others wait, in their order: OpenFlowPlugin refuses what
 * is more than its quota. It is used by whoever has the turn; answers may come from any thread.
 */
final class Window {
    private final int most;
    private final Executor turns;
    private final Queue<Supplier<? extends ListenableFuture<?>>> waiting = new ArrayDeque<>();
    private final AtomicInteger open = new AtomicInteger();
    /** Whether somebody is to be called when there is room. */
    private final AtomicBoolean full = new AtomicBoolean();

    /**
     * A window without a request.
     *
     * @param most the number of requests that may be open
     * @param turns runs what is to be run by whoever has the turn
     */
    Window(final int most, final Executor turns) {
        this.most = most;
        this.turns = turns;
    }

    /** Makes a request when there is room for it. */
    void send(final Supplier<? extends ListenableFuture<?>> request) {
        waiting.add(request);
        sendWaiting();
    }

    /** The number of requests that wait for room. */
    int waiting() {
        return waiting.size();
    }

    /** What waits is not requested any more. */
    void close() {
        waiting.clear();
    }

    private void sendWaiting() {
        while (!waiting.isEmpty() && hasRoom()) {
            final ListenableFuture<?> request = waiting.remove().get();
            open.incrementAndGet();
            request.addListener(this::answered, MoreExecutors.directExecutor());
        }
    }

    private boolean hasRoom() {
        if (open.get() < most) {
            return true;
        }
        full.set(true);
        // All may have been answered before it was said that it is full.
        return open.get() <= most / 2 && full.compareAndSet(true, false);
    }

    private void answered() {
        // Half of them at once: to be called for each one would cost more than the request.
        if (open.decrementAndGet() <= most / 2 && full.compareAndSet(true, false)) {
            turns.execute(this::sendWaiting);
        }
    }
}
