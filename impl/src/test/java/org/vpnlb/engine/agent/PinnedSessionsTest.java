/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.health.HealthMonitor;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.SessionsInUse;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.selection.SourceSlots;

@Label("Where only pinned clients have sessions")
class PinnedSessionsTest {
    private static final int CLIENTS = 60;
    private static final int IDLE_SECONDS = 60;
    private static final long IDLE = IDLE_SECONDS * 1000L;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final Frames.Kind ESP = Frames.Kind.protocol(50);

    @Property(tries = 2)
    @Label("10,000 clients are served without a punt and without an entry, each at the device of its slot")
    void clientsNeedNothing(@ForAll final boolean isLearnedBySwitch) {
        final Service office = office(isLearnedBySwitch).build();
        final Lab lab = Lab.of(office);
        final List<Flow> before = lab.network().datapath("sw1").flows();
        for (int i = 0; i < 10_000; i++) {
            final Frames.Kind kind = i % 2 == 0 ? IKE : ESP;
            final Verdict verdict = lab.clientVerdict(office, Lab.outer(i), kind);
            assertThat(verdict.punts()).isZero();
            assertThat(verdict.sent()).hasSize(1);
        }
        lab.network().settle();
        assertThat(lab.network().datapath("sw1").flows()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(sessions(lab)).isEqualTo(inUse(0, 0));
        assertThat(lab.ingressStatus(office).counters().punts()).isZero();
    }

    @Property(tries = 60)
    @Label("drains, returns, weights and new devices move no client that lives, whoever learns")
    void plannedChangesMoveNobody(@ForAll final boolean isLearnedBySwitch, @ForAll final long seed) {
        final Random random = new Random(seed);
        final Lab lab = new Lab(List.of(office(isLearnedBySwitch).build()), 0, random);
        final var clients = new LiveClients(lab, CLIENTS, random);
        for (int i = 0; i < 5; i++) {
            lab.configure(List.of(changed(lab.services().getFirst(), random)));
            clients.live(random.nextInt((int) (2 * IDLE)));
        }
        clients.live(2 * IDLE);
        clients.assertThatAllStay();
        lab.network().settle();
        // All moves are done: new clients are where they are wanted.
        assertThat(sessions(lab).waitingSlots()).isZero();
        lab.ingressStatus(lab.services().getFirst())
                .devices()
                .forEach((name, device) -> assertThat(device.slots() > 0)
                        .isEqualTo(device(lab, name).takesSessions()));
        lab.assertConsistent();
        assertThat(lab.network().notices())
                .as("what an audit had to repair")
                .noneMatch(Notice.SwitchRepaired.class::isInstance);
    }

    /** One planned change: a drain, a return, another weight, a further device. */
    private static Service changed(final Service service, final Random random) {
        final var builder = ServiceBuilder.like(service);
        final String name = "g" + (1 + random.nextInt(service.devices().size()));
        switch (random.nextInt(4)) {
            case 0 -> builder.device(name, device -> device.with(AdminState.DRAINING));
            case 1 -> builder.device(name, device -> device.with(AdminState.IN_SERVICE));
            case 2 -> builder.device(name, device -> ServiceBuilder.with(device, 1 + random.nextInt(4)));
            default -> {
                if (service.devices().size() < 6) {
                    builder.device(service.devices().size() + 1);
                }
            }
        }
        return builder.build();
    }

    @Property(tries = 40)
    @Label("a restart of the controller moves nobody, and no watched slot early")
    void aRestartMovesNobody(@ForAll final boolean isLearnedBySwitch, @ForAll final long seed) {
        final Random random = new Random(seed);
        final Lab lab = new Lab(List.of(office(isLearnedBySwitch).build()), 0, random);
        final var clients = new LiveClients(lab, CLIENTS, random);
        final Service drained = drained(lab.services().getFirst(), "g1");
        lab.configure(List.of(drained));
        clients.live(random.nextInt((int) IDLE));
        lab.network().replaceAgent("sw1");
        clients.live(random.nextInt((int) IDLE / 2));
        lab.network().connect("sw1");
        lab.network().settle();
        final int slots = slots(lab, "g1");
        assertThat(slots).isPositive();
        clients.live(IDLE - 2000);
        assertThat(slots(lab, "g1")).isEqualTo(slots);
        clients.live(IDLE);
        lab.network().settle();
        assertThat(slots(lab, "g1")).isZero();
        clients.assertThatAllStay();
    }

    @Property(tries = 20)
    @Label("a broken connection moves nobody, and slots are watched anew after it")
    void aBrokenConnectionMovesNobody(@ForAll final boolean isLearnedBySwitch, @ForAll final long seed) {
        final Random random = new Random(seed);
        final Lab lab = new Lab(List.of(office(isLearnedBySwitch).build()), 0, random);
        final var clients = new LiveClients(lab, CLIENTS, random);
        lab.configure(List.of(drained(lab.services().getFirst(), "g1")));
        clients.live(random.nextInt((int) IDLE));
        lab.network().disconnect("sw1");
        clients.live(random.nextInt((int) (2 * IDLE)));
        lab.network().connect("sw1");
        clients.live(3 * IDLE);
        clients.assertThatAllStay();
        lab.network().settle();
        assertThat(slots(lab, "g1")).isZero();
    }

    @Property(tries = 40)
    @Label("nobody who lives moves when sessions are pinned, or are not any more, with planned changes right after it")
    void pinningAndItsEndMoveNobody(
            @ForAll final boolean isLearnedBySwitch, @ForAll final boolean isPinned, @ForAll final long seed) {
        final Random random = new Random(seed);
        final Service office = office(isLearnedBySwitch).build();
        final Service all = ServiceBuilder.like(office).sessions(Sessions.ALL).build();
        final Lab lab = new Lab(List.of(isPinned ? office : all), 0, random);
        final var clients = new LiveClients(lab, CLIENTS, random);
        lab.network().settle();
        clients.live(random.nextInt((int) (2 * IDLE)));
        final Service next = isPinned ? all : office;
        if (random.nextBoolean()) {
            lab.configure(List.of(next));
            clients.live(random.nextInt((int) IDLE));
        }
        lab.configure(List.of(drained(next, "g2")));
        clients.live(random.nextInt((int) (2 * IDLE)));
        lab.configure(List.of(next));
        clients.live(3 * IDLE);
        clients.assertThatAllStay();
        assertThat(sessions(lab).sessions()).isEqualTo(next.ingress().sessions());
        lab.network().settle();
        lab.assertConsistent();
    }

    @Property(tries = 20)
    @Label("a device that fails loses its slots and its clients at once, and nobody else moves")
    void aFailureMovesAtOnce(@ForAll final boolean isLearnedBySwitch, @ForAll final long seed) {
        final Random random = new Random(seed);
        final Lab lab = new Lab(List.of(office(isLearnedBySwitch).build()), 0, random);
        final var clients = new LiveClients(lab, CLIENTS, random);
        // Some of its clients are pinned.
        lab.configure(List.of(drained(lab.services().getFirst(), "g1")));
        clients.live(2 * IDLE);
        lab.configure(List.of(office(isLearnedBySwitch).build()));
        clients.live(random.nextInt((int) (2 * IDLE)));
        final Service failed = ServiceBuilder.like(lab.services().getFirst())
                .device("g1", device -> device.with(AdminState.OUT_OF_SERVICE))
                .build();
        lab.reconfigure(failed);
        assertThat(slots(lab, "g1")).isZero();
        for (final IpAddress client : clients.devices().keySet()) {
            if (clients.devices().get(client).equals("g1")) {
                clients.moved(client);
                assertThat(clients.devices().get(client)).isNotEqualTo("g1");
            } else {
                clients.assertThatStays(client);
            }
        }
        // Where they went they stay.
        clients.live(2 * IDLE);
    }

    @Example
    @Label("a watched slot's new clients are learned, and stay when it moves; the next ones go elsewhere")
    void aWatchedSlotsClientsAreLearned() {
        for (final boolean isLearnedBySwitch : new boolean[] {false, true}) {
            final Lab lab = Lab.of(office(isLearnedBySwitch).build());
            final Service office = lab.services().getFirst();
            final IpAddress client = clientOf(lab, "g1", 0);
            final Service drained = drained(office, "g1");
            lab.reconfigure(drained);
            lab.network().advance(1);
            lab.network().settle();
            final long begun = lab.network().now();
            assertThat(sessions(lab).waitingSlots()).isEqualTo(slots(lab, "g1")).isPositive();
            assertThat(sessions(lab).waitingUntil()).hasValue(begun + IDLE + PinnedServices.MARGIN_MILLIS);
            assertThat(lab.clientSession(drained, client)).isEmpty();

            assertThat(lab.clientSends(drained, client, IKE)).map(Device::name).contains("g1");
            lab.network().settle();
            assertThat(lab.clientSession(drained, client)).map(Device::name).contains("g1");

            final int expected = slots(lab, "g1");
            lab.network().advance(30_000);
            lab.network().settle();
            assertThat(lab.clientSends(drained, client, IKE)).map(Device::name).contains("g1");
            lab.network().advance(IDLE + PinnedServices.MARGIN_MILLIS - 30_000 - 1);
            lab.network().settle();
            assertThat(slots(lab, "g1")).isEqualTo(expected);
            lab.network().advance(1);
            lab.network().settle();
            assertThat(slots(lab, "g1")).isZero();
            lab.count();
            assertThat(sessions(lab)).isEqualTo(inUse(1, 0));
            assertThat(lab.clientSends(drained, client, ESP)).map(Device::name).contains("g1");
            assertThat(lab.clientSends(drained, slotMate(client), ESP))
                    .map(Device::name)
                    .isNotEmpty()
                    .get()
                    .isNotEqualTo("g1");

            lab.network().advance(IDLE);
            lab.network().settle();
            lab.count();
            assertThat(sessions(lab)).isEqualTo(inUse(0, 0));
            assertThat(lab.clientSends(drained, client, ESP))
                    .map(Device::name)
                    .get()
                    .isNotEqualTo("g1");
            lab.assertConsistent();
        }
    }

    @Example
    @Label("a drain that is taken back moves no slot")
    void aDrainThatIsTakenBackMovesNothing() {
        final Lab lab = Lab.of(office(false).build());
        final Service office = lab.services().getFirst();
        final List<Flow> before = lab.network().datapath("sw1").flows();
        lab.reconfigure(drained(office, "g1"));
        lab.network().advance(IDLE / 2);
        lab.network().settle();
        assertThat(sessions(lab).waitingSlots()).isPositive();
        lab.reconfigure(office);
        assertThat(sessions(lab).waitingSlots()).isZero();
        lab.network().advance(2 * IDLE);
        lab.network().settle();
        assertThat(lab.network().datapath("sw1").flows()).containsExactlyInAnyOrderElementsOf(before);
    }

    @Example
    @Label("a switch that comes back empty gets its pinned clients again")
    void pinnedClientsAreRestored() {
        final Lab lab = Lab.of(office(false).build());
        final var clients = new LiveClients(lab, CLIENTS, new Random(1));
        lab.reconfigure(drained(lab.services().getFirst(), "g1"));
        clients.live(2 * IDLE);
        lab.network().settle();
        assertThat(sessions(lab).pinnedClients()).isPositive();
        lab.network().disconnect("sw1");
        lab.network().datapath("sw1").restart();
        lab.addForeign("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        clients.assertThatAllStay();
        clients.live(3 * IDLE);
        lab.assertConsistent();
    }

    @Example
    @Label("a switch that learned, and comes back empty, has its slots, so that who is where his slot is stays")
    void slotsAreRestoredWhereTheSwitchLearns() {
        final Lab lab = Lab.of(office(true).build());
        final Service office = lab.services().getFirst();
        // The slots are not as they would be assigned anew, and some of g1's clients are pinned at others.
        lab.reconfigure(drained(office, "g1"));
        lab.awaitMoves();
        assertThat(slots(lab, "g1")).isZero();
        final var clients = new LiveClients(lab, CLIENTS, new Random(1));
        lab.reconfigure(office);
        clients.live(2 * IDLE);
        lab.network().settle();
        lab.count();
        assertThat(sessions(lab).pinnedClients()).isPositive();
        final Set<IpAddress> pinned = clients.devices().keySet().stream()
                .filter(client -> lab.clientSession(office, client).isPresent())
                .collect(Collectors.toSet());
        assertThat(pinned).isNotEmpty().hasSizeLessThan(CLIENTS);
        final Map<String, Integer> slots =
                Map.of("g1", slots(lab, "g1"), "g2", slots(lab, "g2"), "g3", slots(lab, "g3"));
        lab.network().disconnect("sw1");
        lab.network().datapath("sw1").restart();
        lab.addForeign("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        slots.forEach((device, count) -> assertThat(slots(lab, device)).isEqualTo(count));
        for (final IpAddress client : clients.devices().keySet()) {
            if (pinned.contains(client)) {
                clients.moved(client);
            } else {
                clients.assertThatStays(client);
            }
        }
        clients.live(2 * IDLE);
        lab.assertConsistent();
    }

    @Property(tries = 10)
    @Label("a drain's deadline ends it at once: its slots move, though watched, its clients go, and nobody else moves")
    void aDrainsDeadlineMovesAtOnce(@ForAll final boolean isLearnedBySwitch, @ForAll final boolean isWatched) {
        final long deadline = isWatched ? IDLE / 2 : 3 * IDLE;
        final Lab lab = Lab.of(office(isLearnedBySwitch).build());
        final var clients = new LiveClients(lab, CLIENTS, new Random(1));
        final var health = new HealthMonitor();
        final Service drained = ServiceBuilder.like(drained(lab.services().getFirst(), "g1"))
                .device("g1", device -> device.withDrainDeadline(deadline / 1000))
                .build();
        health.configured(List.of(drained), lab.network().now());
        lab.configure(health.effective());
        clients.live(deadline - 5000);
        clients.assertThatAllStay();
        lab.network().settle();
        assertThat(slots(lab, "g1") > 0).isEqualTo(isWatched);
        assertThat(health.wakeAt()).isPresent();

        lab.network().advance(5000);
        health.tick(lab.network().now());
        lab.configure(health.effective());
        lab.network().settle();
        assertThat(slots(lab, "g1")).isZero();
        lab.count();
        assertThat(sessions(lab).pinnedClients()).isZero();
        for (final IpAddress client : clients.devices().keySet()) {
            if (clients.devices().get(client).equals("g1")) {
                clients.moved(client);
                assertThat(clients.devices().get(client)).isNotEqualTo("g1");
            } else {
                clients.assertThatStays(client);
            }
        }
        clients.live(2 * IDLE);
    }

    @Example
    @Label("when all devices drain, their clients stay until they end, and new ones get no answer in the end")
    void allDevicesDrain() {
        final Lab lab = Lab.of(office(false).build());
        final var clients = new LiveClients(lab, CLIENTS, new Random(1));
        final var builder = ServiceBuilder.like(lab.services().getFirst());
        for (int i = 1; i <= 3; i++) {
            builder.device("g" + i, device -> device.with(AdminState.DRAINING));
        }
        lab.reconfigure(builder.build());
        clients.live(3 * IDLE);
        clients.assertThatAllStay();
        assertThat(lab.clientSends(lab.services().getFirst(), Lab.outer(5000), IKE))
                .isEmpty();
        lab.reconfigure(office(false).build());
        assertThat(lab.clientSends(lab.services().getFirst(), Lab.outer(5000), IKE))
                .isPresent();
        clients.live(3 * IDLE);
        lab.network().settle();
        lab.assertConsistent();
    }

    @Example
    @Label("clients go to other devices while the link of theirs is down, whoever learns, and teach nothing")
    void clientsGoElsewhereWithoutALink() {
        for (final boolean isLearnedBySwitch : new boolean[] {false, true}) {
            final Lab lab = Lab.of(office(isLearnedBySwitch).build());
            final Service office = lab.services().getFirst();
            final IpAddress client = clientOf(lab, "g1", 0);
            lab.network().datapath("sw1").link(11, false);
            final Verdict verdict = lab.clientVerdict(office, client, IKE);
            assertThat(verdict.sent()).hasSize(1);
            assertThat(verdict.punts()).isZero();
            assertThat(lab.clientSends(office, client, IKE))
                    .map(Device::name)
                    .get()
                    .isNotEqualTo("g1");
        }
    }

    @Example
    @Label("a switch that cannot select by the source learns all clients, and says so")
    void aLesserSwitchLearnsAll() {
        final Service office = office(false).build();
        final Lab lab = Lab.of();
        for (final String node : new String[] {"sw1", "sw2"}) {
            lab.network().add(node, 0, Shape.ports());
            lab.network().datapath(node).lacks(InMemorySwitch.Feature.ARBITRARY_MASKS);
            lab.network().letRefuse(node);
        }
        lab.configure(List.of(office));
        lab.network().settle();
        lab.network().connect("sw1");
        lab.network().connect("sw2");
        lab.network().settle();
        assertThat(sessions(lab).sessions()).isEqualTo(Sessions.ALL);
        lab.clientSends(office, Lab.outer(1), IKE);
        lab.network().settle();
        assertThat(lab.clientSession(office, Lab.outer(1))).isPresent();
    }

    private static ServiceBuilder office(final boolean isLearnedBySwitch) {
        return ServiceBuilder.office()
                .method(Method.SOURCE_HASH)
                .sessions(Sessions.PINNED)
                .idleTimeouts(IDLE_SECONDS, IDLE_SECONDS)
                .learning(isLearnedBySwitch ? Learning.SWITCH : Learning.CONTROLLER);
    }

    private static Service drained(final Service service, final String name) {
        return ServiceBuilder.like(service)
                .device(name, device -> device.with(AdminState.DRAINING))
                .build();
    }

    /** A client that a device gets. */
    private static IpAddress clientOf(final Lab lab, final String device, final int from) {
        final Service service = lab.services().getFirst();
        int number = from;
        while (!lab.clientSends(service, Lab.outer(number), IKE)
                .orElseThrow()
                .name()
                .equals(device)) {
            number++;
        }
        return Lab.outer(number);
    }

    /** Another client of the same slot. */
    private static IpAddress slotMate(final IpAddress client) {
        final var mate = new IpAddress(client.family(), 0, client.low() ^ 0x101);
        assertThat(SourceSlots.slot(mate, 64)).isEqualTo(SourceSlots.slot(client, 64));
        return mate;
    }

    private static Device device(final Lab lab, final String name) {
        return lab.services().getFirst().devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static int slots(final Lab lab, final String device) {
        return lab.ingressStatus(lab.services().getFirst())
                .devices()
                .get(device)
                .slots();
    }

    private static SessionsInUse sessions(final Lab lab) {
        return lab.ingressStatus(lab.services().getFirst()).sessions().orElseThrow();
    }

    private static SessionsInUse inUse(final int pinned, final int waiting) {
        return new SessionsInUse(Sessions.PINNED, pinned, waiting, OptionalLong.empty());
    }
}
