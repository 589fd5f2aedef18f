/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.session.Counters.Ignored;

@DisplayName("Of one inner address at two devices in turn")
class OverlappingPoolTest {
    private static final int FRAMES = 100;
    private static final int FEW = 10;

    private final Service office = ServiceBuilder.office().build();
    private final IpAddress client = Lab.inner(office, 1);
    private final Lab lab = Lab.of(office);

    @BeforeEach
    void bothSendInTurn() {
        for (int i = 0; i < FRAMES; i++) {
            lab.deviceVerdict(office.devices().get(i % 2), client);
            lab.network().settle();
            lab.network().advance(100);
        }
        lab.network().settle();
    }

    @Test
    @DisplayName("the session stays with one after a few moves")
    void theSessionStaysWithOne() {
        assertThat(lab.egressStatus(office).counters().moved()).isLessThan(FEW);
    }

    @Test
    @DisplayName("few frames are punted")
    void fewFramesArePunted() {
        assertThat(lab.egressStatus(office).counters().punts()).isLessThan(FEW);
    }

    @Test
    @DisplayName("the conflict is told once, with both devices")
    void theConflictIsToldOnce() {
        assertThat(lab.network().notices())
                .filteredOn(Notice.Conflict.class::isInstance)
                .containsExactly(new Notice.Conflict(
                        office.name(),
                        client,
                        office.devices().get(0).name(),
                        office.devices().get(1).name()));
        assertThat(lab.egressStatus(office).counters().ignored()).containsKey(Ignored.CONFLICT);
    }

    @Test
    @DisplayName("the state names it until the other device has been silent for a minute")
    void theStateNamesIt() {
        assertThat(lab.egressStatus(office).conflicts())
                .containsExactly(new AddressConflict(
                        client,
                        office.devices().get(0).name(),
                        office.devices().get(1).name()));
        lab.network().advance(50_000);
        lab.network().settle();
        assertThat(lab.egressStatus(office).conflicts()).isNotEmpty();
        lab.network().advance(70_000);
        lab.network().wake();
        lab.network().settle();
        assertThat(lab.egressStatus(office).conflicts()).isEmpty();
    }

    @Test
    @DisplayName("it goes to the other when the first falls silent")
    void itGoesToTheOtherWhenTheFirstFallsSilent() {
        final Device other = office.devices().get(1);
        for (int second = 0; second < 60; second++) {
            lab.deviceVerdict(other, client);
            lab.network().settle();
            lab.network().advance(1000);
        }
        assertThat(lab.returnSession(office, client)).contains(other);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("it stays with the first for as long as that sends now and then")
    void itStaysWithTheFirst() {
        for (int second = 0; second < 300; second++) {
            lab.deviceVerdict(office.devices().get(1), client);
            if (second % 20 == 0) {
                lab.deviceVerdict(office.devices().get(0), client);
            }
            lab.network().settle();
            lab.network().advance(1000);
        }
        assertThat(lab.returnSession(office, client)).contains(office.devices().get(0));
        assertThat(lab.egressStatus(office).counters().moved()).isLessThan(FEW);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("there is one session, with one of them")
    void thereIsOneSession() {
        assertThat(new Accounts(lab).returns(office)).isEqualTo(1);
        assertThat(lab.returnSession(office, client)).isPresent();
    }
}
