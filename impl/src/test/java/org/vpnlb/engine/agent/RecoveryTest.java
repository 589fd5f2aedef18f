/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.reconcile.AuditClock;

@Label("After a failure")
class RecoveryTest {
    /** More than the sessions that are written at once. */
    private static final int ON_THEIR_WAY = 6;

    /** The devices of the sessions of a service: of its clients outside, and inside. */
    private record Sessions(Map<IpAddress, Device> clients, Map<IpAddress, Device> returns) {
        static Sessions of(final Lab lab, final Service service) {
            final var sessions = new Sessions(new HashMap<>(), new HashMap<>());
            for (int i = 0; i < RandomTraffic.CLIENTS; i++) {
                final IpAddress outer = Lab.outer(i);
                final IpAddress inner = Lab.inner(service, i);
                lab.clientSession(service, outer).ifPresent(device -> sessions.clients.put(outer, device));
                lab.returnSession(service, inner).ifPresent(device -> sessions.returns.put(inner, device));
            }
            return sessions;
        }
    }

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.byTheControllerToo(Shape.any()));
    }

    @Provide
    Arbitrary<Shape> learnedByController() {
        return Shape.ofAnyFamily(Shape.byTheControllerToo(Shape.learnedByController()));
    }

    @Property
    @Label("of a switch that forgot everything, each live session that it told of has its device again")
    void eachSessionHasItsDeviceAgain(@ForAll("learnedByController") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        new RandomTraffic(lab, new Random(seed)).run(60);
        lab.network().settle();
        final Map<String, Sessions> before = sessions(lab);
        final Map<String, Tables> tables = tables(lab);

        for (final String node : lab.network().names()) {
            restart(lab, node);
            lab.network().settle();
            lab.network().connect(node);
            lab.network().settle();
        }

        assertThat(sessions(lab)).isEqualTo(before);
        lab.network().names().forEach(node -> {
            final Tables now = lab.network().datapath(node).ours();
            assertThat(now.groups()).isEqualTo(tables.get(node).groups());
            assertThat(now.flows()).containsAllEntriesOf(lasting(tables.get(node)));
        });
        lab.assertConsistent();
        ClientPathTest.assertThatSessionsHold(lab);
    }

    @Property(tries = 200)
    @Label("of a switch that forgot everything, and is interrupted while it is written, no session changes its device")
    void anInterruptedRestorationGoesOn(@ForAll("learnedByController") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        new RandomTraffic(lab, random).run(60);
        lab.network().settle();
        final Map<String, Sessions> before = sessions(lab);
        for (final String node : lab.network().names()) {
            restart(lab, node);
            lab.network().connect(node);
        }
        lab.network().steps(random.nextInt(40));
        lab.network().names().forEach(node -> {
            lab.network().disconnect(node);
            lab.network().connect(node);
        });
        lab.network().settle();

        sessions(lab).forEach((name, now) -> {
            assertThat(before.get(name).clients).containsAllEntriesOf(now.clients);
            assertThat(before.get(name).returns).containsAllEntriesOf(now.returns);
            // Those that were on their way when the connection broke.
            assertThat(now.clients).hasSizeGreaterThan(before.get(name).clients.size() - ON_THEIR_WAY);
            assertThat(now.returns).hasSizeGreaterThan(before.get(name).returns.size() - ON_THEIR_WAY);
        });
        lab.assertConsistent();
        lab.network()
                .names()
                .forEach(node ->
                        assertThat(lab.network().status(node).unwritten()).isZero());
    }

    @Property(tries = 200)
    @Label("of a switch that forgot everything, a change of the configuration while it is written is made")
    void aChangeWhileSessionsAreWrittenIsMade(
            @ForAll("learnedByController") final Shape first,
            @ForAll("configurations") final Shape second,
            @ForAll final long seed) {
        final Lab lab = Lab.of(first, seed);
        final Random random = new Random(seed);
        new RandomTraffic(lab, random).run(60);
        lab.network().settle();
        for (final String node : lab.network().names()) {
            restart(lab, node);
            lab.network().connect(node);
        }
        lab.network().steps(random.nextInt(20));
        final var next = new Shape(
                first.oneSwitch(),
                first.tableBase(),
                first.sharedPorts(),
                second.services(),
                second.method(),
                first.outer(),
                first.several());
        lab.configure(next.toServices());
        new RandomTraffic(lab, random).run(10);
        lab.network().settle();
        lab.assertConsistent();
        ClientPathTest.assertThatSessionsHold(lab);
    }

    @Example
    @Label("of a switch that forgot everything, sessions are written some at a time, those of clients that send first")
    void sessionsAreWrittenSomeAtATime() {
        final Service office =
                ServiceBuilder.office().learning(Learning.CONTROLLER).build();
        final var agent = new SwitchAgent("sw1", 0, new Random(0), AuditClock.Intervals.DEFAULT, 2);
        agent.handle(new Event.Configured(List.of(office), 0));
        agent.handle(new Event.Connected(Tables.EMPTY, Capabilities.BASIC, 0));
        for (int client = 0; client < 5; client++) {
            agent.handle(ClientPathTest.copy(office, Lab.outer(client), 0, Frames.Kind.udp(500), 0));
        }
        agent.handle(new Event.Disconnected());
        final List<ClientKey> written =
                new ArrayList<>(clients(agent.handle(new Event.Connected(Tables.EMPTY, Capabilities.BASIC, 10))));
        assertThat(written).hasSize(2);
        assertThat(agent.status().unwritten()).isEqualTo(3);

        final int sender = IntStream.range(0, 5)
                .filter(client -> !written.contains(Lab.outer(client)))
                .max()
                .orElseThrow();
        final var entry = new Effect.AddFlow(new Pipeline(0, Numbers.of(List.of(office)), Set.of(), Set.of())
                .clientSession(office, office.devices().get(0), Lab.outer(sender)));
        assertThat(agent.handle(ClientPathTest.copy(office, Lab.outer(sender), 1, Frames.Kind.udp(500), 11)))
                .as("whatever device the packet took")
                .containsExactly(entry);
        assertThat(agent.status().unwritten()).isEqualTo(2);

        written.addAll(clients(agent.handle(new Event.Confirmed(Effect.Confirm.RESTORED, 12))));
        assertThat(written)
                .doesNotContain(Lab.outer(sender))
                .doesNotHaveDuplicates()
                .hasSize(4);
        assertThat(agent.status().unwritten()).isZero();
        assertThat(agent.handle(new Event.Confirmed(Effect.Confirm.RESTORED, 13)))
                .isEmpty();
    }

    /** The clients of the sessions that are written, after which a confirmation is asked for. */
    private static List<ClientKey> clients(final List<Effect> effects) {
        assertThat(effects)
                .endsWith(new Effect.Confirm(Effect.Confirm.RESTORED))
                .containsOnlyOnce(new Effect.Confirm(Effect.Confirm.RESTORED));
        return effects.stream()
                .filter(Effect.AddFlow.class::isInstance)
                .map(effect -> ((Effect.AddFlow) effect).flow())
                .filter(flow -> Cookie.parse(flow.cookie()).orElseThrow().kind() == Cookie.Kind.CLIENT_SESSION)
                .flatMap(flow -> Pipeline.client(Cookie.parse(flow.cookie()).orElseThrow(), flow.key()).stream())
                .toList();
    }

    @Property
    @Label("of the controller, a new one finds the sessions in the switches, changes nothing, and goes on alike")
    void aNewControllerGoesOnAlike(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        new RandomTraffic(lab, random).run(60);
        lab.network().settle();
        final Map<String, Tables> tables = tables(lab);
        final List<SwitchStatus> status = new ArrayList<>();
        lab.count();

        for (final String node : lab.network().names()) {
            status.add(lab.network().status(node));
            lab.network().replaceAgent(node);
            lab.network().connect(node);
        }
        lab.network().settle();

        assertThat(tables(lab)).isEqualTo(tables);
        for (final SwitchStatus old : status) {
            final SwitchStatus now = lab.network().status(old.node());
            old.services().forEach((name, service) -> {
                assertThat(now.services().get(name).devices()).isEqualTo(service.devices());
                assertThat(now.services().get(name).flows()).isEqualTo(service.flows());
                assertThat(now.services().get(name).groups()).isEqualTo(service.groups());
            });
        }
        ClientPathTest.assertThatSessionsHold(lab);
        new RandomTraffic(lab, random).run(60);
        lab.network().settle();
        lab.assertConsistent();
    }

    @Property(tries = 100)
    @Label("of the controller, during which the configuration changed, only what differs is changed")
    void aChangeMeanwhileIsMade(
            @ForAll("configurations") final Shape first,
            @ForAll("configurations") final Shape second,
            @ForAll final long seed,
            @ForAll final boolean restarted) {
        final Lab lab = Lab.of(first, seed);
        final Random random = new Random(seed);
        new RandomTraffic(lab, random).run(60);
        lab.network().settle();
        final Map<String, Sessions> before = sessions(lab);
        lab.network().names().forEach(node -> {
            if (restarted) {
                lab.network().replaceAgent(node);
            } else {
                lab.network().disconnect(node);
            }
        });
        final var next = new Shape(
                first.oneSwitch(),
                first.tableBase(),
                first.sharedPorts(),
                second.services(),
                second.method(),
                first.outer(),
                first.several());

        lab.configure(next.toServices());
        lab.network().settle();
        lab.network().names().forEach(lab.network()::connect);
        lab.network().settle();

        lab.assertConsistent();
        for (final Service service : lab.enabled()) {
            final Sessions now = Sessions.of(lab, service);
            Optional.ofNullable(before.get(service.name()))
                    .ifPresent(old -> old.clients.forEach((client, device) -> {
                        final Optional<Device> keeper = Lab.staying(device, service);
                        assertThat(Optional.ofNullable(now.clients.get(client))).isEqualTo(keeper);
                    }));
        }
        ClientPathTest.assertThatSessionsHold(lab);
    }

    @Property
    @Label("that took some entries, the next connection brings all back")
    void theNextConnectionBringsAllBack(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        new RandomTraffic(lab, random).run(60);
        lab.network().settle();
        final Map<String, Tables> tables = tables(lab);
        for (final String node : lab.network().names()) {
            lab.network().disconnect(node);
            final var flows = new HashSet<>(tables.get(node).flows().values());
            flows.removeIf(flow -> flow.timeouts().idle() > 0 || random.nextInt(3) > 0);
            // One stays, or it would seem that all is lost.
            flows.stream().findFirst().ifPresent(flows::remove);
            lab.network().datapath(node).tamper(flows::contains);
            lab.network().connect(node);
        }
        lab.network().settle();
        lab.network()
                .names()
                .forEach(node -> assertThat(lab.network().datapath(node).ours().flows())
                        .containsAllEntriesOf(lasting(tables.get(node))));
        lab.assertConsistent();
    }

    @Example
    @Label("of the controller, a connection that comes before the configuration is acted upon after it")
    void aConnectionBeforeTheConfigurationWaits() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = Lab.of(office);
        lab.clientSends(office, Lab.outer(1), Frames.Kind.udp(500));
        lab.network().settle();
        final Tables actual = lab.network().datapath("sw1").ours();
        final var agent = new SwitchAgent("sw1", 0, new Random(0), AuditClock.Intervals.DEFAULT);
        assertThat(agent.handle(new Event.Connected(actual, Capabilities.OPEN_VSWITCH, 1)))
                .isEmpty();
        assertThat(agent.status().connected()).isFalse();
        assertThat(Lab.changes(agent.handle(new Event.Configured(List.of(office), 2))))
                .isEmpty();
        assertThat(agent.status().connected()).isTrue();
        assertThat(agent.status().services().get("office").devices().values())
                .extracting(SwitchStatus.DeviceStatus::clientSessions)
                .containsOnlyOnce(1);
        assertThat(agent.handle(new Event.Configured(List.of(office), 3))).isEmpty();
    }

    @Example
    @Label("of the controller, a connection that ended before the configuration came is not acted upon")
    void aConnectionThatEndedIsForgotten() {
        final var agent = new SwitchAgent("sw1", 0, new Random(0), AuditClock.Intervals.DEFAULT);
        agent.handle(new Event.Connected(Tables.EMPTY, Capabilities.OPEN_VSWITCH, 1));
        agent.handle(new Event.Disconnected());
        assertThat(agent.handle(
                        new Event.Configured(List.of(ServiceBuilder.office().build()), 2)))
                .isEmpty();
        assertThat(agent.status().connected()).isFalse();
    }

    @Example
    @Label("to add a group, the group is changed instead; what else is refused is not tried again")
    void aGroupThatIsThereIsChangedInstead() {
        final Lab lab = Lab.of(ServiceBuilder.office().build());
        final SwitchAgent agent = lab.network().agent("sw1");
        final var group = lab.network()
                .datapath("sw1")
                .ours()
                .groups()
                .values()
                .iterator()
                .next();
        assertThat(Lab.changes(agent.handle(new Event.Refused(new Effect.AddGroup(group), "no room"))))
                .containsExactly(new Effect.ModifyGroup(group));
        assertThat(agent.handle(new Event.Refused(new Effect.ModifyGroup(group), "no room")))
                .isEmpty();
        assertThat(agent.handle(new Event.Refused(new Effect.Barrier(), "no room")))
                .isEmpty();
        agent.handle(new Event.Disconnected());
        assertThat(agent.handle(new Event.Refused(new Effect.AddGroup(group), "no room")))
                .isEmpty();
    }

    /** A switch that is not connected any more, and has forgotten everything. */
    private static void restart(final Lab lab, final String node) {
        lab.network().datapath(node).restart();
        lab.network().disconnect(node);
        lab.addForeign(node);
    }

    private static Map<String, Sessions> sessions(final Lab lab) {
        final Map<String, Sessions> sessions = new HashMap<>();
        lab.enabled().forEach(service -> sessions.put(service.name(), Sessions.of(lab, service)));
        return sessions;
    }

    private static Map<String, Tables> tables(final Lab lab) {
        final Map<String, Tables> tables = new HashMap<>();
        lab.network()
                .names()
                .forEach(node -> tables.put(node, lab.network().datapath(node).ours()));
        return tables;
    }

    /** The entries that do not end by themselves after a short time. */
    private static Map<Flow.Key, Flow> lasting(final Tables tables) {
        final Map<Flow.Key, Flow> lasting = new HashMap<>(tables.flows());
        lasting.values().removeIf(flow -> flow.timeouts().hard() > 0);
        return lasting;
    }
}
