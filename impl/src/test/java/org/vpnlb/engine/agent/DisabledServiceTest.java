/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
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
import org.vpnlb.engine.net.IpAddress;

@Label("A service that is disabled and enabled again")
class DisabledServiceTest {
    private static final int CLIENTS = 60;
    private static final int IDLE_SECONDS = 60;
    private static final long IDLE = IDLE_SECONDS * 1000L;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    @Property(tries = 24)
    @Label("has the slots that it had, so that who is at the device of its slot stays, whoever learns")
    void hasItsSlots(
            @ForAll final Learning learning,
            @ForAll final Sessions sessions,
            @ForAll final boolean isAway,
            @ForAll final long seed) {
        final Random random = new Random(seed);
        final Service office = office().sessions(sessions).learning(learning).build();
        final Lab lab = new Lab(List.of(office), 0, random);
        reassignSlots(lab, random);
        final Map<IpAddress, String> clients = clients(lab);

        disable(lab);
        lab.network().advance(random.nextInt((int) (3 * IDLE)));
        lab.network().settle();
        if (isAway) {
            lab.network().disconnect("sw1");
            lab.network().settle();
            lab.network().connect("sw1");
            lab.network().settle();
        }
        final Service enabled = enable(lab);

        clients.forEach((client, device) -> assertThat(lab.clientSends(enabled, client, IKE))
                .map(Device::name)
                .contains(device));
        lab.network().settle();
        lab.assertConsistent();
    }

    @Example
    @Label("watches the slots anew that wait to move: nobody was learned meanwhile")
    void watchesAnew() {
        final Lab lab = Lab.of(office().sessions(Sessions.PINNED).build());
        final var clients = new LiveClients(lab, CLIENTS, new Random(1));
        lab.reconfigure(with(lab.services().getFirst(), "g1", AdminState.DRAINING));
        lab.network().advance(1000);
        lab.network().settle();
        disable(lab);
        lab.network().advance(IDLE + PinnedServices.MARGIN_MILLIS);
        lab.network().settle();
        enable(lab);
        lab.network().advance(1000);
        lab.network().settle();
        clients.assertThatAllStay();
        clients.live(2 * IDLE);
        clients.assertThatAllStay();
    }

    private static ServiceBuilder office() {
        return ServiceBuilder.office().method(Method.SOURCE_HASH).idleTimeouts(IDLE_SECONDS, IDLE_SECONDS);
    }

    /** Devices fail and come back: slots are not as they would be assigned anew. */
    private static void reassignSlots(final Lab lab, final Random random) {
        for (int i = 0; i < 4; i++) {
            final String name = "g" + (1 + random.nextInt(3));
            lab.reconfigure(with(lab.services().getFirst(), name, AdminState.OUT_OF_SERVICE));
            lab.reconfigure(with(lab.services().getFirst(), name, AdminState.IN_SERVICE));
            lab.network().advance(2 * IDLE);
            lab.network().settle();
        }
    }

    /** The name of the device of each of the clients, all of which have just sent something. */
    private static Map<IpAddress, String> clients(final Lab lab) {
        final Map<IpAddress, String> clients = new HashMap<>();
        for (int i = 0; i < CLIENTS; i++) {
            final IpAddress client = Lab.outer(i);
            clients.put(
                    client,
                    lab.clientSends(lab.services().getFirst(), client, IKE)
                            .map(Device::name)
                            .orElseThrow());
            lab.network().settle();
        }
        return clients;
    }

    private static Service with(final Service service, final String device, final AdminState state) {
        return ServiceBuilder.like(service)
                .device(device, found -> found.with(state))
                .build();
    }

    private static void disable(final Lab lab) {
        final Service service = lab.services().getFirst();
        lab.reconfigure(ServiceBuilder.like(service).enabled(false).build());
        assertThat(lab.network().datapath("sw1").ours().flows()).isEmpty();
    }

    private static Service enable(final Lab lab) {
        lab.reconfigure(
                ServiceBuilder.like(lab.services().getFirst()).enabled(true).build());
        return lab.services().getFirst();
    }
}
