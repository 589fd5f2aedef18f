/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IpAddress.Family;

@Label("Of ICMP")
class IcmpTest {
    private static final MacAddress ASKED = MacAddress.parse("02:00:00:00:00:99");
    private static final IpAddress ROUTER = IpAddress.parse("192.0.2.1");
    private static final IpAddress CLUSTER = IpAddress.parse("10.0.0.100");
    private static final IpAddress CLIENT = IpAddress.parse("203.0.113.5");
    private static final MacAddress SENDER = MacAddress.parse("02:00:00:00:02:02");
    private static final IpAddress ROUTER_V6 = IpAddress.parse("fd01::fe");
    private static final IpAddress CLUSTER_V6 = IpAddress.parse("2001:db8::100");
    private static final IpAddress CLIENT_V6 = IpAddress.parse("2001:db8:5::5");
    private static final int ESP = 50;

    /** A request with as much data as ping sends; the checksums are left out. */
    private static final String PING = "0200000000990200000000fe" + "0800"
            + "4500005445c9400040010000" + "0a00000a" + "0a000064"
            + "0800" + "0000" + "00070001"
            + "5b8f476900000000c1d90a0000000000"
            + "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637";

    @Example
    @Label("an error tells whose packet it quotes, of any protocol and with as few octets as there may be")
    void anErrorTellsWhosePacketItQuotes() {
        for (final int type : new int[] {3, 11, 12}) {
            for (final int protocol : new int[] {17, ESP, 51, 1}) {
                assertThat(Icmp.quoted(error(type, CLUSTER, CLIENT, protocol, 8)))
                        .contains(new IpPacket(CLUSTER, CLIENT));
                assertThat(Icmp.quoted(error(type, CLUSTER, CLIENT, protocol, 548)))
                        .contains(new IpPacket(CLUSTER, CLIENT));
            }
        }
    }

    @Example
    @Label("a host of IPv4 that cannot be reached is told to who sent the packet, with what 576 octets hold of it")
    void aHostIsUnreachable() {
        final byte[] packet = new IpDatagram(CLIENT, CLUSTER, 17, 60, new byte[900]).toFrame(ASKED, SENDER);
        final byte[] error = Icmp.unreachable(packet, ASKED, ROUTER).orElseThrow();

        assertThat(MacAddress.read(error, 0)).isEqualTo(SENDER);
        assertThat(MacAddress.read(error, MacAddress.LENGTH)).isEqualTo(ASKED);
        assertThat(EthernetFrame.parse(error).orElseThrow().payload()).isEqualTo(new IpPacket(ROUTER, CLIENT));
        assertThat(Icmp.quoted(error)).contains(new IpPacket(CLIENT, CLUSTER));
        assertThat(error).hasSize(14 + 576);
        assertThat(Arrays.copyOfRange(error, 34, 36)).containsExactly(3, 1);
        assertThat(Checksum.of(error, 14, 20)).isZero();
        assertThat(Checksum.of(error, 34, 556)).isZero();
        assertThat(Arrays.copyOfRange(error, 42, 590)).isEqualTo(Arrays.copyOfRange(packet, 14, 562));
    }

    @Example
    @Label("an address of IPv6 that cannot be reached is told likewise, in 1280 octets at most")
    void anAddressIsUnreachable() {
        final byte[] packet = new IpDatagram(CLIENT_V6, CLUSTER_V6, 17, 60, new byte[1400]).toFrame(ASKED, SENDER);
        final byte[] error = Icmp.unreachable(packet, ASKED, ROUTER_V6).orElseThrow();

        assertThat(MacAddress.read(error, 0)).isEqualTo(SENDER);
        assertThat(Icmp.quoted(error)).contains(new IpPacket(CLIENT_V6, CLUSTER_V6));
        assertThat(error).hasSize(14 + 1280);
        assertThat(Arrays.copyOfRange(error, 54, 56)).containsExactly(1, 3);
        assertThat(Checksum.of(ROUTER_V6, CLIENT_V6, IpDatagram.ICMPV6, Arrays.copyOfRange(error, 54, error.length)))
                .isZero();
        assertThat(Arrays.copyOfRange(error, 62, error.length)).isEqualTo(Arrays.copyOfRange(packet, 14, 1246));
    }

