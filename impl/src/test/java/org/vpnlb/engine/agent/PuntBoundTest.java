/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.agent.InMemorySwitch.Feature;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.session.Counters.Ignored;

@DisplayName("The controller is not flooded")
class PuntBoundTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final int MAX_SESSIONS = 5;
    /** More than the switch holds or answers for. */
    private static final int MANY = 1500;

    private final Service office =
            ServiceBuilder.office().maxSessions(MAX_SESSIONS, MAX_SESSIONS).build();
    private Lab lab = Lab.of(office);

    @Test
    @DisplayName("by the answers to checks: those it gets")
    void answersToChecksArePunted() {
        final Service checked = checkedBy(HealthCheck.Type.ICMP);
        final Attachment inside = checked.devices().get(0).egress();
        assertThat(punts(checked, "sw2", inside, inside.address().orElseThrow(), "172.16.0.250", Frames.Kind.PING))
                .isEqualTo(1);
    }

    @Test
    @DisplayName("by a client that sends through its tunnel to the address that checks come from")
    void aClientIsNotTakenForADeviceInside() {
        final Service checked = checkedBy(HealthCheck.Type.ICMP);
        final Attachment inside = checked.devices().get(0).egress();
        assertThat(punts(checked, "sw2", inside, Lab.inner(checked, 1), "172.16.0.250", Frames.Kind.udp(9)))
                .isZero();
    }

    @Test
    @DisplayName("by a client that sends through a full tunnel to the address that checks come from outside")
    void aClientIsNotTakenForADeviceOutside() {
        final Service checked = checkedBy(HealthCheck.Type.IKE);
        final Attachment outside = checked.devices().get(0).ingress();
        assertThat(punts(checked, "sw1", outside, Lab.inner(checked, 1), "10.0.0.250", Frames.Kind.udp(9)))
                .isZero();
    }

    @Test
    @DisplayName("by a server that scans the clients' addresses again and again, where no meter bounds that")
    void aScanIsSuppressed() {
        lab = new Lab(List.of(office), 0, new Random(1), Feature.METERS);
        scan();
        assertThat(scan()).isLessThan(100);
    }

    @Test
    @DisplayName("by a server that scans the clients' addresses: not each of them costs a frame")
    void aLongScanIsBounded() {
        int punts = 0;
        for (int client = 0; client < 3 * MANY; client++) {
            punts += miss(client);
        }
        assertThat(punts).isLessThan(2 * MANY);
    }

    @Test
    @DisplayName("by a scan, which keeps no client with a session from being reached, and ends after 5 s")
    void aScanDisturbsNobody() {
        final IpAddress client = Lab.inner(office, MANY);
        lab.deviceSends(office.devices().get(1), client);
        lab.network().settle();
        scan();
        assertThat(lab.serverSends(office, office.virtualMac(), client))
                .contains(office.devices().get(1));
        lab.assertConsistent();
        lab.network().advance(5_000);
        assertThat(miss(MANY + 1)).isEqualTo(1);
    }

    @Test
    @DisplayName("by clients for whom there is no room: each costs a frame now and then, not all of them")
    void whoIsRejectedIsSuppressed() {
        fill();
        int punts = 0;
        for (int i = 0; i < 100; i++) {
            punts += lab.clientVerdict(office, Lab.outer(MAX_SESSIONS), IKE).punts();
            lab.network().settle();
        }
        assertThat(punts).isLessThan(10);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("by clients for whom there is no room, and counts them, not their frames")
    void sessionsAreCountedNotFrames() {
        fill();
        for (int i = 0; i < 10; i++) {
            lab.clientVerdict(office, Lab.outer(MAX_SESSIONS), IKE);
            lab.network().settle();
        }
        assertThat(lab.ingressStatus(office).counters().rejected()).isEqualTo(1);
    }

    @Test
    @DisplayName("by a device's clients for whom there is no room")
    void whoIsRejectedInsideIsSuppressed() {
        for (int client = 0; client < MAX_SESSIONS; client++) {
            lab.deviceSends(office.devices().get(0), Lab.inner(office, client));
            lab.network().settle();
        }
        int punts = 0;
        for (int i = 0; i < 100; i++) {
            punts += lab.deviceVerdict(office.devices().get(0), Lab.inner(office, MAX_SESSIONS))
                    .punts();
            lab.network().settle();
        }
        assertThat(punts).isLessThan(10);
    }

    @Test
    @DisplayName("by hosts that ask for our addresses: also after many made-up ones the switch answers a real one")
    void madeUpNeighboursKeepNobodyAway() {
        for (int host = 0; host < MANY; host++) {
            ask(new MacAddress(0x0200_0000_7000L + host), new IpAddress(IpAddress.Family.V4, 0, 0x0a00_1000L + host));
        }
        ask(Lab.ROUTER_MAC, IpAddress.parse("10.0.0.253"));
        final Verdict second = ask(Lab.ROUTER_MAC, IpAddress.parse("10.0.0.253"));
        assertThat(second.punts()).isZero();
        assertThat(second.sent()).hasSize(1);
    }

    @Test
    @DisplayName("by hosts that ask for our addresses: in a second it sends a few hundred answers at most")
    void answersAreBounded() {
        for (int host = 0; host < MANY; host++) {
            ask(new MacAddress(0x0200_0000_7000L + host), new IpAddress(IpAddress.Family.V4, 0, 0x0a00_1000L + host));
        }
        assertThat(lab.network().spoken()).hasSizeLessThan(500);
        assertThat(lab.ingressStatus(office).counters().ignored().get(Ignored.TOO_MANY_REQUESTS))
                .isGreaterThan(1000);
        lab.assertConsistent();
    }

    private Verdict ask(final MacAddress mac, final IpAddress address) {
        final Verdict verdict = lab.network()
                .receive(
                        "sw1",
                        1,
                        Frames.arpRequest(
                                mac, address.toString(), office.clusterAddress().toString()));
        lab.network().settle();
        return verdict;
    }

    private int scan() {
        int punts = 0;
        for (int client = 0; client < MANY; client++) {
            punts += miss(client);
        }
        return punts;
    }

    private int miss(final int client) {
        final int punts = lab.serverVerdict(office, office.virtualMac(), Lab.inner(office, client))
                .punts();
        lab.network().settle();
        return punts;
    }

    private void fill() {
        for (int client = 0; client < MAX_SESSIONS; client++) {
            lab.clientSends(office, Lab.outer(client), IKE);
            lab.network().settle();
        }
    }

    private static Service checkedBy(final HealthCheck.Type type) {
        return ServiceBuilder.office().healthCheck(type).build();
    }

    /** How often a frame is punted that a device sends to the virtual MAC address. */
    private static int punts(
            final Service service,
            final String node,
            final Attachment from,
            final IpAddress source,
            final String destination,
            final Frames.Kind kind) {
        return Lab.of(service)
                .network()
                .receive(
                        node,
                        from.port(),
                        Frames.ip(service.virtualMac(), from.mac(), source, IpAddress.parse(destination), kind))
                .punts();
    }
}
