/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vpnlb.app.Office;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.DeviceState;
import org.vpnlb.engine.model.DeviceState.Value;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpPrefix;

class RemovalTest {
    private static final Device G1 = Office.device(1);
    private static final Service OFFICE = Office.of(G1);

    @Test
    void aDeviceThatTakesClientsIsToBeDrainedFirst() {
        assertThat(removal(Value.UP, 32, 2, 1, false))
                .isEqualTo(no("it takes new clients, and 2 client sessions and 1 return session are there; drain it"
                        + " first"));
        assertThat(removal(Value.UNKNOWN, 0, 0, 0, false).isSafe()).isFalse();
    }

    @Test
    void aDeviceThatDrainsIsSafeWhenItsDrainIsFinishedAndNothingHasComeSince() {
        assertThat(removal(Value.DRAINING, 12, 0, 0, true))
                .isEqualTo(no("it is draining, and 12 slots have not moved yet"));
        assertThat(removal(Value.DRAINING, 0, 0, 1, true))
                .isEqualTo(no("it is draining, and 0 client sessions and 1 return session are still there"));
        assertThat(removal(Value.DRAINING, 0, 0, 0, true)).isEqualTo(no("its sessions are being counted"));
        assertThat(removal(Value.DRAINING, 0, 0, 0, false))
                .isEqualTo(new Removal(true, "it is draining and has no session any more"));
        assertThat(removal(Value.DRAINING, 0, 1, 0, false).isSafe()).isFalse();
    }

    @Test
    void aDeviceWhoseDrainIsOverByItsDeadlineIsSafeWhenItsSessionsHaveEnded() {
        assertThat(removal(Value.DISABLED, 0, 0, 0, true)).isEqualTo(no("its sessions are being counted"));
        assertThat(removal(Value.DISABLED, 0, 0, 0, false)).isEqualTo(new Removal(true, "because"));
    }

    @Test
    void aDeviceOutOfServiceIsSafeWhenItsSessionsHaveEnded() {
        assertThat(removal(Value.DISABLED, 0, 1, 0, false)).isEqualTo(no("because, and its sessions are being ended"));
        assertThat(removal(Value.DISABLED, 1, 0, 0, false).isSafe()).isFalse();
        assertThat(removal(Value.DISABLED, 0, 0, 0, false)).isEqualTo(new Removal(true, "because"));
    }

    @Test
    void aDeviceThatIsDownIsSafeWhenOthersHaveItsClients() {
        assertThat(removal(Value.DOWN, 0, 0, 0, false))
                .isEqualTo(new Removal(true, "it is down, and its clients are at the other devices"));
        assertThat(removal(Value.DOWN, 64, 0, 0, false))
                .isEqualTo(no("it is down, and no other device takes its clients"));
        assertThat(removal(Value.DOWN, 0, 3, 0, false))
                .isEqualTo(no("it is down, and 3 client sessions and 0 return sessions are still there"));
    }

    @Test
    void noDeviceIsSafeWhileASwitchIsAwayOrHasNotConfirmedWhatItHolds() {
        final var state = new DeviceState(Value.DISABLED, Optional.of("because"));
        assertThat(Removal.of(OFFICE, G1, state, numbers(Optional.of("sw1 is away"), Optional.of("sw2 waits")), false))
                .isEqualTo(no("sw1 is away"));
        assertThat(Removal.of(OFFICE, G1, state, numbers(Optional.empty(), Optional.of("sw2 waits")), false))
                .isEqualTo(no("sw2 waits"));
    }

    @Test
    void ofADeviceWithInnerAddressesOfItsOwnItIsSaidWhatIsNotCounted() {
        assertThat(removal(withPrefix(G1), Value.DRAINING, 0, 0, 0, false))
                .isEqualTo(new Removal(
                        true,
                        "it is draining and has no session any more; what servers send to its client-prefix is"
                                + " not counted as sessions, see from-servers"));
    }

    private static Device withPrefix(final Device device) {
        return new Device(
                device.name(),
                device.adminState(),
                device.weight(),
                device.backup(),
                device.maxSessions(),
                device.drainDeadline(),
                List.of(IpPrefix.parse("10.99.1.0/24")),
                device.ingress(),
                device.egress());
    }

    private static Removal removal(
            final Value value, final int slots, final int clients, final int returns, final boolean isDrainPending) {
        return removal(G1, value, slots, clients, returns, isDrainPending);
    }

    private static Removal removal(
            final Device device,
            final Value value,
            final int slots,
            final int clients,
            final int returns,
            final boolean isDrainPending) {
        return Removal.of(
                OFFICE,
                device,
                new DeviceState(value, Optional.of("because")),
                new DeviceNumbers(
                        slots,
                        clients,
                        returns,
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        Optional.empty()),
                isDrainPending);
    }

    private static DeviceNumbers numbers(final Optional<String> absent, final Optional<String> changing) {
        return new DeviceNumbers(0, 0, 0, Optional.empty(), Optional.empty(), false, absent, changing);
    }

    private static Removal no(final String reason) {
        return new Removal(false, reason);
    }
}
