/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DateAndTime;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDevice;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.DrainBuilder;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.Office;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.openflow.Switches.Absence;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.agent.SwitchStatus.Generation;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.health.DrainWatch.Finished;
import org.vpnlb.engine.health.DrainWatch.How;
import org.vpnlb.engine.health.DrainWatch.Key;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Drain;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.session.Counters;

class DrainReportsTest {
    private static final Device G1 = Office.device(1).with(AdminState.DRAINING);
    private static final Service OFFICE = Office.of(G1, Office.device(2));
    private static final Finished EMPTY = new Finished(new Key("office", "g1"), How.EMPTY, 0);

    private final DrainReports reports = new DrainReports();
    private long now = 1000;
    private boolean isOver;

    @Test
    void aDrainIsFinishedWhenNoSwitchHasASessionOfItsDevice() {
        assertThat(look(ingress(0, 2), egress(3))).isEmpty();
        assertThat(look(ingress(0, 0), egress(1))).isEmpty();
        assertThat(look(ingress(0, 0), egress(0))).containsExactly(EMPTY);
        assertThat(look(ingress(0, 0), egress(0))).isEmpty();
    }

    @Test
    void whatTheDeadlineEndedIsOfBothSides() {
        assertThat(look(ingress(0, 2), egress(3))).isEmpty();
        isOver = true;
        assertThat(look(ingress(0, 0), egress(0)))
                .containsExactly(new Finished(new Key("office", "g1"), How.DEADLINE, 5));
    }

    @Test
    void aDrainIsNotFinishedBeforeItsSlotsHaveMoved() {
        assertThat(look(ingress(32, 0), egress(0))).isEmpty();
        assertThat(look(ingress(0, 0), egress(0))).containsExactly(EMPTY);
    }

    @Test
    void aDrainIsNotFinishedBeforeEachSwitchHasConfirmedTheChange() {
        assertThat(look(switched(Office.INGRESS, new Generation(2, 1), false, 0, 0, 0), egress(0)))
                .isEmpty();
        assertThat(look(ingress(0, 0), egress(0))).containsExactly(EMPTY);
    }

    @Test
    void aDrainIsNotFinishedWhileASwitchIsAwayOrNotKnownYet() {
        assertThat(look(ingress(0, 0))).isEmpty();
        final SwitchStatus known = egress(0).status();
        assertThat(look(
                        ingress(0, 0),
                        new Observation(
                                known,
                                0,
                                "",
                                0,
                                0,
                                Optional.of(new Absence("is not connected", Optional.of(Instant.EPOCH))))))
                .isEmpty();
        assertThat(look(ingress(0, 0), egress(0))).containsExactly(EMPTY);
    }

    @Test
    void whereASwitchLearnsItIsAskedOnceMoreForTheNumberOfItsSessions() {
        final Observation learns = switched(Office.INGRESS, new Generation(1, 1), true, 0, 0, 0);
        for (int second = 0; second < 5; second++) {
            assertThat(look(learns, egress(0))).isEmpty();
        }
        assertThat(look(learns, egress(0))).containsExactly(EMPTY);
    }

    @Test
    void theStateTellsHowFarADrainIs() {
        look(ingress(0, 30), egress(30));
        for (int second = 0; second < 20; second++) {
            look(ingress(0, 29 - second), egress(30));
        }
        assertThat(state(ingress(0, 10), egress(30)).getDrain())
                .isEqualTo(new DrainBuilder()
                        .setBegun(new DateAndTime("1970-01-01T00:00:01Z"))
                        .setDeadline(new DateAndTime("1970-01-01T00:01:01Z"))
                        .setSessionsAtBegin(Uint32.valueOf(60))
                        .setSessionsLeft(Uint32.valueOf(40))
                        .setEndedLastMinute(Uint32.valueOf(20))
                        .setEmptyIn(Uint32.valueOf(40))
                        .build());
        look(ingress(0, 0), egress(0));
        assertThat(state(ingress(0, 0), egress(0)).getDrain().getFinished())
                .isEqualTo(new DateAndTime("1970-01-01T00:00:23Z"));
    }

