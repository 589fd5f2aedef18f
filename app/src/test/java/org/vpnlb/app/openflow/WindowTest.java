/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie;

class WindowTest {
    private static final int MAX = 1000;

    private final Switch there = new Switch();
    private final Window window = new Window(MAX, new SerialExecutor(this::run), there::barrier, there, this::rest);
    private final Queue<Runnable> held = new ArrayDeque<>();
    private final List<Integer> sent = new ArrayList<>();
    /** How long the window rests, and what ends that. */
    private final Queue<Map.Entry<Duration, Runnable>> rests = new ArrayDeque<>();

    /** Whether the threads of the pool have other things to do. */
    private boolean isPoolBusy;

    /** A switch that does one thing after the other, and its clock. */
    private static final class Switch extends Ticker {
        private final Queue<SettableFuture<Object>> open = new ArrayDeque<>();
        private long now;
        /** The most requests that were open at a time. */
        private int most;

        @Override
        public long read() {
            return now;
        }

        int most() {
            final int before = most;
            most = 0;
            return before;
        }

        ListenableFuture<Object> request() {
            final SettableFuture<Object> future = SettableFuture.create();
            open.add(future);
            most = Math.max(most, open.size());
            return future;
        }

        ListenableFuture<Object> barrier() {
            return request();
        }

        void answerOne() {
            open.remove().set(true);
        }

        void pass(final Duration time) {
            now += time.toNanos();
        }

        /** It takes so long for all that it has been sent. */
        void answer(final Duration each) {
            for (int left = open.size(); left > 0; left--) {
                pass(each);
                open.remove().set(true);
            }
        }
    }

    @Test
    void aSlowSwitchHasFewRequestsOpen() {
        send(5000);
        while (window.waiting() > 0) {
            assertThat(there.open).hasSizeLessThanOrEqualTo(Window.MIN + 1);
            there.answer(Duration.ofMillis(2));
        }
        assertThat(sent)
                .containsExactlyElementsOf(IntStream.range(0, 5000).boxed().toList());
    }

    @Test
    void aQuickSwitchHasAsManyAsMayBe() {
        send(20_000);
        while (window.waiting() > 0) {
            there.answer(Duration.ofNanos(10_000));
        }
        assertThat(there.most()).isEqualTo(MAX + 1);
    }

    @Test
    void aSwitchThatBecomesSlowHasFewerAndFewer() {
        assertThat(mostOnceItTakes(Duration.ofNanos(300_000))).isBetween(MAX / 4, MAX / 2 + 1);
    }

    @Test
    void aSwitchThatBecomesVerySlowHasFew() {
        assertThat(mostOnceItTakes(Duration.ofMillis(2))).isBetween(2, Window.MIN + 1);
    }

    /** The most that are open at a time once a quick switch has taken so long for each for a while. */
    private int mostOnceItTakes(final Duration each) {
        send(20_000);
        for (int i = 0; i < 5; i++) {
            there.answer(Duration.ofNanos(10_000));
        }
        assertThat(there.most()).isEqualTo(MAX + 1);
        for (int i = 0; i < 5; i++) {
            there.answer(each);
        }
        there.most();
        there.answer(each);
        return there.most();
    }

    @Test
    void afterAPauseItIsFoundOutAnew() {
        send(5000);
        while (window.waiting() > 0) {
            there.answer(Duration.ofNanos(10_000));
        }
        there.answer(Duration.ofNanos(10_000));
        there.pass(Duration.ofSeconds(2));
        send(5000);
        assertThat(there.open).hasSize(Window.MIN + 1);
    }

    @Test
    void aSwitchIsNotIdleWhileAnythingWaits() {
        send(5000);
        while (window.waiting() > 0) {
            there.answerOne();
            assertThat(there.open).hasSizeGreaterThan(Window.MIN / 4);
        }
    }

    @Test
    void aSwitchIsNotTakenForSlowBecauseItsAnswerWaits() {
        send(5000);
        for (int i = 0; i < 5; i++) {
            isPoolBusy = true;
            there.answer(Duration.ofNanos(10_000));
            there.pass(Duration.ofMillis(500));
            isPoolBusy = false;
            while (!held.isEmpty()) {
                held.remove().run();
            }
        }
        assertThat(there.most()).isEqualTo(MAX + 1);
    }

    @Test
    void whatIsSentAfterAWindowIsClosedComesAfterAllThatItSent() {
        isPoolBusy = true;
        final var executor = new SerialExecutor(this::run);
        final var old = new Window(MAX, executor, there::barrier, there, this::rest);
        final var later = new Window(MAX, executor, there::barrier, there, this::rest);
        old.send(() -> {
            // While the old one sends others ask it to, close it, and use the next.
            old.send(() -> request(2));
            old.close();
            later.send(() -> request(3));
            return request(1);
        });
        assertThat(sent).containsExactly(1);
        isPoolBusy = false;
        held.remove().run();
        assertThat(sent).containsExactly(1, 2, 3);
    }

    @Test
    void aClosedWindowSendsNothingThatWaits() {
        send(5000);
        final int before = sent.size();
        window.close();
        there.answer(Duration.ofNanos(10_000));
        assertThat(window.waiting()).isZero();
        assertThat(sent).hasSize(before);
    }

