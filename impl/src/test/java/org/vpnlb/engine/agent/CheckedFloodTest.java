/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("While clients, neighbours and a device flood a switch,")
class CheckedFloodTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    /** Far above all meters: 2,000 frames a second of each kind. */
    private static final int FRAMES = 100;

    private static final int MAX_SESSIONS = 500;
    private static final long WARM_UP = 10_000;
    private static final long FLOOD = 6_000;

    private int sent;

    @ParameterizedTest
    @EnumSource(
            value = Type.class,
            names = {"ARP", "ICMP"})
    @DisplayName("devices answer their checks, and none is taken for dead")
    void noneIsTakenForDead(final Type type) {
        final Service office = ServiceBuilder.office()
                .healthCheck(type)
                .maxSessions(MAX_SESSIONS, MAX_SESSIONS)
                .build();
        final var checked = new CheckedLab(office, new Random(1));
        checked.loseNothing();
        checked.run(WARM_UP, () -> {});
        assertAllUp(checked, office);
        checked.flood(() -> flood(checked.lab(), office));
        checked.run(FLOOD, () -> assertAllUp(checked, office));
        assertThat(sent).isGreaterThan((int) (FLOOD / 1000) * 1900);
    }

    private static void assertAllUp(final CheckedLab checked, final Service service) {
        for (final Device device : service.devices()) {
            assertThat(checked.health(device).state()).as(device.name()).isEqualTo(Health.State.UP);
        }
    }

    /** Made-up clients, pings and ARP from the uplink; made-up clients from a device, also by others' MACs. */
    private void flood(final Lab lab, final Service service) {
        final Device noisy = service.devices().getFirst();
        for (int i = 0; i < FRAMES; i++) {
            sent++;
            lab.clientVerdict(service, Lab.outer(sent), IKE, 1);
            lab.clientVerdict(service, Lab.outer(sent), Frames.Kind.PING, 1);
            lab.network()
                    .receive(
                            Lab.ingress(service),
                            1,
                            Frames.arpRequest(
                                    new MacAddress(0x0200_0000_7000L + sent),
                                    "10.0.9.9",
                                    service.clusterAddress().toString()));
            lab.deviceVerdict(noisy, Lab.inner(service, sent % 60_000));
            lab.network()
                    .receive(
                            Lab.egress(service),
                            noisy.egress().port(),
                            Frames.ip(
                                    Lab.SERVER_MAC,
                                    new MacAddress(0x02ee_0000_0000L + sent),
                                    Lab.inner(service, 1),
                                    Lab.SERVER,
                                    IKE));
            lab.serverVerdict(service, service.virtualMac(), Lab.inner(service, sent % 60_000));
        }
    }
}
