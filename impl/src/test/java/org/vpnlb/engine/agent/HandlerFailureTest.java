/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;

@Label("When an agent failed at an event, and what it wanted done is lost,")
class HandlerFailureTest {
    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.pinnedToo(Shape.any()));
    }

    @Property(tries = 100)
    @Label("all is right again once it has been told what the switch holds")
    void allIsRightAgainAfterAReadBack(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        failOften(lab, random);

        lab.network().names().forEach(node -> {
            lab.network().disconnect(node);
            lab.network().connect(node);
        });
        lab.network().settle();

        lab.assertConsistent();
        ClientPathTest.assertThatSessionsHold(lab);
    }

    @Property(tries = 100)
    @Label("all is right again also with a new agent")
    void allIsRightAgainWithANewAgent(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        failOften(lab, random);

        lab.network().names().forEach(node -> {
            lab.network().replaceAgent(node);
            lab.network().connect(node);
        });
        lab.network().settle();

        lab.assertConsistent();
        ClientPathTest.assertThatSessionsHold(lab);
    }

    @Property(tries = 100)
    @Label("it reads the switch at once, without a reconnection, and all is right again")
    void itReadsTheSwitchAtOnce(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        // A change of what was never made is refused.
        lab.network().names().forEach(lab.network()::letRefuse);
        failOften(lab, random);

        // The last failure may come late, and the switch is not read at once again and again.
        for (int i = 0; i < 40; i++) {
            lab.network().advance(1000);
            lab.network().settle();
        }

        lab.assertConsistent();
        ClientPathTest.assertThatSessionsHold(lab);
    }

    @Example
    @Label("it reads the switch within a second")
    void itReadsTheSwitchWithinASecond() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = Lab.of(office);
        lab.network().letRefuse("sw1");
        final Service more = ServiceBuilder.like(office).ingress("sw1", 2L).build();
        lab.network().failNext("sw1");
        lab.reconfigure(more);
        lab.network().advance(1000);
        lab.network().settle();
        assertThat(lab.clientVerdict(more, Lab.outer(1), Frames.Kind.udp(500), 2)
                        .isDropped())
                .isFalse();
        lab.assertConsistent();
    }

    @Property(tries = 20)
    @Label("the frames of clients still go to devices, or nowhere")
    void framesStillGoToDevices(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        failOften(lab, new Random(seed));
        lab.enabled()
                .forEach(service -> assertThat(lab.clientVerdict(
                                        service,
                                        Lab.outer(1),
                                        Frames.Kind.of(service).get(0))
                                .normal())
                        .isFalse());
    }

    private static void failOften(final Lab lab, final Random random) {
        final List<String> names = List.copyOf(lab.network().names());
        for (int i = 0; i < 10; i++) {
            lab.network().failNext(names.get(random.nextInt(names.size())));
            new RandomTraffic(lab, random).run(10);
        }
        lab.network().settle();
    }
}
