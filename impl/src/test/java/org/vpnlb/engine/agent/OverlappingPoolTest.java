/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.KnownFault;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;

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
    @KnownFault("case 8")
    @DisplayName("the session stays with one after a few moves")
    void theSessionStaysWithOne() {
        assertThat(lab.egressStatus(office).counters().moved()).isLessThan(FEW);
    }

    @Test
    @KnownFault("case 8")
    @DisplayName("few frames are punted")
    void fewFramesArePunted() {
        assertThat(lab.egressStatus(office).counters().punts()).isLessThan(FEW);
    }

    @Test
    @DisplayName("there is one session, with one of them")
    void thereIsOneSession() {
        assertThat(new Accounts(lab).returns(office)).isEqualTo(1);
        assertThat(lab.returnSession(office, client)).isPresent();
    }
}
