/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.pipeline.Numbers;

@Label("Services come and go")
class LifecycleTest {
    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.byTheControllerToo(Shape.any()));
    }

    @Property
    @Label("without a service the switches are exactly as before, whatever is not vpnlb's included")
    void withoutAServiceTheSwitchesAreAsBefore(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Map<String, Tables> before = new HashMap<>();
        lab.network().names().forEach(node -> before.put(node, lab.foreign(node)));
        lab.network().orderByBarriersOnly();
        new RandomTraffic(lab, new Random(seed)).run(60);

        lab.configure(List.of());
        lab.network().settle();

        before.forEach(
                (node, tables) -> assertThat(lab.network().datapath(node).all()).isEqualTo(tables));
    }

    @Property
    @Label("a service that is removed, or disabled, takes its entries with it, and only those")
    void aServiceTakesItsEntriesWithIt(
            @ForAll("configurations") final Shape shape, @ForAll final long seed, @ForAll final boolean disabled) {
        final Lab lab = Lab.of(shape, seed);
        new RandomTraffic(lab, new Random(seed)).run(60);
        lab.network().settle();
        final Service gone = lab.services().get(0);
        final Numbers numbers = lab.numbers();
        final Map<String, Tables> others = new HashMap<>();
        lab.network()
                .names()
                .forEach(node -> others.put(
                        node,
                        without(gone, numbers, lab.network().datapath(node).ours())));

        final List<Service> next = new ArrayList<>(lab.services());
        next.remove(0);
        if (disabled) {
            next.add(ServiceBuilder.like(gone).enabled(false).build());
        }
        lab.configure(next);
        lab.network().settle();

        others.forEach((node, tables) -> {
            final Tables now = lab.network().datapath(node).ours();
            assertThat(without(gone, numbers, now)).isEqualTo(now);
            assertThat(sessions(now)).isEqualTo(sessions(tables));
            assertThat(now.groups()).isEqualTo(tables.groups());
        });
        ClientPathTest.assertThatSessionsHold(lab);
    }

    @Property
    @Label("the same configuration twice changes nothing")
    void theSameConfigurationTwiceChangesNothing(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        new RandomTraffic(lab, new Random(seed)).run(60);
        lab.network().settle();
        for (final String node : lab.network().names()) {
            final var again = new Event.Configured(lab.services(), lab.network().now());
            assertThat(lab.network().agent(node).handle(again)).isEmpty();
        }
    }

    @Property
    @Label("the same frame punted twice changes the switch at most once")
    void theSameFrameTwiceChangesTheSwitchAtMostOnce(
            @ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final List<Event> punts = new ArrayList<>();
        lab.network().listen((node, event) -> {
            if (event instanceof Event.Punted) {
                punts.add(event);
                final SwitchAgent agent = lab.network().agent(node);
                final List<Effect> again = agent.handle(event);
                assertThat(Lab.changes(again)).as("%s", event).isEmpty();
            }
        });
        new RandomTraffic(lab, new Random(seed)).run(60);
        lab.network().settle();
        if (lab.enabled().isEmpty()) {
            assertThat(punts).isEmpty();
        }
        // Some configurations need no punt at all: clients that are not pinned, and inner addresses that are given.
        Statistics.label("frames are punted")
                .collect(!punts.isEmpty())
                .coverage(seen -> seen.check(true).percentage(share -> share > 50));
    }

    @Property
    @Label("a switch that connects with what it should have is not changed")
    void aSwitchThatHasAllIsNotChanged(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        new RandomTraffic(lab, new Random(seed)).run(60);
        lab.network().settle();
        for (final String node : lab.network().names()) {
            final Tables actual = lab.network().datapath(node).ours();
            final SwitchAgent agent = lab.network().agent(node);
            agent.handle(new Event.Disconnected());
            final var again = new Event.Connected(
                    actual, Capabilities.OPEN_VSWITCH, lab.network().now());
            assertThat(Lab.changes(agent.handle(again))).isEmpty();
            assertThat(agent.handle(again))
                    .allSatisfy(effect -> assertThat(effect).isInstanceOf(Effect.SendFrame.class));
        }
    }

    /** The entries that are not a service's own: those of others, and those that services share. */
    private static Tables without(final Service service, final Numbers numbers, final Tables tables) {
        final int number = numbers.of(service);
        final List<Integer> devices = new ArrayList<>();
        for (final Device device : service.devices()) {
            devices.add(numbers.of(service, device));
        }
        return Tables.of(
                tables.flows().values().stream()
                        .filter(flow -> Cookie.parse(flow.cookie())
                                .filter(cookie -> cookie.service() == number)
                                .isEmpty())
                        .toList(),
                tables.groups().values().stream()
                        .filter(group -> {
                            final GroupId id = GroupId.parse(group.id()).orElseThrow();
                            return id.kind() == GroupId.Kind.SELECTION
                                    ? id.number() != number
                                    : !devices.contains(id.number());
                        })
                        .toList(),
                tables.meters().values());
    }

    private static Tables sessions(final Tables tables) {
        return Tables.of(
                tables.flows().values().stream()
                        .filter(flow -> flow.timeouts().idle() > 0)
                        .toList(),
                List.of());
    }
}
