/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.session.Counters;
import org.vpnlb.engine.session.Counters.Ignored;

@Label("Frames that make no sense")
class GarbageTest {
    private static final Service OFFICE = ServiceBuilder.office()
            .egress("sw1", 5L)
            .device("g1", device -> ServiceBuilder.atOneSwitch(device, 11))
            .device("g2", device -> ServiceBuilder.atOneSwitch(device, 12))
            .device("g3", device -> ServiceBuilder.atOneSwitch(device, 13))
            .build();

    /** The cookies with which a switch punts. */
    @Provide
    Arbitrary<Long> cookies() {
        final int number = Numbers.of(List.of(OFFICE)).of(OFFICE);
        return Arbitraries.of(Kind.values())
                .flatMap(kind -> Arbitraries.of(
                        new Cookie(kind, number, 0).value(),
                        new Cookie(kind, 0, 0).value(),
                        new Cookie(kind, number, 1).value(),
                        new Cookie(kind, 77, 1).value(),
                        0x1234L,
                        -1L));
    }

    @Provide
    Arbitrary<byte[]> frames() {
        final MacAddress mac = OFFICE.devices().get(0).egress().mac();
        final List<byte[]> sensible = Stream.of(
                        Frames.arpRequest(mac, "10.0.0.7", "10.0.0.100"),
                        Frames.arpReply(mac, "10.0.0.100", mac, "10.0.0.7"),
                        Frames.ip(mac, mac, Lab.outer(1), OFFICE.clusterAddress(), Frames.Kind.udp(500)),
                        Frames.echo(OFFICE.virtualMac(), mac, Lab.outer(1), OFFICE.clusterAddress()),
                        Frames.icmpError(
                                OFFICE.virtualMac(),
                                Lab.outer(2),
                                OFFICE.clusterAddress(),
                                3,
                                50,
                                OFFICE.clusterAddress(),
                                Lab.outer(1)),
                        Frames.ip(OFFICE.virtualMac(), mac, Lab.inner(OFFICE, 1), Lab.SERVER, Frames.Kind.PING))
                .flatMap(frame -> Stream.of(frame, Frames.tagged(frame, 7)))
                .toList();
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.bytes().array(byte[].class).ofMaxSize(100)),
                Tuple.of(
                        3,
                        Arbitraries.of(sensible)
                                .flatMap(frame -> Arbitraries.integers()
                                        .between(0, frame.length)
                                        .map(length -> Arrays.copyOf(frame, length)))),
                Tuple.of(
                        3,
                        Arbitraries.of(sensible)
                                .flatMap(frame -> Arbitraries.randomValue(random -> scratched(frame, random)))));
    }

    @Property(tries = 1000)
    @Label("are punted without harm")
    void arePuntedWithoutHarm(
            @ForAll("frames") final byte[] frame,
            @ForAll("cookies") final long cookie,
            @ForAll @IntRange(min = 0, max = 100) final int port) {
        final Lab lab = Lab.of(OFFICE);
        lab.network()
                .tell("sw1", new Event.Punted(port, cookie, frame, lab.network().now()));
        lab.network().settle();
        lab.assertConsistent();
    }

    @Property
    @Label("are counted, whichever entry they came by")
    void areCounted(@ForAll @Size(max = 13) final byte[] tooShort) {
        final Lab lab = Lab.of(OFFICE);
        final int number = Numbers.of(List.of(OFFICE)).of(OFFICE);
        final List<Cookie> punting = List.of(
                new Cookie(Kind.CLASSIFY, number, 0),
                new Cookie(Kind.SELECTION, number, 0),
                Cookie.of(Kind.LEARNED_SOURCE),
                new Cookie(Kind.RETURN_SESSION, number, 0));
        for (final Cookie cookie : punting) {
            final long port = OFFICE.devices().get(0).egress().port();
            final var event = new Event.Punted(
                    port, cookie.value(), tooShort, lab.network().now());
            assertThat(lab.network().tell("sw1", event)).isEmpty();
        }
        final Counters counters = lab.ingressStatus(OFFICE).counters();
        assertThat(counters.punts()).isEqualTo(punting.size());
        assertThat(counters.ignored().get(Ignored.MALFORMED)).isEqualTo(punting.size());
    }

    @Property(tries = 1000)
    @Label("pass through the tables without harm")
    void passThroughTheTables(@ForAll("frames") final byte[] frame, @ForAll("ports") final long port) {
        final Lab lab = Lab.of(OFFICE);
        lab.network().receive("sw1", port, frame);
        lab.network().settle();
        lab.assertConsistent();
    }

    @Provide
    Arbitrary<Long> ports() {
        return Arbitraries.of(1L, 5L, 11L, 61L, Shape.OTHER_PORT);
    }

    private static byte[] scratched(final byte[] frame, final Random random) {
        final byte[] copy = frame.clone();
        for (int i = 0; i <= random.nextInt(4); i++) {
            copy[random.nextInt(copy.length)] = (byte) random.nextInt();
        }
        return copy;
    }
}
