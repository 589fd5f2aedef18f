/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vpnlb.engine.agent.TranslatedClients.CLIENTS;
import static org.vpnlb.engine.agent.TranslatedClients.FIRST_PORT;
import static org.vpnlb.engine.agent.TranslatedClients.TRANSLATOR;
import static org.vpnlb.engine.agent.TranslatedClients.WIREGUARD;
import static org.vpnlb.engine.agent.TranslatedClients.all;
import static org.vpnlb.engine.agent.TranslatedClients.deviceSends;
import static org.vpnlb.engine.agent.TranslatedClients.key;
import static org.vpnlb.engine.agent.TranslatedClients.keyedBy;
import static org.vpnlb.engine.agent.TranslatedClients.keys;
import static org.vpnlb.engine.agent.TranslatedClients.names;
import static org.vpnlb.engine.agent.TranslatedClients.office;
import static org.vpnlb.engine.agent.TranslatedClients.sends;
import static org.vpnlb.engine.agent.TranslatedClients.service;
import static org.vpnlb.engine.agent.TranslatedClients.some;
import static org.vpnlb.engine.agent.TranslatedClients.with;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;

@DisplayName("Clients behind one address, told apart by their ports,")
class ClientKeyTest {
    private static final int UDP = 17;
    private static final long IDLE = TranslatedClients.IDLE_SECONDS * 1000L;

