/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;

@DisplayName("A frame at an uplink from an address that no client can have makes no session:")
class ImpossibleSourceTest {
    private final Service office = ServiceBuilder.office().build();
    private final Lab lab = Lab.of(office);

    @Test
    @DisplayName("the cluster address itself")
    void theClusterAddress() {
        assertMakesNoSession(office.clusterAddress());
    }

    @Test
    @DisplayName("a device's own address")
    void aDevicesOwnAddress() {
        assertMakesNoSession(office.devices().get(0).ingress().address().orElseThrow());
    }

    @Test
    @DisplayName("a loopback address (RFC 1122, section 3.2.1.3)")
    void aLoopbackAddress() {
        assertMakesNoSession(IpAddress.parse("127.0.0.1"));
    }

    @Test
    @DisplayName("no address, a multicast address, broadcast")
    void anAddressOfNoHost() {
        assertMakesNoSession(IpAddress.parse("0.0.0.0"));
        assertMakesNoSession(IpAddress.parse("224.0.0.1"));
        assertMakesNoSession(IpAddress.parse("255.255.255.255"));
    }

    private void assertMakesNoSession(final IpAddress source) {
        lab.clientVerdict(office, source, Frames.Kind.udp(500));
        lab.network().settle();
        assertThat(lab.ingressStatus(office).counters().created()).isZero();
        assertThat(lab.clientSession(office, source)).isEmpty();
    }
}
