/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;

class EventLogTest {
    private static final String LINE = "{} got {}: {}";

    private final Logger logger = mock();
    private final EventLog log = new EventLog(logger, "openflow:1");

    @BeforeEach
    void debug() {
        when(logger.isDebugEnabled()).thenReturn(true);
    }

    @Test
    void anEventIsOneLineWithTheNumberAndKindsOfItsEffects() {
        log.decided(
                new Event.Configured(List.of(), 0),
                List.of(
                        new Effect.DeleteFlows(1),
                        new Effect.Barrier(),
                        new Effect.DeleteFlows(2),
                        new Effect.Tell(
                                new Notice.SessionLimitReached("office", Side.INGRESS, Optional.empty(), 100))));
        verify(logger)
                .debug(
                        LINE,
                        "openflow:1",
                        "Configured with 0 services",
                        "2 DeleteFlows, 1 Barrier, 1 SessionLimitReached[service=office, side=INGRESS,"
                                + " device=Optional.empty, limit=100]");
    }

    @Test
    void anEventOfWhichNothingComesIsALineToo() {
        final var key = new Flow.Key(1, 100, Match.builder().inPort(3).build());
        log.decided(new Event.FlowRemoved(key, 0x7670L, Event.FlowRemoved.Reason.EXPIRED, 0), List.of());
        verify(logger)
                .debug(
                        LINE,
                        "openflow:1",
                        "FlowRemoved, EXPIRED: table=1 priority=100 in_port=3 cookie=0x7670",
                        "nothing");
    }

    @Test
    void aPuntedFrameCostsNothing() {
        log.decided(new Event.Punted(1, 2, new byte[60], 0), List.of(new Effect.Barrier()));
        verifyNoInteractions(logger);
    }

    @Test
    void ticksThatOnlyAskAreLeftToTrace() {
        log.decided(new Event.Tick(0), List.of(new Effect.SendFrame(1, new byte[60]), new Effect.Count(2)));
        verify(logger, never()).debug(any(), any(), any(), any());
        when(logger.isTraceEnabled()).thenReturn(true);
        log.decided(new Event.Tick(0), List.of(new Effect.SendFrame(1, new byte[60])));
        verify(logger).trace(LINE, "openflow:1", "Tick", "1 SendFrame");
        log.decided(new Event.Tick(0), List.of(new Effect.SendFrame(1, new byte[60]), new Effect.Confirm(7)));
        verify(logger).debug(LINE, "openflow:1", "Tick", "1 SendFrame, 1 Confirm");
    }
}
