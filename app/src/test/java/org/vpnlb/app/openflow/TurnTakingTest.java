/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnTakingTest {
    private static final int THREADS = 4;
    private static final int TASKS = 20_000;

    private final ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    private final TurnTaking turns = new TurnTaking(pool);

    @AfterEach
    void stop() {
        pool.shutdownNow();
    }

    @Test
    void aTaskIsRunByWhoBringsItWhenNobodyElseHasTheTurn() {
        final List<Thread> by = new ArrayList<>();
        turns.executeHere(() -> by.add(Thread.currentThread()));
        assertThat(by).containsExactly(Thread.currentThread());
    }

    @Test
    void nobodyWaitsForATurn() throws InterruptedException {
        final var end = new CountDownLatch(1);
        final var ran = new CountDownLatch(1);
        turns.execute(() -> await(end));
        turns.executeHere(ran::countDown);
        assertThat(ran.getCount())
                .as("tasks that did not run while another one did")
                .isOne();
        end.countDown();
        await(ran);
    }

    @Test
    void whatATaskBringsComesAfterIt() throws InterruptedException {
        final List<String> order = new ArrayList<>();
        final var ran = new CountDownLatch(1);
        turns.executeHere(() -> {
            turns.executeHere(() -> {
                order.add("brought");
                ran.countDown();
            });
            order.add("bringing");
        });
        await(ran);
        assertThat(order).containsExactly("bringing", "brought");
    }

    @Test
    void thereIsOneAtATimeAndTheTasksOfOneThreadKeepTheirOrder() throws InterruptedException {
        final var running = new AtomicInteger();
        final var together = new AtomicInteger();
        // By thread; not safe for several threads, which is what is tested.
        final List<List<Integer>> seen = new ArrayList<>();
        final List<Thread> threads = new ArrayList<>();
        final var ran = new CountDownLatch(THREADS * TASKS);
        for (int i = 0; i < THREADS; i++) {
            final List<Integer> own = new ArrayList<>();
            seen.add(own);
            threads.add(new Thread(() -> {
                for (int task = 0; task < TASKS; task++) {
                    final int number = task;
                    final Runnable run = () -> {
                        together.accumulateAndGet(running.incrementAndGet(), Math::max);
                        own.add(number);
                        running.decrementAndGet();
                        ran.countDown();
                    };
                    if (number % 3 == 0) {
                        turns.execute(run);
                    } else {
                        turns.executeHere(run);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        await(ran);
        assertThat(together).hasValue(1);
        assertThat(seen).allSatisfy(own -> assertThat(own).hasSize(TASKS).isSorted());
    }

    @Test
    void aTaskThatThrowsDoesNotKeepTheTurn() {
        final var ran = new CountDownLatch(2);
        turns.executeHere(() -> {
            throw new IllegalStateException("as it is meant to");
        });
        turns.executeHere(ran::countDown);
        turns.execute(() -> {
            throw new IllegalStateException("as it is meant to");
        });
        turns.execute(ran::countDown);
        await(ran);
    }

    private static void await(final CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
