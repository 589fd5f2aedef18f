/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.session.Counters;
import org.vpnlb.engine.session.SessionRow;

@DisplayName("A gateway that sends to a client")
class GatewaySideTest {
    private static final int IDLE_SECONDS = 60;
    private static final long IDLE = IDLE_SECONDS * 1000L;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final Frames.Kind ESP = Frames.Kind.protocol(50);
    private static final int CLIENTS = 40;

    static Stream<Arguments> forms() {
        return Stream.of(Learning.CONTROLLER, Learning.SWITCH)
                .flatMap(learning -> Stream.of(Sessions.values()).map(sessions -> Arguments.of(learning, sessions)));
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("and has not heard of it before gets the answer, whatever the client's slot and the protocol")
    void theAnswerComesToWhoAsked(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Service office = lab.services().getFirst();
        final Device first = device(office, "g1");
        for (int i = 0; i < CLIENTS; i++) {
            assertThat(lab.deviceSendsOut(office, first, Lab.outer(i), IKE).normal())
                    .isTrue();
            lab.network().settle();
            for (final Frames.Kind kind : List.of(IKE, ESP)) {
                assertThat(lab.clientSends(office, Lab.outer(i), kind)).contains(first);
            }
        }
        lab.assertConsistent();
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("of its own slot costs nothing: no entry, and no frame to the controller")
    void anOwnClientCostsNothing(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Service office = lab.services().getFirst();
        final List<Flow> before = lab.network().datapath("sw1").flows();
        for (int i = 0; i < CLIENTS; i++) {
            final Verdict verdict = lab.deviceSendsOut(office, ofSlot(lab, Lab.outer(i)), Lab.outer(i), ESP);
            assertThat(verdict.normal()).isTrue();
            assertThat(verdict.punts()).isZero();
        }
        lab.network().settle();
        assertThat(lab.network().datapath("sw1").flows()).containsExactlyInAnyOrderElementsOf(before);
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("of another's slot costs one frame to the controller at most, however much it sends")
    void anothersClientCostsOneFrame(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Service office = lab.services().getFirst();
        final IpAddress client = clientOf(lab, "g2");
        int punts = 0;
        for (int i = 0; i < 100; i++) {
            punts += lab.deviceSendsOut(office, device(office, "g1"), client, ESP)
                    .punts();
            lab.network().settle();
        }
        assertThat(punts).isEqualTo(learning == Learning.CONTROLLER ? 1 : 0);
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("that is silent for hours keeps it, while its slot is another's; both silent, it is anybody's")
    void aSilentClientStays(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Service office = lab.services().getFirst();
        final Device first = device(office, "g1");
        final IpAddress client = clientOf(lab, "g2");
        lab.deviceSendsOut(office, first, client, ESP);
        lab.network().settle();
        for (int i = 0; i < 100; i++) {
            lab.network().advance(IDLE / 2 + 1000);
            lab.network().settle();
            assertThat(lab.deviceSendsOut(office, first, client, ESP).punts()).isZero();
            lab.network().settle();
        }
        lab.assertConsistent();
        assertThat(lab.clientSends(office, client, IKE)).contains(first);
        lab.network().advance(2 * IDLE + 2000);
        lab.network().settle();
        lab.network().advance(2 * IDLE + 2000);
        lab.network().settle();
        assertThat(lab.clientSession(office, client)).isEmpty();
        assertThat(lab.clientSends(office, client, IKE)).map(Device::name).contains("g2");
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @EnumSource(
            value = Learning.class,
            names = {"CONTROLLER", "SWITCH"})
    @DisplayName("keeps it when its slot is to move, although the client sends nothing")
    void aSilentClientOfASlotThatMovesStays(final Learning learning) {
        final Lab lab = Lab.of(office(learning, Sessions.PINNED).build());
        final Service office = lab.services().getFirst();
        final Device first = device(office, "g1");
        final IpAddress client = clientOf(lab, "g1");
        lab.reconfigure(ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.with(device, AdminState.DRAINING))
                .build());
        for (int i = 0; i < 10; i++) {
            lab.network().advance(IDLE / 2);
            lab.network().settle();
            lab.deviceSendsOut(office, first, client, ESP);
            lab.network().settle();
        }
        assertThat(lab.ingressStatus(office).devices().get("g1").slots()).isZero();
        assertThat(lab.clientSends(lab.services().getFirst(), client, IKE))
                .map(Device::name)
                .contains("g1");
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("does not take it from another gateway where the client has a session: that one lives")
    void theSessionOfALiveDeviceWins(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Service office = lab.services().getFirst();
        final IpAddress client = clientOf(lab, "g2");
        if (sessions == Sessions.PINNED) {
            lab.deviceSendsOut(office, device(office, "g1"), client, IKE);
            lab.network().settle();
        }
        final Device holder = lab.clientSends(office, client, IKE).orElseThrow();
        lab.network().settle();
        int punts = 0;
        for (int i = 0; i < 50; i++) {
            punts += lab.deviceSendsOut(office, device(office, "g3"), client, ESP)
                    .punts();
            lab.network().settle();
        }
        assertThat(lab.clientSends(office, client, ESP)).contains(holder);
        assertThat(punts).isEqualTo(learning == Learning.CONTROLLER ? 1 : 0);
        if (learning == Learning.CONTROLLER) {
            assertThat(lab.ingressStatus(office).counters().ignored()).containsEntry(Counters.Ignored.CONFLICT, 1L);
        }
        lab.network().advance(6000);
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("and was its gateway before takes it from none to which it sends, whoever sent to it first")
    void aGatewayOfBeforeTakesNobody(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Service office = lab.services().getFirst();
        final IpAddress client = clientOf(lab, "g2");
        lab.deviceSendsOut(office, device(office, "g1"), client, IKE);
        lab.network().settle();
        assertThat(lab.clientSends(office, client, IKE)).map(Device::name).contains("g1");
        lab.network().settle();
        lab.deviceSendsOut(office, device(office, "g3"), client, IKE);
        lab.network().settle();
        assertThat(lab.clientSends(office, client, ESP)).map(Device::name).contains("g1");
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("that has it, while its slot is another's, has it once")
    void eachClientIsCountedOnce(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Service office = lab.services().getFirst();
        final List<IpAddress> clients = IntStream.range(0, CLIENTS)
                .mapToObj(Lab::outer)
                .filter(client -> lab.clientSends(office, client, IKE)
                        .filter(device -> device.name().equals("g1"))
                        .isPresent())
                .toList();
        lab.network().settle();
        lab.reconfigure(ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.with(device, AdminState.DRAINING))
                .build());
        for (int i = 0; i < 10; i++) {
            lab.network().advance(IDLE / 4);
            lab.network().settle();
            for (final IpAddress client : clients) {
                assertThat(lab.clientSends(office, client, ESP))
                        .map(Device::name)
                        .contains("g1");
                lab.deviceSendsOut(office, device(office, "g1"), client, ESP);
            }
            lab.network().settle();
        }
        lab.count();
        assertThat(lab.ingressStatus(office).devices().get("g1").slots()).isZero();
        assertThat(lab.ingressStatus(office).devices().get("g1").clientSessions())
                .isEqualTo(clients.size());
        assertThat(lab.clientRows())
                .extracting(SessionRow::client)
                .containsAll(clients)
                .doesNotHaveDuplicates();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("beside the one that has it is not shown as its gateway, nor when the controller learns from now on")
    void theGatewayThatHasTheClientIsShown() {
        final Lab lab = Lab.of(office(Learning.SWITCH, Sessions.ALL).build());
        final Service office = lab.services().getFirst();
        final List<Device> holders = IntStream.range(0, CLIENTS)
                .mapToObj(i -> {
                    final Device holder =
                            lab.clientSends(office, Lab.outer(i), IKE).orElseThrow();
                    lab.network().settle();
                    office.devices().forEach(device -> lab.deviceSendsOut(office, device, Lab.outer(i), ESP));
                    return holder;
                })
                .toList();
        lab.network().settle();
        assertThat(lab.clientRows()).extracting(SessionRow::device).isEqualTo(names(holders));
        lab.reconfigure(
                ServiceBuilder.like(office).learning(Learning.CONTROLLER).build());
        lab.network().settle();
        lab.assertConsistent();
        assertThat(lab.clientRows()).extracting(SessionRow::device).isEqualTo(names(holders));
    }

    private static List<String> names(final List<Device> devices) {
        return devices.stream().map(Device::name).toList();
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("loses it at once when the gateway goes out of service, and leaves nothing behind")
    void nothingIsLeftOfAGatewayThatIsOut(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Service office = lab.services().getFirst();
        final IpAddress client = clientOf(lab, "g2");
        lab.deviceSendsOut(office, device(office, "g1"), client, IKE);
        lab.network().settle();
        final Service without = ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.with(device, AdminState.OUT_OF_SERVICE))
                .build();
        lab.reconfigure(without);
        assertThat(lab.clientSends(without, client, IKE)).map(Device::name).contains("g2");
        assertThat(lab.deviceSendsOut(without, device(without, "g1"), client, IKE)
                        .isDropped())
                .isTrue();
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("keeps it over a restart of the controller, another idle timeout, and another learner")
    void itStaysOverChanges(final Learning learning, final Sessions sessions) {
        final Lab lab = Lab.of(office(learning, sessions).build());
        final Service office = lab.services().getFirst();
        final Device first = device(office, "g1");
        IntStream.range(0, CLIENTS).forEach(i -> lab.deviceSendsOut(office, first, Lab.outer(i), IKE));
        lab.network().settle();
        final List<IpAddress> clients = IntStream.range(0, CLIENTS)
                .mapToObj(Lab::outer)
                .filter(client -> lab.clientSends(office, client, ESP)
                        .filter(first::equals)
                        .isPresent())
                .toList();
        assertThat(clients).hasSize(CLIENTS);
        lab.network().settle();
        lab.network().replaceAgent("sw1");
        lab.network().settle();
        lab.network().connect("sw1");
        lab.network().settle();
        lab.assertConsistent();
        assertAllAt(lab, "g1");
        final Service longer = ServiceBuilder.like(office)
                .idleTimeouts(IDLE_SECONDS * 2, IDLE_SECONDS)
                .build();
        lab.reconfigure(longer);
        lab.assertConsistent();
        assertAllAt(lab, "g1");
        for (final Learning next : List.of(Learning.SWITCH, Learning.CONTROLLER, Learning.SWITCH)) {
            lab.reconfigure(ServiceBuilder.like(longer).learning(next).build());
            assertAllAt(lab, "g1");
            lab.network().settle();
            lab.assertConsistent();
        }
    }

    @Test
    @DisplayName("keeps it when the switch lost all that it had: the client's way is written again")
    void itStaysWhenTheSwitchIsEmptied() {
        final Lab lab = Lab.of(office(Learning.CONTROLLER, Sessions.PINNED).build());
        final Service office = lab.services().getFirst();
        final IpAddress client = clientOf(lab, "g2");
        lab.deviceSendsOut(office, device(office, "g1"), client, IKE);
        lab.network().settle();
        lab.network().disconnect("sw1");
        lab.network().datapath("sw1").restart();
        lab.addForeign("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        assertThat(lab.clientSends(office, client, IKE)).map(Device::name).contains("g1");
        lab.deviceSendsOut(office, device(office, "g1"), client, IKE);
        lab.network().settle();
        lab.assertConsistent();
        assertThat(lab.deviceSendsOut(office, device(office, "g1"), client, IKE).punts())
                .isZero();
    }

    @Test
    @DisplayName("gets no session beyond max-sessions, and the controller is asked once in five seconds")
    void theLimitHolds() {
        final Lab lab = Lab.of(
                office(Learning.CONTROLLER, Sessions.ALL).maxSessions(1, 1).build());
        final Service office = lab.services().getFirst();
        final IpAddress another = clientOf(lab, "g2");
        lab.clientSends(office, new IpAddress(another.family(), 0, another.low() + 64), IKE);
        lab.network().settle();
        int punts = 0;
        for (int i = 0; i < 20; i++) {
            punts += lab.deviceSendsOut(office, device(office, "g1"), another, ESP)
                    .punts();
            lab.network().settle();
        }
        assertThat(punts).isEqualTo(1);
        assertThat(lab.clientSession(office, another)).isEmpty();
        assertThat(lab.ingressStatus(office).counters().rejected()).isEqualTo(1);
    }

    @Test
    @DisplayName("is forwarded and nothing more where no client is: to a group, to vpnlb's addresses, to a device")
    void nobodyIsNoClient() {
        final Lab lab = Lab.of(office(Learning.CONTROLLER, Sessions.ALL).build());
        final Service office = lab.services().getFirst();
        for (final String address :
                List.of("224.0.0.18", "10.0.0.2", office.clusterAddress().toString())) {
            for (final Device device : office.devices()) {
                assertThat(lab.deviceSendsOut(office, device, IpAddress.parse(address), IKE)
                                .normal())
                        .isTrue();
                lab.network().settle();
            }
            assertThat(lab.clientSession(office, IpAddress.parse(address))).isEmpty();
        }
        assertThat(lab.ingressStatus(office).counters().created()).isZero();
    }

    @Test
    @DisplayName("is not flooded when it sends to the virtual MAC address")
    void nobodyHasTheVirtualMac() {
        final Lab lab = Lab.of(office(Learning.CONTROLLER, Sessions.ALL).build());
        final Service office = lab.services().getFirst();
        final Device first = device(office, "g1");
        assertThat(lab.network()
                        .receive(
                                "sw1",
                                first.ingress().port(),
                                Frames.ip(
                                        office.virtualMac(),
                                        first.ingress().mac(),
                                        office.clusterAddress(),
                                        Lab.outer(1),
                                        IKE))
                        .isDropped())
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("forms")
    @DisplayName("reaches it by the uplinks alone in a switch that has both sides, and gets its answer there too")
    void oneSwitchKeepsItsSides(final Learning learning, final Sessions sessions) {
        final var builder = office(learning, sessions).ingress("sw1", 1L).egress("sw1", 2L);
        for (int i = 1; i <= 3; i++) {
            final long port = 10L + i;
            builder.device("g" + i, device -> ServiceBuilder.atOneSwitch(device, port));
        }
        final Lab lab = Lab.of(builder.build());
        final Service office = lab.services().getFirst();
        for (int i = 0; i < CLIENTS; i++) {
            final Verdict verdict = lab.deviceSendsOut(office, device(office, "g1"), Lab.outer(i), IKE);
            assertThat(verdict.normal()).isFalse();
            assertThat(verdict.sent()).extracting(Verdict.Sent::port).containsExactly(1L);
            lab.network().settle();
            assertThat(lab.clientSends(office, Lab.outer(i), ESP))
                    .map(Device::name)
                    .contains("g1");
        }
        lab.assertConsistent();
    }

    @Test
    @DisplayName("is forwarded, and nothing is learned, where the switch's own hash selects: it tells no slot")
    void selectGroupLearnsNothing() {
        final Service office =
                ServiceBuilder.office().method(Method.SELECT_GROUP).build();
        final Lab lab = Lab.of(office);
        final Verdict verdict = lab.deviceSendsOut(office, device(office, "g1"), Lab.outer(1), IKE);
        assertThat(verdict.normal()).isTrue();
        assertThat(verdict.punts()).isZero();
    }

    private static void assertAllAt(final Lab lab, final String device) {
        for (int i = 0; i < CLIENTS; i++) {
            assertThat(lab.clientSends(lab.services().getFirst(), Lab.outer(i), ESP))
                    .map(Device::name)
                    .contains(device);
        }
    }

    private static ServiceBuilder office(final Learning learning, final Sessions sessions) {
        return ServiceBuilder.office()
                .method(Method.SOURCE_HASH)
                .learning(learning)
                .sessions(sessions)
                .idleTimeouts(IDLE_SECONDS, IDLE_SECONDS);
    }

    private static Device device(final Service service, final String name) {
        return service.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The device that a client without a session gets; asked of a switch that nobody knows. */
    private static Device ofSlot(final Lab lab, final IpAddress client) {
        final Service service = lab.services().getFirst();
        final Lab other = new Lab(List.of(service), 0, new Random(1));
        return other.clientSends(service, client, IKE).orElseThrow();
    }

    /** A client whose slot is a device's, of which nothing is known. */
    private static IpAddress clientOf(final Lab lab, final String device) {
        return IntStream.range(0, 64)
                .mapToObj(Lab::outer)
                .filter(client -> ofSlot(lab, client).name().equals(device))
                .findFirst()
                .orElseThrow();
    }
}
