/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.vpnlb.app.Office;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;

class ServiceChangesTest {
    private static final Device G1 = Office.device(1);
    private static final Device G2 = Office.device(2);
    private static final Service BOTH = Office.of(G1, G2);

    @Test
    void aServiceComesStaysAndGoes() {
        assertThat(changes(List.of(), List.of(BOTH)))
                .containsExactly("service office is configured: cluster address 192.0.2.1, 2 devices");
        assertThat(changes(List.of(BOTH), List.of(BOTH))).isEmpty();
        assertThat(changes(List.of(BOTH), List.of())).containsExactly("service office is deleted");
    }

    @Test
    void allClusterAddressesAreNamed() {
        final Service both = with(BOTH, "192.0.2.1", "2001:db8::1");
        assertThat(changes(List.of(), List.of(both)))
                .containsExactly("service office is configured: cluster addresses 192.0.2.1, 2001:db8::1, 2 devices");
        assertThat(changes(BOTH, both))
                .containsExactly(
                        "service office has changed: cluster-addresses [192.0.2.1] -> [192.0.2.1, 2001:db8::1]");
    }

    private static Service with(final Service service, final String... clusterAddresses) {
        return new Service(
                service.name(),
                service.enabled(),
                Stream.of(clusterAddresses).map(IpAddress::parse).toList(),
                service.virtualMac(),
                service.protocols(),
                service.matches(),
                service.ingress(),
                service.egress(),
                service.selection(),
                service.healthCheck(),
                service.learning(),
                service.devices());
    }

    @Test
    void devicesComeAndGo() {
        assertThat(changes(Office.of(G1), Office.of(G2)))
                .containsExactly("service office has changed: device g2 added, device g1 removed");
    }

    @Test
    void whoIsRenamedIsNamedByBothNames() {
        final Device renamed =
                new Device("north", AdminState.IN_SERVICE, 1, false, Optional.empty(), G1.ingress(), G1.egress());
        assertThat(changes(BOTH, Office.of(renamed, G2)))
                .containsExactly("service office has changed: device g1 name g1 -> north");
        assertThat(changes(BOTH, Office.of(G2))).containsExactly("service office has changed: device g1 removed");
    }

    @Test
    void whatAnOperatorChangesIsNamedAsInTheModel() {
        final Device heavier = new Device(
                "g2",
                AdminState.DRAINING,
                3,
                false,
                Optional.of(50L),
                Office.device(9).ingress(),
                G2.egress());
        assertThat(changes(BOTH, Office.of(G1, heavier)))
                .containsExactly("service office has changed: device g2 admin-state in-service -> draining,"
                        + " device g2 weight 1 -> 3, device g2 max-sessions none -> 50,"
                        + " device g2 ingress/place/port 12 -> 19,"
                        + " device g2 ingress/mac 02:00:00:00:0a:02 -> 02:00:00:00:0a:09");
    }

    @Test
    void whatIsTheServicesOwnIsNamedToo() {
        final var service = new Service(
                BOTH.name(),
                false,
                BOTH.clusterAddresses(),
                BOTH.virtualMac(),
                BOTH.protocols(),
                BOTH.matches(),
                new Service.Ingress(BOTH.ingress().switches(), 20, 1000),
                BOTH.egress(),
                BOTH.selection(),
                Optional.empty(),
                Learning.AUTO,
                BOTH.devices());
        assertThat(changes(BOTH, service))
                .singleElement()
                .asString()
                .startsWith("service office has changed: enabled true -> false, ingress/idle-timeout 300 -> 20,"
                        + " health-check ")
                .endsWith(" -> none, learning controller -> auto");
    }

    private static List<String> changes(final Service before, final Service after) {
        return changes(List.of(before), List.of(after));
    }

    private static List<String> changes(final List<Service> before, final List<Service> after) {
        return ServiceChanges.describe(before, after);
    }
}