    @ParameterizedTest
    @MethodSource("org.vpnlb.engine.agent.TranslatedClients#forms")
    @DisplayName("are spread over all devices, and each stays at one")
    void areSpreadAndStay(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Map<Integer, Device> homes = all(lab);
        final Map<Device, Long> counts =
                homes.values().stream().collect(Collectors.groupingBy(device -> device, Collectors.counting()));
        assertThat(counts.keySet())
                .containsExactlyInAnyOrderElementsOf(service(lab).devices());
        assertThat(counts.values())
                .allSatisfy(count -> assertThat((double) count).isBetween(0.9 * CLIENTS / 3, 1.1 * CLIENTS / 3));
        lab.network().settle();
        assertThat(all(lab)).isEqualTo(homes);
        assertThat(lab.clientRows()).hasSize(sessions == Sessions.ALL ? CLIENTS : 0);
        lab.network().advance(2 * IDLE);
        lab.network().settle();
        assertThat(all(lab)).isEqualTo(homes);
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @MethodSource("org.vpnlb.engine.agent.TranslatedClients#forms")
    @DisplayName("stay when a device drains, as one that lives; and none stays at a device that is out")
    void liveThroughADrain(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Map<Integer, Device> homes = some(lab);
        lab.network().settle();
        lab.reconfigure(with(lab, AdminState.DRAINING));
        for (int i = 0; i < 6; i++) {
            lab.network().advance(IDLE / 2);
            lab.network().settle();
            assertThat(names(some(lab))).isEqualTo(names(homes));
            lab.network().settle();
        }
        lab.reconfigure(with(lab, AdminState.OUT_OF_SERVICE));
        lab.network().advance(10_000);
        lab.network().settle();
        names(some(lab)).forEach((port, name) -> {
            assertThat(name).isNotEqualTo("g1");
            assertThat(homes.get(port).name()).isIn(name, "g1");
        });
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTROLLER", "SWITCH"})
    @DisplayName("stay when the controller starts anew, and when the learner changes and changes back")
    void areReadBack(final Learning learning) {
        final Lab lab = Lab.of(office(learning, Sessions.ALL).build());
        final Map<Integer, Device> homes = some(lab);
        lab.network().settle();
        // Their slots are others' now: without their sessions they would go there.
        lab.reconfigure(with(lab, AdminState.DRAINING));
        final Set<ClientKey> before = keys(lab);
        lab.network().replaceAgent("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        assertThat(keys(lab)).isEqualTo(before).hasSameSizeAs(homes.keySet());
        assertThat(names(some(lab))).isEqualTo(names(homes));
        for (final Learning next :
                List.of(learning == Learning.SWITCH ? Learning.CONTROLLER : Learning.SWITCH, learning)) {
            lab.reconfigure(ServiceBuilder.like(service(lab)).learning(next).build());
            lab.network().settle();
            assertThat(keys(lab)).isEqualTo(before);
            assertThat(names(some(lab))).isEqualTo(names(homes));
        }
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTROLLER", "SWITCH"})
    @DisplayName("who have a session keep it when client-key changes and changes back, and a new one has its own")
    void keepTheirSessionsWhenTheKeyChanges(final Learning learning) {
        final Lab lab =
                Lab.of(ServiceBuilder.like(office(learning, Sessions.ALL).build())
                        .clientKey(KeyedBy.ADDRESS)
                        .build());
        final Device home = sends(lab, FIRST_PORT).orElseThrow();
        lab.network().settle();
        lab.reconfigure(keyedBy(lab, KeyedBy.ADDRESS_AND_PORT));
        some(lab).values().forEach(device -> assertThat(device.name()).isEqualTo(home.name()));
        lab.network().settle();
        assertThat(keys(lab)).containsExactly(TRANSLATOR);

        lab.network().advance(IDLE + 10_000);
        lab.network().settle();
        final Map<Integer, String> apart = names(some(lab));
        assertThat(Set.copyOf(apart.values())).hasSize(3);
        lab.network().settle();
        assertThat(keys(lab)).hasSameSizeAs(apart.keySet());

        lab.reconfigure(keyedBy(lab, KeyedBy.ADDRESS));
        assertThat(names(some(lab))).isEqualTo(apart);
        final int other = FIRST_PORT - 1;
        final Optional<Device> together = sends(lab, other);
        lab.network().settle();
        assertThat(keys(lab)).contains(TRANSLATOR).hasSize(apart.size() + 1);
        assertThat(sends(lab, other - 1)).isEqualTo(together);
        assertThat(names(some(lab))).isEqualTo(apart);
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @MethodSource("org.vpnlb.engine.agent.TranslatedClients#forms")
    @DisplayName("get the device that sends to their port, and no other port has it")
    void areLearnedFromWhatADeviceSends(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Map<Integer, String> before = names(some(lab));
        lab.network().advance(2 * IDLE);
        lab.network().settle();
        final Device first = service(lab).devices().getFirst();
        final int told = before.entrySet().stream()
                .filter(client -> !client.getValue().equals(first.name()))
                .findFirst()
                .orElseThrow()
                .getKey();
        assertThat(deviceSends(lab, first, told).normal()).isTrue();
        lab.network().settle();
        assertThat(keys(lab)).containsExactly(key(told));
        assertThat(deviceSends(lab, first, told).punts()).isZero();
        assertThat(sends(lab, told).map(Device::name)).contains(first.name());
        final Map<Integer, String> after = names(some(lab));
        assertThat(after.remove(told)).isEqualTo(first.name());
        before.remove(told);
        assertThat(after).isEqualTo(before);
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @MethodSource("org.vpnlb.engine.agent.TranslatedClients#forms")
    @DisplayName("have no fragments: they reach no device, teach nothing, and are counted; a device's are forwarded")
    void fragmentsAreDropped(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        some(lab);
        lab.network().settle();
        final Set<ClientKey> before = keys(lab);
        for (final Frames.Part part : List.of(Frames.Part.FIRST_FRAGMENT, Frames.Part.LATER_FRAGMENT)) {
            final var kind = new Frames.Kind(UDP, WIREGUARD, part);
            final Verdict verdict = lab.clientVerdict(service(lab), TRANSLATOR, kind);
            assertThat(verdict.isDropped()).isTrue();
            assertThat(verdict.punts()).isZero();
            final Device first = service(lab).devices().getFirst();
            final Verdict back = lab.network()
                    .receive(
                            "sw1",
                            first.ingress().port(),
                            Frames.ip(
                                    Lab.ROUTER_MAC,
                                    first.ingress().mac(),
                                    service(lab).clusterAddress(),
                                    TRANSLATOR,
                                    kind));
            assertThat(back.normal()).isTrue();
            assertThat(back.punts()).isZero();
        }
        lab.network().settle();
        assertThat(keys(lab)).isEqualTo(before);
        assertThat(lab.network().datapath("sw1").flows())
                .filteredOn(flow -> lab.pipeline().dropReason(flow.key()).equals(Optional.of("fragment")))
                .singleElement()
                .satisfies(flow -> assertThat(flow.actions()).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("org.vpnlb.engine.agent.TranslatedClients#forms")
    @DisplayName("get the ICMP errors about packets to their port")
    void errorsAreAtTheDeviceOfTheQuotedPort(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Map<Integer, Device> homes = some(lab);
        lab.network().settle();
        lab.network().spoken();
        final IpAddress router = IpAddress.parse("192.0.2.1");
        homes.forEach((port, home) -> {
            final Service office = service(lab);
            final byte[] error = Frames.icmpError(
                    office.virtualMac(), router, office.clusterAddress(), 3, UDP, office.clusterAddress(), TRANSLATOR);
            // The ports of the packet that is quoted: behind two IP headers and one of ICMP.
            error[error.length - 6] = (byte) (port >> 8);
            error[error.length - 5] = (byte) (port & 0xff);
            lab.network().receive("sw1", 1, error);
            lab.network().settle();
            assertThat(lab.network().spoken())
                    .singleElement()
                    .satisfies(spoken ->
                            assertThat(Lab.isAt(home.ingress(), spoken.sent())).isTrue());
        });
    }

    @ParameterizedTest
    @MethodSource("org.vpnlb.engine.agent.TranslatedClients#forms")
    @DisplayName("take nobody with them when one sends from port 0, or is sent to there, also after a restart")
    void portZeroIsOneClientToo(final Learning learning, final Sessions sessions) {
        final Map<Integer, String> alone =
                names(some(Lab.of(office(learning, sessions).build())));
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Device home = sends(lab, 0).orElseThrow();
        service(lab).devices().stream()
                .filter(device -> !device.equals(home))
                .forEach(device -> deviceSends(lab, device, 0));
        lab.network().settle();
        deviceSends(lab, service(lab).devices().getFirst(), 0);
        lab.network().settle();
        lab.network().replaceAgent("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        assertThat(keys(lab)).hasSizeLessThan(2).isSubsetOf(key(0));
        assertThat(names(some(lab))).isEqualTo(alone);
        lab.network().settle();
        assertThat(sends(lab, 0)).isPresent();
        lab.assertConsistent();
    }
}
