/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("What a device sends to a client in the name of the service")
class SilencedDeviceTest {
    private static final MacAddress ROUTER = MacAddress.parse("02:00:00:00:99:01");

    private final Service office = ServiceBuilder.office().build();
    private final Device device = office.devices().get(0);
    private final Lab lab = Lab.of(office);

    @Test
    @DisplayName("reaches nobody while the device is out of service or down, so that its clients log in elsewhere")
    void anOutDeviceIsSilent() {
        lab.reconfigure(with(AdminState.OUT_OF_SERVICE));
        assertThat(send(device, office.clusterAddress()).isDropped()).isTrue();
    }

    @Test
    @DisplayName("reaches it again when the device is back")
    void aDeviceThatIsBackIsHeard() {
        lab.reconfigure(with(AdminState.OUT_OF_SERVICE));
        lab.reconfigure(office);
        assertThat(send(device, office.clusterAddress()).isDropped()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(value = AdminState.class, mode = EnumSource.Mode.EXCLUDE, names = "OUT_OF_SERVICE")
    @DisplayName("reaches it in every other state, also while the device drains")
    void aDeviceThatKeepsSessionsIsHeard(final AdminState state) {
        lab.reconfigure(with(state));
        assertThat(send(device, office.clusterAddress()).isDropped()).isFalse();
    }

    @Test
    @DisplayName("and what it sends as itself, or another device as the service, is not meant")
    void nothingElseIsSilent() {
        lab.reconfigure(with(AdminState.OUT_OF_SERVICE));
        assertThat(send(device, device.ingress().address().orElseThrow()).isDropped())
                .isFalse();
        assertThat(send(office.devices().get(1), office.clusterAddress()).isDropped())
                .isFalse();
    }

    private Service with(final AdminState state) {
        return office.withDevices(office.devices().stream()
                .map(other -> other.equals(device) ? device.with(state) : other)
                .toList());
    }

    private Verdict send(final Device from, final IpAddress source) {
        return lab.network()
                .receive(
                        from.ingress().node(),
                        from.ingress().port(),
                        Frames.ip(ROUTER, from.ingress().mac(), source, Lab.outer(1), Frames.Kind.udp(4500)));
    }
}