    @Example
    @Label("of an error, a later fragment, a packet of or for nobody alone, or one that is cut off nothing is told")
    void whereNoErrorMayBeSent() {
        final byte[] packet = new IpDatagram(CLIENT, CLUSTER, 17, 60, new byte[100]).toFrame(ASKED, SENDER);
        assertThat(Icmp.unreachable(packet, ASKED, ROUTER)).isPresent();
        assertThat(Icmp.unreachable(packet, ASKED, ROUTER_V6)).isEmpty();
        assertThat(Icmp.unreachable(Arrays.copyOf(packet, 14 + 27), ASKED, ROUTER))
                .isEmpty();
        assertThat(Icmp.unreachable(new byte[10], ASKED, ROUTER)).isEmpty();
        final byte[] error = error(3, CLUSTER, CLIENT, ESP, 8);
        assertThat(Icmp.unreachable(error, ASKED, ROUTER)).isEmpty();
        error[34] = 8;
        System.arraycopy(SENDER.toBytes(), 0, error, MacAddress.LENGTH, MacAddress.LENGTH);
        assertThat(Icmp.unreachable(error, ASKED, ROUTER)).as("an echo request").isPresent();
        final byte[] later = packet.clone();
        later[14 + 7] = 5;
        assertThat(Icmp.unreachable(later, ASKED, ROUTER)).isEmpty();
        final byte[] toAll = packet.clone();
        toAll[6] = 1;
        assertThat(Icmp.unreachable(toAll, ASKED, ROUTER)).isEmpty();
        final IpAddress nobody = IpAddress.parse("0.0.0.0");
        final IpAddress many = IpAddress.parse("224.0.0.5");
        assertThat(Icmp.unreachable(udp(nobody, CLUSTER), ASKED, ROUTER)).isEmpty();
        assertThat(Icmp.unreachable(udp(CLIENT, many), ASKED, ROUTER)).isEmpty();
        assertThat(Icmp.unreachable(udp(CLIENT_V6, IpAddress.parse("ff02::1")), ASKED, ROUTER_V6))
                .isEmpty();
        final byte[] errorV6 = new IpDatagram(
                        CLIENT_V6, CLUSTER_V6, IpDatagram.ICMPV6, 60, new byte[] {1, 3, 0, 0, 0, 0, 0, 0})
                .toFrame(ASKED, SENDER);
        assertThat(Icmp.unreachable(errorV6, ASKED, ROUTER_V6)).isEmpty();
        errorV6[54] = (byte) 128;
        assertThat(Icmp.unreachable(errorV6, ASKED, ROUTER_V6)).isPresent();
    }

    @Example
    @Label("nor of an error of IPv6, or a later fragment, behind other headers")
    void noErrorIsSentBehindExtensionHeaders() {
        for (final int header : new int[] {0, 43, 60, 135, 139, 140}) {
            assertThat(behind(header, 1, false)).isEmpty();
            assertThat(behind(header, 128, false)).as("an echo request").isPresent();
            assertThat(behind(header, 1, true)).isEmpty();
            assertThat(behind(header, 128, true)).isPresent();
        }
        final byte[] first = {IpDatagram.UDP, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0};
        assertThat(carrying(44, first)).as("a first fragment").isPresent();
        final byte[] later = first.clone();
        later[3] = 9;
        assertThat(carrying(44, later)).isEmpty();
        // The length of this one is counted otherwise.
        final byte[] signed = ByteBuffer.allocate(24)
                .put((byte) IpDatagram.ICMPV6)
                .put((byte) 2)
                .put(16, (byte) 1)
                .array();
        assertThat(carrying(51, signed)).isEmpty();
        assertThat(carrying(51, changed(signed, 16, 129))).isPresent();
        // What is cut off may be an error.
        assertThat(carrying(0, new byte[] {IpDatagram.ICMPV6, 9, 0, 0, 0, 0, 0, 0, (byte) 128, 0, 0, 0, 0, 0, 0, 0}))
                .isEmpty();
    }

    /** What is said of a message of ICMPv6 behind a header of 16 octets, and one more where that is asked for. */
    private static Optional<byte[]> behind(final int header, final int type, final boolean isTwice) {
        final ByteBuffer packet = ByteBuffer.allocate(isTwice ? 32 : 24);
        if (isTwice) {
            packet.put((byte) header).put(new byte[7]);
        }
        packet.put((byte) IpDatagram.ICMPV6).put((byte) 1).put(new byte[14]).put((byte) type);
        return carrying(header, packet.array());
    }

    private static Optional<byte[]> carrying(final int protocol, final byte[] payload) {
        return Icmp.unreachable(
                new IpDatagram(CLIENT_V6, CLUSTER_V6, protocol, 60, payload).toFrame(ASKED, SENDER), ASKED, ROUTER_V6);
    }

