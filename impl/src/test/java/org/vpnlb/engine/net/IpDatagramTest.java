/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.vpnlb.engine.net.IpAddress.Family;

@Label("An IP datagram")
class IpDatagramTest {
    private static final MacAddress TO = MacAddress.parse("02:00:00:00:0a:01");
    private static final MacAddress FROM = MacAddress.parse("02:00:00:00:01:01");
    private static final int ETHERNET = 14;
    private static final int FRAGMENT_FIELD = ETHERNET + 6;

    @Provide
    Arbitrary<IpDatagram> datagrams() {
        return Arbitraries.of(Family.class).flatMap(IpDatagramTest::of);
    }

    @Provide
    Arbitrary<IpDatagram> v4() {
        return of(Family.V4);
    }

    private static Arbitrary<IpDatagram> of(final Family family) {
        final Arbitrary<Integer> octets = Arbitraries.integers().between(0, 255);
        return Combinators.combine(
                        Addresses.of(family),
                        Addresses.of(family),
                        octets,
                        octets,
                        Arbitraries.bytes().array(byte[].class).ofMaxSize(200))
                .as(IpDatagram::new);
    }

    @Property
    @Label("is what its frame says, padded or not, tagged or not")
    void isWhatItsFrameSays(
            @ForAll("datagrams") final IpDatagram datagram, @ForAll @IntRange(max = 50) final int padding) {
        final byte[] frame = datagram.toFrame(TO, FROM);
        assertThat(frame).hasSizeGreaterThanOrEqualTo(60);
        assertSame(IpDatagram.parse(frame), datagram);
        assertSame(IpDatagram.parse(Arrays.copyOf(frame, frame.length + padding)), datagram);
        assertSame(IpDatagram.parse(tagged(frame)), datagram);

        final EthernetFrame headers = EthernetFrame.parse(frame).orElseThrow();
        assertThat(headers.destination()).isEqualTo(TO);
        assertThat(headers.source()).isEqualTo(FROM);
        assertThat(headers.payload()).isEqualTo(new EthernetFrame.IpPacket(datagram.source(), datagram.destination()));
    }

    @Property
    @Label("of IPv4 has a header that is not damaged")
    void ofIpv4HasAHeaderThatIsNotDamaged(@ForAll("v4") final IpDatagram datagram) {
        final byte[] frame = datagram.toFrame(TO, FROM);
        assertThat(Checksum.of(Arrays.copyOfRange(frame, ETHERNET, ETHERNET + 20)))
                .isZero();
    }

    @Property
    @Label("that is cut off is none; what is left of it can be read where it is quoted")
    void thatIsCutOffIsNone(@ForAll("datagrams") final IpDatagram datagram) {
        final int header = datagram.source().family() == Family.V4 ? 20 : 40;
        final byte[] frame = datagram.toFrame(TO, FROM);
        for (int length = 0; length < ETHERNET + header + datagram.payload().length; length++) {
            final byte[] beginning = Arrays.copyOf(frame, length);
            assertThat(IpDatagram.parse(beginning)).isEmpty();
            final Optional<IpDatagram> quoted = IpDatagram.parseQuoted(beginning, ETHERNET);
            assertThat(quoted.isPresent()).isEqualTo(length >= ETHERNET + header);
            final int left = length - ETHERNET - header;
            quoted.ifPresent(read -> assertThat(read.payload()).isEqualTo(Arrays.copyOf(datagram.payload(), left)));
        }
    }

    @Property
    @Label("is no fragment, neither the first nor a later one")
    void isNoFragment(@ForAll("v4") final IpDatagram datagram, @ForAll @IntRange(max = 13) final int bit) {
        final byte[] frame = datagram.toFrame(TO, FROM);
        ByteBuffer.wrap(frame).putShort(FRAGMENT_FIELD, (short) (1 << bit));
        assertThat(IpDatagram.parse(frame)).isEmpty();
    }

    @Property
    @Label("of IPv4 may have options")
    void ofIpv4MayHaveOptions(@ForAll("v4") final IpDatagram datagram, @ForAll @IntRange(max = 10) final int words) {
        final int options = words * Integer.BYTES;
        final byte[] plain = datagram.toFrame(TO, FROM);
        final ByteBuffer frame = ByteBuffer.allocate(plain.length + options);
        frame.put(plain, 0, ETHERNET + 20).position(ETHERNET + 20 + options);
        frame.put(plain, ETHERNET + 20, plain.length - ETHERNET - 20);
        frame.put(ETHERNET, (byte) (0x45 + words));
        frame.putShort(ETHERNET + 2, (short) (20 + options + datagram.payload().length));
        assertSame(IpDatagram.parse(frame.array()), datagram);
    }

    @Property(tries = 5000)
    @Label("of any octets is read or not, but does no harm")
    void ofAnyOctetsDoesNoHarm(
            @ForAll @Size(max = 80) final byte[] octets, @ForAll @IntRange(max = 90) final int offset) {
        IpDatagram.parse(octets);
        IpDatagram.parseQuoted(octets, offset);
    }

    private static byte[] tagged(final byte[] frame) {
        final ByteBuffer out = ByteBuffer.allocate(frame.length + 4);
        out.put(frame, 0, 12).putInt(0x8100_0007).put(frame, 12, frame.length - 12);
        return out.array();
    }

    private static void assertSame(final Optional<IpDatagram> read, final IpDatagram expected) {
        assertThat(read).get().usingRecursiveComparison().isEqualTo(expected);
    }
}
