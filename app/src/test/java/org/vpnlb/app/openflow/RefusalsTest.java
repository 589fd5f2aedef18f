/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;

class RefusalsTest {
    private final List<Runnable> reports = new ArrayList<>();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> schedule(final Runnable report, final long delay, final TimeUnit unit) {
            reports.add(report);
            return null;
        }
    };
    private final Ticking time = new Ticking();
    private final Refusals refusals = new Refusals("openflow:1", timer, time);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void manyWithinASecondAreReportedOnce() {
        refuse();
        refuse();
        refuse();
        assertThat(refusals.lately()).isEqualTo(3);
        assertThat(reports).hasSize(1);
    }

    @Test
    void whatComesAfterAReportIsReportedAgain() {
        refuse();
        reports.getFirst().run();
        refuse();
        assertThat(reports).hasSize(2);
        assertThat(refusals.lately()).isEqualTo(2);
    }

    @Test
    void aReportOfAnEarlierConnectionDoesNotEndThatOfThisOne() {
        refuse();
        refusals.forget();
        refuse();
        reports.getFirst().run();
        refuse();
        assertThat(reports).as("the second one is still to come").hasSize(2);
        assertThat(refusals.lately()).isEqualTo(2);
    }

    @Test
    void aMinuteLaterTheyCountNoMore() {
        refuse();
        time.advance(Duration.ofSeconds(29));
        assertThat(refusals.lately()).isOne();
        time.advance(Duration.ofSeconds(32));
        assertThat(refusals.lately()).isZero();
    }

    private void refuse() {
        refusals.add(new Effect.Barrier(), "table full");
    }

    /** A clock that goes on when it is told to. */
    private static final class Ticking extends Ticker {
        private long now;

        @Override
        public long read() {
            return now;
        }

        void advance(final Duration time) {
            now += time.toNanos();
        }
    }
}
