/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Bounds the outstanding requests of a switch, in order, so that latency stays low: a health check, or a question of
 * OpenFlowPlugin, passes by the window but waits in the switch behind all outstanding requests. A switch with very many
 * entries that can expire takes a millisecond or more for each request.
 *
 * <p>The bound adapts: at half full a barrier measures the latency, while the other half keeps the switch busy. The
 * bound doubles below 25 ms and halves above 75 ms. It starts again at {@link #MIN} after a second without a
 * measurement.
 *
 * <p>Several threads may use it; none of them ever waits for another.
 */
final class Window {
    /** The lowest bound, and the first. */
    static final int MIN = 128;

    /** The latency of half a window: a request behind a whole one waits twice as long. */
    private static final long QUICK = Duration.ofMillis(25).toNanos();

    private static final long SLOW = Duration.ofMillis(75).toNanos();
    private static final long STALE = Duration.ofSeconds(1).toNanos();

    private final int max;
    private final SerialExecutor executor;
    private final Supplier<? extends ListenableFuture<?>> barrier;
    private final Ticker ticker;
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    /** This field and those below it are touched only by tasks of the executor. */
    private final Queue<Supplier<? extends ListenableFuture<?>>> waiting = new ArrayDeque<>();

    private int size = MIN;
    /** Whether a barrier is outstanding. */
    private boolean measuring;

    private long measuredAt;
    /** Whether the barrier failed, so that only the answers to the requests tell that there is room. */
    private volatile boolean barrierFailed;

    /**
     * A window without a request.
     *
     * @param max the highest bound, reached if the switch is quick enough
     * @param executor runs what makes requests of this switch; no task of it may take long
     * @param barrier asks the switch to answer when it has done all requests; fails without an answer
     * @param ticker the clock
     */
    Window(
            final int max,
            final SerialExecutor executor,
            final Supplier<? extends ListenableFuture<?>> barrier,
            final Ticker ticker) {
        this.max = max;
        this.executor = executor;
        this.barrier = barrier;
        this.ticker = ticker;
    }

    /** Sends a request when there is room for it. */
    void send(final Supplier<? extends ListenableFuture<?>> request) {
        queued.incrementAndGet();
        executor.executeHere(() -> {
            waiting.add(request);
            sendWaiting();
        });
    }

    /** The number of requests that wait for room. */
    int waiting() {
        return queued.get();
    }

    /** Drops the waiting requests. Another window with the same executor sends only after this. */
    void close() {
        executor.executeHere(() -> {
            queued.addAndGet(-waiting.size());
            waiting.clear();
        });
    }

    private void sendWaiting() {
        while (!waiting.isEmpty() && hasRoom()) {
            queued.decrementAndGet();
            final ListenableFuture<?> request = waiting.remove().get();
            open.incrementAndGet();
            request.addListener(this::done, MoreExecutors.directExecutor());
            if (open.get() >= size / 2) {
                measure();
            }
        }
        if (!waiting.isEmpty()) {
            measure();
        }
    }

    private void done() {
        if (open.decrementAndGet() == 0 && barrierFailed) {
            executor.execute(this::resume);
        }
    }

    private boolean hasRoom() {
        final int outstanding = open.get();
        if (outstanding >= MIN && !measuring && ticker.read() - measuredAt > STALE) {
            size = MIN;
        }
        return outstanding < size;
    }

    private void measure() {
        if (measuring || barrierFailed) {
            return;
        }
        measuring = true;
        final long startedAt = ticker.read();
        measuredAt = startedAt;
        Futures.addCallback(
                barrier.get(),
                new FutureCallback<Object>() {
                    @Override
                    public void onSuccess(final Object answer) {
                        // Read here: the executor may be busy for a while.
                        final long took = ticker.read() - startedAt;
                        executor.execute(() -> answered(took));
                    }

                    @Override
                    public void onFailure(final Throwable cause) {
                        executor.execute(() -> onBarrierFailed());
                    }
                },
                MoreExecutors.directExecutor());
    }

    /** Most likely the connection is lost. Another barrier at once could go on for ever. */
    private void onBarrierFailed() {
        measuring = false;
        barrierFailed = true;
        if (open.get() == 0) {
            resume();
        }
    }

    private void resume() {
        barrierFailed = false;
        sendWaiting();
    }

    private void answered(final long took) {
        measuring = false;
        if (took > SLOW) {
            size = Math.max(MIN, size / 2);
        } else if (took < QUICK) {
            size = Math.min(max, size * 2);
        }
        sendWaiting();
    }
}
