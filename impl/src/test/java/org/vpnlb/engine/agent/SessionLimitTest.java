/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.session.Counters;

@DisplayName("When max-sessions is reached")
class SessionLimitTest {
    private static final int MOST = 5;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    private final Service office =
            ServiceBuilder.office().maxSessions(MOST, MOST).build();
    private final Device gateway = office.devices().get(0);
    private final Lab lab = Lab.of(office);

    @Test
    @DisplayName("further clients are forwarded by hash, not learned, and counted; the others keep their sessions")
    void furtherClientsAreForwardedByHash() {
        for (int i = 0; i < 2 * MOST; i++) {
            assertThat(lab.clientSends(office, Lab.outer(i), IKE)).isPresent();
            lab.network().settle();
        }
        for (int i = 0; i < 2 * MOST; i++) {
            assertThat(lab.clientSession(office, Lab.outer(i)).isPresent()).isEqualTo(i < MOST);
            assertThat(lab.clientSends(office, Lab.outer(i), IKE)).isPresent();
        }
        final Counters counters = lab.ingressStatus(office).counters();
        assertThat(counters.created()).isEqualTo(MOST);
        assertThat(counters.rejected()).isEqualTo(MOST);
        assertThat(lab.ingressStatus(office).devices().values().stream()
                        .mapToInt(DeviceStatus::clientSessions)
                        .sum())
                .isEqualTo(MOST);
    }

    @Test
    @DisplayName("further inner clients are not learned, and counted; the others keep their sessions")
    void furtherInnerClientsAreNotLearned() {
        for (int i = 0; i < 2 * MOST; i++) {
            lab.deviceSends(gateway, Lab.inner(office, i));
            lab.network().settle();
        }
        for (int i = 0; i < 2 * MOST; i++) {
            assertThat(lab.returnSession(office, Lab.inner(office, i)).isPresent())
                    .isEqualTo(i < MOST);
        }
        final Counters counters = lab.egressStatus(office).counters();
        assertThat(counters.created()).isEqualTo(MOST);
        assertThat(counters.rejected()).isEqualTo(MOST);
    }

    @Test
    @DisplayName("a client may still roam")
    void aClientMayStillRoam() {
        for (int i = 0; i < MOST; i++) {
            lab.deviceSends(gateway, Lab.inner(office, i));
            lab.network().settle();
        }
        final IpAddress client = Lab.inner(office, 0);
        final Device other = office.devices().get(1);
        lab.deviceSends(other, client);
        lab.network().settle();
        assertThat(lab.returnSession(office, client)).contains(other);
        assertThat(lab.egressStatus(office).counters().rejected()).isZero();
    }

    @Test
    @DisplayName("a session that ends makes room for another")
    void aSessionThatEndsMakesRoom() {
        for (int i = 0; i < MOST; i++) {
            lab.clientSends(office, Lab.outer(i), IKE);
            lab.deviceSends(gateway, Lab.inner(office, i));
        }
        lab.network().settle();
        lab.network().advance(office.egress().idleTimeout() * 1000L);
        lab.network().settle();
        lab.clientSends(office, Lab.outer(MOST), IKE);
        lab.deviceSends(gateway, Lab.inner(office, MOST));
        lab.network().settle();
        assertThat(lab.clientSession(office, Lab.outer(MOST))).isPresent();
        assertThat(lab.returnSession(office, Lab.inner(office, MOST))).isPresent();
    }

    @Test
    @DisplayName("by a lower limit, nobody who has a session loses it")
    void aLowerLimitEndsNoSession() {
        for (int i = 0; i < MOST; i++) {
            lab.clientSends(office, Lab.outer(i), IKE);
        }
        lab.network().settle();
        lab.reconfigure(ServiceBuilder.like(office).maxSessions(1, 1).build());
        for (int i = 0; i < MOST; i++) {
            assertThat(lab.clientSession(office, Lab.outer(i))).isPresent();
        }
    }

