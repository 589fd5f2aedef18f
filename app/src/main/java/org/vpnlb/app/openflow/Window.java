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
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.reconcile.LaterLane;

/**
 * Bounds the outstanding requests of a switch, in order, so that latency stays low: a health check, or a question of
 * OpenFlowPlugin, passes by the window but waits in the switch behind all outstanding requests. A switch with very many
 * entries that can expire takes a millisecond or more for each request.
 *
 * <p>The bound adapts: at half full a barrier measures the latency, while the other half keeps the switch busy. The
 * bound doubles below 25 ms and halves above 75 ms. It starts again at {@link #MIN} after a second without a
 * measurement.
 *
 * <p>What is sent later is sent by few at a time, with a rest after them, so that the switch has time for what is new.
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

    /** So many are sent later at a time: with the barrier behind them what Open vSwitch takes at once. */
    static final int LATER_AT_ONCE = 48;

    /** The rest takes so many times as long as the switch took for these. */
    private static final int REST_FACTOR = 3;

    /** The shortest rest: after any change Open vSwitch goes through all entries that can expire. */
    static final long SHORTEST_REST = Duration.ofMillis(60).toNanos();

    private static final long LONGEST_REST = Duration.ofSeconds(1).toNanos();

    private final int max;
    private final SerialExecutor executor;
    private final Supplier<? extends ListenableFuture<?>> barrier;
    private final Ticker ticker;
    private final Alarm alarm;
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger queuedLater = new AtomicInteger();
    /** This field and those below it are touched only by tasks of the executor. */
    private final Queue<Supplier<? extends ListenableFuture<?>>> waiting = new ArrayDeque<>();

    /** Sent only when nothing else waits. */
    private final LaterLane<Supplier<? extends ListenableFuture<?>>> later = new LaterLane<>();

    private int size = MIN;
    /** Whether a barrier is outstanding. */
    private boolean measuring;

    private long measuredAt;

    /** Whether nothing is sent later until the alarm. */
    private boolean resting;
    /** Whether the barrier failed, so that only the answers to the requests tell that there is room. */
    private volatile boolean barrierFailed;

    /** Runs a task some nanoseconds later. */
    @FunctionalInterface
    interface Alarm {
        void after(long nanos, Runnable task);
    }

    /**
     * A window without a request.
     *
     * @param max the highest bound, reached if the switch is quick enough
     * @param executor runs what makes requests of this switch; no task of it may take long
     * @param barrier asks the switch to answer when it has done all requests; fails without an answer
     * @param ticker the clock
     * @param alarm ends a rest
     */
    Window(
            final int max,
            final SerialExecutor executor,
            final Supplier<? extends ListenableFuture<?>> barrier,
            final Ticker ticker,
            final Alarm alarm) {
        this.max = max;
        this.executor = executor;
        this.barrier = barrier;
        this.ticker = ticker;
        this.alarm = alarm;
    }

    /** Sends a request when there is room for it. */
    void send(final Supplier<? extends ListenableFuture<?>> request) {
        queued.incrementAndGet();
        executor.executeHere(() -> {
            waiting.add(request);
            sendWaiting();
        });
    }

    /** The same, for an effect: what is written later must not come after it where it would undo it. */
    void send(final Effect effect, final Supplier<? extends ListenableFuture<?>> request) {
        queued.incrementAndGet();
        executor.executeHere(() -> {
            later.overtakenBy(effect);
            queuedLater.set(later.size());
            waiting.add(request);
            sendWaiting();
        });
    }

    /** Sends the request for an entry when nothing else waits. */
    void sendLater(final Flow flow, final Supplier<? extends ListenableFuture<?>> request) {
        executor.executeHere(() -> {
            later.add(flow, request);
            queuedLater.set(later.size());
            sendWaiting();
        });
    }

    /** Sends a request when all that was sent before has been, also what is sent later. */
    void sendLast(final Supplier<? extends ListenableFuture<?>> request) {
        // Behind what is urgent and waits: what is sent later is.
        executor.executeHere(() -> {
            later.addMark(request);
            queuedLater.set(later.size());
            sendWaiting();
        });
    }

    /** The number of requests that wait for room, those that are sent later left out. */
    int waiting() {
        return queued.get();
    }

    /** The number of requests that are sent later. */
    int waitingLater() {
        return queuedLater.get();
    }

    /** Drops the waiting requests. Another window with the same executor sends only after this. */
    void close() {
        executor.executeHere(() -> {
            queued.addAndGet(-waiting.size());
            waiting.clear();
            later.clear();
            queuedLater.set(0);
        });
    }

    private void sendWaiting() {
        while (!waiting.isEmpty() && hasRoom()) {
            queued.decrementAndGet();
            submit(waiting.remove());
        }
        if (!waiting.isEmpty()) {
            measure();
        } else if (later.size() > 0 && !resting) {
            if (open.get() < LATER_AT_ONCE) {
                sendSomeLater();
            } else {
                // Nothing but its answer would tell that there is room.
                measure();
            }
        }
    }

    private void sendSomeLater() {
        resting = true;
        while (later.size() > 0 && open.get() < LATER_AT_ONCE) {
            later.poll().ifPresent(this::submit);
        }
        queuedLater.set(later.size());
        final long startedAt = ticker.read();
        Futures.addCallback(
                barrier.get(),
                new FutureCallback<Object>() {
                    @Override
                    public void onSuccess(final Object answer) {
                        final long took = ticker.read() - startedAt;
                        rest(Math.clamp(REST_FACTOR * took, SHORTEST_REST, LONGEST_REST));
                    }

                    @Override
                    public void onFailure(final Throwable cause) {
                        rest(LONGEST_REST);
                    }
                },
                MoreExecutors.directExecutor());
    }

    private void rest(final long nanos) {
        alarm.after(
                nanos,
                () -> executor.execute(() -> {
                    resting = false;
                    sendWaiting();
                }));
    }

    private void submit(final Supplier<? extends ListenableFuture<?>> request) {
        final ListenableFuture<?> answer = request.get();
        open.incrementAndGet();
        answer.addListener(this::done, MoreExecutors.directExecutor());
        if (open.get() >= size / 2) {
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
        final boolean isHalf = open.get() >= size / 2;
        if (isHalf) {
            measuredAt = startedAt;
        }
        Futures.addCallback(
                barrier.get(),
                new FutureCallback<Object>() {
                    @Override
                    public void onSuccess(final Object answer) {
                        // Read here: the executor may be busy for a while.
                        final long took = ticker.read() - startedAt;
                        executor.execute(() -> answered(took, isHalf));
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

    /** The latency of less than half a window says nothing of a larger one. */
    private void answered(final long took, final boolean isHalf) {
        measuring = false;
        if (took > SLOW) {
            size = Math.max(MIN, size / 2);
        } else if (isHalf && took < QUICK) {
            size = Math.min(max, size * 2);
        }
        sendWaiting();
    }
}
