/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vpnlb.app.Office;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.health.DeviceHealth.Observed;
import org.vpnlb.app.openflow.Switches.Absence;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.session.Counters;

class RedundancyTest {
    private static final Health DOWN = new Health(Health.State.DOWN, Optional.of("no answer"));
    private static final Device G1 = Office.device(1);
    private static final Device G2 = Office.device(2);
    private static final Device G3 = Office.device(3);

    private final Map<String, Health> health =
            new HashMap<>(Map.of("g1", Health.ALIVE, "g2", Health.ALIVE, "g3", Health.ALIVE));
    private final Map<String, Integer> clients = new HashMap<>();

    @Test
    void twoDevicesThatLiveAreEnoughAtOneSwitchOnEachSide() {
        assertThat(missing(Office.of(G1, G2))).isEmpty();
    }

    @Test
    void oneDeviceIsNotEnough() {
        assertThat(missing(Office.of(G1))).containsExactly("only g1 takes clients");
        assertThat(missing(Office.of())).containsExactly("no device takes clients");
    }

    @Test
    void aDeviceThatCannotTakeOverDoesNotCount() {
        health.put("g2", DOWN);
        assertThat(missing(Office.of(G1, G2, G3.with(AdminState.DRAINING))))
                .containsExactly("only g1 takes clients: g2 is down, g3 is draining");
        assertThat(missing(Office.of(G1, G3.with(AdminState.OUT_OF_SERVICE))))
                .containsExactly("only g1 takes clients: g3 is out-of-service");
        health.put("g1", DOWN);
        assertThat(missing(Office.of(G1, G2))).containsExactly("no device takes clients: g1 is down, g2 is down");
    }

    @Test
    void aDeviceOfWhichNothingIsKnownYetDoesNotCount() {
        health.put("g2", Health.NOT_ASKED);
        assertThat(missing(Office.of(G1, G2))).containsExactly("only g1 takes clients: g2 is not known to be up");
        health.remove("g2");
        assertThat(missing(Office.of(G1, G2))).containsExactly("only g1 takes clients: g2 is not known to be up");
    }

    @Test
    void aBackupCounts() {
        assertThat(missing(Office.of(G1, backup(G2)))).isEmpty();
    }

    @Test
    void devicesThatAreNotCheckedAreNamed() {
        health.replaceAll((device, was) -> Health.UNCHECKED);
        assertThat(missing(unchecked(Office.of(G1, G2))))
                .containsExactly("devices are not checked, so that nobody would notice that one fails");
    }

    @Test
    void oneCableToAllDevicesIsNamed() {
        final Device beside = G2.at(at(G2.ingress(), G1.ingress().place()), G2.egress());
        assertThat(missing(Office.of(G1, beside)))
                .containsExactly("all devices that take clients are at port 11 of openflow:1");
        assertThat(missing(Office.of(G1, beside, G3))).isEmpty();
    }

    @Test
    void ofTwoSwitchesOnASideBothMustBeThereAndUsed() {
        final Service two = withIngress(Office.of(G1, G2), "openflow:1", "openflow:3");
        assertThat(missing(two, "openflow:1", "openflow:2"))
                .containsExactly(
                        "all devices that take clients are at openflow:1, one of the 2 ingress switches",
                        "of the 2 ingress switches only openflow:1 is connected");
        final Device other = G2.at(at(G2.ingress(), Place.untagged("openflow:3", 12)), G2.egress());
        assertThat(missing(
                        withIngress(Office.of(G1, other), "openflow:1", "openflow:3"),
                        "openflow:1",
                        "openflow:2",
                        "openflow:3"))
                .isEmpty();
    }

    @Test
    void theOthersNeedRoomForTheClientsOfEach() {
        final Service service = Office.of(limited(G1, 100), limited(G2, 40));
        clients.put("g1", 30);
        clients.put("g2", 20);
        assertThat(missing(service)).containsExactly("without g1 the other devices have room for 20 of its 30 clients");
        clients.put("g1", 1);
        assertThat(missing(service)).isEmpty();
        clients.put("g1", 30);
        assertThat(missing(Office.of(limited(G1, 100), limited(G2, 40), G3))).isEmpty();
    }

    private List<String> missing(final Service service) {
        return missing(service, Office.INGRESS, Office.EGRESS);
    }

    private List<String> missing(final Service service, final String... connected) {
        final Map<DeviceHealth.Key, Observed> devices = new HashMap<>();
        service.devices().stream()
                .filter(device -> health.containsKey(device.name()))
                .forEach(device -> devices.put(
                        new DeviceHealth.Key(service.name(), device.name()),
                        new Observed(device.adminState(), health.get(device.name()), Instant.EPOCH)));
        final List<Observation> switches = new ArrayList<>();
        for (final String node : connected) {
            switches.add(observation(node, Optional.empty()));
        }
        switches.add(observation("openflow:4", Optional.of(new Absence("is not connected", Optional.empty()))));
        return new Redundancy(service, new DeviceHealth.Snapshot(List.of(service), devices), switches).missing();
    }

    private Observation observation(final String node, final Optional<Absence> absence) {
        final Map<String, DeviceStatus> held = new HashMap<>();
        if (node.equals(Office.INGRESS)) {
            clients.forEach((device, number) -> held.put(device, new DeviceStatus(0, number, 0)));
        }
        final var status = new ServiceStatus(
                0, 0, false, Optional.empty(), Optional.empty(), held, Counters.ZERO, List.of(), List.of(), List.of());
        return new Observation(
                new SwitchStatus(
                        node,
                        absence.isEmpty(),
                        new SwitchStatus.Generation(1, 1),
                        List.of(),
                        List.of(),
                        0,
                        Map.of("office", status)),
                0,
                "",
                0,
                0,
                absence);
    }

    private static Attachment at(final Attachment attachment, final Place place) {
        return new Attachment(place, attachment.mac(), attachment.address());
    }

    private static Device backup(final Device device) {
        return new Device(
                device.name(),
                device.adminState(),
                device.weight(),
                true,
                device.maxSessions(),
                device.ingress(),
                device.egress());
    }

    private static Device limited(final Device device, final long limit) {
        return new Device(
                device.name(),
                device.adminState(),
                device.weight(),
                device.backup(),
                Optional.of(limit),
                device.ingress(),
                device.egress());
    }

    private static Service unchecked(final Service service) {
        return new Service(
                service.name(),
                service.enabled(),
                service.clusterAddresses(),
                service.virtualMac(),
                service.protocols(),
                service.matches(),
                service.ingress(),
                service.egress(),
                service.selection(),
                Optional.empty(),
                service.learning(),
                service.devices());
    }

    private static Service withIngress(final Service service, final String... nodes) {
        final var switches = List.of(nodes).stream()
                .map(node -> new Service.SwitchPorts(node, List.of(1L)))
                .toList();
        return new Service(
                service.name(),
                service.enabled(),
                service.clusterAddresses(),
                service.virtualMac(),
                service.protocols(),
                service.matches(),
                new Service.Ingress(
                        switches,
                        service.ingress().idleTimeout(),
                        service.ingress().maxSessions()),
                service.egress(),
                service.selection(),
                service.healthCheck(),
                service.learning(),
                service.devices());
    }
}
