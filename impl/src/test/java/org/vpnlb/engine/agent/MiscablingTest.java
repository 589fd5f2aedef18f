/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Miscabling;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("A device's MAC address at another device's port")
class MiscablingTest {
    private static final String ROUTER = "10.0.0.200";
    private static final MacAddress STRANGER = MacAddress.parse("06:00:00:00:00:01");

    private final Service office = ServiceBuilder.office().build();
    private final Device gateway1 = office.devices().get(0);
    private final Device gateway2 = office.devices().get(1);
    private final Lab lab = Lab.of(office);
    private final Miscabling miscabling = new Miscabling(
            Side.EGRESS, gateway1.name(), Lab.egress(office), gateway2.egress().port(), Optional.of(gateway2.name()));

    @Test
    @DisplayName("is named, with both devices and the port, and told once")
    void isNamedAndToldOnce() {
        for (int second = 0; second < 120; second++) {
            send(gateway1.egress().mac());
            lab.network().advance(1000);
        }
        assertThat(named()).containsExactly(miscabling);
        assertThat(lab.network().notices()).containsOnlyOnce(new Notice.Miscabled(office.name(), miscabling));
        assertThat(miscabling)
                .hasToString("%s's MAC is seen at the port of %s, port %d of %s"
                        .formatted(
                                gateway1.name(),
                                gateway2.name(),
                                gateway2.egress().port(),
                                Lab.egress(office)));
    }

    @Test
    @DisplayName("is named no more a while after its last frame, and told again when it comes back")
    void isNamedNoMoreAfterAWhile() {
        send(gateway1.egress().mac());
        for (int second = 0; second < 120; second++) {
            lab.network().advance(1000);
            lab.network().settle();
        }
        assertThat(named()).isEmpty();
        send(gateway1.egress().mac());
        assertThat(named()).containsExactly(miscabling);
        assertThat(lab.network().notices().stream().filter(Notice.Miscabled.class::isInstance))
                .hasSize(2);
    }

    @Test
    @DisplayName("is named no more when the configuration says that it belongs there")
    void isNamedNoMoreWhenItIsConfiguredSo() {
        send(gateway1.egress().mac());
        lab.reconfigure(office.withDevices(List.of(
                new Device(
                        gateway1.name(),
                        gateway1.adminState(),
                        gateway1.weight(),
                        gateway1.backup(),
                        gateway1.maxSessions(),
                        gateway1.ingress(),
                        gateway2.egress()),
                new Device(
                        gateway2.name(),
                        gateway2.adminState(),
                        gateway2.weight(),
                        gateway2.backup(),
                        gateway2.maxSessions(),
                        gateway2.ingress(),
                        gateway1.egress()))));
        assertThat(named()).isEmpty();
    }

    @Test
    @DisplayName("is not what a stranger's MAC address there is")
    void isNotWhatAStrangersIs() {
        send(STRANGER);
        assertThat(named()).isEmpty();
    }

    @Test
    @DisplayName("is named on the clients' side too, by ARP, which reaches others as ever")
    void isNamedOnTheClientsSideToo() {
        final var onClientsSide = new Miscabling(
                Side.INGRESS,
                gateway1.name(),
                Lab.ingress(office),
                gateway2.ingress().port(),
                Optional.of(gateway2.name()));
        for (int second = 0; second < 120; second++) {
            assertThat(asksForItsRouter(gateway1, gateway2).normal()).isTrue();
            lab.network().advance(1000);
        }
        assertThat(lab.ingressStatus(office).miscablings()).containsExactly(onClientsSide);
        assertThat(lab.network().notices()).containsOnlyOnce(new Notice.Miscabled(office.name(), onClientsSide));
        assertThat(onClientsSide).hasToString("g1's MAC is seen at the port of g2, port 12 of sw1");
    }

    @Test
    @DisplayName("is named there when both are exchanged, and none when the cables are right")
    void isNamedWhenBothAreExchanged() {
        assertThat(asksForItsRouter(gateway1, gateway1).punts())
                .as("a device's own ARP costs the controller nothing")
                .isZero();
        assertThat(lab.ingressStatus(office).miscablings()).isEmpty();
        asksForItsRouter(gateway1, gateway2);
        asksForItsRouter(gateway2, gateway1);
        assertThat(lab.ingressStatus(office).miscablings())
                .extracting(Miscabling::toString)
                .containsExactly(
                        "g1's MAC is seen at the port of g2, port 12 of sw1",
                        "g2's MAC is seen at the port of g1, port 11 of sw1");
    }

    @Test
    @DisplayName("is named on the servers' side when both are exchanged there, by what their clients send")
    void isNamedWhenBothAreExchangedOnTheServersSide() {
        lab.deviceSends(gateway1, Lab.inner(office, 1));
        lab.network().settle();
        assertThat(named()).isEmpty();
        sendsInside(gateway1, gateway2);
        sendsInside(gateway2, gateway1);
        assertThat(named())
                .extracting(Miscabling::toString)
                .containsExactly(
                        "g1's MAC is seen at the port of g2, port 12 of sw2",
                        "g2's MAC is seen at the port of g1, port 11 of sw2");
        assertThat(lab.ingressStatus(office).miscablings()).isEmpty();
        assertThat(lab.returnSession(office, Lab.inner(office, 2)))
                .as("nothing is learned of what comes in at the wrong port")
                .isEmpty();
    }

    private void sendsInside(final Device device, final Device at) {
        lab.network()
                .receive(
                        Lab.egress(office),
                        at.egress().port(),
                        Frames.ip(
                                Lab.SERVER_MAC,
                                device.egress().mac(),
                                Lab.inner(office, 2),
                                Lab.SERVER,
                                Frames.Kind.PING));
        lab.network().settle();
    }

    @Test
    @DisplayName("is not what a stranger's ARP at a device's port is")
    void isNotWhatAStrangersArpIs() {
        lab.network()
                .receive(
                        Lab.ingress(office),
                        gateway2.ingress().port(),
                        Frames.arpRequest(STRANGER, "10.0.0.66", ROUTER));
        lab.network().settle();
        assertThat(lab.ingressStatus(office).miscablings()).isEmpty();
    }

    private Verdict asksForItsRouter(final Device device, final Device at) {
        final Verdict verdict = lab.network()
                .receive(
                        Lab.ingress(office),
                        at.ingress().port(),
                        Frames.arpRequest(
                                device.ingress().mac(),
                                device.ingress().address().orElseThrow().toString(),
                                ROUTER));
        lab.network().settle();
        return verdict;
    }

    @Test
    @DisplayName("is one of a bounded number")
    void isOneOfABoundedNumber() {
        final var many = new Miscablings();
        for (int port = 0; port < 2 * Miscablings.MAX; port++) {
            many.see(new Miscabling(Side.EGRESS, "g1", "openflow:2", port, Optional.empty()), 0);
        }
        assertThat(many.all()).hasSize(Miscablings.MAX);
    }

    private void send(final MacAddress mac) {
        lab.network()
                .receive(
                        Lab.egress(office),
                        gateway2.egress().port(),
                        Frames.ip(Lab.SERVER_MAC, mac, Lab.inner(office, 1), Lab.SERVER, Frames.Kind.PING));
        lab.network().settle();
    }

    private List<Miscabling> named() {
        return lab.egressStatus(office).miscablings();
    }
}
