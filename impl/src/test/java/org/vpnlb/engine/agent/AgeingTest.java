/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;

@Label("A session that idles")
@DisplayName("A session that idles")
class AgeingTest {
    private static final long INGRESS_IDLE = 300_000;
    private static final long EGRESS_IDLE = 600_000;
    private static final long SLICE = 500;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    private final Service office = ServiceBuilder.office().build();
    private final Device gateway = office.devices().get(1);
    private final IpAddress outer = Lab.outer(1);
    private final IpAddress inner = Lab.inner(office, 1);
    private final Lab lab = Lab.of(office);

    @Test
    @DisplayName("ends after its idle timeout on the clients' side, and is counted")
    void endsOnTheClientsSide() {
        lab.clientSends(office, outer, IKE);
        pass(INGRESS_IDLE - 1);
        assertThat(lab.ingressStatus(office).counters().expired()).isZero();
        assertThat(lab.clientSession(office, outer)).isPresent();
        pass(1);
        assertThat(lab.ingressStatus(office).counters().expired()).isEqualTo(1);
        assertThat(clientSessions()).isZero();
        assertThat(lab.clientSession(office, outer)).isEmpty();
    }

    @Test
    @DisplayName("lives as long as its packets come")
    void livesWhileItIsUsed() {
        final Device device = lab.clientSends(office, outer, IKE).orElseThrow();
        for (int i = 0; i < 10; i++) {
            pass(INGRESS_IDLE - 1000);
            assertThat(lab.clientSends(office, outer, Frames.Kind.protocol(50))).contains(device);
        }
        assertThat(lab.ingressStatus(office).counters().punts()).isEqualTo(1);
    }

    @Test
    @DisplayName("is made anew by its next packet")
    void isMadeAnew() {
        lab.clientSends(office, outer, IKE);
        pass(INGRESS_IDLE);
        lab.clientSends(office, outer, IKE);
        lab.network().settle();
        assertThat(lab.clientSession(office, outer)).isPresent();
        assertThat(lab.ingressStatus(office).counters().created()).isEqualTo(2);
    }

    @Test
    @DisplayName("on the servers' side lives while packets go one way only, from the client")
    void livesByItsSource() {
        lab.deviceSends(gateway, inner);
        lab.network().settle();
        for (int i = 0; i < 4; i++) {
            pass(EGRESS_IDLE - 1000);
            lab.deviceSends(gateway, inner);
        }
        assertThat(returnSessions()).isEqualTo(1);
        assertThat(lab.returnSession(office, inner)).isEmpty();
        assertThat(lab.egressStatus(office).counters().expired()).isZero();

        // The first packet back is brought on its way by hand, the next by the entry that is written again.
        lab.serverVerdict(office, office.virtualMac(), inner);
        lab.network().settle();
        assertThat(lab.spokenTo(office)).containsExactly(gateway);
        assertThat(lab.serverSends(office, office.virtualMac(), inner)).contains(gateway);
    }

    @Test
    @DisplayName("on the servers' side lives while packets go one way only, to the client")
    void livesByItsWayBack() {
        lab.deviceSends(gateway, inner);
        lab.network().settle();
        for (int i = 0; i < 4; i++) {
            pass(EGRESS_IDLE - 1000);
            assertThat(lab.serverSends(office, office.virtualMac(), inner)).contains(gateway);
        }
        assertThat(returnSessions()).isEqualTo(1);
        assertThat(lab.isLearned(office, gateway, inner)).isFalse();

        lab.deviceSends(gateway, inner);
        lab.network().settle();
        assertThat(lab.isLearned(office, gateway, inner)).isTrue();
        assertThat(lab.egressStatus(office).counters().created()).isEqualTo(1);
    }

    @Test
    @DisplayName("on the servers' side ends when both ways idle")
    void endsOnTheServersSide() {
        lab.deviceSends(gateway, inner);
        lab.network().settle();
        pass(EGRESS_IDLE);
        assertThat(returnSessions()).isZero();
        assertThat(lab.egressStatus(office).counters().expired()).isEqualTo(1);
    }

