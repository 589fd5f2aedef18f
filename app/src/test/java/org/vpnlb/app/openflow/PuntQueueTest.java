/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Event;

class PuntQueueTest {
    private static final long NOISY = 1;
    private static final long QUIET = 2;
    private static final int FLOOD = 100_000;
    private static final int BOUND = PuntQueue.MIN_WAITING;

    /** What the pool has to run; it has one thread, the test's, when the test lets it run. */
    private final Queue<Runnable> pool = new ArrayDeque<>();

    private final SerialExecutor executor = new SerialExecutor(pool::add);
    /** What the agent got, in order. */
    private final List<Event.Punted> handled = new ArrayList<>();

    /** What an agent does with its next frame. */
    private Runnable work = () -> {};

    /** The time, in nanoseconds. */
    private final AtomicLong now = new AtomicLong();

    private final ListenerTime time = new ListenerTime(now::get);

    private final PuntQueue.Limits limits = PuntQueue.Limits.of(time, 1);

    private final PuntQueue punts = new PuntQueue(executor, limits, frame -> {
        work.run();
        handled.add(frame);
    });

    @Test
    void aLoneFrameIsHandledByTheThreadThatBringsIt() {
        final var frame = send(QUIET);
        assertThat(handled).containsExactly(frame);
        assertThat(pool).isEmpty();
    }

    @Test
    void framesThatCostLittleNeedNoOtherThread() {
        work = () -> pass(10);
        for (int i = 0; i < 10_000; i++) {
            send(NOISY);
            pass(11);
        }
        assertThat(handled).hasSize(10_000);
        assertThat(pool).isEmpty();
    }

    @Test
    void framesThatTakeMoreThanHalfOfTheTimeAreLeftToThePool() {
        work = () -> pass(10);
        for (int i = 0; i < 1000; i++) {
            send(NOISY);
            pass(5);
        }
        assertThat(handled).as("before it is seen").hasSizeBetween(100, 900);
        runPool();
        assertThat(handled).hasSize(1000);
    }

    @Test
    void behindASlowFrameOthersAreLeftToThePoolAlsoOfOtherSwitches() {
        final List<Event.Punted> others = new ArrayList<>();
        final var other = new PuntQueue(new SerialExecutor(pool::add), limits, others::add);
        work = () -> pass(50_000);
        final var slow = send(NOISY);
        send(NOISY);
        other.add(new Event.Punted(QUIET, 0, new byte[0], 0));
        assertThat(handled).containsExactly(slow);
        assertThat(others).isEmpty();
        runPool();
        assertThat(handled).hasSize(2);
        assertThat(others).hasSize(1);
    }

    @Test
    void afterASlowFrameTheThreadHandlesFramesAgain() {
        work = () -> pass(50_000);
        send(NOISY);
        pass(50_000);
        work = () -> {};
        send(NOISY);
        assertThat(handled).hasSize(2);
    }

    @Test
    void aFrameWaitsWhileTheAgentDoesSomethingElse() {
        keepBusy();
        final var frame = send(QUIET);
        assertThat(handled).isEmpty();
        runPool();
        assertThat(handled).containsExactly(frame);
    }

    @Test
    void aStormAtOnePortLeavesRoomForAnother() {
        storm(NOISY);
        final var frame = send(QUIET);
        runPool();
        assertThat(handled).contains(frame);
        assertThat(punts.dropped()).isEqualTo(FLOOD - BOUND / 2);
    }

    @Test
    void aStormAtAPortHidesNoAnswerToACheckOfADeviceThere() {
        storm(NOISY);
        final var answer = new Event.Punted(NOISY, 8, new byte[0], now.get());
        punts.add(answer);
        runPool();
        assertThat(handled).contains(answer);
    }

