/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@Label("IPv6 inside the tunnels")
class InnerIpv6Test {
    private static final String GATEWAY = "fd01::fe";
    private static final MacAddress ALL_NODES_MAC = MacAddress.parse("33:33:00:00:00:01");
    private static final MacAddress GROUP_MAC = MacAddress.parse("33:33:ff:00:00:fe");
    private static final IpAddress CLIENT = IpAddress.parse("fd00::7");
    private static final IpAddress OF_IPV4 = IpAddress.parse("10.99.0.7");
    private static final IpAddress OUTSIDE = IpAddress.parse("fd77::7");

    @Property
    @Label("is learned and reached as IPv4 is, by the gateway and by each device, and each has its own session")
    void isLearnedAndReached(@ForAll final Learning learning) {
        final Service service = service(learning);
        final Lab lab = Lab.of(service);
        final List<IpAddress> both = List.of(CLIENT, OF_IPV4);
        for (final String name : List.of("g1", "g2")) {
            both.forEach(client -> lab.deviceSends(device(service, name), client));
            lab.network().settle();
            lab.network().advance(10_000);
            lab.network().wake();
            lab.network().settle();
        }
        for (final IpAddress client : both) {
            final String holder =
                    lab.returnSession(service, client).orElseThrow().name();
            for (final MacAddress nextHop : Lab.nextHops(service)) {
                assertThat(lab.serverSends(service, nextHop, client).map(Device::name))
                        .contains(holder);
            }
        }
        lab.assertConsistent();
    }

    @Property
    @Label("teaches nothing outside of the client prefixes, and costs no punt there")
    void isNotLearnedOutside(@ForAll final Learning learning) {
        final Service service = service(learning);
        final Lab lab = Lab.of(service);
        lab.deviceSends(device(service, "g1"), OUTSIDE);
        lab.network().settle();
        assertThat(lab.returnSession(service, OUTSIDE)).isEmpty();
        assertThat(lab.egressStatus(service).counters().punts()).isZero();
    }

    @Property
    @Label("stays where it is when IPv6 goes on being a client's, and ends when it does not")
    void endsWithItsPrefix(@ForAll final Learning learning) {
        final Service service = service(learning);
        final Lab lab = Lab.of(service);
        Stream.of(CLIENT, OF_IPV4).forEach(client -> lab.deviceSends(device(service, "g1"), client));
        lab.network().settle();
        final Service wider =
                ServiceBuilder.like(service).clientPrefixes("fd00::/16").build();
        lab.reconfigure(wider);
        assertThat(lab.returnSession(wider, CLIENT).map(Device::name)).contains("g1");
        final Service without = ServiceBuilder.like(service).clientPrefixes().build();
        lab.reconfigure(without);
        assertThat(lab.returnSession(without, CLIENT)).isEmpty();
        assertThat(lab.returnSession(without, OF_IPV4).map(Device::name)).contains("g1");
        lab.assertConsistent();
    }

    @Property
    @Label("has a gateway address that servers and devices find, that is announced, and that nobody else claims")
    void isRoutedByAnAddressThatIsAnswered(@ForAll final Learning learning) {
        final Service service = service(learning);
        final Lab lab = Lab.of(service);
        final long servers = service.egress().switches().getFirst().ports().getFirst();
        assertThat(lab.network().spoken())
                .filteredOn(spoken -> Arrays.equals(
                        spoken.sent().frame(),
                        Frames.advertisement(ALL_NODES_MAC, service.virtualMac(), GATEWAY, "ff02::1", GATEWAY)))
                .singleElement()
                .satisfies(spoken -> assertThat(spoken.sent().port()).isEqualTo(servers));
        for (final long port : List.of(servers, device(service, "g1").egress().port())) {
            lab.network().spoken();
            lab.network()
                    .receive(
                            Lab.egress(service),
                            port,
                            Frames.solicitation(GROUP_MAC, Lab.SERVER_MAC, "fd01::10", "ff02::1:ff00:fe", GATEWAY));
            lab.network().settle();
            assertThat(lab.network().spoken()).singleElement().satisfies(spoken -> {
                assertThat(spoken.sent().port()).isEqualTo(port);
                assertThat(spoken.sent().frame())
                        .isEqualTo(Frames.advertisement(
                                Lab.SERVER_MAC, service.virtualMac(), GATEWAY, "fd01::10", GATEWAY));
            });
        }
        final Verdict claim = lab.network()
                .receive(
                        Lab.egress(service),
                        servers,
                        Frames.advertisement(ALL_NODES_MAC, Lab.SERVER_MAC, GATEWAY, "ff02::1", GATEWAY));
        assertThat(claim.isDropped()).isTrue();
    }

    private static Service service(final Learning learning) {
        return ServiceBuilder.office()
                .learning(learning)
                .additionalGatewayAddresses(GATEWAY)
                .clientPrefixes("fd00::/32")
                .build();
    }

    private static Device device(final Service service, final String name) {
        return service.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
