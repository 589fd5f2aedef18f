/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.MeterId;
import org.vpnlb.engine.session.Counters.Punt;

@DisplayName("Where the switches have meters,")
class FloodTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final long FOREIGN = 7;

    private final Service office =
            ServiceBuilder.office().ingress("sw1", 1L, 2L).build();
    private final Lab lab = Lab.of(office);

    @BeforeEach
    void beginToCount() {
        audit();
        lab.network().notices();
    }

    @Test
    @DisplayName("one device that floods keeps no other device's clients from being learned")
    void oneDeviceSilencesNoOther() {
        final Device noisy = office.devices().get(0);
        final int burst = burst(MeterId.Kind.UNKNOWN_SOURCE);
        int punts = 0;
        for (int i = 0; i < burst + 100; i++) {
            final Verdict verdict = lab.deviceVerdict(noisy, Lab.inner(office, 1));
            assertThat(verdict.normal()).isTrue();
            punts += verdict.punts();
        }
        assertThat(punts).isEqualTo(burst);
        assertThat(lab.deviceVerdict(office.devices().get(1), Lab.inner(office, 2))
                        .punts())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("what floods a device's port with MAC addresses of others keeps not even the device's clients from it")
    void strayFramesUseUpNothing() {
        final Device noisy = office.devices().get(0);
        final int few = burst(MeterId.Kind.STRAY_SOURCE);
        int punts = 0;
        for (int i = 0; i < few + 100; i++) {
            punts += lab.network()
                    .receive(
                            "sw2",
                            noisy.egress().port(),
                            Frames.ip(
                                    Lab.SERVER_MAC,
                                    new MacAddress(0x02ee_0000_0000L + i),
                                    Lab.inner(office, 1),
                                    Lab.SERVER,
                                    IKE))
                    .punts();
        }
        assertThat(punts).isEqualTo(few);
        assertThat(lab.deviceVerdict(noisy, Lab.inner(office, 1)).punts()).isEqualTo(1);
    }

    @Test
    @DisplayName("one uplink that floods keeps no other uplink's clients from being learned, and loses no frame")
    void oneUplinkSilencesNoOther() {
        final int burst = burst(MeterId.Kind.NEW_CLIENT);
        int punts = 0;
        for (int i = 0; i < burst + 100; i++) {
            final Verdict verdict = lab.clientVerdict(office, Lab.outer(1), IKE, 1);
            assertThat(verdict.sent()).hasSize(1);
            punts += verdict.punts();
        }
        assertThat(punts).isEqualTo(burst);
        assertThat(lab.clientVerdict(office, Lab.outer(2), IKE, 2).punts()).isEqualTo(1);
    }

    @Test
    @DisplayName("one port that asks for our addresses keeps nobody else from being answered")
    void oneAskerSilencesNoOther() {
        final int burst = burst(MeterId.Kind.ADDRESS_ASKED);
        assertThat(asks(1, 2 * burst)).isEqualTo(burst);
        assertThat(asks(2, 1)).isEqualTo(1);
        assertThat(asks(Shape.OTHER_PORT, 2 * burst)).isEqualTo(burst);
        assertThat(asks(2, 1)).isEqualTo(1);
    }

    @Test
    @DisplayName("no flood makes a device seem down: the answers to its checks have a meter of their own")
    void checksHaveMetersOfTheirOwn() {
        final Service checked =
                ServiceBuilder.office().healthCheck(HealthCheck.Type.ICMP).build();
        final Tables tables = Lab.of(checked).network().datapath("sw2").ours();
        final Map<Long, Set<MeterId.Kind>> kinds = tables.flows().values().stream()
                .filter(flow -> !flow.meters().isEmpty())
                .collect(Collectors.groupingBy(
                        flow -> flow.meters().getFirst(),
                        Collectors.mapping(
                                flow -> MeterId.parse(flow.meters().getFirst())
                                        .orElseThrow()
                                        .kind(),
                                Collectors.toSet())));
        assertThat(kinds.values()).allSatisfy(each -> assertThat(each).hasSize(1));
        assertThat(kinds.values().stream().filter(each -> each.contains(MeterId.Kind.EGRESS_CHECK)))
                .hasSameSizeAs(checked.devices());
    }

    @Test
    @DisplayName("what is too much is counted by its reason")
    void whatIsTooMuchIsCounted() {
        final int burst = burst(MeterId.Kind.ADDRESS_ASKED);
        asks(1, burst + 50);
        audit();
        assertThat(lab.ingressStatus(office).counters().overMeter())
                .containsExactly(Map.entry(Punt.ADDRESS_ASKED, 50L));
        assertThat(lab.ingressStatus(office).counters().punted()).containsEntry(Punt.ADDRESS_ASKED, (long) burst);
        audit();
        assertThat(lab.ingressStatus(office).counters().overMeter())
                .containsExactly(Map.entry(Punt.ADDRESS_ASKED, 50L));
    }

    @Test
    @DisplayName("devices that answer for clients too often are told from hosts that ask for vpnlb's addresses")
    void answersForClientsAreCounted() {
        final Device noisy = office.devices().getFirst();
        for (int i = 0; i < burst(MeterId.Kind.ADDRESS_ASKED) + 50; i++) {
            lab.network()
                    .receive(
                            "sw2",
                            noisy.egress().port(),
                            Frames.arpReply(noisy.egress().mac(), "10.99.7.9", office.virtualMac(), "172.16.0.254"));
        }
        audit();
        assertThat(lab.egressStatus(office).counters().overMeter()).containsExactly(Map.entry(Punt.CLIENT_FOUND, 50L));
    }

    @Test
    @DisplayName("what a switch drops is counted by its reason")
    void whatIsDroppedIsCounted() {
        for (int i = 0; i < 3; i++) {
            lab.clientVerdict(office, IpAddress.parse("127.0.0.1"), IKE, 1);
        }
        audit();
        assertThat(lab.ingressStatus(office).counters().dropped()).containsExactly(Map.entry("no-client", 3L));
    }

    @Test
    @DisplayName("a meter that somebody deleted is made again soon, with the entries that name it")
    void aLostMeterIsMadeAgain() {
        final InMemorySwitch egress = lab.network().datapath("sw2");
        final Tables whole = egress.ours();
        whole.meters().keySet().forEach(egress::loseMeter);
        lab.network().settle();
        audit();
        assertThat(egress.ours()).isEqualTo(whole);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("an entry that names a lost meter for its copies is written again, since it keeps to the lost one")
    void copiesAreBoundAnew() {
        final InMemorySwitch egress = lab.network().datapath("sw2");
        final List<Flow> copies = egress.ours().flows().values().stream()
                .filter(flow -> flow.meter() == null && !flow.meters().isEmpty())
                .toList();
        assertThat(copies).isNotEmpty();
        egress.ours().meters().keySet().forEach(egress::loseMeter);
        audit();
        assertThat(lab.network().notices()).anySatisfy(notice -> {
            assertThat(notice).isInstanceOf(Notice.SwitchRepaired.class);
            assertThat(((Notice.SwitchRepaired) notice).missing())
                    .isGreaterThanOrEqualTo(egress.ours().meters().size() + copies.size());
        });
    }

    @Test
    @DisplayName("a meter of ours that should not be there goes, and somebody else's stays")
    void aStrayMeterGoes() {
        final InMemorySwitch egress = lab.network().datapath("sw2");
        final Tables whole = egress.ours();
        egress.apply(new Effect.AddMeter(new MeterId(MeterId.Kind.NO_RETURN, 4711).meter(Capabilities.Meters.LEARNED)));
        egress.putMeter(new Meter(FOREIGN, 1, 1));
        audit();
        assertThat(egress.ours()).isEqualTo(whole);
        assertThat(egress.all().meters()).containsKey(FOREIGN);
    }

    @Test
    @DisplayName("a meter that somebody changed is made anew when the switch connects")
    void aChangedMeterIsMadeAnew() {
        final InMemorySwitch egress = lab.network().datapath("sw2");
        final Tables whole = egress.ours();
        final long first = whole.meters().keySet().stream().sorted().findFirst().orElseThrow();
        egress.putMeter(new Meter(first, 1, 1));
        lab.network().disconnect("sw2");
        lab.network().connect("sw2");
        lab.network().settle();
        assertThat(egress.ours()).isEqualTo(whole);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("no meter is left when its service goes")
    void metersGoWithTheirService() {
        lab.reconfigure();
        assertThat(lab.network().datapath("sw1").ours()).isEqualTo(Tables.EMPTY);
        assertThat(lab.network().datapath("sw2").ours()).isEqualTo(Tables.EMPTY);
    }

    private int asks(final long port, final int times) {
        int punts = 0;
        for (int i = 0; i < times; i++) {
            // Each another neighbour: the switch answers one that has asked.
            final var mac = new MacAddress(0x0200_0000_7000L + i);
            final var address = new IpAddress(IpAddress.Family.V4, 0, 0x0a00_1000L + i);
            punts += lab.network()
                    .receive(
                            "sw1",
                            port,
                            Frames.arpRequest(
                                    mac,
                                    address.toString(),
                                    office.clusterAddress().toString()))
                    .punts();
        }
        return punts;
    }

    private void audit() {
        lab.network().settle();
        lab.network().advance(DropCounts.PERIOD_MILLIS);
        lab.network().settle();
        // Another meter than those that should be there is looked into a second later.
        lab.network().advance(1000);
        lab.network().settle();
    }

    private static int burst(final MeterId.Kind kind) {
        return new MeterId(kind, 0).meter(Capabilities.Meters.LEARNED).burst();
    }
}
