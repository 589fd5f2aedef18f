/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Tables;

@DisplayName("What is read from a switch that connects")
class ReadBackTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final int CLIENTS = 10;
    private static final long INGRESS_IDLE = 20_000;
    private static final long EGRESS_IDLE = 30_000;
    private static final long LONG = 5 * EGRESS_IDLE;

    private final Service office = ServiceBuilder.office().idleTimeouts(20, 30).build();
    private final Lab lab = Lab.of(office);
    private final Accounts accounts = new Accounts(lab);

    @Test
    @DisplayName("is taken over, though time passes before the agent is told")
    void isTakenOver() {
        clientsSend();
        lab.network().disconnect("sw1");
        final Tables read = lab.network().read("sw1");
        lab.network().advance(INGRESS_IDLE / 2);
        lab.network().connect("sw1", read);
        lab.network().settle();
        assertThat(accounts.clients(office)).isEqualTo(CLIENTS);
        lab.assertConsistent();
        accounts.pass(INGRESS_IDLE);
        assertThat(accounts.clients(office)).isZero();
    }

    @Test
    @DisplayName("is no session any more where that ended before the agent was told, and nobody heard of it")
    void mayHaveEndedUnheard() {
        clientsSend();
        lab.network().disconnect("sw1");
        final Tables read = lab.network().read("sw1");
        lab.network().advance(INGRESS_IDLE);
        lab.network().connect("sw1", read);
        accounts.pass(LONG);
        assertThat(accounts.entries("sw1")).isZero();
        assertThat(accounts.clients(office)).isZero();
    }

    @Test
    @DisplayName("is no session any more where the agent heard that it ended before it was told of the connection")
    void mayHaveEndedBeforeTheConnection() {
        clientsSend();
        lab.network().disconnect("sw1");
        lab.network().settle();
        final Tables read = lab.network().read("sw1");
        lab.network().hear("sw1");
        lab.network().advance(INGRESS_IDLE);
        lab.network().connect("sw1", read);
        lab.network().settle();
        assertThat(accounts.entries("sw1")).isZero();
        assertThat(accounts.clients(office)).isZero();
    }

    @Test
    @DisplayName("on the servers' side is no session any more either")
    void mayHaveEndedOnTheServersSide() {
        for (int client = 0; client < CLIENTS; client++) {
            lab.deviceSends(office.devices().get(0), Lab.inner(office, client));
        }
        lab.network().settle();
        lab.network().disconnect("sw2");
        lab.network().settle();
        final Tables read = lab.network().read("sw2");
        lab.network().hear("sw2");
        lab.network().advance(EGRESS_IDLE);
        lab.network().connect("sw2", read);
        lab.network().settle();
        assertThat(accounts.entries("sw2")).isZero();
        assertThat(accounts.returns(office)).isZero();
    }

    @Test
    @DisplayName("is compared again after a while, since the word that a session ended may be lost")
    void isComparedAgain() {
        clientsSend();
        lab.network().loseRemovals("sw1", true);
        accounts.pass(INGRESS_IDLE);
        lab.network().loseRemovals("sw1", false);
        accounts.pass(LONG);
        assertThat(accounts.entries("sw1")).isZero();
        assertThat(accounts.clients(office)).isZero();
    }

    @Test
    @DisplayName("is rewritten, not ended, where the idle timeout is another one meanwhile")
    void isRewritten() {
        final Device gateway = office.devices().get(1);
        final IpAddress client = Lab.inner(office, 1);
        lab.deviceSends(gateway, client);
        lab.network().settle();
        lab.network().disconnect("sw2");
        final Service patient = ServiceBuilder.like(office).idleTimeouts(20, 60).build();
        lab.reconfigure(patient);
        lab.network().connect("sw2");
        lab.network().settle();
        assertThat(lab.returnSession(patient, client)).contains(gateway);
        assertThat(lab.isLearned(patient, gateway, client)).isTrue();
        assertThat(lab.deviceVerdict(gateway, client).punts()).isZero();
    }

    private void clientsSend() {
        for (int client = 0; client < CLIENTS; client++) {
            lab.clientSends(office, Lab.outer(client), IKE);
        }
        lab.network().settle();
    }
}
