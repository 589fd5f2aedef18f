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
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WindowTest {
    private static final int MOST = 1000;

    private final Switch there = new Switch();
    private final Window window = new Window(MOST, Runnable::run, there::barrier, there);
    private final List<Integer> sent = new ArrayList<>();

    /** A switch that does one thing after the other, and its clock. */
    private static final class Switch extends Ticker {
        private final Queue<SettableFuture<Object>> open = new ArrayDeque<>();
        private long now;

        @Override
        public long read() {
            return now;
        }

        ListenableFuture<Object> request() {
            final SettableFuture<Object> future = SettableFuture.create();
            open.add(future);
            return future;
        }

        ListenableFuture<Object> barrier() {
            return request();
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
            assertThat(there.open).hasSizeLessThanOrEqualTo(Window.LEAST + 1);
            there.answer(Duration.ofMillis(2));
        }
        assertThat(sent)
                .containsExactlyElementsOf(IntStream.range(0, 5000).boxed().toList());
    }

    @Test
    void aQuickSwitchHasAsManyAsMayBe() {
        send(20_000);
        int most = 0;
        while (window.waiting() > 0) {
            most = Math.max(most, there.open.size());
            there.answer(Duration.ofNanos(10_000));
        }
        assertThat(most).isEqualTo(MOST + 1);
    }

    @Test
    void aSwitchThatBecomesSlowHasFewerAndFewer() {
        send(20_000);
        for (int i = 0; i < 5; i++) {
            there.answer(Duration.ofNanos(10_000));
        }
        assertThat(there.open).hasSize(MOST + 1);
        for (int i = 0; i < 5; i++) {
            there.answer(Duration.ofMillis(2));
        }
        assertThat(there.open).hasSizeLessThanOrEqualTo(Window.LEAST + 1);
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
        assertThat(there.open).hasSize(Window.LEAST + 1);
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
                MOST,
                Runnable::run,
                () -> {
                    asked.add(asked.size());
                    return Futures.immediateFailedFuture(new IOException("no connection"));
                },
                there);
        for (int i = 0; i < Window.LEAST + 5; i++) {
            lost.send(there::request);
        }
        assertThat(asked).hasSize(5);
        assertThat(lost.waiting()).isEqualTo(5);
        there.answer(Duration.ofMillis(1));
        assertThat(lost.waiting()).isZero();
    }

    private void send(final int requests) {
        for (int i = 0; i < requests; i++) {
            window.send(() -> {
                sent.add(sent.size());
                return there.request();
            });
        }
    }
}
