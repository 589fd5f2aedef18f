/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Notice.SwitchRepaired;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.reconcile.AuditClock;

@DisplayName("While a switch refuses what it is to hold,")
class RefusedAuditTest {
    private static final long OLD_UPLINK = 1;
    private static final long NEW_UPLINK = 99;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    private final Service office = ServiceBuilder.office().build();
    private final Service moved =
            ServiceBuilder.like(office).ingress("sw1", NEW_UPLINK).build();
    private final Lab lab = Lab.of(office);
    private final InMemorySwitch sw1 = lab.network().datapath("sw1");

    @BeforeEach
    void refuseAChange() {
        lab.network().letRefuse("sw1");
        sw1.limit(0, (int) entriesOfTheFirstTable());
        lab.reconfigure(moved);
        assertThat(lab.network().agent("sw1").status().refused()).isNotEmpty();
        lab.network().notices();
    }

    @Test
    @DisplayName("what somebody else deletes of the rest is there again within a minute, and that is told")
    void theRestIsRepaired() {
        final List<Flow> deleted = entries().stream()
                .filter(flow -> flow.key().table() != 0 && !isOf(OLD_UPLINK, flow))
                .toList();
        sw1.tamper(deleted::contains);
        assertThat(entries()).isNotEmpty().doesNotContainAnyElementsOf(deleted);

        pass(6 * AuditClock.COUNT_MILLIS);
        assertThat(entries()).containsAll(deleted);
        assertThat(repairs()).singleElement().satisfies(told -> {
            assertThat(told.missing()).isEqualTo(deleted.size());
            assertThat(told.extra()).isZero();
        });
        assertThat(lab.clientVerdict(moved, Lab.outer(1), IKE, OLD_UPLINK).isDropped())
                .isFalse();
    }

    @Test
    @DisplayName("no repair is told where nobody changed anything, also when all is compared")
    void nothingIsToldWithoutNeed() {
        pass(3 * AuditClock.READ_MILLIS);
        assertThat(repairs()).isEmpty();
        assertThat(lab.network().agent("sw1").status().refused()).isNotEmpty();
    }

    @Test
    @DisplayName("what is refused is made once there is room")
    void whatIsRefusedIsMade() {
        pass(3 * AuditClock.READ_MILLIS);
        sw1.unlimited();
        pass(AuditClock.COUNT_MILLIS * 4);
        assertThat(lab.network().agent("sw1").status().refused()).isEmpty();
        lab.assertConsistent();
    }

    @Test
    @DisplayName(
            "the controller goes on learning, also beside a service that the switch learns, and that lost a device")
    void theControllerGoesOnLearning() {
        final Service other = ServiceBuilder.service("other")
                .clusterAddress("10.0.1.100")
                .gatewayAddress("172.16.0.253")
                .clientPrefixes("10.98.0.0/16")
                .learning(Learning.SWITCH)
                .device(4)
                .device(5)
                .build();
        final Lab two = Lab.of(office, other);
        final InMemorySwitch sw2 = two.network().datapath("sw2");
        two.network().letRefuse("sw2");
        sw2.limit(0, (int)
                sw2.flows().stream().filter(flow -> flow.key().table() == 0).count());
        two.reconfigure(
                ServiceBuilder.like(office).egress("sw2", NEW_UPLINK).build(),
                ServiceBuilder.like(other).without("g5").build());
        assertThat(two.network().agent("sw2").status().refused()).isNotEmpty();
        for (long passed = 0; passed < 2 * AuditClock.READ_MILLIS; passed += AuditClock.COUNT_MILLIS) {
            two.network().advance(AuditClock.COUNT_MILLIS);
            two.network().settle();
        }
        two.deviceSends(office.devices().getFirst(), Lab.inner(office, 1));
        two.network().settle();
        assertThat(two.returnSession(office, Lab.inner(office, 1))).isPresent();
    }

    private void pass(final long millis) {
        for (long passed = 0; passed < millis; passed += AuditClock.COUNT_MILLIS) {
            lab.network().advance(AuditClock.COUNT_MILLIS);
            lab.network().settle();
        }
    }

    private long entriesOfTheFirstTable() {
        return sw1.flows().stream().filter(flow -> flow.key().table() == 0).count();
    }

    private List<Flow> entries() {
        return sw1.flows().stream().filter(RefusedAuditTest::isOurs).toList();
    }

    private static boolean isOf(final long port, final Flow flow) {
        return flow.key().match().inPort() != null && flow.key().match().inPort() == port;
    }

    private static boolean isOurs(final Flow flow) {
        return Cookie.parse(flow.cookie()).isPresent();
    }

    private List<SwitchRepaired> repairs() {
        return lab.network().notices().stream()
                .filter(SwitchRepaired.class::isInstance)
                .map(SwitchRepaired.class::cast)
                .toList();
    }
}
