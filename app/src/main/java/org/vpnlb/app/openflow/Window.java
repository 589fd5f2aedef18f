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
 * Keeps requests in their order, and so few of them open that the switch answers soon. What does not wait here, a
 * question to a device or OpenFlowPlugin's to the switch, waits behind all that are open; and a switch with very many
 * entries that may end takes a millisecond or more for each.
 *
 * <p>How many that is is found out: when half of the window is open, a barrier tells how long the switch takes for it,
 * and meanwhile the other half keeps it busy. A window that has not been so full for a while begins anew.
 *
 * <p>It may be used by several threads, none of which ever waits for another.
 */
final class Window {
    /** So many may be open in any case. */
    static final int LEAST = 128;

    /** Of half a window: what comes behind a whole one waits twice as long. */
    private static final long QUICK = Duration.ofMillis(25).toNanos();

    private static final long SLOW = Duration.ofMillis(75).toNanos();
    private static final long STALE = Duration.ofSeconds(1).toNanos();

    private final int most;
    private final TurnTaking turns;
    private final Supplier<? extends ListenableFuture<?>> barrier;
    private final Ticker ticker;
    private final AtomicInteger waits = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    /** This and what follows is touched only by whose turn it is. */
    private final Queue<Supplier<? extends ListenableFuture<?>>> waiting = new ArrayDeque<>();

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
     * @param turns the turns of whoever makes requests of this switch; nothing that takes long may have one
     * @param barrier asks the switch, which answers when it has done all that was requested; fails without an answer
     * @param ticker the clock
     */
    Window(
            final int most,
            final TurnTaking turns,
            final Supplier<? extends ListenableFuture<?>> barrier,
            final Ticker ticker) {
        this.most = most;
        this.turns = turns;
        this.barrier = barrier;
        this.ticker = ticker;
    }

    /** Makes a request when there is room for it. */
    void send(final Supplier<? extends ListenableFuture<?>> request) {
        waits.incrementAndGet();
        turns.executeHere(() -> {
            waiting.add(request);
            sendWaiting();
        });
    }

    /** The number of requests that wait for room. */
    int waiting() {
        return waits.get();
    }

    /** What waits is not requested any more; what another window with these turns sends after this comes after it. */
    void close() {
        turns.executeHere(() -> {
            waits.addAndGet(-waiting.size());
            waiting.clear();
        });
    }

    private void sendWaiting() {
        while (!waiting.isEmpty() && hasRoom()) {
            waits.decrementAndGet();
            final ListenableFuture<?> request = waiting.remove().get();
            open.incrementAndGet();
            request.addListener(this::done, MoreExecutors.directExecutor());
            if (open.get() >= size / 2) {
                ask();
            }
        }
        if (!waiting.isEmpty()) {
            ask();
        }
    }

    private void done() {
        if (open.decrementAndGet() == 0 && unasked) {
            turns.execute(this::sendAgain);
        }
    }

    private boolean hasRoom() {
        final int now = open.get();
        if (now >= LEAST && !asks && ticker.read() - askedAt > STALE) {
            size = LEAST;
        }
        return now < size;
    }

    private void ask() {
        if (asks || unasked) {
            return;
        }
        asks = true;
        final long now = ticker.read();
        askedAt = now;
        Futures.addCallback(
                barrier.get(),
                new FutureCallback<Object>() {
                    @Override
                    public void onSuccess(final Object answer) {
                        // Not later: it may take some time to have the turn.
                        final long took = ticker.read() - now;
                        turns.execute(() -> answered(took));
                    }

                    @Override
                    public void onFailure(final Throwable cause) {
                        turns.execute(() -> notAsked());
                    }
                },
                MoreExecutors.directExecutor());
    }

    /** Most likely the connection is lost. To ask again at once could go on for ever. */
    private void notAsked() {
        asks = false;
        unasked = true;
        if (open.get() == 0) {
            sendAgain();
        }
    }

    private void sendAgain() {
        unasked = false;
        sendWaiting();
    }

    private void answered(final long took) {
        asks = false;
        if (took > SLOW) {
            size = Math.max(LEAST, size / 2);
        } else if (took < QUICK) {
            size = Math.min(most, size * 2);
        }
        sendWaiting();
    }
}
