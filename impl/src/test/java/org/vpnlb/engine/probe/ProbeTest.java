/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.model.Target.Kind;
import org.vpnlb.engine.net.Checksum;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.net.MacAddress;

@Label("A probe")
class ProbeTest {
    private static final MacAddress US = MacAddress.parse("02:76:70:6e:00:01");
    private static final MacAddress DEVICE = MacAddress.parse("02:00:00:00:0a:01");

    @Provide
    Arbitrary<Target> targets() {
        return Combinators.combine(
                        Arbitraries.of(Kind.class),
                        Arbitraries.of(Family.class),
                        Arbitraries.of(500, 4500, 1, 443, 65535),
                        Arbitraries.of(true, false))
                .as(ProbeTest::target);
    }

    private static Target target(final Kind kind, final Family family, final int port, final boolean withSource) {
        final String network = family == Family.V4 ? "10.0.0." : "2001:db8::";
        return new Target(
                kind,
                US,
                withSource || kind != Kind.ARP ? IpAddress.parse(network + 25) : null,
                DEVICE,
                IpAddress.parse(network + 1),
                kind == Kind.ARP || kind == Kind.ICMP ? 0 : port);
    }

    @Property
    @Label("goes from us to the device, and no checksum is wrong")
    void goesFromUsToTheDevice(@ForAll("targets") final Target target, @ForAll final long token) {
        for (final byte[] frame : Probe.of(target, token).request()) {
            final EthernetFrame headers = EthernetFrame.parse(frame).orElseThrow();
            assertThat(headers.source()).isEqualTo(US);
            assertThat(headers.destination()).isEqualTo(DEVICE);
            assertThat(frame).hasSizeGreaterThanOrEqualTo(60);
            IpDatagram.parse(frame)
                    .ifPresent(datagram -> assertThat(
                                    datagram.protocol() == IpDatagram.ICMP
                                            ? Checksum.of(datagram.payload())
                                            : Checksum.of(
                                                    datagram.source(),
                                                    datagram.destination(),
                                                    datagram.protocol(),
                                                    datagram.payload()))
                            .isZero());
        }
    }

    @Property
    @Label("is a function of its target and its token")
    void isAFunction(@ForAll("targets") final Target target, @ForAll final long token) {
        assertThat(Probe.of(target, token)).isEqualTo(Probe.of(target, token));
        assertThat(Probe.of(target, token).request())
                .usingRecursiveComparison()
                .isEqualTo(Probe.of(target, token).request());
    }

    @Property(tries = 5000)
    @Label("takes no random octets for an answer")
    void takesNoRandomOctetsForAnAnswer(
            @ForAll("targets") final Target target,
            @ForAll final long token,
            @ForAll @Size(max = 200) final byte[] octets) {
        final Probe probe = Probe.of(target, token);
        assertThat(probe.judge(octets)).isEqualTo(Verdict.UNRELATED);
        assertThat(probe.goodbye(octets)).isEmpty();
    }

    @Property(tries = 5000)
    @Label("takes no datagram with random octets inside for an answer")
    void takesNoDatagramWithRandomOctetsInsideForAnAnswer(
            @ForAll("targets") final Target target,
            @ForAll final long token,
            @ForAll("protocols") final int protocol,
            @ForAll @Size(max = 120) final byte[] octets) {
        final IpAddress source = target.sourceAddress() == null ? target.targetAddress() : target.sourceAddress();
        final byte[] frame = new IpDatagram(target.targetAddress(), source, protocol, 255, octets).toFrame(US, DEVICE);
        assertThat(Probe.of(target, token).judge(frame)).isEqualTo(Verdict.UNRELATED);
    }

    @Provide
    Arbitrary<Integer> protocols() {
        return Arbitraries.of(IpDatagram.ICMP, IpDatagram.TCP, IpDatagram.UDP, IpDatagram.ICMPV6);
    }

    @Property(tries = 5000)
    @Label("bears any damage to an answer of any probe")
    void bearsAnyDamage(
            @ForAll("targets") final Target target,
            @ForAll("recorded") final Recorded recorded,
            @ForAll final Random random) {
        final byte[] frame = Arrays.copyOf(recorded.answer(), random.nextInt(recorded.answer().length + 20));
        for (int i = 0; i < random.nextInt(6) && frame.length > 0; i++) {
            frame[random.nextInt(frame.length)] = (byte) random.nextInt();
        }
        for (final Probe probe : List.of(Probe.of(target, recorded.token()), recorded.probe())) {
            assertThat(probe.judge(frame)).isNotNull();
            assertThat(probe.goodbye(frame)).hasSizeLessThanOrEqualTo(1);
        }
    }

    @Provide
    Arbitrary<Recorded> recorded() {
        return Arbitraries.of(Recorded.all());
    }

    @Example
    @Label("by UDP never goes without a checksum, whatever that is")
    void byUdpNeverGoesWithoutAChecksum() {
        final Set<Integer> checksums = new HashSet<>();
        for (int port = 1; port <= 0xffff; port++) {
            final byte[] frame = Probe.of(target(Kind.UDP, Family.V4, port, true), 0)
                    .request()
                    .get(0);
            checksums.add(ByteBuffer.wrap(frame).getShort(14 + 20 + 6) & 0xffff);
        }
        assertThat(checksums).contains(0xffff).doesNotContain(0);
    }

    @Example
    @Label("by ARP may be answered to everybody (RFC 5227), but for one address by one station only")
    void byArpMayBeAnsweredToEverybody() {
        final Recorded arp = Recorded.all().get(0);
        assertThat(arp.target().kind()).isEqualTo(Kind.ARP);
        assertThat(arp.probe().judge(EthernetFrame.withDestination(arp.answer(), MacAddress.BROADCAST)))
                .isEqualTo(Verdict.ALIVE);
        final byte[] request = arp.answer().clone();
        request[21] = 1;
        assertThat(arp.probe().judge(request)).isEqualTo(Verdict.UNRELATED);
        for (final int field : new int[] {22, 28, 32}) {
            final byte[] other = arp.answer().clone();
            other[field]++;
            assertThat(arp.probe().judge(other)).isEqualTo(Verdict.UNRELATED);
        }
    }
}
