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
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.vpnlb.engine.openflow.Tables;

@Label("On a day on which everything happens")
class LivelyDayTest {
    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.pinnedToo(Shape.any()));
    }

    @Property(tries = 150)
    @Label("the switches are in the end as the configuration wants them, and sessions hold")
    void theSwitchesAreInTheEndAsWanted(
            @ForAll("configurations") final Shape first,
            @ForAll @Size(min = 1, max = 4) final List<@From("configurations") Shape> changes,
            @ForAll final boolean ordered,
            @ForAll final long seed) {
        final Random random = new Random(seed);
        final Lab lab = Lab.of(first, seed);
        lab.network().duplicate(0.1);
        if (!ordered) {
            lab.network().orderByBarriersOnly();
        }
        final Map<String, Tables> foreign = new HashMap<>();
        lab.network().names().forEach(node -> foreign.put(node, lab.foreign(node)));
        for (final Shape change : changes) {
            happen(lab, random);
            final var next = new Shape(
                    first.oneSwitch(),
                    first.tableBase(),
                    first.sharedPorts(),
                    change.services(),
                    change.method(),
                    first.outer(),
                    first.several());
            lab.configure(next.toServices());
            happen(lab, random);
        }
        lab.network().settle();
        lab.awaitMoves();

        lab.assertConsistent();
        ClientPathTest.assertThatSessionsHold(lab);
        foreign.forEach((node, tables) -> assertThat(lab.foreign(node)).isEqualTo(tables));
    }

    /** Some of what can happen, in any order. */
    private static void happen(final Lab lab, final Random random) {
        final SimulatedNetwork network = lab.network();
        for (int i = 0; i < 8; i++) {
            final List<String> names = List.copyOf(network.names());
            final String node = names.get(random.nextInt(names.size()));
            switch (random.nextInt(8)) {
                case 0 -> {
                    // A short break of the connection, or a change of mastership.
                    network.disconnect(node);
                    new RandomTraffic(lab, random).run(5);
                    network.connect(node);
                }
                case 1 -> {
                    network.replaceAgent(node);
                    network.connect(node);
                }
                case 2 -> network.advance(random.nextInt(400_000));
                case 3 -> network.configure(lab.services());
                default -> new RandomTraffic(lab, random).run(20);
            }
        }
    }
}
