/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.config.Device;
import org.vpnlb.engine.config.Device.AdminState;
import org.vpnlb.engine.config.Service;
import org.vpnlb.engine.config.ServiceBuilder;

class HealthMonitorTest {
    private final HealthMonitor monitor = new HealthMonitor();
    private final Service service = ServiceBuilder.office().healthCheck().build();

    @BeforeEach
    void configure() {
        monitor.configured(List.of(service));
    }

    @Test
    void whatIsNotKnownIsNotDown() {
        assertThat(stateOf(1)).isEqualTo(Health.State.UNKNOWN);
        assertThat(monitor.effective()).containsExactly(service);
    }

    @Test
    void aDeviceIsUpWhenBothSidesAre() {
        link("sw1", 1, true);
        assertThat(stateOf(1)).isEqualTo(Health.State.UNKNOWN);
        link("sw2", 1, true);
        assertThat(stateOf(1)).isEqualTo(Health.State.UP);
    }

    @Test
    void aDeviceIsDownWhenOneSideIsAndTheReasonNamesThePort() {
        link("sw1", 2, true);
        link("sw2", 2, false);
        assertThat(stateOf(2)).isEqualTo(Health.State.DOWN);
        assertThat(health(2).reason()).hasValue("port 12 of sw2 is down");
        assertThat(inService()).containsExactly("g1", "g3");
    }

    @Test
    void aDeviceThatReturnsIsInServiceAgain() {
        link("sw1", 2, false);
        link("sw1", 2, true);
        assertThat(monitor.effective()).containsExactly(service);
    }

    @Test
    void whenAllAreDownTheLastOnesStay() {
        link("sw1", 1, false);
        link("sw1", 2, false);
        assertThat(inService()).containsExactly("g3");
        link("sw1", 3, false);
        assertThat(inService()).containsExactly("g3");
        link("sw1", 1, true);
        assertThat(inService()).containsExactly("g1");
    }

    @Test
    void aDeviceThatTakesNoSessionsDoesNotCountAsTheLastOne() {
        monitor.configured(List.of(service.withDevices(List.of(
                ServiceBuilder.gateway(1),
                ServiceBuilder.with(ServiceBuilder.gateway(2), AdminState.OUT_OF_SERVICE)))));
        link("sw1", 1, false);
        assertThat(inService()).containsExactly("g1");
    }

    @Test
    void aBackupTakesSessionsOnlyWhileNoOtherDeviceDoesAndKeepsWhatItHas() {
        final Device backup = new Device(
                "spare",
                AdminState.IN_SERVICE,
                1,
                true,
                Optional.empty(),
                ServiceBuilder.gateway(3).ingress(),
                ServiceBuilder.gateway(3).egress());
        monitor.configured(List.of(service.withDevices(List.of(
                ServiceBuilder.gateway(1),
                ServiceBuilder.with(ServiceBuilder.gateway(2), AdminState.DRAINING),
                backup))));
        assertThat(stateInSwitch("spare")).isEqualTo(AdminState.DRAINING);
        link("sw1", 1, false);
        assertThat(inService()).containsExactly("spare");
        link("sw1", 1, true);
        assertThat(inService()).containsExactly("g1");
        assertThat(stateInSwitch("spare")).isEqualTo(AdminState.DRAINING);
    }

    @Test
    void aServiceThatDoesNotCheckItsDevicesKeepsThemAll() {
        final Service unchecked = ServiceBuilder.office().build();
        monitor.configured(List.of(unchecked));
        link("sw1", 1, false);
        assertThat(monitor.effective()).containsExactly(unchecked);
        assertThat(monitor.of(unchecked, unchecked.devices().getFirst())).isEqualTo(Health.UNCHECKED);
    }

    private void link(final String node, final int device, final boolean isUp) {
        monitor.link(new Links.Port(node, 10 + device), isUp);
    }

    private Health health(final int device) {
        return monitor.of(service, service.devices().get(device - 1));
    }

    private Health.State stateOf(final int device) {
        return health(device).state();
    }

    private AdminState stateInSwitch(final String name) {
        return monitor.effective().getFirst().devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow()
                .adminState();
    }

    private List<String> inService() {
        return monitor.effective().getFirst().devices().stream()
                .filter(device -> device.adminState() == AdminState.IN_SERVICE)
                .map(Device::name)
                .collect(Collectors.toList());
    }
}
