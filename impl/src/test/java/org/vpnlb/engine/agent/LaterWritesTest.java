/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.reconcile.AuditClock;

@DisplayName("While the entries of all sessions are written anew")
class LaterWritesTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final int CLIENTS = 60;

    private final Service office =
            ServiceBuilder.office().idleTimeouts(300, 300).build();
    private final Service patient =
            ServiceBuilder.like(office).idleTimeouts(900, 900).build();
    private final Lab lab = Lab.of(office);
    private final InMemorySwitch sw1 = lab.network().datapath("sw1");

    @BeforeEach
    void clientsSend() {
        for (int client = 0; client < CLIENTS; client++) {
            lab.clientSends(office, Lab.outer(client), IKE);
        }
        lab.network().settle();
        lab.network().notices();
    }

    @Test
    @DisplayName("they wait behind everything else")
    void theyWait() {
        final List<Effect> effects = lab.network()
                .agent("sw1")
                .handle(new Event.Configured(List.of(patient), lab.network().now()));
        assertThat(effects).filteredOn(Effect.AddLater.class::isInstance).hasSize(CLIENTS);
        assertThat(effects).filteredOn(Effect.AddFlow.class::isInstance).isEmpty();
        assertThat(effects).last().isEqualTo(new Effect.Confirm(Effect.Confirm.WRITTEN_LATER, true));
    }

    @Test
    @DisplayName("they wait also where a controller that starts finds them, and they are to be others")
    void adoptedOnesWait() {
        lab.network().disconnect("sw1");
        lab.configure(List.of(patient));
        lab.network().replaceAgent("sw1");
        lab.network().settle();
        final List<Effect> effects = lab.network()
                .agent("sw1")
                .handle(new Event.Connected(
                        sw1.ours(),
                        SimulatedNetwork.foreign(sw1),
                        sw1.capabilities(),
                        lab.network().now()));
        assertThat(effects).filteredOn(Effect.AddLater.class::isInstance).hasSize(CLIENTS);
        assertThat(effects).filteredOn(Effect.AddFlow.class::isInstance).isEmpty();
    }

    @Test
    @DisplayName("they wait also where the switch is to learn them by itself")
    void handedOverOnesWait() {
        lab.configure(
                List.of(ServiceBuilder.like(office).learning(Learning.SWITCH).build()));
        int most = 0;
        while (lab.network().step()) {
            most = Math.max(most, lab.network().later("sw1"));
        }
        assertThat(most).isGreaterThanOrEqualTo(CLIENTS);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("each keeps its session, with the old entry until the new one is there")
    void sessionsStay() {
        rewrite();
        assertThat(sessions()).hasSize(CLIENTS);
        lab.network().settle();
        assertThat(sessions())
                .hasSize(CLIENTS)
                .allSatisfy(flow -> assertThat(flow.timeouts().idle()).isEqualTo(900));
        lab.assertConsistent();
    }

    @Test
    @DisplayName("a purge does not wait, and no late entry brings a session back")
    void aPurgeOvertakes() {
        final Device gone = office.devices().get(0);
        final long cookie = lab.pipeline().cookie(Cookie.Kind.CLIENT_SESSION, office, gone);
        assertThat(sw1.count(cookie)).isPositive();
        rewrite();
        final int waiting = lab.network().later("sw1");
        lab.network()
                .tell(
                        "sw1",
                        new Event.Configured(
                                List.of(ServiceBuilder.like(patient)
                                        .without(gone.name())
                                        .build()),
                                lab.network().now()));
        assertThat(lab.network().later("sw1")).as("of its sessions none waits").isLessThan(waiting);
        lab.reconfigure(ServiceBuilder.like(patient).without(gone.name()).build());
        assertThat(sw1.count(cookie)).isZero();
        assertThat(sessions()).isNotEmpty();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("the switch is not audited: it is not as it should be yet, and nothing is repaired")
    void nothingIsAudited() {
        final SwitchAgent agent = lab.network().agent("sw1");
        final long now = lab.network().now();
        for (final Effect effect : agent.handle(new Event.Configured(List.of(patient), now))) {
            if (effect instanceof Effect.Confirm ask && !ask.isLast()) {
                agent.handle(new Event.Confirmed(ask.round(), now));
            }
        }
        assertThat(agent.handle(new Event.Tick(now + AuditClock.COUNT_MILLIS)))
                .doesNotHaveAnyElementsOfTypes(Effect.AuditCounts.class, Effect.Audit.class);
        agent.handle(new Event.Confirmed(Effect.Confirm.WRITTEN_LATER, now));
        assertThat(agent.handle(new Event.Tick(now + 2 * AuditClock.COUNT_MILLIS)))
                .hasAtLeastOneElementOfType(Effect.AuditCounts.class);
    }

    @Test
    @DisplayName("a connection that ends takes them along, and the next one writes them")
    void aConnectionEnds() {
        rewrite();
        lab.network().disconnect("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        assertThat(sessions())
                .hasSize(CLIENTS)
                .allSatisfy(flow -> assertThat(flow.timeouts().idle()).isEqualTo(900));
        lab.network().advance(AuditClock.COUNT_MILLIS);
        lab.network().settle();
        assertThat(lab.network().notices()).isEmpty();
        lab.assertConsistent();
    }

    /** The agent of sw1 has heard of the change, and nothing of it has reached the switch. */
    private void rewrite() {
        lab.configure(List.of(patient));
        lab.network()
                .tell(
                        "sw1",
                        new Event.Configured(List.of(patient), lab.network().now()));
        assertThat(lab.network().later("sw1")).isGreaterThanOrEqualTo(CLIENTS);
    }

    private List<Flow> sessions() {
        return sw1.flows().stream()
                .filter(flow -> Cookie.parse(flow.cookie())
                        .filter(cookie -> cookie.kind() == Cookie.Kind.CLIENT_SESSION && cookie.device() != 0)
                        .isPresent())
                .toList();
    }
}