    @Test
    void beforeTheSwitchesAreThereTheStateTellsOnlyWhenADrainBegan() {
        look(ingress(0, 0));
        assertThat(state(ingress(0, 0)).getDrain())
                .isEqualTo(new DrainBuilder()
                        .setBegun(new DateAndTime("1970-01-01T00:00:01Z"))
                        .setDeadline(new DateAndTime("1970-01-01T00:01:01Z"))
                        .build());
    }

    @Test
    void aDeviceThatDrainsIsSafeToRemoveOnceItsDrainIsFinished() {
        look(ingress(0, 1), egress(2));
        final VpnDevice full = state(ingress(0, 1), egress(2));
        assertThat(full.getSafeToRemove()).isFalse();
        assertThat(full.getSafeToRemoveReason())
                .isEqualTo("it is draining, and 1 client session and 2 return sessions are still there");
        look(ingress(0, 0), egress(0));
        final VpnDevice empty = state(ingress(0, 0), egress(0));
        assertThat(empty.getSafeToRemove()).isTrue();
        assertThat(empty.getSafeToRemoveReason()).isEqualTo("it is draining and has no session any more");
    }

    @Test
    void aDrainThatIsFinishedIsNotToldAgainByAnotherName() {
        assertThat(look(ingress(0, 0), egress(0))).containsExactly(EMPTY);
        assertThat(reports.look(
                        snapshot("g3", Office.of(named(G1, "g3"), Office.device(2))),
                        List.of(ingress(0, 0), egress(0)),
                        now + 1000))
                .isEmpty();
    }

    private static Device named(final Device device, final String name) {
        return new Device(
                name,
                device.adminState(),
                device.weight(),
                device.backup(),
                device.maxSessions(),
                device.ingress(),
                device.egress());
    }

    private VpnDevice state(final Observation... switches) {
        return new DeviceWriter(OFFICE, snapshot(), List.of(switches), reports, Instant::ofEpochMilli).write(G1);
    }

    private List<Finished> look(final Observation... switches) {
        now += 1000;
        return reports.look(snapshot(), List.of(switches), now);
    }

    private DeviceHealth.Snapshot snapshot() {
        return snapshot("g1", OFFICE);
    }

    private DeviceHealth.Snapshot snapshot(final String draining, final Service office) {
        final var observed = new DeviceHealth.Observed(
                AdminState.DRAINING,
                Health.ALIVE,
                Instant.EPOCH,
                Map.of(),
                Optional.of(new Drain(1000, Optional.of(60L), isOver)));
        return new DeviceHealth.Snapshot(List.of(office), Map.of(new DeviceHealth.Key("office", draining), observed));
    }

    private static Observation ingress(final int slots, final int sessions) {
        return switched(Office.INGRESS, new Generation(1, 1), false, slots, sessions, 0);
    }

    private static Observation egress(final int sessions) {
        return switched(Office.EGRESS, new Generation(1, 1), false, 0, 0, sessions);
    }

    private static Observation switched(
            final String node,
            final Generation generation,
            final boolean isLearnedBySwitch,
            final int slots,
            final int clients,
            final int returns) {
        final var service = new ServiceStatus(
                20,
                5,
                isLearnedBySwitch,
                Optional.empty(),
                Optional.empty(),
                Map.of(
                        "g1",
                        new DeviceStatus(slots, clients, returns),
                        "g3",
                        new DeviceStatus(slots, clients, returns)),
                Counters.ZERO,
                List.of(),
                List.of(),
                List.of());
        return new Observation(
                new SwitchStatus(node, true, generation, List.of(), List.of(), 0, Map.of("office", service)),
                0,
                "",
                0,
                0,
                Optional.empty());
    }
}
