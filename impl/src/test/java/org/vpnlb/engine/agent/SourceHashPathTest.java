/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.SelectionInUse;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.reconcile.AuditClock;
import org.vpnlb.engine.selection.Slots;
import org.vpnlb.engine.selection.SourceSlots;

@Label("By the source address")
class SourceHashPathTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final Frames.Kind ESP = Frames.Kind.protocol(50);
    private static final int MANY = 200;
    private static final int CLIENTS = 40;
    private static final int MOST = 20;
    private static final int FIRST_SLOT_TABLE = 7;
    private static final int LAST_SLOT_TABLE = 16;

    @Property(tries = 20)
    @Label("all of a new client goes to the device of its slot, whatever the protocol, without any session")
    void allOfANewClientGoesToOneDevice(@ForAll final Learning learning, @ForAll final long seed) {
        final Service office = office(Method.SOURCE_HASH).learning(learning).build();
        final Lab lab = new Lab(List.of(office), 0, new Random(seed));
        final Slots slots = Slots.NONE.reassign(
                64,
                office.devices().stream()
                        .map(device -> new Slots.Candidate(device.name(), device.weight()))
                        .toList());
        for (int i = 0; i < MANY; i++) {
            final IpAddress client = Lab.outer(i);
            final Set<String> seen = new HashSet<>();
            // Nothing of what the controller is told arrives meanwhile.
            for (final Frames.Kind kind : Frames.Kind.of(office)) {
                seen.add(lab.clientSends(office, client, kind).orElseThrow().name());
            }
            assertThat(seen).containsExactly(slots.owners().get(SourceSlots.slot(client, 64)));
        }
    }

    @Property(tries = 20)
    @Label("all of a new client goes to the device of its slot when made-up sources have filled max-sessions")
    void aNewClientIsServedWhenNoSessionIsLeft(@ForAll final Learning learning, @ForAll final long seed) {
        final Service office = office(Method.SOURCE_HASH)
                .learning(learning)
                .maxSessions(MOST, MOST)
                .build();
        assertNewClientsAreServed(new Lab(List.of(office), 0, new Random(seed)), seed);
    }

    @Property(tries = 20)
    @Label("all of a new client goes to the device of its slot when made-up sources have filled the table")
    void aNewClientIsServedWhenTheTableIsFull(@ForAll final long seed) {
        final Service office = office(Method.SOURCE_HASH).build();
        final Lab lab = new Lab(List.of(office), 0, new Random(seed));
        final InMemorySwitch sw1 = lab.network().datapath("sw1");
        lab.network().letRefuse("sw1");
        sw1.limit(
                1,
                MOST
                        + (int) sw1.ours().flows().keySet().stream()
                                .filter(key -> key.table() == 1)
                                .count());
        assertNewClientsAreServed(lab, seed);
    }

    private static void assertNewClientsAreServed(final Lab lab, final long seed) {
        final Service office = lab.services().getFirst();
        final Random random = new Random(seed);
        for (int i = 0; i < MANY; i++) {
            lab.clientSends(office, Lab.outer(1000 + i), IKE);
            lab.network().steps(random.nextInt(4));
        }
        lab.network().settle();
        final Map<IpAddress, Device> served = new HashMap<>();
        for (int i = 0; i < MANY; i++) {
            final IpAddress client = Lab.outer(i % CLIENTS);
            for (final Frames.Kind kind : Frames.Kind.of(office)) {
                final Device device = lab.clientSends(office, client, kind).orElseThrow();
                assertThat(served.computeIfAbsent(client, any -> device)).isEqualTo(device);
                lab.network().steps(random.nextInt(4));
            }
            lab.network().advance(random.nextInt(500));
        }
        assertThat(served).hasSize(CLIENTS);
        assertThat(served.keySet())
                .as("clients without a session")
                .anyMatch(client -> lab.clientSession(office, client).isEmpty());
    }

    @Example
    @Label("a client comes back to its device after its session has idled out, with any packet")
    void aClientComesBackToItsDevice() {
        final Service office = office(Method.AUTO).idleTimeouts(60, 60).build();
        final Lab lab = Lab.of(office);
        for (int i = 0; i < MANY; i++) {
            final Optional<Device> before = lab.clientSends(office, Lab.outer(i), IKE);
            lab.network().settle();
            lab.network().advance(61_000);
            lab.network().settle();
            assertThat(lab.clientSession(office, Lab.outer(i))).isEmpty();
            assertThat(lab.clientSends(office, Lab.outer(i), ESP)).isEqualTo(before);
        }
    }

    @Property(tries = 30)
    @Label("or by group: another method moves no client that has a session, not even while it changes")
    void anotherMethodMovesNobody(@ForAll final Learning learning, @ForAll final long seed) {
        final Service byGroup = office(Method.SELECT_GROUP).learning(learning).build();
        final Lab lab = new Lab(List.of(byGroup), 0, new Random(seed));
        final Map<IpAddress, Device> clients = new HashMap<>();
        for (int i = 0; i < MANY; i++) {
            lab.clientSends(byGroup, Lab.outer(i), IKE);
            lab.network().settle();
            clients.put(Lab.outer(i), lab.clientSession(byGroup, Lab.outer(i)).orElseThrow());
        }
        for (final Method method : List.of(Method.SOURCE_HASH, Method.SELECT_GROUP, Method.AUTO)) {
            final Service next = ServiceBuilder.like(byGroup).method(method).build();
            lab.configure(List.of(next));
            while (lab.network().step()) {
                final IpAddress client = Lab.outer(new Random(seed).nextInt(MANY));
                assertThat(lab.clientSends(next, client, ESP)).contains(clients.get(client));
            }
            clients.forEach((client, device) ->
                    assertThat(lab.clientSends(next, client, ESP)).contains(device));
            lab.network().settle();
            lab.assertConsistent();
        }
    }

    @Example
    @Label("new clients are served while the number of slots changes, at one device each")
    void theNumberOfSlotsChanges() {
        final Lab lab = Lab.of(office(Method.AUTO).slots(16).build());
        for (final int slots : new int[] {64, 8, 256}) {
            final Service next = office(Method.AUTO).slots(slots).build();
            lab.configure(List.of(next));
            int client = 0;
            do {
                assertThat(lab.clientSends(next, Lab.outer(client++ % MANY), IKE))
                        .isPresent();
            } while (lab.network().step());
            lab.assertConsistent();
        }
    }

    @Example
    @Label("new clients go to other devices while the link of theirs is down, and back")
    void newClientsGoElsewhereWithoutALink() {
        final Service office = office(Method.AUTO).build();
        final Lab lab = Lab.of(office);
        final IpAddress client = Lab.outer(3);
        final Device own = lab.clientSends(office, client, IKE).orElseThrow();
        lab.network().datapath("sw1").link(own.ingress().port(), false);
        assertThat(lab.clientSends(office, client, IKE)).isPresent().get().isNotEqualTo(own);
        lab.network().datapath("sw1").link(own.ingress().port(), true);
        assertThat(lab.clientSends(office, client, IKE)).contains(own);
    }

    @Example
    @Label("each new client is learned by a copy that a meter bounds, whatever its slot")
    void eachNewClientIsLearned() {
        final Service office =
                office(Method.SOURCE_HASH).learning(Learning.CONTROLLER).build();
        final Lab lab = Lab.of(office);
        for (int i = 0; i < MANY; i++) {
            lab.clientSends(office, Lab.outer(i), IKE);
            lab.network().settle();
            assertThat(lab.clientSession(office, Lab.outer(i))).isPresent();
        }
    }

    @Example
    @Label("a client whose slot has lost its entry is served, and the entry is written again")
    void aLostEntryIsWrittenAgain() {
        final Service office = office(Method.AUTO).build();
        final Lab lab = Lab.of(office);
        final IpAddress client = Lab.outer(3);
        final Optional<Device> own = lab.clientSends(office, client, IKE);
        lab.network()
                .datapath("sw1")
                .tamper(flow ->
                        flow.key().table() > FIRST_SLOT_TABLE && flow.key().priority() >= 20);
        assertThat(lab.clientSends(office, client, IKE)).isPresent();
        lab.network().advance(AuditClock.COUNT_MILLIS);
        lab.network().settle();
        lab.assertConsistent();
        assertThat(lab.clientSends(office, client, ESP)).isEqualTo(own);
    }

    @Example
    @Label("a switch selects where it takes masked matches; else by group, and it says why")
    void aLesserSwitchSelectsByGroup() {
        for (final Method method : List.of(Method.AUTO, Method.SOURCE_HASH)) {
            final Service office = office(method).build();
            final Lab lab = lesserSwitches(office);
            assertThat(lab.clientSends(office, Lab.outer(1), IKE)).isPresent();
            lab.network().settle();
            assertThat(lab.clientSession(office, Lab.outer(1))).isPresent();
            final SelectionInUse inUse = selection(lab, office);
            assertThat(inUse.method()).isEqualTo(Method.SELECT_GROUP);
            assertThat(inUse.reason()).startsWith("the switch refuses an entry of source-hash: table=");

            // What was refused is tried no more, and what was taken of it goes.
            lab.network().advance(1500);
            lab.network().settle();
            assertThat(lab.network().datapath("sw1").ours().flows().keySet())
                    .extracting(Flow.Key::table)
                    .allMatch(table -> table < FIRST_SLOT_TABLE || table > LAST_SLOT_TABLE);
            final SwitchStatus status = lab.network().status("sw1");
            assertThat(status.refused()).isEmpty();
            assertThat(status.generation().isConfirmed()).isTrue();
        }
    }

    private static Lab lesserSwitches(final Service service) {
        final Lab lab = Lab.of();
        for (final String node : new String[] {"sw1", "sw2"}) {
            lab.network().add(node, 0, Shape.ports());
            lab.network().datapath(node).lacks(InMemorySwitch.Feature.ARBITRARY_MASKS);
            lab.network().letRefuse(node);
        }
        lab.configure(List.of(service));
        lab.network().settle();
        lab.network().connect("sw1");
        lab.network().connect("sw2");
        lab.network().settle();
        return lab;
    }

    @Example
    @Label("nobody is selected with slots that are no power of two: auto selects by group, and says why")
    void autoNeedsAPowerOfTwo() {
        final Service office = office(Method.AUTO).slots(100).build();
        assertThat(selection(Lab.of(office), office))
                .isEqualTo(new SelectionInUse(
                        Method.SELECT_GROUP,
                        "auto: source-hash needs a power of two of slots from 2 to 256, and slots is 100"));
    }

    @Example
    @Label("is what auto selects by, and that is said")
    void autoSelectsBySource() {
        final Service office = office(Method.AUTO).build();
        final Lab lab = Lab.of(office);
        assertThat(selection(lab, office)).isEqualTo(new SelectionInUse(Method.SOURCE_HASH, "auto: the switch can"));
        assertThat(lab.egressStatus(office).selection()).isEmpty();
        final Service other = office(Method.SELECT_GROUP).build();
        lab.reconfigure(other);
        assertThat(selection(lab, other)).isEqualTo(new SelectionInUse(Method.SELECT_GROUP, "configured"));
    }

    @Example
    @Label("slots stay with their devices when the controller starts anew")
    void slotsStayOverARestart() {
        final Service office = office(Method.AUTO).build();
        final Lab lab = Lab.of(office);
        // Slots as no fresh assignment would have them.
        lab.reconfigure(ServiceBuilder.like(office).without("g1").build());
        lab.reconfigure(office);
        final List<Optional<Device>> before = devices(lab, office);
        lab.network().replaceAgent("sw1");
        lab.network().settle();
        lab.network().connect("sw1");
        lab.network().settle();
        assertThat(devices(lab, office)).isEqualTo(before);
    }

    private static List<Optional<Device>> devices(final Lab lab, final Service service) {
        return IntStream.range(0, 64)
                .mapToObj(i -> lab.clientSends(service, Lab.outer(i), IKE))
                .toList();
    }

    private static SelectionInUse selection(final Lab lab, final Service service) {
        return lab.ingressStatus(service).selection().orElseThrow();
    }

    private static ServiceBuilder office(final Method method) {
        return ServiceBuilder.office().method(method);
    }
}
