/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.SelectionMetric;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.pipeline.Table;

@DisplayName("Where the controller selects,")
class ControllerChoiceTest {
    private static final Frames.Kind ESP = Frames.Kind.protocol(50);
    private static final List<Frames.Kind> KINDS = List.of(
            Frames.Kind.udp(500), Frames.Kind.udp(4500), ESP, new Frames.Kind(17, 500, Frames.Part.LATER_FRAGMENT));

    private Lab lab;

    @ParameterizedTest
    @EnumSource(names = {"LEAST_SESSIONS", "ROUND_ROBIN", "WEIGHTED_RANDOM"})
    @DisplayName("all packets of a new client come to one device, the first ones by way of the controller")
    void oneDeviceFromTheFirstPacketOn(final SelectionMetric metric) {
        lab = Lab.of(office().metric(metric).build());
        final Map<Integer, Device> homes = come(1, 50);
        assertThat(homes.values()).containsAll(service().devices());
        homes.forEach((client, home) ->
                KINDS.forEach(kind -> assertThat(sends(client, kind)).contains(home)));
        assertThat(lab.network().spoken()).isEmpty();
        lab.network().settle();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("each device gets clients in proportion to its weight, whoever has most already")
    void leastSessionsRelativeToTheWeight() {
        lab = Lab.of(office().device("g1", device -> ServiceBuilder.with(device, 3))
                .device("g2", drained())
                .build());
        assertThat(counts(come(1, 80))).isEqualTo(Map.of("g1", 60L, "g3", 20L));
        lab.reconfigure(changed(service(), "g2", device -> ServiceBuilder.with(device, AdminState.IN_SERVICE)));
        assertThat(counts(come(81, 100))).as("until it has as many as g3").isEqualTo(Map.of("g2", 20L));
        assertThat(counts(come(101, 200))).isEqualTo(Map.of("g1", 60L, "g2", 20L, "g3", 20L));
    }

    @Test
    @DisplayName("by turns each device gets every third client, whatever its weight")
    void roundRobin() {
        lab = Lab.of(office().metric(SelectionMetric.ROUND_ROBIN)
                .device("g1", device -> ServiceBuilder.with(device, 3))
                .build());
        final List<String> names =
                come(1, 9).values().stream().map(Device::name).toList();
        assertThat(names.subList(0, 3)).containsExactlyInAnyOrder("g1", "g2", "g3");
        assertThat(names.subList(3, 9)).isEqualTo(names.subList(0, 6));
    }

    @Test
    @DisplayName("by chance each device gets about its share of clients")
    void weightedRandom() {
        lab = Lab.of(office().metric(SelectionMetric.WEIGHTED_RANDOM)
                .device("g1", device -> ServiceBuilder.with(device, 3))
                .build());
        final Map<String, Long> counts = counts(come(1, 1000));
        assertThat(counts.get("g1")).isBetween(550L, 650L);
        assertThat(counts.get("g2")).isBetween(160L, 240L);
        assertThat(counts.get("g3")).isBetween(160L, 240L);
    }

    @Test
    @DisplayName("a device that drains, or is full, gets no new client and keeps its own")
    void aDrainedDevice() {
        lab = Lab.of(office().device("g3", device -> ServiceBuilder.withMaxSessions(device, 12))
                .build());
        final Map<Integer, Device> homes = come(1, 30);
        lab.reconfigure(changed(service(), "g1", drained()));
        assertThat(counts(come(31, 50))).isEqualTo(Map.of("g2", 18L, "g3", 2L));
        homes.forEach((client, home) ->
                assertThat(sends(client, ESP)).map(Device::name).contains(home.name()));
    }

    @Test
    @DisplayName("the clients of a device that is out go to others, and all of each to one")
    void aDeviceThatIsOut() {
        lab = Lab.of(office().build());
        final Map<Integer, Device> homes = come(1, 30);
        lab.reconfigure(changed(service(), "g1", device -> ServiceBuilder.with(device, AdminState.OUT_OF_SERVICE)));
        final List<Integer> moved = homes.keySet().stream()
                .filter(client -> homes.get(client).name().equals("g1"))
                .toList();
        moved.forEach(client -> assertThat(arrives(client).name()).isNotEqualTo("g1"));
        homes.keySet().stream()
                .filter(client -> !moved.contains(client))
                .forEach(client -> assertThat(sends(client, ESP))
                        .map(Device::name)
                        .contains(homes.get(client).name()));
    }

    @Test
    @DisplayName("no live client moves when the method becomes this one, or another one")
    void theMethodChanges() {
        lab = Lab.of(office().method(Method.SOURCE_HASH).build());
        final Map<Integer, Device> homes = new LinkedHashMap<>();
        IntStream.rangeClosed(1, 30)
                .forEach(client -> homes.put(client, sends(client, ESP).orElseThrow()));
        lab.network().settle();
        for (final Method method : List.of(Method.CONTROLLER, Method.SELECT_GROUP, Method.CONTROLLER)) {
            lab.reconfigure(ServiceBuilder.like(service()).method(method).build());
            homes.forEach((client, home) ->
                    assertThat(sends(client, ESP)).map(Device::name).contains(home.name()));
            lab.network().settle();
        }
        lab.assertConsistent();
    }

    @Test
    @DisplayName("a client beyond max-sessions has one device, there is room or not, and few frames by the controller")
    void beyondTheMostSessions() {
        lab = Lab.of(office().maxSessions(10, 10).build());
        come(1, 10);
        final Device home = arrives(11);
        IntStream.range(0, 5).forEach(i -> assertThat(sends(11, ESP)).contains(home));
        assertThat(lab.network().spoken()).isEmpty();
        lab.network().advance(6000);
        lab.network().settle();
        assertThat(arrives(11)).isEqualTo(home);
        lab.network().advance(6000);
        lab.network().settle();
        lab.reconfigure(ServiceBuilder.like(service()).maxSessions(20, 20).build());
        assertThat(arrives(11).name()).isEqualTo(home.name());
    }

    @Test
    @DisplayName("a client whose entry the switch refuses stays at one device from the refusal on")
    void aRefusedEntry() {
        lab = Lab.of(office().metric(SelectionMetric.ROUND_ROBIN).build());
        lab.network().letRefuse("sw1");
        lab.network().datapath("sw1").limit(Table.CLIENT_SESSIONS.ordinal(), 0);
        arrives(1);
        final Device home = arrives(1);
        for (int i = 0; i < 5; i++) {
            assertThat(arrives(1)).isEqualTo(home);
        }
    }

    @Test
    @DisplayName("a device with a weight of less than a slot gets its clients too")
    void aSmallWeight() {
        lab = Lab.of(office().metric(SelectionMetric.ROUND_ROBIN)
                .device("g1", device -> ServiceBuilder.with(device, 100))
                .device("g2", device -> ServiceBuilder.with(device, 100))
                .build());
        assertThat(counts(come(1, 9))).isEqualTo(Map.of("g1", 3L, "g2", 3L, "g3", 3L));
    }

    @Test
    @DisplayName("what a neighbour sends to a device's own MAC address is a new client's as any other")
    void aNeighbourWithAnotherAddress() {
        lab = Lab.of(office().build());
        come(1, 1);
        final List<Device> devices = service().devices();
        lab.network().spoken();
        lab.network()
                .receive(
                        "sw1",
                        service().ingress().switches().getFirst().ports().getFirst(),
                        Frames.ip(
                                devices.getFirst().ingress().mac(),
                                MacAddress.parse("02:00:00:00:01:01"),
                                Lab.outer(4),
                                service().clusterAddress(),
                                ESP));
        lab.network().settle();
        assertThat(lab.network().spoken()).hasSize(1);
        assertThat(sends(4, ESP)).map(Device::name).contains("g2");
    }

    @Test
    @DisplayName("a controller that starts anew counts the sessions that it finds")
    void aRestart() {
        lab = Lab.of(office().build());
        final Map<Integer, Device> homes = come(1, 30);
        lab.reconfigure(changed(service(), "g1", drained()));
        come(31, 50);
        lab.network().replaceAgent("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        homes.forEach((client, home) ->
                assertThat(sends(client, ESP)).map(Device::name).contains(home.name()));
        lab.reconfigure(changed(service(), "g1", device -> ServiceBuilder.with(device, AdminState.IN_SERVICE)));
        assertThat(counts(come(51, 60))).isEqualTo(Map.of("g1", 10L));
    }

    @Test
    @DisplayName("the controller learns too, with learning auto in a switch that could")
    void theControllerLearns() {
        lab = Lab.of(office().learning(Learning.AUTO).build());
        final Map<Integer, Device> homes = come(1, 9);
        homes.forEach((client, home) -> assertThat(sends(client, ESP)).contains(home));
    }

    private static ServiceBuilder office() {
        return ServiceBuilder.office().method(Method.CONTROLLER);
    }

    private static UnaryOperator<Device> drained() {
        return device -> ServiceBuilder.with(device, AdminState.DRAINING);
    }

    private static Service changed(final Service service, final String name, final UnaryOperator<Device> change) {
        return ServiceBuilder.like(service).device(name, change).build();
    }

    private Service service() {
        return lab.services().getFirst();
    }

    private Optional<Device> sends(final int client, final Frames.Kind kind) {
        return lab.clientSends(service(), Lab.outer(client), kind);
    }

    /** New clients come one after the other; the device of each. */
    private Map<Integer, Device> come(final int first, final int last) {
        final Map<Integer, Device> homes = new LinkedHashMap<>();
        IntStream.rangeClosed(first, last).forEach(client -> homes.put(client, arrives(client)));
        return homes;
    }

    /** A client without a session sends a packet of each kind, back to back: the one device that gets all of them. */
    private Device arrives(final int client) {
        lab.network().spoken();
        // No more at once than the uplink's meter lets pass.
        lab.network().advance(10);
        final List<Device> got = new ArrayList<>();
        KINDS.forEach(kind -> sends(client, kind).ifPresent(got::add));
        lab.network().settle();
        lab.network().spoken().stream()
                .map(spoken -> service().devices().stream()
                        .filter(device -> device.ingress().port()
                                        == spoken.sent().port()
                                && device.ingress().mac().equals(spoken.sent().destination()))
                        .findFirst()
                        .orElseThrow())
                .forEach(got::add);
        assertThat(got).hasSize(KINDS.size());
        assertThat(got.stream().distinct()).hasSize(1);
        return got.getFirst();
    }

    private static Map<String, Long> counts(final Map<Integer, Device> homes) {
        return homes.values().stream().collect(Collectors.groupingBy(Device::name, Collectors.counting()));
    }
}
