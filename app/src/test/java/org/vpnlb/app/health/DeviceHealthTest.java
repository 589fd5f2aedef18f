/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.app.Office;
import org.vpnlb.app.health.DeviceHealth.Key;
import org.vpnlb.app.health.DeviceHealth.Observed;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.DeviceState.Value;
import org.vpnlb.engine.model.Service;

class DeviceHealthTest {
    private static final Device G1 = Office.device(1);
    private static final Device G2 = Office.device(2);

    private final ManualTimer timer = new ManualTimer();
    /** What was told to whom, in order. */
    private final List<Object> told = new ArrayList<>();

    private final Map<String, Map<Long, Boolean>> ports = new HashMap<>();

    private final DeviceHealth health =
            new DeviceHealth(Runnable::run, timer, new TimeOfDay(), timer::now, change -> told.add(change.toString()));

    private final class TimeOfDay extends Clock {
        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(timer.now());
        }

        @Override
        public ZoneId getZone() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Clock withZone(final ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void start() {
        health.start(services -> told.add(states(services)));
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void nothingReachesTheSwitchesBeforeTheConfiguration() {
        links(G1, true);
        assertThat(told).isEmpty();
    }

    @Test
    void aDeviceThatFailsIsOutOfServiceFirstAndToldOfThen() {
        configureBoth();
        timer.advance(1000);
        linkOf(G1, false);
        assertThat(told)
                .containsExactly(
                        List.of(AdminState.OUT_OF_SERVICE, AdminState.IN_SERVICE),
                        "device g1 of office is down: port 11 of openflow:1 is down");
        assertThat(observed(G1).since()).isEqualTo(Instant.ofEpochMilli(1000));
    }

    @Test
    void theSwitchesHearOnlyOfWhatIsDifferent() {
        configureBoth();
        configure(G1, G2);
        links(G1, true);
        assertThat(told).isEmpty();
    }

    @Test
    void aChangeOfAdminStateIsToldWithItsTime() {
        configureBoth();
        timer.advance(1000);
        configure(G1.with(AdminState.DRAINING), G2);
        assertThat(observed(G1).state().value()).isEqualTo(Value.DRAINING);
        assertThat(observed(G1).since()).isEqualTo(Instant.ofEpochMilli(1000));
        timer.advance(1000);
        configure(G1.with(AdminState.OUT_OF_SERVICE), G2);
        assertThat(observed(G1).since()).isEqualTo(Instant.ofEpochMilli(2000));
        timer.advance(1000);
        configure(G1, G2);
        assertThat(observed(G1).since()).isEqualTo(Instant.ofEpochMilli(3000));

        assertThat(told)
                .containsExactly(
                        List.of(AdminState.DRAINING, AdminState.IN_SERVICE),
                        "device g1 of office is draining: admin-state is draining",
                        List.of(AdminState.OUT_OF_SERVICE, AdminState.IN_SERVICE),
                        "device g1 of office is disabled: admin-state is out-of-service",
                        List.of(AdminState.IN_SERVICE, AdminState.IN_SERVICE),
                        "device g1 of office is up");
        assertThat(observed(G2).since()).isEqualTo(Instant.EPOCH);
    }

    @Test
    void aDeviceThatIsDrainedWhileDownStaysDownSinceThen() {
        configureBoth();
        timer.advance(1000);
        linkOf(G1, false);
        timer.advance(1000);
        told.clear();
        configure(G1.with(AdminState.DRAINING), G2);
        assertThat(told).containsExactly("device g1 of office is down and draining: port 11 of openflow:1 is down");
        assertThat(observed(G1).since()).isEqualTo(Instant.ofEpochMilli(1000));
    }

    @Test
    void aDrainThatEndsByItsDeadlineIsToldWithItsReasonAndItsTime() {
        configureBoth();
        timer.advance(1000);
        configure(G1.with(AdminState.DRAINING).withDrainDeadline(60), G2);
        told.clear();
        timer.advance(59_999);
        assertThat(told).isEmpty();
        timer.advance(1);
        assertThat(told)
                .containsExactly(
                        List.of(AdminState.OUT_OF_SERVICE, AdminState.IN_SERVICE),
                        "device g1 of office is disabled: its drain ended after 60 s, by drain-deadline");
        assertThat(observed(G1).wanted()).isEqualTo(AdminState.DRAINING);
        assertThat(observed(G1).since()).isEqualTo(Instant.ofEpochMilli(61_000));
    }

    @Test
    void whenADeviceThatDrainsDiesItsDeadlineIsNotPutOff() {
        configureBoth();
        configure(G1.with(AdminState.DRAINING).withDrainDeadline(60), G2);
        timer.advance(30_000);
        linkOf(G1, false);
        timer.advance(30_000);
        assertThat(observed(G1).state().value()).isEqualTo(Value.DISABLED);
    }

    @Test
    void anotherReasonIsNoOtherState() {
        configure(G1, G2);
        final String before = observed(G1).state().reason().orElseThrow();
        told.clear();
        timer.advance(1000);
        linkOf(G1, true);
        assertThat(observed(G1).state().reason()).get().isNotEqualTo(before);
        assertThat(observed(G1).since()).isEqualTo(Instant.EPOCH);
        assertThat(told).isEmpty();
    }

    @Test
    void aDeviceIsWhatItWasSinceThenUnderAnotherName() {
        configureBoth();
        timer.advance(1000);
        linkOf(G1, false);
        timer.advance(1000);
        told.clear();
        final Device north = new Device(
                "north", G1.adminState(), G1.weight(), G1.backup(), G1.maxSessions(), G1.ingress(), G1.egress());
        configure(north, G2);
        assertThat(observed(north).state().value()).isEqualTo(Value.DOWN);
        assertThat(observed(north).since()).isEqualTo(Instant.ofEpochMilli(1000));
        assertThat(told).containsExactly(List.of(AdminState.OUT_OF_SERVICE, AdminState.IN_SERVICE));
    }

    @Test
    void aDeviceThatComesOrGoesHasNotChanged() {
        configureBoth();
        configure(G1);
        configure(G1, G2);
        assertThat(told).noneMatch(String.class::isInstance);
        configure(G1);
        assertThat(Futures.getUnchecked(health.read()).devices()).containsOnlyKeys(new Key("office", "g1"));
    }

    @Test
    void aDeviceThatFlapsComesBackByTimeAlone() {
        configureBoth();
        for (int i = 0; i < 3; i++) {
            linkOf(G1, false);
            linkOf(G1, true);
        }
        assertThat(observed(G1).state().value()).isEqualTo(Value.DOWN);
        links(G2, true);
        assertThat(timer.waiting())
                .as("one wake-up, however often it went down")
                .isOne();
        timer.advance(60_000);
        assertThat(observed(G1).state().value()).isEqualTo(Value.UP);
        assertThat(told.getLast()).isEqualTo("device g1 of office is up");
        assertThat(timer.waiting()).isZero();
    }

    /** Both devices are up, and what was told of that is forgotten. */
    private void configureBoth() {
        links(G1, true);
        links(G2, true);
        configure(G1, G2);
        told.clear();
    }

    private void configure(final Device... devices) {
        health.configured(List.of(Office.of(devices)));
    }

    private void links(final Device device, final boolean isUp) {
        linkOf(device, isUp);
        link(Office.EGRESS, device.egress().port(), isUp);
    }

    private void linkOf(final Device device, final boolean isUp) {
        link(Office.INGRESS, device.ingress().port(), isUp);
    }

    private void link(final String node, final long port, final boolean isUp) {
        // The ports of both devices are there, and up at first.
        final Map<Long, Boolean> listed =
                ports.computeIfAbsent(node, key -> new HashMap<>(Map.of(11L, true, 12L, true)));
        listed.put(port, isUp);
        health.ports(node, Map.copyOf(listed), Map.of());
    }

    private Observed observed(final Device device) {
        return Futures.getUnchecked(health.read()).devices().get(new Key("office", device.name()));
    }

    private static List<AdminState> states(final List<Service> services) {
        return services.getFirst().devices().stream().map(Device::adminState).toList();
    }
}