    @Test
    void whereAPortMayLearnMoreAtOnceMoreMayWait() {
        final int most = 60_000;
        final var wide = new PuntQueue(executor, PuntQueue.Limits.of(time, 50_000), handled::add);
        keepBusy();
        for (int i = 0; i < FLOOD; i++) {
            wide.add(new Event.Punted(NOISY, 0, new byte[0], 0));
        }
        runPool();
        assertThat(handled).hasSize(most);
        assertThat(wide.dropped()).isEqualTo(FLOOD - most);
    }

    @Test
    void stormsAtManyPortsLeaveRoomForAnotherAndGetEqualShares() {
        final int ports = 7;
        keepBusy();
        for (int i = 0; i < FLOOD; i++) {
            send(i % ports);
        }
        final var frame = send(ports);
        runPool();
        assertThat(handled).contains(frame);
        for (int i = 0; i < ports; i++) {
            final long port = i;
            assertThat(handled.stream().filter(other -> other.inPort() == port)).hasSize(BOUND / (ports + 1));
        }
    }

    @Test
    void neverMoreThanTheBoundWaitWhateverThePorts() {
        keepBusy();
        for (int i = 0; i < FLOOD; i++) {
            send(i);
        }
        runPool();
        assertThat(handled).hasSize(BOUND);
        assertThat(punts.dropped()).isEqualTo(FLOOD - BOUND);
    }

    @Test
    void aFrameIsEitherHandledOnceOrCountedAsDropped() throws InterruptedException {
        final List<Long> got = new ArrayList<>();
        final ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            final var real = new SerialExecutor(threads);
            final var shared = new PuntQueue(real, limits, frame -> {
                // Long enough that both threads get some.
                pass(5);
                got.add(frame.cookie());
            });
            for (long i = 0; i < FLOOD; i++) {
                shared.add(new Event.Punted(NOISY, i, new byte[0], 0));
            }
            final var behind = new CountDownLatch(1);
            real.execute(behind::countDown);
            assertThat(behind.await(1, TimeUnit.MINUTES)).isTrue();
            assertThat(got.size() + shared.dropped()).isEqualTo(FLOOD);
            assertThat(got).isSorted().doesNotHaveDuplicates();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void framesAndEventsKeepTheirOrder() {
        final List<Long> order = new ArrayList<>();
        final var mixed = new PuntQueue(executor, limits, frame -> order.add(frame.cookie()));
        for (long i = 0; i < 1000; i++) {
            final long number = i;
            if (i % 3 == 1) {
                executor.execute(() -> order.add(number));
            } else {
                mixed.add(new Event.Punted(i % 5, number, new byte[0], 0));
            }
            if (i % 100 == 0) {
                runPool();
            }
        }
        runPool();
        assertThat(order).hasSize(1000).isSorted();
    }

    @Test
    void onceTheAgentHasCaughtUpFramesAreTakenAgain() {
        storm(NOISY);
        final long dropped = punts.dropped();
        runPool();
        handled.clear();
        keepBusy();
        for (int i = 0; i < BOUND / 2; i++) {
            send(NOISY);
        }
        runPool();
        final var lone = send(NOISY);
        assertThat(handled).hasSize(BOUND / 2 + 1).endsWith(lone);
        assertThat(punts.dropped()).isEqualTo(dropped);
    }

    @Test
    void aFrameIsFromWhenItCame() {
        keepBusy();
        final var frame = send(QUIET);
        pass(50_000);
        runPool();
        assertThat(handled).singleElement().isSameAs(frame);
    }

    private void pass(final long micros) {
        now.addAndGet(TimeUnit.MICROSECONDS.toNanos(micros));
    }

    private void storm(final long port) {
        keepBusy();
        for (int i = 0; i < FLOOD; i++) {
            send(port);
        }
    }

    /** The agent has something to do until the pool runs. */
    private void keepBusy() {
        executor.execute(() -> {});
    }

    private Event.Punted send(final long port) {
        final var frame = new Event.Punted(port, 0, new byte[0], now.get());
        punts.add(frame);
        return frame;
    }

    private void runPool() {
        while (!pool.isEmpty()) {
            pool.remove().run();
        }
    }
}
