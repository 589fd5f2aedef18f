/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.reconcile.AuditClock;

@Label("Buckets that were read as they had been before the slots moved")
class StaleBucketsTest {
    private static final int CLIENTS = 40;
    private static final int IDLE_SECONDS = 60;
    private static final long IDLE = IDLE_SECONDS * 1000L;

    @Property(tries = 30)
    @Label("move no client and no slot, where the switch finds slots by the source")
    void moveNoSlot(@ForAll final Learning learning, @ForAll final Sessions sessions, @ForAll final boolean isNew) {
        final Lab lab = Lab.of(ServiceBuilder.office()
                .method(Method.SOURCE_HASH)
                .sessions(sessions)
                .learning(learning)
                .idleTimeouts(IDLE_SECONDS, IDLE_SECONDS)
                .build());
        final var clients = new LiveClients(lab, CLIENTS, new Random(1));
        final Map<Long, Group> stale = moveSlots(lab, clients);
        final Map<String, Integer> slots = slots(lab);

        connect(lab, stale, isNew);

        clients.assertThatAllStay();
        assertThat(slots(lab)).isEqualTo(slots);
        clients.live(AuditClock.COUNT_MILLIS + 2 * IDLE);
        lab.network().settle();
        clients.assertThatAllStay();
        assertThat(slots(lab)).isEqualTo(slots);
        lab.assertConsistent();
    }

    @Property(tries = 20)
    @Label("move no client that has a session, where it selects by group")
    void moveNobodyByGroup(@ForAll final Learning learning, @ForAll final boolean isNew) {
        final Lab lab = Lab.of(ServiceBuilder.office()
                .method(Method.SELECT_GROUP)
                .learning(learning)
                .idleTimeouts(IDLE_SECONDS, IDLE_SECONDS)
                .build());
        final var clients = new LiveClients(lab, CLIENTS, new Random(1));
        lab.network().settle();
        final Map<Long, Group> stale = moveSlots(lab, clients);

        connect(lab, stale, isNew);

        clients.assertThatAllStay();
        clients.live(AuditClock.COUNT_MILLIS + 2 * IDLE);
        clients.assertThatAllStay();
        lab.network().settle();
        lab.assertConsistent();
    }

    /** A device drains and comes back while all clients live; the groups of before. */
    private static Map<Long, Group> moveSlots(final Lab lab, final LiveClients clients) {
        final Map<Long, Group> before = lab.network().datapath("sw1").ours().groups();
        final Map<String, Integer> slots = slots(lab);
        for (final AdminState state : List.of(AdminState.DRAINING, AdminState.IN_SERVICE, AdminState.DRAINING)) {
            final Service service = lab.services().getFirst();
            lab.configure(List.of(ServiceBuilder.like(service)
                    .device("g1", device -> device.with(state))
                    .build()));
            clients.live(2 * IDLE);
        }
        lab.network().settle();
        assertThat(slots(lab)).isNotEqualTo(slots);
        assertThat(lab.network().datapath("sw1").ours().groups()).isNotEqualTo(before);
        return before;
    }

    /** The switch connects, with the groups of a snapshot; the controller may have started anew. */
    private static void connect(final Lab lab, final Map<Long, Group> stale, final boolean isNew) {
        lab.network().disconnect("sw1");
        if (isNew) {
            lab.network().replaceAgent("sw1");
        }
        lab.network().settle();
        final Tables now = lab.network().datapath("sw1").ours();
        lab.network().connect("sw1", new Tables(now.flows(), stale, now.meters()));
        lab.network().settle();
    }

    private static Map<String, Integer> slots(final Lab lab) {
        final Service service = lab.services().getFirst();
        return service.devices().stream()
                .map(Device::name)
                .collect(Collectors.toMap(
                        name -> name,
                        name -> lab.ingressStatus(service).devices().get(name).slots()));
    }
}