    @Test
    @DisplayName("on the servers' side ends also when its entries were written at different times")
    void endsWhenItsEntriesWereWrittenAtDifferentTimes() {
        lab.deviceSends(gateway, inner);
        lab.network().settle();
        pass(EGRESS_IDLE - 1000);
        lab.deviceSends(gateway, inner);
        pass(2000);
        // The way back has idled out, and is written again by this.
        lab.serverVerdict(office, office.virtualMac(), inner);
        lab.network().settle();
        assertThat(lab.returnSession(office, inner)).isPresent();

        pass(EGRESS_IDLE + 1000);

        assertThat(lab.network().datapath(Lab.egress(office)).flows())
                .noneMatch(flow -> flow.timeouts().idle() > 0);
        assertThat(returnSessions()).isZero();
        assertThat(lab.egressStatus(office).counters().expired()).isEqualTo(1);
    }

    @Test
    @DisplayName("is learned from its next frame also right after the way back was written again")
    void isLearnedRightAfterTheWayBackWasWritten() {
        lab.deviceSends(gateway, inner);
        pass(300);
        lab.deviceSends(gateway, inner);
        pass(EGRESS_IDLE - 200);
        lab.serverVerdict(office, office.virtualMac(), inner);
        pass(200);
        assertThat(lab.returnSession(office, inner)).contains(gateway);
        assertThat(lab.isLearned(office, gateway, inner)).isFalse();
        pass(200);

        lab.deviceSends(gateway, inner);
        lab.network().settle();

        assertThat(lab.isLearned(office, gateway, inner)).isTrue();
    }

    @Test
    @DisplayName("takes the idle timeout that is configured meanwhile")
    void takesTheNewTimeout() {
        lab.clientSends(office, outer, IKE);
        lab.deviceSends(gateway, inner);
        lab.network().settle();
        lab.reconfigure(ServiceBuilder.like(office).idleTimeouts(20, 30).build());
        pass(20_000);
        assertThat(clientSessions()).isZero();
        assertThat(returnSessions()).isEqualTo(1);
        pass(10_000);
        assertThat(returnSessions()).isZero();
    }

    @Property(tries = 50)
    @Label("is in the agent's account exactly as long as it is in the switch")
    void isAccountedForAsLongAsItIsInTheSwitch(@ForAll final long seed) {
        final Random random = new Random(seed);
        final Lab busy =
                new Lab(List.of(ServiceBuilder.office().idleTimeouts(20, 30).build()), 0, random);
        final Service service = busy.services().get(0);
        for (int i = 0; i < 100; i++) {
            new RandomTraffic(busy, random).run(3);
            busy.network().advance(random.nextInt(12_000));
            busy.network().settle();
            busy.assertConsistent();
        }
        busy.network().advance(EGRESS_IDLE);
        busy.network().settle();
        busy.network().advance(EGRESS_IDLE);
        busy.network().settle();
        assertThat(busy.egressStatus(service).counters().created())
                .isEqualTo(busy.egressStatus(service).counters().expired());
        assertThat(busy.ingressStatus(service).counters().created())
                .isEqualTo(busy.ingressStatus(service).counters().expired());
        busy.assertConsistent();
    }

    /** Time passes slowly enough for each thing to be told when it happens. */
    private void pass(final long millis) {
        lab.network().settle();
        for (long left = millis; left > 0; left -= SLICE) {
            lab.network().advance(Math.min(left, SLICE));
            lab.network().settle();
        }
    }

    private int clientSessions() {
        return lab.ingressStatus(office).devices().values().stream()
                .mapToInt(SwitchStatus.DeviceStatus::clientSessions)
                .sum();
    }

    private int returnSessions() {
        return lab.egressStatus(office).devices().values().stream()
                .mapToInt(SwitchStatus.DeviceStatus::returnSessions)
                .sum();
    }
}
