/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.selection.SourceSlots;
import org.vpnlb.engine.session.Rebalance;

@Label("An operator who moves clients after an outage")
class RebalanceTest {
    private static final int CLIENTS = 60;
    private static final int IDLE_SECONDS = 60;
    private static final long IDLE = IDLE_SECONDS * 1000L;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    @Property(tries = 60)
    @Label("moves exactly as many as were chosen and nobody else, each to its slot's device, where it stays")
    void exactlyTheChosenMove(
            @ForAll final Learning learning, @ForAll final Sessions sessions, @ForAll final long seed) {
        final Random random = new Random(seed);
        final int devices = 2 + random.nextInt(4);
        final Lab lab = new Lab(List.of(office(learning, sessions, devices, random)), 0, random);
        final var clients = new LiveClients(lab, CLIENTS, random);
        outage(lab, clients, devices, random);
        lab.network().settle();
        final List<PinnedClient> pinned = pinned(lab);
        assertThat(pinned).isNotEmpty();
        assertThat(pinned).allSatisfy(client -> {
            assertThat(clients.devices().get(client.client().address())).isEqualTo(client.from());
            assertThat(slotDevice(lab, client.client().address())).isEqualTo(client.to());
        });
        final Map<IpAddress, String> before = new HashMap<>(clients.devices());

        final List<PinnedClient> chosen = Rebalance.choose(pinned, 1 + random.nextInt(pinned.size()));
        for (int first = 0; first < chosen.size(); first += 7) {
            order(lab, chosen.subList(first, Math.min(chosen.size(), first + 7)));
            // The old device does not know yet that its client has gone.
            chosen.forEach(
                    client -> deviceSends(lab, client.from(), client.client().address()));
            lab.network().steps(random.nextInt(50));
            lab.network().advance(1000);
        }
        lab.network().settle();

        final Set<ClientKey> moved = chosen.stream().map(PinnedClient::client).collect(Collectors.toSet());
        assertThat(moved).hasSameSizeAs(chosen);
        for (final IpAddress client : clients.devices().keySet()) {
            if (moved.contains(client)) {
                clients.moved(client);
                assertThat(clients.devices().get(client)).isEqualTo(slotDevice(lab, client));
            } else {
                assertThat(clients.devices().get(client)).isEqualTo(before.get(client));
                clients.assertThatStays(client);
            }
        }
        chosen.forEach(client -> deviceSends(lab, client.from(), client.client().address()));
        clients.live(2 * IDLE);
        clients.assertThatAllStay();
        lab.network().settle();
        assertThat(pinned(lab)).hasSize(pinned.size() - chosen.size());
        lab.assertConsistent();
    }

    /** All but one device fail, their clients log in there, and the devices come back. */
    private static void outage(final Lab lab, final LiveClients clients, final int devices, final Random random) {
        final Service all = lab.services().getFirst();
        final String left = "g" + (1 + random.nextInt(devices));
        final var builder = ServiceBuilder.like(all);
        all.devices().stream()
                .map(Device::name)
                .filter(name -> !name.equals(left))
                .forEach(name -> builder.device(name, device -> device.with(AdminState.OUT_OF_SERVICE)));
        lab.reconfigure(builder.build());
        clients.devices().keySet().forEach(clients::moved);
        assertThat(clients.devices().values()).containsOnly(left);
        clients.live(random.nextInt((int) IDLE));
        lab.reconfigure(all);
        // With pinned sessions the slots go back when their clients have been learned.
        clients.live(2 * IDLE);
        clients.assertThatAllStay();
    }

    private static Service office(
            final Learning learning, final Sessions sessions, final int devices, final Random random) {
        final var builder = ServiceBuilder.office()
                .method(Method.SOURCE_HASH)
                .sessions(sessions)
                .learning(learning)
                .idleTimeouts(IDLE_SECONDS, IDLE_SECONDS);
        IntStream.rangeClosed(4, devices).forEach(builder::device);
        IntStream.rangeClosed(devices + 1, 3).forEach(device -> builder.without("g" + device));
        final Service office = builder.build();
        final var weighted = ServiceBuilder.like(office);
        office.devices()
                .forEach(device ->
                        weighted.device(device.name(), same -> ServiceBuilder.with(same, 1 + random.nextInt(3))));
        return weighted.build();
    }

    @Example
    @Label("does not fill a device beyond its max-sessions, whoever learns")
    void noDeviceIsOverfilled() {
        for (final Learning learning : List.of(Learning.CONTROLLER, Learning.SWITCH)) {
            final Random random = new Random(1);
            final Lab lab = new Lab(List.of(office(learning, Sessions.ALL, 2, random)), 0, random);
            final var clients = new LiveClients(lab, CLIENTS, random);
            outage(lab, clients, 2, random);
            final List<PinnedClient> pinned = pinned(lab);
            final String to = pinned.getFirst().to();
            lab.reconfigure(ServiceBuilder.like(lab.services().getFirst())
                    .device(to, device -> ServiceBuilder.withMaxSessions(device, 5))
                    .build());
            lab.count();
            order(lab, pinned);
            assertThat(lab.clientRows())
                    .filteredOn(row -> row.device().equals(to))
                    .hasSize(5);
        }
    }