    @Test
    void whatCannotBeRequestedDoesNotWaitForEver() {
        window.send(() -> {
            throw new IllegalStateException("for this test");
        });
        assertThat(window.waiting()).isZero();
        send(1);
        assertThat(sent).hasSize(1);
    }

    @Test
    void whoDoesNotSendManyAtOnceNeverWaits() {
        for (int i = 0; i < 10_000; i++) {
            send(1);
            assertThat(window.waiting()).isZero();
            there.answer(Duration.ofMillis(2));
        }
        assertThat(sent).hasSize(10_000);
    }

    @Test
    void whereTheConnectionIsLostItIsNotAskedAgainAndAgain() {
        final List<Integer> asked = new ArrayList<>();
        final var lost = new Window(
                MAX,
                new SerialExecutor(this::run),
                () -> {
                    asked.add(asked.size());
                    return Futures.immediateFailedFuture(new IOException("no connection"));
                },
                there,
                this::rest);
        for (int i = 0; i < Window.MIN + 5; i++) {
            lost.send(there::request);
        }
        assertThat(asked).hasSize(1);
        assertThat(lost.waiting()).isEqualTo(5);
        there.answer(Duration.ofMillis(1));
        assertThat(lost.waiting()).isZero();
    }

    @Test
    void whatIsSentLaterLeavesASlowSwitchMostOfItsTime() {
        final int several = 10;
        sendLater(several * Window.LATER_AT_ONCE);
        final Duration each = Duration.ofMillis(1);
        Duration busy = Duration.ZERO;
        Duration rested = Duration.ZERO;
        while (window.waitingLater() > 0) {
            assertThat(there.open).as("with a barrier").hasSizeLessThanOrEqualTo(Window.LATER_AT_ONCE + 1);
            busy = busy.plus(each.multipliedBy(there.open.size()));
            there.answer(each);
            assertThat(there.open).as("sent while it rests").isEmpty();
            rested = rested.plus(pass());
        }
        assertThat(rested).isGreaterThan(busy.multipliedBy(2));
        assertThat(sent).hasSize(several * Window.LATER_AT_ONCE);
    }

    @Test
    void whatIsSentLaterRestsAWhileHoweverQuickTheSwitchAnswers() {
        sendLater(3 * Window.LATER_AT_ONCE);
        there.answer(Duration.ofNanos(1));
        assertThat(pass()).isEqualTo(Duration.ofNanos(Window.SHORTEST_REST));
    }

    @Test
    void whatIsUrgentEndsNoRestAndWaitsForNone() {
        sendLater(3 * Window.LATER_AT_ONCE);
        final int before = sent.size();
        send(1);
        assertThat(sent).hasSize(before + 1);
        there.answer(Duration.ofMillis(1));
        send(1);
        assertThat(sent).as("while it rests").hasSize(before + 2);
    }

    @Test
    void whatIsSentLaterGoesOnWhenWhatIsUrgentIsDone() {
        send(Window.LATER_AT_ONCE + 1);
        sendLater(1);
        assertThat(sent).as("what is urgent comes first").hasSize(Window.LATER_AT_ONCE + 1);
        there.answer(Duration.ofMillis(1));
        assertThat(window.waitingLater()).isZero();
    }

    @Test
    void whatWaitsForFewMakesNoLargerWindow() {
        for (int i = 0; i < 10; i++) {
            send(Window.LATER_AT_ONCE + 1);
            sendLater(1);
            there.answer(Duration.ofNanos(10_000));
            there.answer(Duration.ofNanos(10_000));
            pass();
        }
        there.answer(Duration.ofNanos(10_000));
        send(5000);
        assertThat(there.open).hasSizeLessThanOrEqualTo(Window.MIN + 1);
    }

    @Test
    void whatIsSentLaterGoesOnWhereABarrierFails() {
        final var lost = new Window(
                MAX,
                new SerialExecutor(this::run),
                () -> Futures.immediateFailedFuture(new IOException("no connection")),
                there,
                this::rest);
        for (int i = 0; i < 3; i++) {
            lost.sendLater(flow(i), there::request);
        }
        assertThat(rests).as("not asked again and again").hasSize(1);
        pass();
        assertThat(lost.waitingLater()).isZero();
    }

    /** The window has rested; how long. */
    private Duration pass() {
        final var rest = rests.remove();
        there.pass(rest.getKey());
        rest.getValue().run();
        return rest.getKey();
    }

    private void rest(final long nanos, final Runnable task) {
        rests.add(Map.entry(Duration.ofNanos(nanos), task));
    }

    private void sendLater(final int requests) {
        for (int i = 0; i < requests; i++) {
            window.sendLater(flow(i), () -> request(sent.size()));
        }
    }

    private static Flow flow(final int number) {
        return new Flow(
                new Flow.Key(0, number, Match.ALL), Cookie.OF_NOTHING, Flow.Timeouts.NONE, List.of(), null, null);
    }

    private void send(final int requests) {
        for (int i = 0; i < requests; i++) {
            window.send(() -> request(sent.size()));
        }
    }

    private ListenableFuture<Object> request(final int number) {
        sent.add(number);
        return there.request();
    }

    private void run(final Runnable task) {
        if (isPoolBusy) {
            held.add(task);
        } else {
            task.run();
        }
    }
}
