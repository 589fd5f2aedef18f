/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.net.MacAddress;

@Label("What a switch sends to a device")
class TrafficCountsTest {
    private static final int CLIENTS = 30;
    private static final long TO_BE_TOLD = 2 * DropCounts.PERIOD_MILLIS;

    @Property(tries = 60)
    @Label("is counted frame by frame in both directions, whoever learns and however is selected")
    void everyFrameIsCounted(
            @ForAll final Learning learning,
            @ForAll final boolean isBySource,
            @ForAll final Sessions sessions,
            @ForAll final long seed) {
        final Random random = new Random(seed);
        final Service office = ServiceBuilder.office()
                .learning(learning)
                .method(isBySource ? Method.SOURCE_HASH : Method.SELECT_GROUP)
                .sessions(isBySource ? sessions : Sessions.ALL)
                .build();
        final Lab lab = new Lab(List.of(office), 0, random);
        tell(lab);
        final var seen = new Seen();
        for (int i = 0; i < 200; i++) {
            send(lab, seen, random);
            lab.network().steps(random.nextInt(5));
            lab.network().advance(random.nextInt(300));
            if (i == 100) {
                // Some are pinned then, and another device gets their slots.
                lab.configure(List.of(ServiceBuilder.like(office)
                        .device("g1", device -> device.with(AdminState.DRAINING))
                        .build()));
            }
        }
        lab.network().settle();
        tell(lab);
        for (final Device device : lab.services().getFirst().devices()) {
            assertThat(status(lab, "sw1", device).fromClients())
                    .as("from clients to %s", device.name())
                    .contains(seen.fromClients.getOrDefault(device.name(), Volume.NONE));
            assertThat(status(lab, "sw2", device).fromServers())
                    .as("from servers to %s", device.name())
                    .contains(seen.fromServers.getOrDefault(device.name(), Volume.NONE));
        }
    }

    @Example
    @Label("goes on being counted after a lost connection, a restarted switch and a change of the device's group")
    void countsGoOn() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = Lab.of(office);
        tell(lab);
        final Device device = clientSends(lab);
        tell(lab);
        lab.network().disconnect("sw1");
        clientSends(lab);
        lab.network().connect("sw1");
        lab.network().settle();
        tell(lab);
        assertThat(packets(lab, device)).isEqualTo(2);
        clientSends(lab);
        tell(lab);
        // Its groups change then, and count from 0.
        lab.reconfigure(ServiceBuilder.like(office)
                .device(
                        device.name(),
                        same -> ServiceBuilder.with(
                                same,
                                new Attachment(
                                        same.ingress().place(),
                                        MacAddress.parse("02:00:00:00:0a:99"),
                                        same.ingress().address()),
                                same.egress()))
                .build());
        clientSends(lab);
        tell(lab);
        assertThat(packets(lab, device)).isEqualTo(4);
    }

    @Example
    @Label("goes on being counted by another name, and is nobody's who gets the name of before")
    void countsGoWithTheDevice() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = Lab.of(office);
        tell(lab);
        final Device device = clientSends(lab);
        tell(lab);
        final Device renamed = ServiceBuilder.named(device, "x");
        lab.reconfigure(ServiceBuilder.like(office)
                .device(device.name(), same -> ServiceBuilder.named(same, "x"))
                .build());
        assertThat(packets(lab, renamed)).isEqualTo(1);
        // Another device gets the name of before.
        final String other = device.name().equals("g1") ? "g2" : "g1";
        lab.reconfigure(ServiceBuilder.like(office)
                .device(device.name(), same -> ServiceBuilder.named(same, "x"))
                .device(other, same -> ServiceBuilder.named(same, device.name()))
                .build());
        assertThat(status(lab, "sw1", device).fromClients().orElse(Volume.NONE)).isEqualTo(Volume.NONE);
        assertThat(packets(lab, renamed)).isEqualTo(1);
    }

    @Example
    @Label("is not told before it is known, and none of the time before this controller")
    void nothingIsMadeUp() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = Lab.of(office);
        final Device device = clientSends(lab);
        tell(lab);
        lab.network().replaceAgent("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        tell(lab);
        clientSends(lab);
        tell(lab);
        assertThat(packets(lab, device)).isEqualTo(1);
        assertThat(status(lab, "sw1", device).fromServers())
                .as("what is on the other switch's side")
                .isEmpty();
    }

    private static final class Seen {
        private final Map<String, Volume> fromClients = new HashMap<>();
        private final Map<String, Volume> fromServers = new HashMap<>();
    }

    private static void send(final Lab lab, final Seen seen, final Random random) {
        final Service service = lab.services().getFirst();
        final int client = random.nextInt(CLIENTS);
        switch (random.nextInt(3)) {
            case 0 -> {
                final var kinds = Frames.Kind.of(service);
                count(
                        service,
                        lab.clientVerdict(service, Lab.outer(client), kinds.get(random.nextInt(kinds.size()))),
                        true,
                        seen);
            }
            case 1 ->
                lab.deviceVerdict(
                        service.devices().get(client % service.devices().size()), Lab.inner(service, client));
            default ->
                count(
                        service,
                        lab.serverVerdict(service, service.virtualMac(), Lab.inner(service, client)),
                        false,
                        seen);
        }
    }

    private static void count(
            final Service service, final Verdict verdict, final boolean isFromClient, final Seen seen) {
        for (final Verdict.Sent sent : verdict.sent()) {
            service.devices().stream()
                    .filter(device -> Lab.isAt(isFromClient ? device.ingress() : device.egress(), sent))
                    .forEach(device -> (isFromClient ? seen.fromClients : seen.fromServers)
                            .merge(device.name(), new Volume(1, sent.frame().length), Volume::plus));
        }
    }

    private static Device clientSends(final Lab lab) {
        return lab.clientSends(lab.services().getFirst(), Lab.outer(1), Frames.Kind.udp(500))
                .orElseThrow();
    }

    private static void tell(final Lab lab) {
        lab.network().advance(TO_BE_TOLD);
        lab.network().settle();
    }

    private static long packets(final Lab lab, final Device device) {
        return status(lab, "sw1", device).fromClients().map(Volume::packets).orElse(-1L);
    }

    private static DeviceStatus status(final Lab lab, final String node, final Device device) {
        return Optional.ofNullable(lab.network().status(node).services().get("office"))
                .orElseThrow()
                .devices()
                .get(device.name());
    }
}