    private static byte[] udp(final IpAddress source, final IpAddress destination) {
        return new IpDatagram(source, destination, 17, 60, new byte[8]).toFrame(ASKED, SENDER);
    }

    @Example
    @Label("what a fragment of a packet went wrong with is told too")
    void aQuotedFragmentIsRead() {
        final byte[] frame = error(11, CLUSTER, CLIENT, ESP, 8);
        // More fragments.
        frame[14 + 20 + 8 + 6] = 0x20;
        assertThat(Icmp.quoted(frame)).contains(new IpPacket(CLUSTER, CLIENT));
    }

    @Example
    @Label("packet too big of IPv6 is read likewise")
    void packetTooBigIsRead() {
        final IpAddress cluster = IpAddress.parse("2001:db8::100");
        final IpAddress client = IpAddress.parse("2001:db8:1::5");
        final byte[] quote = Arrays.copyOfRange(
                new IpDatagram(cluster, client, 17, 60, new byte[8]).toFrame(ASKED, ASKED), 14, 14 + 48);
        final byte[] message = ByteBuffer.allocate(8 + quote.length)
                .putInt(0x0200_0000)
                .putInt(1280)
                .put(quote)
                .array();
        final byte[] frame =
                new IpDatagram(IpAddress.parse("2001:db8::1"), cluster, 58, 64, message).toFrame(ASKED, ASKED);
        assertThat(Icmp.quoted(frame)).contains(new IpPacket(cluster, client));
        assertThat(Icmp.quoted(Arrays.copyOf(frame, frame.length - 1))).isEmpty();
    }

    @Example
    @Label("no quote is read of what is no error, quotes no IP packet, or is cut off")
    void noQuoteIsReadElsewhere() {
        for (final int type : new int[] {0, 4, 5, 8}) {
            assertThat(Icmp.quoted(error(type, CLUSTER, CLIENT, ESP, 8))).isEmpty();
        }
        final byte[] whole = error(3, CLUSTER, CLIENT, ESP, 8);
        for (int length = 0; length < whole.length; length++) {
            assertThat(Icmp.quoted(Arrays.copyOf(whole, length)))
                    .as("%s octets", length)
                    .isEmpty();
        }
        assertThat(Icmp.quoted(changed(whole, 14 + 28, 0x65))).isEmpty();
        // Options that the quote has not.
        assertThat(Icmp.quoted(changed(whole, 14 + 28, 0x46))).isEmpty();
        assertThat(Icmp.quoted(changed(whole, 14 + 28, 0x44))).isEmpty();
        // A fragment of an error.
        assertThat(Icmp.quoted(changed(whole, 14 + 6, 0x20))).isEmpty();
        assertThat(Icmp.quoted(changed(whole, 14 + 9, 17))).isEmpty();
    }

    @Example
    @Label("an echo request is answered from where it was sent to, to whom sent it, with the data and all sums right")
    void anEchoRequestIsAnswered() {
        for (final int hops : new int[] {1, 64, 255}) {
            final byte[] request = ping();
            request[14 + 8] = (byte) hops;
            final byte[] reply = Icmp.reply(request, ASKED).orElseThrow();

            assertThat(reply).hasSameSizeAs(request);
            final EthernetFrame headers = EthernetFrame.parse(reply).orElseThrow();
            assertThat(headers.destination()).isEqualTo(MacAddress.parse("02:00:00:00:00:fe"));
            assertThat(headers.source()).isEqualTo(ASKED);
            assertThat(headers.payload()).isEqualTo(new IpPacket(CLUSTER, IpAddress.parse("10.0.0.10")));
            final IpDatagram datagram = IpDatagram.parse(reply).orElseThrow();
            assertThat(datagram.hopLimit()).isEqualTo(64);
            assertThat(datagram.payload()[0]).isZero();
            assertThat(Checksum.of(datagram.payload())).isZero();
            assertThat(Checksum.of(Arrays.copyOfRange(reply, 14, 34))).isZero();
            assertThat(Arrays.copyOfRange(datagram.payload(), 4, 64))
                    .isEqualTo(Arrays.copyOfRange(request, 14 + 24, request.length));
        }
    }

    @Example
    @Label("a request with a wrong sum gets a reply with a wrong sum")
    void aWrongSumStaysWrong() {
        final byte[] reply = Icmp.reply(changed(ping(), 60, 0x55), ASKED).orElseThrow();
        assertThat(Checksum.of(IpDatagram.parse(reply).orElseThrow().payload())).isNotZero();
    }

