/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.health.HealthMonitor;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.CheckSource;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.SourceConflict;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.probe.Answers;

@DisplayName("The address that checks come from")
class CheckSourceTest {
    private static final String SOURCE = "10.0.0.250";
    private static final String CLIENT = "10.0.0.77";
    private static final MacAddress CLIENT_MAC = MacAddress.parse("02:00:00:00:01:77");
    private static final long UPLINK = 1;
    private static final int STEP = 50;
    /** Three probes and the wait for an answer, and the steps that the clock makes. */
    private static final int ASKED = 2300;

    private static final int MINUTE = 60_000;

    private final Service office =
            ServiceBuilder.office().healthCheck(HealthCheck.Type.ICMP).build();
    private final Device gateway1 = office.devices().getFirst();
    private final Lab lab = Lab.of(office);
    private final SimulatedNetwork network = lab.network();
    private final HealthMonitor monitor = new HealthMonitor();
    private final SourceConflict conflict = new SourceConflict(
            new CheckSource("office", Side.INGRESS, IpAddress.parse(SOURCE)), Lab.ROUTER_MAC, "sw1", UPLINK);

    private boolean routerHasIt;
    private int probes;
    private int checks;
    private int told;
    private boolean devicesAnswer = true;

    CheckSourceTest() {
        monitor.configured(List.of(office), network.now());
        Stream.of("sw1", "sw2")
                .forEach(node -> monitor.ports(
                        node,
                        office.devices().stream()
                                .flatMap(device -> Stream.of(device.ingress(), device.egress()))
                                .filter(side -> side.node().equals(node))
                                .collect(Collectors.toMap(Attachment::port, side -> true)),
                        Map.of(),
                        network.now()));
    }

    @Test
    @DisplayName("is asked for at all ports of its side, in nobody's name, then taken, and checks begin")
    void isAskedForAndTaken() {
        run(ASKED);
        assertThat(probes).isEqualTo(3 * (1 + office.devices().size()));
        assertThat(isAnswered()).isTrue();
        run(1000);
        assertThat(checks).isPositive();
        assertThat(monitor.of(office, gateway1)).isEqualTo(Health.ALIVE);
        assertThat(named()).isEmpty();
        assertThat(told).isZero();
    }