    @Example
    @Label("leaves those alone whose device drains or is full: their slots are elsewhere only for now")
    void whoseSlotsAreLentStays() {
        final Random random = new Random(1);
        final Lab lab = new Lab(List.of(office(Learning.CONTROLLER, Sessions.ALL, 2, random)), 0, random);
        final var clients = new LiveClients(lab, CLIENTS, random);
        outage(lab, clients, 2, random);
        final List<PinnedClient> pinned = pinned(lab);
        assertThat(pinned).isNotEmpty();
        final String from = pinned.getFirst().from();
        final Service office = lab.services().getFirst();
        for (final UnaryOperator<Device> change : List.<UnaryOperator<Device>>of(
                device -> device.with(AdminState.DRAINING), device -> ServiceBuilder.withMaxSessions(device, 1))) {
            lab.reconfigure(ServiceBuilder.like(office).device(from, change).build());
            assertThat(pinned(lab)).isEmpty();
            order(lab, pinned);
            assertThat(lab.clientRows())
                    .allSatisfy(row -> assertThat(row.device()).isEqualTo(from))
                    .isNotEmpty();
        }
    }

    @Example
    @Label("moves nobody who has gone to another device since, or whose slot has come back")
    void whoIsNotPinnedAnyMoreStays() {
        final Random random = new Random(1);
        final Lab lab = new Lab(List.of(office(Learning.CONTROLLER, Sessions.ALL, 2, random)), 0, random);
        final var clients = new LiveClients(lab, CLIENTS, random);
        outage(lab, clients, 2, random);
        final List<PinnedClient> pinned = pinned(lab);
        final PinnedClient gone = pinned.getFirst();
        lab.network()
                .tell(
                        "sw1",
                        new Event.Cleared(
                                "office",
                                SessionFilter.of(gone.client().address()),
                                List.of(),
                                lab.network().now()));
        lab.network().settle();
        assertThat(lab.network().agent("sw1").answers().moving(rebalanced(lab, pinned)))
                .hasSize(pinned.size() - 1)
                .doesNotContain(gone.client().address());
        order(lab, List.of(gone));
        assertThat(lab.clientSession(lab.services().getFirst(), gone.client().address()))
                .isEmpty();
        lab.reconfigure(ServiceBuilder.like(lab.services().getFirst())
                .device(gone.to(), device -> device.with(AdminState.DRAINING))
                .build());
        order(lab, pinned);
        assertThat(lab.clientRows()).allSatisfy(row -> assertThat(row.device()).isEqualTo(gone.from()));
    }

    @Example
    @Label("is told where nobody knows whose slot a client has")
    void nothingIsGuessed() {
        final Lab lab =
                Lab.of(ServiceBuilder.office().method(Method.SELECT_GROUP).build());
        lab.clientSends(lab.services().getFirst(), Lab.outer(1), IKE);
        lab.network().settle();
        assertThat(lab.network().agent("sw1").answers().pinned("office", List.of()))
                .isEmpty();
    }

    @Property(tries = 100)
    @Label("gets of each move its share, whatever the number")
    void eachMoveHasItsShare(
            @ForAll @IntRange(min = 0, max = 80) final int toG2,
            @ForAll @IntRange(min = 0, max = 80) final int toG3,
            @ForAll @IntRange(min = 1, max = 100) final int percent) {
        final Collection<PinnedClient> pinned = new HashSet<>();
        IntStream.range(0, toG2).forEach(i -> pinned.add(new PinnedClient(Lab.outer(i), "g1", "g2")));
        IntStream.range(100, 100 + toG3).forEach(i -> pinned.add(new PinnedClient(Lab.outer(i), "g1", "g3")));
        final int number = Rebalance.share(percent, pinned.size());
        final List<PinnedClient> chosen = Rebalance.choose(pinned, number);
        assertThat(chosen).doesNotHaveDuplicates().hasSize(number).isSubsetOf(pinned);
        assertThat(100 * number).isBetween(percent * pinned.size(), percent * pinned.size() + 99);
        final int toG2Now = Rebalance.moves(chosen).getOrDefault(new Rebalance.Move("g1", "g2"), 0);
        assertThat(toG2Now * pinned.size() - number * toG2)
                .as("more or fewer than its share, in parts of a client")
                .isBetween(-pinned.size(), pinned.size());
    }

    private static void deviceSends(final Lab lab, final String name, final IpAddress client) {
        final Service service = lab.services().getFirst();
        service.devices().stream()
                .filter(device -> device.name().equals(name))
                .forEach(device -> lab.deviceSendsOut(service, device, client, IKE));
    }

    private static void order(final Lab lab, final List<PinnedClient> clients) {
        lab.network().tell("sw1", rebalanced(lab, clients));
        lab.network().settle();
    }

    private static Event.Rebalanced rebalanced(final Lab lab, final List<PinnedClient> clients) {
        return new Event.Rebalanced("office", clients, lab.network().now());
    }

    private static List<PinnedClient> pinned(final Lab lab) {
        return lab.network().agent("sw1").answers().pinned("office", read(lab)).orElseThrow();
    }

    private static Collection<Flow> read(final Lab lab) {
        return lab.network().datapath("sw1").ours().flows().values();
    }

    /** As the documentation of the selection says it. */
    private static String slotDevice(final Lab lab, final IpAddress client) {
        final Service service = lab.services().getFirst();
        final int slot = SourceSlots.slot(client, service.selection().slots());
        return lab.network().agent("sw1").answers().find(client, Optional.of("office"), read(lab)).stream()
                .flatMap(found -> found.slot().stream())
                .filter(found -> found.number() == slot)
                .flatMap(found -> found.device().stream())
                .findFirst()
                .orElseThrow();
    }
}
