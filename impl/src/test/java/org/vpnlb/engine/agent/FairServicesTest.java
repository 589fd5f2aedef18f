/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vpnlb.engine.agent.InMemorySwitch.Feature;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("Of two services at one uplink, where the switch has meters and where it has none,")
class FairServicesTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final long UPLINK = 1;
    private static final int MAX_SESSIONS = 100;
    private static final int FLOOD = 2500;
    private static final int ASKED = 1000;
    /** More than a switch answers by itself. */
    private static final int MADE_UP = 1200;

    private final Service noisy =
            ServiceBuilder.office().maxSessions(MAX_SESSIONS, MAX_SESSIONS).build();
    private final Service quiet = ServiceBuilder.service("branch")
            .clusterAddress("10.0.1.100")
            .gatewayAddress("172.16.0.253")
            .clientPrefixes("10.98.0.0/16")
            .device(4)
            .device(5)
            .build();

    @ParameterizedTest(name = "meters: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("the made-up clients of one keep no client of the other from being learned")
    void madeUpClientsSilenceNoOtherServices(final boolean hasMeters) {
        final Lab lab = lab(hasMeters);
        for (int i = 0; i < FLOOD; i++) {
            lab.clientVerdict(noisy, Lab.outer(i), IKE, UPLINK);
        }
        final IpAddress client = Lab.outer(FLOOD);
        assertThat(lab.clientVerdict(quiet, client, IKE, UPLINK).punts()).isEqualTo(1);
        lab.network().settle();
        assertThat(lab.clientSession(quiet, client)).isPresent();
        assertThat(sessions(lab, noisy)).isLessThanOrEqualTo(MAX_SESSIONS);
        assertThat(lab.ingressStatus(quiet).counters().rejected()).isZero();
    }

    @ParameterizedTest(name = "meters: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("hosts that ask for the address of one keep nobody from being answered for the other's")
    void thoseWhoAskForOneSilenceNobodyElse(final boolean hasMeters) {
        final Lab lab = lab(hasMeters);
        for (int i = 0; i < ASKED; i++) {
            ask(lab, noisy, i);
        }
        lab.network().settle();
        final int answered = lab.network().spoken().size();
        assertThat(answered).as("those who flood").isLessThan(ASKED / 2);
        ask(lab, quiet, ASKED);
        lab.network().settle();
        assertThat(lab.network().spoken()).as("who asks for the other address").hasSize(1);
    }

    @ParameterizedTest(name = "meters: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("made-up hosts that ask for the address of one take the switch's answer from nobody at the other's")
    void madeUpHostsTakeNobodysAnswer(final boolean hasMeters) {
        final Lab lab = lab(hasMeters);
        assertThat(ask(lab, quiet, 0).punts()).isEqualTo(1);
        lab.network().settle();
        for (int i = 1; i <= MADE_UP; i++) {
            ask(lab, noisy, i);
            lab.network().advance(10);
            lab.network().settle();
        }
        assertThat(ask(lab, noisy, 1).punts()).as("the first who flooded").isEqualTo(1);
        assertThat(ask(lab, noisy, MADE_UP).punts()).as("the last").isZero();
        assertThat(ask(lab, quiet, 0).punts())
                .as("who asked for the other address")
                .isZero();
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest(name = "meters: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("a server that scans the clients of one keeps those of the other from nothing")
    void whoScansTheClientsOfOneSilencesNobodyElse(final boolean hasMeters) {
        final Lab lab = lab(hasMeters);
        for (int i = 0; i < FLOOD; i++) {
            lab.serverVerdict(noisy, noisy.virtualMac(), Lab.inner(noisy, i));
        }
        assertThat(lab.serverVerdict(quiet, quiet.virtualMac(), Lab.inner(quiet, 1))
                        .punts())
                .isEqualTo(1);
        lab.deviceSends(quiet.devices().getFirst(), Lab.inner(quiet, 2));
        lab.network().settle();
        assertThat(lab.returnSession(quiet, Lab.inner(quiet, 2)))
                .contains(quiet.devices().getFirst());
    }

    private Lab lab(final boolean hasMeters) {
        final Lab lab = new Lab(
                List.of(noisy, quiet), 0, new Random(1), hasMeters ? new Feature[0] : new Feature[] {Feature.METERS});
        lab.network().spoken();
        return lab;
    }

    private static int sessions(final Lab lab, final Service service) {
        return lab.ingressStatus(service).devices().values().stream()
                .mapToInt(SwitchStatus.DeviceStatus::clientSessions)
                .sum();
    }

    private static Verdict ask(final Lab lab, final Service service, final int number) {
        final var mac = new MacAddress(0x0200_0000_7000L + number);
        final var address = new IpAddress(IpAddress.Family.V4, 0, 0x0a00_1000L + number);
        return lab.network()
                .receive(
                        Lab.ingress(service),
                        UPLINK,
                        Frames.arpRequest(
                                mac,
                                address.toString(),
                                service.clusterAddress().toString()));
    }
}
