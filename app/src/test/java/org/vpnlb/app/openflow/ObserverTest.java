/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.engine.agent.SwitchStatus;

class ObserverTest {
    private static final String NODE = "openflow:1";
    private static final SwitchMailbox.Reading READING = new SwitchMailbox.Reading(
            new SwitchStatus(NODE, true, new SwitchStatus.Generation(3, 3), List.of(), List.of(), 0, Map.of()),
            0,
            "",
            0,
            7);

    private final ManualTimer timer = new ManualTimer();
    private final Observer observer = new Observer(timer);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void aSwitchIsAsItsAgentSays() {
        final Switches.Observation observation = Futures.getUnchecked(observe(Futures.immediateFuture(READING)));
        assertThat(observation.status()).isEqualTo(READING.status());
        assertThat(observation.dropped()).isEqualTo(7);
        assertThat(observation.absence()).isEmpty();
        assertThat(observation.reconciled()).isTrue();
    }

    @Test
    void anAgentThatDoesNotAnswerIsWaitedForAWhileAndToldOf() {
        observe(Futures.immediateFuture(READING));
        final ListenableFuture<Switches.Observation> waiting = observe(SettableFuture.create());
        timer.advance(4999);
        assertThat(waiting).isNotDone();
        timer.advance(1);
        final Switches.Observation observation = Futures.getUnchecked(waiting);
        assertThat(observation.absence().map(Switches.Absence::reason))
                .hasValue("is not known: its agent has not answered for 5 s");
        assertThat(observation.status()).as("what was known last").isEqualTo(READING.status());
        assertThat(observation.reconciled()).isFalse();
    }

    @Test
    void anAgentThatNeverAnsweredIsToldOfToo() {
        final ListenableFuture<Switches.Observation> waiting = observe(SettableFuture.create());
        timer.advance(5000);
        assertThat(Futures.getUnchecked(waiting).status().connected()).isFalse();
        assertThat(Futures.getUnchecked(waiting).absence()).isPresent();
    }

    @Test
    void anAgentThatAnswersAgainIsAsItSays() {
        observe(SettableFuture.create());
        timer.advance(5000);
        assertThat(Futures.getUnchecked(observe(Futures.immediateFuture(READING)))
                        .absence())
                .isEmpty();
    }

    private ListenableFuture<Switches.Observation> observe(final ListenableFuture<SwitchMailbox.Reading> read) {
        return observer.observe(NODE, read, node -> new Switches.Absence("is not connected", Optional.empty()));
    }
}