    @Test
    @DisplayName("of a device, its new clients go to the others, and those it has stay")
    void ofADeviceItsNewClientsGoToTheOthers() {
        final Service limited = limited(3);
        final Lab own = Lab.of(limited);
        for (int i = 0; i < 40; i++) {
            assertThat(own.clientSends(limited, Lab.outer(i), IKE)).isPresent();
            own.network().settle();
        }
        assertThat(own.ingressStatus(limited).devices().get("g1").clientSessions())
                .isEqualTo(3);
        assertThat(own.ingressStatus(limited).devices().get("g1").slots()).isZero();
        for (int i = 0; i < 40; i++) {
            assertThat(own.clientSends(limited, Lab.outer(i), IKE)).isEqualTo(own.clientSession(limited, Lab.outer(i)));
        }
        assertThat(own.network().notices())
                .containsExactly(new Notice.SessionLimitReached("office", Side.INGRESS, Optional.of("g1"), 3));
        own.assertConsistent();
    }

    @Test
    @DisplayName("of a device and it has room again, it gets new clients again")
    void ofADeviceAndItHasRoomAgain() {
        final Service limited = limited(3);
        final Lab own = Lab.of(limited);
        for (int i = 0; i < 40; i++) {
            own.clientSends(limited, Lab.outer(i), IKE);
            own.network().settle();
        }
        own.network().advance(limited.ingress().idleTimeout() * 1000L);
        own.network().settle();
        assertThat(own.ingressStatus(limited).devices().get("g1").slots()).isPositive();
    }

    @Test
    @DisplayName("of all devices, a new client gets none")
    void ofAllDevicesANewClientGetsNone() {
        final var builder = ServiceBuilder.office();
        for (int i = 1; i <= 3; i++) {
            builder.device("g" + i, device -> ServiceBuilder.withMaxSessions(device, 2));
        }
        final Service limited = builder.build();
        final Lab own = Lab.of(limited);
        for (int i = 0; i < 40; i++) {
            own.clientSends(limited, Lab.outer(i), IKE);
            own.network().settle();
        }
        assertThat(own.ingressStatus(limited).devices().values())
                .allSatisfy(device -> assertThat(device.clientSessions()).isEqualTo(2));
    }

    @Test
    @DisplayName("of a device and the controller starts anew, the device is full as before")
    void ofADeviceAndTheControllerStartsAnew() {
        final Service limited = limited(3);
        final Lab own = Lab.of(limited);
        for (int i = 0; i < 40; i++) {
            own.clientSends(limited, Lab.outer(i), IKE);
            own.network().settle();
        }
        own.network().replaceAgent("sw1");
        own.network().connect("sw1");
        own.network().settle();
        assertThat(own.ingressStatus(limited).devices().get("g1").slots()).isZero();
        own.assertConsistent();
    }

    @ParameterizedTest
    @EnumSource(
            value = Learning.class,
            names = {"CONTROLLER", "SWITCH"})
    @DisplayName("of a device and a little is free again, it gets no new clients, by whatever name")
    void ofADeviceThatIsRenamed(final Learning learning) {
        final Service limited =
                ServiceBuilder.like(limited(10)).learning(learning).build();
        final Lab own = Lab.of(limited);
        for (int i = 0; i < 60; i++) {
            own.clientSends(limited, Lab.outer(i), IKE);
            own.network().settle();
        }
        own.count();
        final Service roomier = ServiceBuilder.like(limited)
                .device(
                        "g1",
                        device -> ServiceBuilder.withMaxSessions(
                                device,
                                own.ingressStatus(limited).devices().get("g1").clientSessions() + 1L))
                .build();
        own.reconfigure(roomier);
        assertThat(own.ingressStatus(limited).devices().get("g1").slots()).isZero();
        final Service renamed = ServiceBuilder.like(roomier)
                .name("branch")
                .device("g1", device -> ServiceBuilder.named(device, "x"))
                .build();
        own.reconfigure(renamed);
        own.count();
        assertThat(own.ingressStatus(renamed).devices().get("x").slots()).isZero();
    }

    @Test
    @DisplayName("that is told once, on either side")
    void thatIsToldOnceOnEitherSide() {
        for (int i = 0; i < 2 * MOST; i++) {
            lab.clientSends(office, Lab.outer(i), IKE);
            lab.deviceSends(gateway, Lab.inner(office, i));
            lab.network().settle();
        }
        assertThat(lab.network().notices())
                .containsExactlyInAnyOrder(
                        new Notice.SessionLimitReached("office", Side.INGRESS, Optional.empty(), MOST),
                        new Notice.SessionLimitReached("office", Side.EGRESS, Optional.empty(), MOST));
    }

    private static Service limited(final long most) {
        return ServiceBuilder.office()
                .device("g1", device -> ServiceBuilder.withMaxSessions(device, most))
                .build();
    }
}
