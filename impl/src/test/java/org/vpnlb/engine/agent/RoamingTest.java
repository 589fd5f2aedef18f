/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;

@Label("A client that comes back from another address")
class RoamingTest {
    private static final long LOGIN = 0x1122_3344_5566_7788L;
    private static final Frames.Kind ESP = Frames.Kind.protocol(50);
    private static final int HOME = 0;

    private final Service office =
            ServiceBuilder.office().method(Method.SOURCE_HASH).build();

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.learnedByController());
    }

    @Property(tries = 200)
    @Label("goes to the device of its login, if the first packet from there is of IKE and that device keeps sessions")
    void goesToTheDeviceOfItsLogin(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        for (final Service service : lab.enabled()) {
            if (!service.traffic().contains(Traffic.ALL)
                    && !service.traffic().containsAll(List.of(Traffic.udp(500), Traffic.udp(4500)))) {
                continue;
            }
            login(lab, service, HOME, 500, LOGIN);
            final Optional<Device> home = lab.clientSession(service, Lab.outer(HOME));
            for (int away = 1; away <= 20; away++) {
                login(lab, service, away, random.nextBoolean() ? 500 : 4500, LOGIN);
                // The table may be full.
                lab.clientSession(service, Lab.outer(away))
                        .ifPresent(device -> assertThat(home).contains(device));
            }
        }
        lab.assertConsistent();
    }

    @Example
    @Label("has all its packets at the device of its login from then on, from wherever it comes")
    void hasAllItsPacketsThere() {
        final Lab lab = Lab.of(office);
        login(lab, office, HOME, 500, LOGIN);
        final Device home = lab.clientSession(office, Lab.outer(HOME)).orElseThrow();
        for (int away = 1; away < 40; away++) {
            login(lab, office, away, 4500, LOGIN);
            assertThat(lab.clientSends(office, Lab.outer(away), ESP)).contains(home);
        }
    }

    @Example
    @Label("stays with a device that drains, and goes elsewhere from one that is out of service")
    void staysWithADeviceThatDrains() {
        final Lab lab = Lab.of(office);
        login(lab, office, HOME, 500, LOGIN);
        final Device home = lab.clientSession(office, Lab.outer(HOME)).orElseThrow();
        lab.reconfigure(ServiceBuilder.like(office)
                .device(home.name(), device -> device.with(AdminState.DRAINING))
                .build());
        login(lab, office, 1, 4500, LOGIN);
        assertThat(lab.clientSession(office, Lab.outer(1)).map(Device::name)).contains(home.name());
        final Service without = ServiceBuilder.like(office)
                .device(home.name(), device -> device.with(AdminState.OUT_OF_SERVICE))
                .build();
        lab.reconfigure(without);
        login(lab, without, 2, 4500, LOGIN);
        assertThat(lab.clientSession(without, Lab.outer(2)).map(Device::name))
                .isPresent()
                .isNotEqualTo(Optional.of(home.name()));
    }

    @Example
    @Label("goes elsewhere from a device that has reached its max-sessions, whoever says that it is one client")
    void doesNotFillADeviceBeyondItsLimit() {
        final Service limited = ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.withMaxSessions(device, 3))
                .device("g2", device -> ServiceBuilder.withMaxSessions(device, 3))
                .build();
        final Lab lab = Lab.of(limited);
        for (int away = 0; away < 40; away++) {
            login(lab, limited, away, 4500, LOGIN + away % 3);
        }
        assertThat(lab.ingressStatus(limited).devices().get("g1").clientSessions())
                .isLessThanOrEqualTo(3);
        assertThat(lab.ingressStatus(limited).devices().get("g2").clientSessions())
                .isLessThanOrEqualTo(3);
    }

    @Example
    @Label("is a new client if nothing tells its login: ESP, another login, or garbage where IKE is said to be")
    void isANewClientIfNothingTellsItsLogin() {
        final Lab lab = Lab.of(office);
        final Lab other = Lab.of(office);
        login(lab, office, HOME, 500, LOGIN);
        for (int away = 1; away < 40; away++) {
            final IpAddress client = Lab.outer(away);
            final Device selected = other.clientSends(office, client, ESP).orElseThrow();
            switch (away % 4) {
                case 0 -> lab.clientSends(office, client, ESP);
                case 1 -> login(lab, office, away, 4500, LOGIN + away);
                case 2 -> login(lab, office, away, 4500, 0);
                // No marker: it is ESP, whose SPI is the first half of the login's.
                default -> sends(lab, office, client, Frames.ike(4500, LOGIN, false));
            }
            lab.network().settle();
            assertThat(lab.clientSession(office, client)).contains(selected);
        }
    }

    @Example
    @Label("is forgotten with its session")
    void isForgottenWithItsSession() {
        final Lab lab = Lab.of(office);
        login(lab, office, HOME, 500, LOGIN);
        lab.network().advance(office.ingress().idleTimeout() * 1000L);
        lab.network().settle();
        final Lab other = Lab.of(office);
        for (int away = 1; away < 10; away++) {
            login(lab, office, away, 4500, LOGIN);
            assertThat(lab.clientSession(office, Lab.outer(away)))
                    .isEqualTo(other.clientSends(office, Lab.outer(away), ESP));
            lab.network().advance(office.ingress().idleTimeout() * 1000L);
            lab.network().settle();
        }
    }

    private static void login(
            final Lab lab, final Service service, final int client, final int port, final long login) {
        sends(lab, service, Lab.outer(client), Frames.ike(port, login, port == 4500));
        lab.network().settle();
    }

    private static void sends(final Lab lab, final Service service, final IpAddress client, final byte[] payload) {
        lab.network()
                .receive(
                        Lab.ingress(service),
                        service.ingress().switches().get(0).ports().get(0),
                        Frames.udp(
                                service.virtualMac(),
                                Lab.ROUTER_MAC,
                                Lab.outside(service, client),
                                Lab.called(service, client),
                                payload));
    }
}
