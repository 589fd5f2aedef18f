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
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Keeps requests in their order, and so few of them open that the switch answers soon. What does not wait here, a
 * question to a device or OpenFlowPlugin's to the switch, waits behind all that are open; and a switch with very many
 * entries that may end takes a millisecond or more for each.
 *
 * <p>How many that is is found out: when the window is full, a barrier tells how long the switch takes for it. A window
 * that has not been full for a while begins anew.
 *
 * <p>It is used by whoever has the turn; the answers may come by any thread.
 */
final class Window {
    /** So many may be open in any case. */
    static final int LEAST = 128;

    private static final long QUICK = Duration.ofMillis(50).toNanos();
    private static final long SLOW = Duration.ofMillis(150).toNanos();
    private static final long STALE = Duration.ofSeconds(1).toNanos();

    private final int most;
    private final Executor turns;
    private final Supplier<? extends ListenableFuture<?>> barrier;
    private final Ticker ticker;
    private final Queue<Supplier<? extends ListenableFuture<?>>> waiting = new ArrayDeque<>();
    private final AtomicInteger open = new AtomicInteger();
    private int size = LEAST;
    /** Whether the switch has yet to answer a barrier. */
    private boolean asks;

    private long askedAt;
    /** Whether the switch could not be asked, so that only the answers to the requests tell that there is room. */
    private volatile boolean unasked;

    /**
     * A window without a request.
     *
     * @param most the number of requests that may be open if the switch is quick enough
     * @param turns runs what is to be run by whoever has the turn
     * @param barrier asks the switch, which answers when it has done all that was requested; fails without an answer
     * @param ticker the clock
     */
    Window(
            final int most,
            final Executor turns,
            final Supplier<? extends ListenableFuture<?>> barrier,
            final Ticker ticker) {
        this.most = most;
        this.turns = turns;
        this.barrier = barrier;
        this.ticker = ticker;
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
            request.addListener(this::done, MoreExecutors.directExecutor());
        }
    }

    private void done() {
        if (open.decrementAndGet() == 0 && unasked) {
            unasked = false;
            turns.execute(this::sendWaiting);
        }
    }

    private boolean hasRoom() {
        final int now = open.get();
        if (now < LEAST) {
            return true;
        }
        if (asks) {
            return false;
        }
        if (ticker.read() - askedAt > STALE) {
            size = LEAST;
        }
        if (now < size) {
            return true;
        }
        asks = true;
        askedAt = ticker.read();
        Futures.addCallback(
                barrier.get(),
                new FutureCallback<Object>() {
                    @Override
                    public void onSuccess(final Object answer) {
                        turns.execute(() -> answered());
                    }

                    @Override
                    public void onFailure(final Throwable cause) {
                        turns.execute(() -> notAsked());
                    }
                },
                MoreExecutors.directExecutor());
        return false;
    }

    /** Most likely the connection is lost. To ask again at once could go on for ever. */
    private void notAsked() {
        asks = false;
        unasked = true;
        if (open.get() == 0) {
            unasked = false;
            sendWaiting();
        }
    }

    private void answered() {
        asks = false;
        final long took = ticker.read() - askedAt;
        if (took > SLOW) {
            size = Math.max(LEAST, size / 2);
        } else if (took < QUICK) {
            size = Math.min(most, size * 2);
        }
        sendWaiting();
    }
}
