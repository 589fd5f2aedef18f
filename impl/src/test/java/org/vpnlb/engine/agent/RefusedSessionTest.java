/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.pipeline.Table;

@DisplayName("A session whose entry the switch refused, since its table is full,")
class RefusedSessionTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final int ROOM = 20;
    private static final int CLIENTS = 60;
    private static final int MAX_SESSIONS = 50;
    private static final int INGRESS_IDLE = 20;
    private static final int EGRESS_IDLE = 30;
    /** Long enough for whatever is tried again to end by idling. */
    private static final long LONG = 5000L * EGRESS_IDLE;

    private final Service office = ServiceBuilder.office()
            .idleTimeouts(INGRESS_IDLE, EGRESS_IDLE)
            .maxSessions(MAX_SESSIONS, MAX_SESSIONS)
            .build();
    private final Lab lab = Lab.of(office);
    private final Accounts accounts = new Accounts(lab);

    @BeforeEach
    void letTheSwitchesRefuse() {
        lab.network().letRefuse("sw1");
        lab.network().letRefuse("sw2");
    }

    @Test
    @DisplayName("is told to the agent, and those that have room are written")
    void doesNotKeepOthersAway() {
        lab.network().datapath("sw1").limit(Table.CLIENT_SESSIONS.ordinal(), ROOM);
        manyClientsSend();
        assertThat(accounts.entries("sw1")).isBetween(1L, (long) ROOM);
    }

    @Test
    @DisplayName("is no session, or becomes one: when all is quiet none is left")
    void endsOnTheClientsSide() {
        lab.network().datapath("sw1").limit(Table.CLIENT_SESSIONS.ordinal(), ROOM);
        manyClientsSend();
        accounts.pass(LONG);
        assertThat(accounts.entries("sw1")).isZero();
        assertThat(accounts.clients(office)).isZero();
    }

    @Test
    @DisplayName("leaves its room to a client that comes when the flood is over")
    void leavesItsRoom() {
        lab.network().datapath("sw1").limit(Table.CLIENT_SESSIONS.ordinal(), 1);
        manyClientsSend();
        accounts.pass(LONG);
        lab.network().datapath("sw1").unlimited();
        lab.clientSends(office, Lab.outer(1000), IKE);
        lab.network().settle();
        assertThat(lab.clientSession(office, Lab.outer(1000))).isPresent();
    }

    @Test
    @DisplayName("on the servers' side ends too, where its source was refused")
    void endsWhereItsSourceWasRefused() {
        lab.network().datapath("sw2").limit(Table.LEARNED_SOURCES.ordinal(), ROOM);
        manyDevicesSend();
        accounts.pass(LONG);
        assertThat(accounts.entries("sw2")).isZero();
        assertThat(accounts.returns(office)).isZero();
    }

    @Test
    @DisplayName("on the servers' side ends too, where its way back was refused")
    void endsWhereItsWayBackWasRefused() {
        lab.network().datapath("sw2").limit(Table.RETURN_SESSIONS.ordinal(), ROOM);
        manyDevicesSend();
        accounts.pass(LONG);
        assertThat(accounts.entries("sw2")).isZero();
        assertThat(accounts.returns(office)).isZero();
    }

    @Test
    @DisplayName("ends too, where it was refused when the switch had lost everything")
    void endsAfterARestart() {
        manyClientsSend();
        lab.network().datapath("sw1").restart();
        lab.network().disconnect("sw1");
        lab.addForeign("sw1");
        lab.network().datapath("sw1").limit(Table.CLIENT_SESSIONS.ordinal(), ROOM);
        lab.network().connect("sw1");
        accounts.pass(LONG);
        assertThat(accounts.entries("sw1")).isZero();
        assertThat(accounts.clients(office)).isZero();
    }

    private void manyClientsSend() {
        for (int client = 0; client < CLIENTS; client++) {
            lab.clientSends(office, Lab.outer(client), IKE);
            lab.network().settle();
        }
    }

    private void manyDevicesSend() {
        for (int client = 0; client < CLIENTS; client++) {
            lab.deviceSends(office.devices().get(client % 3), Lab.inner(office, client));
            lab.network().settle();
        }
    }
}
