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
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.reconcile.AuditClock;

@DisplayName("A foreign entry with a key that vpnlb needs")
class ForeignEntryTest {
    private static final long SOMEBODY = 7;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    private final Service office = ServiceBuilder.office().build();
    private final Lab lab = Lab.of(office);
    private final InMemorySwitch sw1 = lab.network().datapath("sw1");
    private Flow foreign;

    /** Somebody takes, while vpnlb has nothing in the switch, the key of an entry that it will need. */
    @BeforeEach
    void putAForeignEntry() {
        final Flow.Key key = sw1.ours().flows().values().stream()
                .map(Flow::key)
                .filter(candidate -> candidate.table() == 0 && candidate.priority() == 1)
                .findFirst()
                .orElseThrow();
        lab.reconfigure();
        foreign = new Flow(key, SOMEBODY, Flow.Timeouts.NONE, List.of(), null, null);
        lab.network().disconnect("sw1");
        sw1.putForeign(foreign);
        sw1.overwriteForeign();
        lab.network().connect("sw1");
        lab.network().settle();
    }

    @Test
    @DisplayName("is left alone")
    void isLeftAlone() {
        lab.reconfigure(office);
        assertThat(sw1.overwritten()).isEmpty();
        assertThat(sw1.flow(foreign.key())).contains(foreign);
    }

    @Test
    @DisplayName("is still there when the service is gone")
    void isStillThere() {
        lab.reconfigure(office);
        lab.reconfigure();
        assertThat(sw1.flow(foreign.key())).contains(foreign);
    }

    @Test
    @DisplayName("is in the state, by its table, priority and match")
    void isInTheState() {
        assertThat(inTheWay()).as("of no service").isEmpty();
        lab.reconfigure(office);
        assertThat(inTheWay())
                .singleElement()
                .isEqualTo("table=0 priority=1 " + foreign.key().match());
    }

    @Test
    @DisplayName("does not keep away what else the service needs")
    void keepsNothingElseAway() {
        lab.reconfigure(office);
        assertThat(lab.clientSends(office, Lab.outer(1), IKE)).isPresent();
    }

    @Test
    @DisplayName("makes room for vpnlb's when it goes: the next audit writes that")
    void makesRoom() {
        lab.reconfigure(office);
        sw1.tamper(foreign::equals);
        audit();
        assertThat(sw1.ours().flows()).containsKey(foreign.key());
        assertThat(inTheWay()).isEmpty();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("that takes the place of one of vpnlb's later is left alone by the next audit")
    void mayComeLater() {
        lab.reconfigure(office);
        final Flow.Key key = sw1.ours().flows().keySet().stream()
                .filter(ours -> ours.table() == 0 && ours.priority() == 300)
                .findFirst()
                .orElseThrow();
        final Flow later = new Flow(key, SOMEBODY, Flow.Timeouts.NONE, List.of(), null, null);
        sw1.putForeign(later);
        audit();
        lab.reconfigure(ServiceBuilder.like(office).without("g3").build());
        assertThat(sw1.overwritten()).isEmpty();
        assertThat(sw1.flow(key)).contains(later);
        assertThat(inTheWay()).hasSize(2);
    }

    @Test
    @DisplayName("of a session is left alone too: the client has none")
    void isNoSession() {
        lab.reconfigure(office);
        lab.clientSends(office, Lab.outer(1), IKE);
        lab.network().settle();
        final Flow.Key key = lab.clientSession(office, Lab.outer(1))
                .map(device -> lab.pipeline().clientSession(office, device, Lab.outer(1)))
                .orElseThrow()
                .key();
        final Flow taken = new Flow(key, SOMEBODY, Flow.Timeouts.NONE, List.of(), null, null);
        sw1.putForeign(taken);
        audit();
        lab.reconfigure(ServiceBuilder.like(office).idleTimeouts(20, 30).build());
        assertThat(sw1.overwritten()).isEmpty();
        assertThat(sw1.flow(key)).contains(taken);
        assertThat(lab.ingressStatus(office).devices().values())
                .allSatisfy(device -> assertThat(device.clientSessions()).isZero());
    }

    @Test
    @DisplayName("is left alone by a session that would be there")
    void isLeftAloneByALaterSession() {
        lab.reconfigure(office);
        final Device device = office.devices().get(0);
        final InMemorySwitch sw2 = lab.network().datapath("sw2");
        final Flow.Key key = lab.pipeline()
                .returnSession(office, device, Lab.inner(office, 1))
                .key();
        final Flow taken = new Flow(key, SOMEBODY, Flow.Timeouts.NONE, List.of(), null, null);
        sw2.putForeign(taken);
        sw2.overwriteForeign();
        audit();
        lab.deviceSends(device, Lab.inner(office, 1));
        lab.network().settle();
        assertThat(sw2.overwritten()).isEmpty();
        assertThat(sw2.flow(key)).contains(taken);
    }

    @Test
    @DisplayName("of which there are very many costs nothing where vpnlb needs no room")
    void mayBeMany() {
        for (int i = 0; i < 20_000; i++) {
            sw1.putForeign(new Flow(
                    new Flow.Key(0, 300, Match.builder().inPort(100 + i).build()),
                    SOMEBODY,
                    Flow.Timeouts.NONE,
                    List.of(),
                    null,
                    null));
        }
        audit();
        lab.reconfigure(office);
        assertThat(inTheWay()).hasSize(1);
        assertThat(lab.clientSends(office, Lab.outer(1), IKE)).isPresent();
    }

    private List<String> inTheWay() {
        return lab.network().status("sw1").inTheWay();
    }

    private void audit() {
        lab.network().settle();
        lab.network().advance(AuditClock.COUNT_MILLIS);
        lab.network().settle();
    }
}
