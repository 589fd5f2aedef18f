/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@Label("A service")
class ServiceTest {
    @Property
    @Label("without a virtual MAC address gets a locally administered station's, by its name")
    void getsAVirtualMac(@ForAll final String name) {
        final MacAddress mac = Service.defaultVirtualMac(name);
        assertThat(mac.isStation()).isTrue();
        assertThat(mac.value() >>> 40 & 2).isEqualTo(2);
        assertThat(Service.defaultVirtualMac(name)).isEqualTo(mac);
    }

    @Example
    @Label("gets the same virtual MAC address on every controller")
    void getsTheSameVirtualMacEverywhere() {
        // By Python: hashlib.sha256(b'office').digest()[:6], the first octet & 0xfc | 2.
        assertThat(Service.defaultVirtualMac("office")).hasToString("5e:c3:f8:28:38:ba");
    }

    @Example
    @Label("has each kind of its traffic once")
    void hasEachKindOfTrafficOnce() {
        final Service service = ServiceBuilder.office()
                .protocols(EnumSet.of(Protocol.OPENVPN, Protocol.IKE))
                .match("again", Traffic.udp(500))
                .match("gre", Traffic.of(47))
                .build();
        assertThat(service.traffic())
                .containsExactly(Traffic.udp(500), Traffic.udp(1194), Traffic.tcp(1194), Traffic.of(47));
    }

    @Example
    @Label("answers for the addresses of the sides at which a switch is")
    void answersForTheAddressesOfASide() {
        final Service service =
                ServiceBuilder.office().healthCheck(HealthCheck.Type.ICMP).build();
        final IpAddress checks = Check.source(service, Side.INGRESS).orElseThrow();
        final IpAddress checksInside = Check.source(service, Side.EGRESS).orElseThrow();
        final IpAddress gateway = service.egress().gatewayAddresses().getFirst();

        final String ingress = service.ingress().switches().getFirst().node();
        final String egress = service.egress().switches().getFirst().node();
        assertThat(service.ownAddresses(ingress)).containsExactly(service.clusterAddress(), checks);
        assertThat(service.ownAddresses(egress)).containsExactly(gateway, checksInside);
        assertThat(service.ownAddresses("another")).isEmpty();
        assertThat(service.ownAddresses()).containsExactly(service.clusterAddress(), checks, gateway, checksInside);
    }

    @Example
    @Label("answers once for the gateway address when checks come from it too")
    void answersOnceForTheGatewayAddress() {
        final Service service = ServiceBuilder.office()
                .healthCheck(new HealthCheck(
                        HealthCheck.Type.ARP,
                        Optional.empty(),
                        Defaults.CHECK_INTERVAL,
                        Defaults.CHECK_FALL,
                        Defaults.CHECK_RISE,
                        Optional.empty(),
                        Optional.empty()))
                .build();
        assertThat(service.ownAddresses(Side.EGRESS))
                .containsExactlyElementsOf(service.egress().gatewayAddresses());
    }

    @Property
    @Label("names its protocols as the model does")
    void namesItsProtocolsAsTheModelDoes(@ForAll final Protocol protocol) {
        assertThat(protocol.modelName()).matches("[a-z0-9]+(-[a-z0-9]+)*");
        assertThat(protocol.traffic()).isNotEmpty();
    }

    @Example
    @Label("takes an inner address for a client's within its prefixes, or any when there are none")
    void knowsItsClients() {
        final Service.Egress within = ServiceBuilder.office()
                .clientPrefixes("10.98.0.0/16", "10.99.0.0/24")
                .build()
                .egress();
        for (final String client : Set.of("10.98.0.1", "10.98.255.255", "10.99.0.7")) {
            assertThat(within.mayBeClient(IpAddress.parse(client))).isTrue();
        }
        for (final String other : Set.of("10.97.255.255", "10.99.1.0", "2001:db8::1")) {
            assertThat(within.mayBeClient(IpAddress.parse(other))).isFalse();
        }
        final Service.Egress all =
                ServiceBuilder.office().clientPrefixes().build().egress();
        assertThat(all.mayBeClient(IpAddress.parse("192.0.2.1"))).isTrue();
    }
}
