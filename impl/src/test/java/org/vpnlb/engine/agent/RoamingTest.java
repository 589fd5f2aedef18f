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
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.session.Counters;

@Label("A client that logs in at another device")
@DisplayName("A client that logs in at another device")
class RoamingTest {
    private final Service office = ServiceBuilder.office().build();
    private final Device gateway1 = office.devices().get(0);
    private final Device gateway2 = office.devices().get(1);
    private final IpAddress client = Lab.inner(office, 1);
    private final Lab lab = Lab.of(office);

    @Test
    @DisplayName("is reached there from its first frame on, and nothing is left of where it was")
    void isReachedThere() {
        sends(gateway1);
        sends(gateway2);
        assertThat(lab.serverSends(office, office.virtualMac(), client)).contains(gateway2);
        assertThat(lab.isLearned(office, gateway1, client)).isFalse();
        assertThat(lab.isLearned(office, gateway2, client)).isTrue();
        lab.assertConsistent();
        final Counters counters = lab.egressStatus(office).counters();
        assertThat(counters.created()).isEqualTo(1);
        assertThat(counters.moved()).isEqualTo(1);
    }

    @Test
    @DisplayName("may come back at once")
    void mayComeBack() {
        sends(gateway1);
        sends(gateway2);
        sends(gateway1);
        assertThat(lab.serverSends(office, office.virtualMac(), client)).contains(gateway1);
        assertThat(lab.isLearned(office, gateway2, client)).isFalse();
        assertThat(lab.egressStatus(office).counters().moved()).isEqualTo(2);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("is known again after a move of which the switch had heard only in part")
    void isKnownAgainAfterHalfAMove() {
        sends(gateway1);
        lab.deviceSends(gateway2, client);
        // The agent has decided, and one entry is written, when controller and connection go.
        lab.network().datapath("sw2").apply(new Effect.AddFlow(lab.pipeline().returnSession(office, gateway2, client)));
        lab.network().replaceAgent("sw2");
        lab.network().connect("sw2");
        lab.network().settle();
        assertThat(lab.serverSends(office, office.virtualMac(), client)).contains(gateway2);
        assertThat(lab.isLearned(office, gateway1, client)).isFalse();
        sends(gateway2);
        assertThat(lab.isLearned(office, gateway2, client)).isTrue();
        lab.assertConsistent();
    }

    @Property
    @Label("is in the end reached where it sent from last, whatever was late or came twice")
    void isReachedWhereItSentFromLast(@ForAll final long seed) {
        final Random random = new Random(seed);
        final Lab busy = new Lab(List.of(office), 0, random);
        busy.network().duplicate(0.3);
        Device home = gateway1;
        for (int i = 0; i < 100; i++) {
            home = office.devices().get(random.nextInt(3));
            busy.deviceSends(home, client);
            busy.network().steps(random.nextInt(6));
            busy.network().advance(random.nextInt(40));
        }
        busy.network().settle();
        // It moved as no client does, so it was taken for two. After a minute it is one again.
        busy.network().advance(61_000);
        busy.deviceSends(home, client);
        busy.network().settle();
        assertThat(busy.serverSends(office, office.virtualMac(), client)).contains(home);
        busy.assertConsistent();
    }

    private void sends(final Device device) {
        lab.deviceSends(device, client);
        lab.network().settle();
    }
}