    @Test
    @DisplayName("is not taken from the clients' router: that is named, told once, and its frames reach all")
    void isNotTakenFromTheRouter() {
        routerHasIt = true;
        run(5 * MINUTE);
        assertThat(named()).containsExactly(conflict);
        assertThat(conflict)
                .hasToString("health-check/source-address-ingress 10.0.0.250 is the address of 02:00:00:00:01:01"
                        + " at port 1 of sw1: devices are not asked on the ingress side; configure a free address,"
                        + " or take it from that host");
        assertThat(told).isEqualTo(1);
        assertThat(checks).as("no check, and no gratuitous ARP").isZero();
        assertThat(isAnswered()).isFalse();
        assertThat(network.receive("sw1", UPLINK, routerAsksFor(CLIENT)).normal())
                .isTrue();
        network.settle();
        network.spoken();
        network.receive("sw1", UPLINK, routerAsksFor(SOURCE));
        network.settle();
        assertThat(network.spoken()).as("an answer to its announcement").isEmpty();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("lets devices serve clients while somebody has it")
    void letsDevicesServeWhileSomebodyHasIt() {
        routerHasIt = true;
        run(ASKED + 2000);
        assertThat(monitor.effective().getFirst().devices())
                .allSatisfy(device -> assertThat(device.adminState()).isEqualTo(AdminState.IN_SERVICE));
        assertThat(monitor.of(office, gateway1).state()).isEqualTo(Health.State.UNCHECKED);
        assertThat(monitor.of(office, gateway1).reason().orElseThrow()).contains(SOURCE, "free address");
        assertThat(lab.clientSends(office, IpAddress.parse(SOURCE), Frames.Kind.udp(500)))
                .as("a client may have it too")
                .isPresent();
    }

    @Test
    @DisplayName("is taken within a minute or so when it is free again")
    void isTakenWhenItIsFreeAgain() {
        routerHasIt = true;
        run(MINUTE);
        routerHasIt = false;
        run(MINUTE + 2 * ASKED);
        assertThat(named()).isEmpty();
        assertThat(isAnswered()).isTrue();
        assertThat(monitor.of(office, gateway1)).isEqualTo(Health.ALIVE);
    }

    @Test
    @DisplayName("is given up to who uses it, whose frame is passed on to the others of its side")
    void isGivenUpToWhoUsesIt() {
        run(MINUTE);
        network.spoken();
        final byte[] frame = routerAsksFor(CLIENT);
        assertThat(network.receive("sw1", UPLINK, frame).punts()).isEqualTo(1);
        network.settle();
        assertThat(named()).containsExactly(conflict);
        assertThat(network.spoken().stream()
                        .filter(spoken -> Arrays.equals(spoken.sent().frame(), frame))
                        .map(spoken -> spoken.sent().port()))
                .containsExactlyInAnyOrder(11L, 12L, 13L);
        assertThat(network.receive("sw1", UPLINK, frame).normal()).isTrue();
        assertThat(isAnswered()).isFalse();
        assertThat(network.notices().stream().filter(Notice.SourceTaken.class::isInstance))
                .hasSize(1);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("is not given up to who answers for another address, or claims it from the other side")
    void isGivenUpToNobodyElse() {
        run(MINUTE);
        network.receive("sw1", UPLINK, Frames.arpRequest(Lab.ROUTER_MAC, CLIENT, SOURCE));
        network.receive("sw1", UPLINK, Frames.arpRequest(office.virtualMac(), SOURCE, CLIENT));
        network.settle();
        assertThat(named()).isEmpty();
        assertThat(isAnswered()).isTrue();
    }

    @Test
    @DisplayName("of one side is nobody's at the other side of the same switch")
    void ofOneSideIsNobodysAtTheOtherSide() {
        final Service both = atOneSwitch();
        final Lab oneSwitch = Lab.of(both);
        final byte[] frame = routerAsksFor(CLIENT);
        assertThat(oneSwitch.network().receive("sw1", 2, frame).sent())
                .as("what a server makes up stays at the servers' side")
                .noneMatch(sent -> List.of(1L, 11L, 12L, 13L).contains(sent.port()));
        oneSwitch.network().settle();
        assertThat(oneSwitch.ingressStatus(both).sourceConflicts()).isEmpty();
        assertThat(oneSwitch.network().receive("sw1", UPLINK, frame).sent())
                .as("what the router asks reaches the devices' side of the clients, and no server")
                .extracting(Verdict.Sent::port)
                .containsExactlyInAnyOrder(11L, 12L, 13L);
        oneSwitch.network().settle();
        assertThat(oneSwitch.ingressStatus(both).sourceConflicts()).hasSize(1);
    }

    @Test
    @DisplayName("is not given up to who claims it at the other side of the same switch")
    void isNotGivenUpToTheOtherSide() {
        final Service both = atOneSwitch();
        final Lab oneSwitch = Lab.of(both);
        for (int passed = 0; passed < ASKED; passed += STEP) {
            oneSwitch.network().advance(STEP);
            oneSwitch.network().settle();
        }
        oneSwitch.network().receive("sw1", 2, routerAsksFor(CLIENT));
        oneSwitch.network().settle();
        assertThat(oneSwitch.ingressStatus(both).sourceConflicts()).isEmpty();
        oneSwitch.network().receive("sw1", UPLINK, routerAsksFor(CLIENT));
        oneSwitch.network().settle();
        assertThat(oneSwitch.ingressStatus(both).sourceConflicts()).hasSize(1);
    }

    private static Service atOneSwitch() {
        final ServiceBuilder builder = ServiceBuilder.service("office").egress("sw1", 2L);
        IntStream.rangeClosed(1, 3)
                .forEach(number ->
                        builder.device(ServiceBuilder.atOneSwitch(ServiceBuilder.gateway(number), 10L + number)));
        return builder.healthCheck(HealthCheck.Type.ICMP).build();
    }

    @Test
    @DisplayName("is not asked for again by a controller that starts, since the switch holds its entries")
    void isNotAskedForAgainByAControllerThatStarts() {
        run(MINUTE);
        network.replaceAgent("sw1");
        network.connect("sw1");
        network.settle();
        probes = 0;
        checks = 0;
        run(1000);
        assertThat(probes).isZero();
        assertThat(checks).isPositive();
        assertThat(isAnswered()).isTrue();
    }

    @Test
    @DisplayName("that another one replaces is asked for before it is taken")
    void anotherOneIsAskedFor() {
        run(MINUTE);
        lab.reconfigure(ServiceBuilder.like(office)
                .healthCheck(new HealthCheck(
                        HealthCheck.Type.ICMP,
                        Optional.empty(),
                        500,
                        3,
                        2,
                        Optional.of(IpAddress.parse("10.0.0.251")),
                        Optional.empty()))
                .build());
        assertThat(isAnswered()).isFalse();
        assertThat(isAnswered("10.0.0.251")).isFalse();
        run(ASKED);
        assertThat(isAnswered("10.0.0.251")).isTrue();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("leaves a device that is dead as it is while nobody can be asked")
    void leavesADeadDeviceAsItIs() {
        run(MINUTE);
        devicesAnswer = false;
        run(MINUTE);
        assertThat(monitor.of(office, gateway1).state()).isEqualTo(Health.State.DOWN);
        routerHasIt = true;
        network.receive("sw1", UPLINK, routerAsksFor(CLIENT));
        run(1000);
        assertThat(named()).hasSize(1);
        assertThat(monitor.of(office, gateway1).state()).isEqualTo(Health.State.DOWN);
    }

    /** Time passes; the router answers if it has the address, and so do the devices. */
    private void run(final int millis) {
        for (int passed = 0; passed < millis; passed += STEP) {
            network.advance(STEP);
            network.settle();
            network.spoken().forEach(this::hear);
            network.settle();
            network.notices().forEach(this::notice);
        }
    }

    private void hear(final SimulatedNetwork.Spoken spoken) {
        final EthernetFrame frame = EthernetFrame.parse(spoken.sent().frame()).orElseThrow();
        if (spoken.node().equals("sw1")
                && frame.payload() instanceof ArpPacket arp
                && !arp.senderAddress().isHost()) {
            probes++;
            if (routerHasIt
                    && spoken.sent().port() == UPLINK
                    && arp.targetAddress().equals(IpAddress.parse(SOURCE))) {
                network.receive("sw1", UPLINK, arp.reply(Lab.ROUTER_MAC).toFrame());
            }
            return;
        }
        for (final Device device : office.devices()) {
            Stream.of(device.ingress(), device.egress())
                    .filter(side -> side.node().equals(spoken.node())
                            && side.port() == spoken.sent().port())
                    .forEach(side -> answer(side, frame, spoken.sent().frame()));
        }
    }

    private void answer(final Attachment side, final EthernetFrame frame, final byte[] asked) {
        checks += side.node().equals("sw1") ? 1 : 0;
        if ((devicesAnswer || side.node().equals("sw2")) && frame.destination().equals(side.mac())) {
            Answers.of(asked).ifPresent(answer -> network.receive(side.node(), side.port(), answer));
        }
    }

    private void notice(final Notice notice) {
        if (notice instanceof Notice.Checked checked) {
            monitor.checked(checked.subject(), checked.health(), network.now());
        }
        told += notice instanceof Notice.SourceTaken ? 1 : 0;
    }

    /** Whether vpnlb answers a client that asks for the address. */
    private boolean isAnswered() {
        return isAnswered(SOURCE);
    }

    private boolean isAnswered(final String address) {
        network.spoken();
        final Verdict verdict = network.receive("sw1", UPLINK, Frames.arpRequest(CLIENT_MAC, CLIENT, address));
        network.settle();
        return verdict.sent().stream().anyMatch(sent -> sent.port() == UPLINK)
                || network.spoken().stream()
                        .anyMatch(spoken -> spoken.sent().destination().equals(CLIENT_MAC));
    }

    private static byte[] routerAsksFor(final String address) {
        return Frames.arpRequest(Lab.ROUTER_MAC, SOURCE, address);
    }

    private Collection<SourceConflict> named() {
        return lab.ingressStatus(office).sourceConflicts();
    }
}
