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

class SerialExecutorTest {
    private static final int THREADS = 4;
    private static final int TASKS = 20_000;

    private final ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    private final SerialExecutor executor = new SerialExecutor(pool);

    @AfterEach
    void stop() {
        pool.shutdownNow();
    }

    @Test
    void aTaskRunsOnTheThreadThatBringsItWhenNoOtherOneRuns() {
        final List<Thread> by = new ArrayList<>();
        executor.executeHere(() -> by.add(Thread.currentThread()));
        assertThat(by).containsExactly(Thread.currentThread());
    }

    @Test
    void noThreadWaits() throws InterruptedException {
        final var end = new CountDownLatch(1);
        final var ran = new CountDownLatch(1);
        executor.execute(() -> await(end));
        executor.executeHere(ran::countDown);
        assertThat(ran.getCount())
                .as("tasks that did not run while another one did")
                .isOne();
        end.countDown();
        await(ran);
    }

    @Test
    void aTaskThatATaskBringsComesAfterIt() throws InterruptedException {
        final List<String> order = new ArrayList<>();
        final var ran = new CountDownLatch(1);
        executor.executeHere(() -> {
            executor.executeHere(() -> {
                order.add("brought");
                ran.countDown();
            });
            order.add("bringing");
        });
        await(ran);
        assertThat(order).containsExactly("bringing", "brought");
    }

    @Test
    void oneTaskRunsAtATimeAndTheTasksOfOneThreadKeepTheirOrder() throws InterruptedException {
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
                        executor.execute(run);
                    } else {
                        executor.executeHere(run);
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
    void oneThatAlwaysHasSomethingToRunLeavesThreadsToOthers() {
        final var ran = new CountDownLatch(1);
        for (int i = 0; i < THREADS; i++) {
            final var endless = new SerialExecutor(pool);
            endless.execute(new Runnable() {
                @Override
                public void run() {
                    if (ran.getCount() > 0 && !Thread.currentThread().isInterrupted()) {
                        endless.execute(this);
                    }
                }
            });
        }
        executor.execute(ran::countDown);
        await(ran);
    }

    @Test
    void aTaskThatThrowsDoesNotStopTheOthers() {
        final var ran = new CountDownLatch(2);
        executor.executeHere(() -> {
            throw new IllegalStateException("as it is meant to");
        });
        executor.executeHere(ran::countDown);
        executor.execute(() -> {
            throw new AssertionError("as it is meant to");
        });
        executor.execute(ran::countDown);
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
