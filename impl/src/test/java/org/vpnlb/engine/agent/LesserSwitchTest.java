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
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;

@DisplayName("In a switch that can only what OpenFlow 1.3 demands")
class LesserSwitchTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    private final Service office =
            ServiceBuilder.office().learning(Learning.AUTO).build();
    private final Lab lab = Lab.of();

    @BeforeEach
    void connectLesserSwitches() {
        for (final String node : new String[] {"sw1", "sw2"}) {
            lab.network().add(node, 0, Shape.ports());
            lab.network().datapath(node).lacks(InMemorySwitch.Feature.NICIRA_ACTIONS);
            lab.network().datapath(node).lacks(InMemorySwitch.Feature.ARBITRARY_MASKS);
            lab.network().datapath(node).lacks(InMemorySwitch.Feature.METERS);
        }
        lab.configure(List.of(office));
        lab.network().settle();
        lab.network().connect("sw1");
        lab.network().connect("sw2");
        lab.network().settle();
    }

    @Test
    @DisplayName("nothing is refused, and the controller learns the sessions")
    void theControllerLearns() {
        lab.clientSends(office, Lab.outer(1), IKE);
        lab.deviceSends(office.devices().get(0), Lab.inner(office, 1));
        lab.network().settle();
        assertThat(lab.clientSession(office, Lab.outer(1))).isPresent();
        assertThat(lab.returnSession(office, Lab.inner(office, 1)))
                .contains(office.devices().get(0));
        assertThat(lab.ingressStatus(office).counters().created()).isEqualTo(1);
    }

    @Test
    @DisplayName("nothing has a meter")
    void nothingHasAMeter() {
        assertThat(lab.network().datapath("sw1").ours().meters()).isEmpty();
        assertThat(lab.network().datapath("sw2").ours().meters()).isEmpty();
    }
}
