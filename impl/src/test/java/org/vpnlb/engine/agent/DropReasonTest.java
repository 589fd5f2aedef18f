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
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.agent.InMemorySwitch.Feature;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;

@Label("Whatever is configured, what an entry of a switch drops")
class DropReasonTest {
    private static final int TRIES = 200;

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.byAnyMethod(Shape.any()));
    }

    @Provide
    Arbitrary<Shape> learnedByController() {
        return Shape.ofAnyFamily(Shape.byAnyMethod(Shape.learnedByController()));
    }

    @Property(tries = TRIES)
    @Label("is asked for, and counted by a reason at a service")
    void isCountedByAReason(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        assertAllAreCounted(Lab.of(shape, 1), seed);
    }

    @Property(tries = TRIES)
    @Label("is asked for, and counted by a reason at a service, where the switch has no meters either")
    void isCountedInALesserSwitchToo(@ForAll("learnedByController") final Shape shape, @ForAll final long seed) {
        assertAllAreCounted(Lab.of(shape, 1, Feature.NICIRA_ACTIONS, Feature.METERS), seed);
    }

    private static void assertAllAreCounted(final Lab lab, final long seed) {
        new RandomTraffic(lab, new Random(seed)).run(20);
        lab.network().settle();
        lab.network().advance(2 * DropCounts.PERIOD_MILLIS);
        lab.network().settle();
        for (final String node : lab.network().names()) {
            assertAllAreCounted(lab, node);
        }
    }

    private static void assertAllAreCounted(final Lab lab, final String node) {
        final SwitchAgent agent = lab.network().agent(node);
        final long now = lab.network().now() + DropCounts.PERIOD_MILLIS;
        final List<Flow> drops = lab.network().datapath(node).ours().flows().values().stream()
                .filter(Flow::drops)
                .toList();
        final Set<Long> asked = agent.handle(new Event.Tick(now)).stream()
                .filter(Effect.CountDrops.class::isInstance)
                .flatMap(effect -> ((Effect.CountDrops) effect).cookies().stream())
                .collect(Collectors.toSet());
        assertThat(drops).allSatisfy(flow -> assertThat(asked).contains(flow.cookie()));

        final Map<Flow, Long> counts =
                new HashMap<>(lab.network().datapath(node).droppedByFlow(asked));
        agent.handle(new Event.Drops(counts, Map.of(), Map.of(), now));
        for (final Flow flow : drops) {
            final Map<String, Long> before = counted(lab, agent, flow);
            counts.merge(flow, 1L, Long::sum);
            agent.handle(new Event.Drops(counts, Map.of(), Map.of(), now));
            final Map<String, Long> after = counted(lab, agent, flow);
            after.forEach((reason, count) -> before.merge(reason, -count, Long::sum));
            before.values().removeIf(difference -> difference == 0);
            assertThat(before)
                    .as("with a frame that %s drops, by reason", flow)
                    .containsExactly(Map.entry(
                            new Pipeline(lab.tableBase(), lab.numbers(), Set.of(), Set.of())
                                    .dropReason(flow.key())
                                    .orElseThrow(),
                            -1L));
        }
    }

    /** What is counted at the service of an entry, by reason; of an entry that is for all services, at any of them. */
    private static Map<String, Long> counted(final Lab lab, final SwitchAgent agent, final Flow flow) {
        final int owner = Cookie.parse(flow.cookie()).orElseThrow().service();
        return agent.status().services().entrySet().stream()
                .filter(entry -> owner == 0 || lab.numbers().of(lab.service(entry.getKey())) == owner)
                .flatMap(entry -> entry.getValue().counters().dropped().entrySet().stream())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Long::sum, HashMap::new));
    }
}