    @Example
    @Label("a tag stays, and a request of IPv6 is answered likewise")
    void aTagStays() {
        final byte[] tagged = ByteBuffer.allocate(ping().length + 4)
                .put(ping(), 0, 12)
                .putInt(0x8100_0007)
                .put(ping(), 12, ping().length - 12)
                .array();
        final byte[] reply = Icmp.reply(tagged, ASKED).orElseThrow();
        assertThat(EthernetFrame.parse(reply).orElseThrow().vlanId()).isEqualTo(7);
        assertThat(Checksum.of(IpDatagram.parse(reply).orElseThrow().payload())).isZero();

        final IpAddress from = IpAddress.parse("2001:db8::1");
        final IpAddress to = IpAddress.parse("2001:db8::100");
        final byte[] echo = {(byte) 128, 0, 0, 0, 0, 1, 0, 1, 42};
        final int sum = Checksum.of(from, to, 58, echo);
        echo[2] = (byte) (sum >>> 8);
        echo[3] = (byte) sum;
        final IpDatagram answer = IpDatagram.parse(
                        Icmp.reply(new IpDatagram(from, to, 58, 64, echo).toFrame(ASKED, ASKED), ASKED)
                                .orElseThrow())
                .orElseThrow();
        assertThat(answer.source()).isEqualTo(to);
        assertThat(answer.payload()[0]).isEqualTo((byte) 129);
        assertThat(Checksum.of(to, from, 58, answer.payload())).isZero();
    }

    @Example
    @Label("nothing else is answered: no reply, no fragment, no message with IP options")
    void nothingElseIsAnswered() {
        assertThat(Icmp.reply(changed(ping(), 34, 0), ASKED)).isEmpty();
        assertThat(Icmp.reply(changed(ping(), 14 + 6, 0x20), ASKED)).isEmpty();
        final byte[] options = ByteBuffer.allocate(ping().length + 4)
                .put(ping(), 0, 34)
                .putInt(0x0101_0100)
                .put(ping(), 34, ping().length - 34)
                .put(14, (byte) 0x46)
                .array();
        assertThat(Icmp.reply(options, ASKED)).isEmpty();
        assertThat(Icmp.reply(changed(ping(), 14 + 9, 17), ASKED)).isEmpty();
        assertThat(Icmp.reply(error(3, CLUSTER, CLIENT, ESP, 8), ASKED)).isEmpty();
    }

    @Property
    @Label("no frame does harm")
    void noFrameDoesHarm(@ForAll @Size(max = 90) final byte[] octets, @ForAll final boolean isEcho) {
        final byte[] frame = isEcho ? ping() : error(3, CLUSTER, CLIENT, ESP, 8);
        for (final byte[] some : List.of(
                octets,
                ByteBuffer.wrap(frame.clone())
                        .position(Math.min(frame.length, 12))
                        .put(octets, 0, Math.min(octets.length, frame.length - 12))
                        .array())) {
            assertThat(Icmp.quoted(some)).isNotNull();
            assertThat(Icmp.reply(some, ASKED)).isNotNull();
            List.of(ROUTER, ROUTER_V6)
                    .forEach(router ->
                            assertThat(Icmp.unreachable(some, ASKED, router)).isNotNull());
        }
        assertThat(Icmp.errors(Family.V4)).doesNotContain(Icmp.echo(Family.V4));
    }

    private static byte[] ping() {
        final byte[] frame = HexFormat.of().parseHex(PING);
        final int sum = Checksum.of(Arrays.copyOfRange(frame, 34, frame.length));
        frame[36] = (byte) (sum >>> 8);
        frame[37] = (byte) sum;
        return frame;
    }

    private static byte[] error(
            final int type, final IpAddress from, final IpAddress to, final int protocol, final int octets) {
        final byte[] quote = Arrays.copyOfRange(
                new IpDatagram(from, to, protocol, 60, new byte[Math.max(octets, 26)]).toFrame(ASKED, ASKED),
                14,
                14 + 20 + octets);
        final byte[] message = ByteBuffer.allocate(8 + quote.length)
                .putInt(type << 24)
                .putInt(1400)
                .put(quote)
                .array();
        return new IpDatagram(ROUTER, CLUSTER, 1, 64, message).toFrame(ASKED, ASKED);
    }

    private static byte[] changed(final byte[] frame, final int offset, final int octet) {
        final byte[] copy = frame.clone();
        copy[offset] = (byte) octet;
        return copy;
    }
}
