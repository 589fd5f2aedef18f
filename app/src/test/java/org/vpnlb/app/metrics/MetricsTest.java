/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesStateBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnServiceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Redundancy;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.RedundancyBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.SessionsBuilder;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.Office;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.health.DeviceHealth.Change;
import org.vpnlb.app.health.DeviceHealth.Observed;
import org.vpnlb.app.openflow.Switches.Absence;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.SessionsInUse;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.session.Counters;
import org.vpnlb.engine.session.Counters.Ignored;
import org.vpnlb.engine.session.Counters.Punt;

class MetricsTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00.250Z");
    private static final Health DOWN = new Health(Health.State.DOWN, Optional.of("no answer"));
    private static final Device G1 = Office.device(1);
    private static final Device G2 = Office.device(2);

    private final Metrics metrics = new Metrics("1.2.3", InstantSource.fixed(NOW));
    private final Map<DeviceHealth.Key, Observed> devices = new HashMap<>();

    @Test
    void beforeAnythingIsKnownOnlyTheVersionIsTold() {
        assertThat(scrape()).containsExactly("vpnlb_build_info{version=\"1.2.3\"} 1");
    }

    @Test
    void eachMetricIsTold() {
        everything();
        assertThat(metrics.collect().stream().map(told -> told.getMetadata().getName()))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Metric.values()).map(Metric::baseName).toList());
    }

    @Test
    void labelsNameServicesDevicesAndSwitchesAndNobodyElse() {
        everything();
        assertThat(Arrays.stream(Metric.values()).flatMap(metric -> metric.labels().stream()))
                .containsOnly("version", "service", "device", "switch", "side", "status", "state", "reason", "kind");
        assertThat(scrape()).noneMatch(line -> line.contains("10.8.0."));
    }

    private void everything() {
        observe(G1, Health.ALIVE);
        final Service service = Office.of(withLimit(G1));
        metrics.conflict(new Notice.Conflict("office", IpAddress.parse("10.8.0.7"), "g1", "g2"));
        tell(service, well(Office.INGRESS, counters(1)), well(Office.EGRESS, counters(1)));
    }

    @Test
    void aDeviceThatIsDownIsNotUpAndTakesNoClients() {
        observe(G1, Health.ALIVE);
        observe(G2, DOWN);
        tell(Office.of(G1, G2), well(Office.INGRESS, counters(1)));
        assertThat(scrape())
                .contains(
                        "vpnlb_device_up{device=\"g1\",service=\"office\"} 1",
                        "vpnlb_device_up{device=\"g2\",service=\"office\"} 0",
                        "vpnlb_device_takes_clients{device=\"g1\",service=\"office\"} 1",
                        "vpnlb_device_takes_clients{device=\"g2\",service=\"office\"} 0",
                        "vpnlb_device_health{device=\"g2\",service=\"office\",state=\"down\"} 1",
                        "vpnlb_device_health{device=\"g2\",service=\"office\",state=\"up\"} 0");
    }

    @Test
    void aDeviceThatIsTakenOutIsNotTakenForOneThatIsDown() {
        final Device draining = G1.with(AdminState.DRAINING);
        final Device out = G2.with(AdminState.OUT_OF_SERVICE);
        observe(draining, Health.ALIVE);
        observe(out, Health.ALIVE);
        tell(Office.of(draining, out), well(Office.INGRESS, counters(1)));
        assertThat(scrape())
                .contains(
                        "vpnlb_device_up{device=\"g1\",service=\"office\"} 1",
                        "vpnlb_device_takes_clients{device=\"g1\",service=\"office\"} 0",
                        "vpnlb_device_takes_clients{device=\"g2\",service=\"office\"} 0")
                .noneMatch(line -> line.startsWith("vpnlb_device_up{device=\"g2\""));
    }

    @Test
    void sessionsAreToldByDeviceSwitchAndSideWithTheirLimit() {
        tell(Office.of(G1), well(Office.INGRESS, counters(1)), well(Office.EGRESS, counters(1)));
        assertThat(scrape().filter(line ->
                        line.startsWith("vpnlb_device_packets_total") || line.startsWith("vpnlb_device_bytes_total")))
                .containsExactlyInAnyOrder(
                        "vpnlb_device_packets_total{device=\"g1\"," + at("ingress", "openflow:1") + 11,
                        "vpnlb_device_packets_total{device=\"g1\"," + at("egress", "openflow:2") + 22,
                        "vpnlb_device_bytes_total{device=\"g1\"," + at("ingress", "openflow:1") + 1100,
                        "vpnlb_device_bytes_total{device=\"g1\"," + at("egress", "openflow:2") + 2200);
        assertThat(scrape().filter(line -> line.startsWith("vpnlb_device_sessions")))
                .containsExactlyInAnyOrder(
                        "vpnlb_device_sessions{device=\"g1\"," + at("ingress", "openflow:1") + 7,
                        "vpnlb_device_sessions{device=\"g1\"," + at("egress", "openflow:2") + 9);
        assertThat(scrape().filter(line -> line.startsWith("vpnlb_session_limit")))
                .containsExactlyInAnyOrder(
                        "vpnlb_session_limit{" + at("ingress", "openflow:1") + 1000,
                        "vpnlb_session_limit{" + at("egress", "openflow:2") + 1000);
    }

    private static String at(final String side, final String node) {
        return "service=\"office\",side=\"%s\",switch=\"%s\"} ".formatted(side, node);
    }

    @Test
    void countersGoOnWhenAServiceIsEnabledAgain() {
        final Service service = Office.of(G1);
        tell(service, well(Office.INGRESS, counters(5)));
        tell(service, withoutService(Office.INGRESS));
        assertThat(scrape()).contains(newClients(5));
        tell(service, well(Office.INGRESS, counters(2)));
        assertThat(scrape()).contains(newClients(7));
        tell(service, well(Office.INGRESS, counters(3)));
        assertThat(scrape()).contains(newClients(8));
        tell(service, well(Office.INGRESS, counters(1)));
        assertThat(scrape()).contains(newClients(9));
    }

    @Test
    void trafficGoesOnWhenAServiceIsEnabledAgain() {
        final Service service = Office.of(G1);
        tell(service, sent(Optional.of(new Volume(11, 1100))));
        tell(service, withoutService(Office.INGRESS));
        assertThat(scrape()).contains(packets(11));
        tell(service, sent(Optional.empty()));
        assertThat(scrape()).contains(packets(11));
        tell(service, sent(Optional.of(new Volume(2, 200))));
        assertThat(scrape()).contains(packets(13));
        tell(service, sent(Optional.of(new Volume(5, 500))));
        assertThat(scrape()).contains(packets(16));
    }

    @Test
    void trafficIsForgottenWithItsDevice() {
        tell(Office.of(G1), sent(Optional.of(new Volume(11, 1100))));
        tell(Office.of(G2), withoutService(Office.INGRESS));
        assertThat(scrape()).noneMatch(line -> line.startsWith("vpnlb_device_packets_total"));
    }

    private static String packets(final int number) {
        return "vpnlb_device_packets_total{device=\"g1\"," + at("ingress", Office.INGRESS) + number;
    }

    @Test
    void countersAreForgottenWithTheirService() {
        tell(Office.of(G1), well(Office.INGRESS, counters(5)));
        metrics.observed(
                new DeviceHealth.Snapshot(List.of(), Map.of()),
                List.of(well(Office.INGRESS, counters(5))),
                new VpnServicesStateBuilder().build());
        assertThat(scrape()).hasSize(2).noneMatch(line -> line.contains("office"));
    }

    private static String newClients(final int number) {
        return "vpnlb_punts_total{reason=\"new-client\",service=\"office\",switch=\"openflow:1\"} " + number;
    }

    @Test
    void droppedFramesAreCountedOnWhenTheApplicationStartsAgain() {
        final Service service = Office.of(G1);
        tell(service, dropping(3));
        tell(service, dropping(5));
        assertThat(scrape()).contains("vpnlb_switch_frames_dropped_total{switch=\"openflow:1\"} 5");
        tell(service, dropping(0));
        tell(service, dropping(2));
        assertThat(scrape()).contains("vpnlb_switch_frames_dropped_total{switch=\"openflow:1\"} 7");
    }

    private static Observation dropping(final long frames) {
        final Observation well = withoutService(Office.INGRESS);
        return new Observation(well.status(), 0, "", 0, frames, Optional.empty());
    }

    @Test
    void whatHasNotHappenedYetIsZeroAndNotAbsent() {
        tell(Office.of(G1), well(Office.INGRESS, Counters.ZERO));
        assertThat(scrape())
                .contains(newClients(0))
                .contains("vpnlb_switch_repairs_total{switch=\"openflow:1\"} 0")
                .contains("vpnlb_switch_frames_dropped_total{switch=\"openflow:1\"} 0")
                .contains("vpnlb_device_state_changes_total{device=\"g1\",service=\"office\"} 0");
    }

    @Test
    void ofASwitchThatIsAwayOnlyTheCountersStay() {
        tell(Office.of(G1), well(Office.INGRESS, counters(5)));
        final Observation well = well(Office.INGRESS, counters(5));
        final SwitchStatus status = well.status();
        tell(
                Office.of(G1),
                new Observation(
                        new SwitchStatus(
                                Office.INGRESS, false, status.generation(), List.of(), List.of(), 0, status.services()),
                        0,
                        "",
                        0,
                        0,
                        Optional.of(new Absence("is not connected", Optional.empty()))));
        assertThat(scrape())
                .contains(
                        "vpnlb_switch_connected{switch=\"openflow:1\"} 0",
                        "vpnlb_switch_confirmed{switch=\"openflow:1\"} 0",
                        newClients(5),
                        packets(11))
                .noneMatch(line -> line.startsWith("vpnlb_device_sessions")
                        || line.startsWith("vpnlb_device_slots")
                        || line.startsWith("vpnlb_switch_flows"));
    }

    @Test
    void aSwitchThatHasNotConfirmedTheLastChangeIsNotConfirmed() {
        tell(Office.of(G1), observation(Office.INGRESS, 2, Map.of()));
        assertThat(scrape())
                .contains(
                        "vpnlb_switch_connected{switch=\"openflow:1\"} 1",
                        "vpnlb_switch_confirmed{switch=\"openflow:1\"} 0",
                        "vpnlb_switch_generation_wanted{switch=\"openflow:1\"} 2",
                        "vpnlb_switch_generation_confirmed{switch=\"openflow:1\"} 1");
    }

    @Test
    void aSwitchThatNoServiceNamesIsNotTold() {
        tell(Office.of(G1), withoutService("openflow:9"));
        assertThat(scrape()).noneMatch(line -> line.contains("openflow:9"));
    }

    @Test
    void repairsAndChangesAreCountedWhenTheyHappen() {
        metrics.repaired(new Notice.SwitchRepaired(Office.INGRESS, 3, 1, 2, "an entry"));
        metrics.repaired(new Notice.SwitchRepaired(Office.INGRESS, 1, 0, 0, "an entry"));
        observe(G1, DOWN);
        metrics.changed(new Change("office", G1, new Observed(AdminState.IN_SERVICE, DOWN, NOW)));
        tell(Office.of(G1), well(Office.INGRESS, counters(1)));
        assertThat(scrape())
                .contains(
                        "vpnlb_switch_repairs_total{switch=\"openflow:1\"} 2",
                        "vpnlb_switch_repaired_entries_total{kind=\"missing\",switch=\"openflow:1\"} 4",
                        "vpnlb_switch_repaired_entries_total{kind=\"extra\",switch=\"openflow:1\"} 1",
                        "vpnlb_device_state_changes_total{device=\"g1\",service=\"office\"} 1");
    }

    @Test
    void theStatusIsTheOneThatOperatorsAreTold() {
        tell(Office.of(G1), well(Office.INGRESS, counters(1)));
        assertThat(scrape().filter(line -> line.startsWith("vpnlb_service_status")))
                .containsExactlyInAnyOrder(
                        "vpnlb_service_status{service=\"office\",status=\"up\"} 0",
                        "vpnlb_service_status{service=\"office\",status=\"degraded\"} 1",
                        "vpnlb_service_status{service=\"office\",status=\"down\"} 0");
        assertThat(scrape()).contains("vpnlb_service_redundancy_met{service=\"office\"} 0");
    }

    @Test
    void itIsToldHowOldTheMetricsAre() {
        tell(Office.of(G1));
        assertThat(scrape()).contains("vpnlb_state_timestamp_seconds 1.79569440025E9");
    }

    private static Device withLimit(final Device device) {
        return new Device(
                device.name(),
                device.adminState(),
                device.weight(),
                device.backup(),
                Optional.of(50L),
                device.ingress(),
                device.egress());
    }

    private void observe(final Device device, final Health health) {
        devices.put(new DeviceHealth.Key("office", device.name()), new Observed(device.adminState(), health, NOW));
    }

    private void tell(final Service service, final Observation... switches) {
        metrics.observed(
                new DeviceHealth.Snapshot(List.of(service), devices),
                List.of(switches),
                new VpnServicesStateBuilder()
                        .setVpnService(BindingMap.of(new VpnServiceBuilder()
                                .setName("office")
                                .setOperStatus(VpnService.OperStatus.Degraded)
                                .setRedundancy(new RedundancyBuilder()
                                        .setStatus(Redundancy.Status.NotMet)
                                        .build())
                                .setSessions(new SessionsBuilder()
                                        .setPinnedClients(Uint32.ONE)
                                        .setWaitingSlots(Uint16.TWO)
                                        .build())
                                .build()))
                        .build());
    }

    private Stream<String> scrape() {
        return PrometheusTextFormatWriter.create()
                .toDebugString(metrics.collect())
                .lines()
                .filter(line -> !line.startsWith("#"))
                // The library writes whole numbers as 7.0.
                .map(line -> line.replaceFirst("\\.0$", ""));
    }

    private static Counters counters(final long newClients) {
        return new Counters(
                1,
                1,
                1,
                1,
                1,
                Map.of(Punt.NEW_CLIENT, newClients),
                Map.of(Punt.NEW_CLIENT, 1L),
                Map.of(Ignored.NOT_A_CLIENT, 1L),
                Map.of("no-client", 1L));
    }

    private static Observation well(final String node, final Counters counters) {
        return well(node, counters, Optional.of(new Volume(11, 1100)));
    }

    private static Observation well(final String node, final Counters counters, final Optional<Volume> fromClients) {
        return observation(
                node,
                1,
                Map.of(
                        "office",
                        new ServiceStatus(
                                20,
                                5,
                                false,
                                Optional.empty(),
                                Optional.of(new SessionsInUse(Sessions.ALL, 0, 0, OptionalLong.empty())),
                                Map.of(
                                        "g1",
                                        new DeviceStatus(64, 7, 9, fromClients, Optional.of(new Volume(22, 2200)))),
                                counters,
                                List.of(),
                                List.of(),
                                List.of())));
    }

    private static Observation sent(final Optional<Volume> fromClients) {
        return well(Office.INGRESS, Counters.ZERO, fromClients);
    }

    private static Observation withoutService(final String node) {
        return observation(node, 1, Map.of());
    }

    private static Observation observation(
            final String node, final long wanted, final Map<String, ServiceStatus> services) {
        return new Observation(
                new SwitchStatus(node, true, new SwitchStatus.Generation(wanted, 1), List.of(), List.of(), 0, services),
                0,
                "",
                0,
                0,
                Optional.empty());
    }
}
