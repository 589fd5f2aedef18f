/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("In a switch that can only what OpenFlow 1.3 demands")
class LesserSwitchTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    private static final int MAX_SESSIONS = 5;
    /** The most entries that keep frames from being punted. */
    private static final int SUPPRESSED = 1000;

    private static final int FLOOD = 3000;

    private final Service office =
            ServiceBuilder.office().learning(Learning.AUTO).build();
    private final Lab lab = Lab.of();

    private InMemorySwitch sw1;
    private InMemorySwitch sw2;

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
        sw1 = lab.network().datapath("sw1");
        sw2 = lab.network().datapath("sw2");
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

    @Test
    @DisplayName("a flood of made-up clients makes a bounded number of entries, and takes no session away")
    void aFloodOfClientsIsBounded() {
        final Service bounded = ServiceBuilder.like(office)
                .maxSessions(MAX_SESSIONS, MAX_SESSIONS)
                .build();
        lab.reconfigure(bounded);
        final int before = sw1.ours().flows().size();
        lab.clientSends(bounded, Lab.outer(0), IKE);
        lab.network().settle();
        final Optional<Device> device = lab.clientSession(bounded, Lab.outer(0));
        assertThat(device).isPresent();

        for (int client = 1; client < FLOOD; client++) {
            lab.clientSends(bounded, Lab.outer(client), IKE);
        }
        lab.network().settle();
        int punts = 0;
        for (int client = 1; client < SUPPRESSED / 2; client++) {
            punts += lab.clientVerdict(bounded, Lab.outer(client), IKE).punts();
        }
        assertThat(punts).as("of those who were rejected just now").isZero();
        assertThat(sw1.ours().flows()).hasSizeLessThanOrEqualTo(before + MAX_SESSIONS + SUPPRESSED);
        assertThat(lab.clientSends(bounded, Lab.outer(0), IKE)).isEqualTo(device);
    }

    @Test
    @DisplayName("a flood of MAC addresses at a device's port is bounded, and then its client is learned")
    void aFloodOfStrangersIsBounded() {
        final int before = sw2.ours().flows().size();
        for (int stranger = 0; stranger < FLOOD; stranger++) {
            strangerSends(stranger);
        }
        lab.network().settle();
        int punts = 0;
        for (int stranger = 0; stranger < SUPPRESSED / 2; stranger++) {
            punts += strangerSends(stranger);
        }
        assertThat(punts).as("of those who were seen just now").isZero();
        assertThat(sw2.ours().flows()).hasSizeLessThanOrEqualTo(before + SUPPRESSED);
        lab.deviceSends(office.devices().get(0), Lab.inner(office, 1));
        lab.network().settle();
        assertThat(lab.returnSession(office, Lab.inner(office, 1)))
                .contains(office.devices().get(0));
    }

    private int strangerSends(final int stranger) {
        final var mac = new MacAddress(0x02ee_0000_0000L + stranger);
        return lab.network()
                .receive(
                        "sw2",
                        office.devices().get(0).egress().port(),
                        Frames.ip(Lab.SERVER_MAC, mac, Lab.inner(office, 1), Lab.SERVER, IKE))
                .punts();
    }
}
