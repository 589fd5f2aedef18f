/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

class PacketFieldsTest {
    private static final String CLIENT = "192.0.2.1";
    private static final String CLUSTER = "10.0.0.100";
    private static final String CLIENT6 = "2001:db8::1";
    private static final String CLUSTER6 = "2001:db8::100";
    private static final int UDP = 17;
    private static final int SOURCE_PORT = 40000;

    @Test
    void addressesAndPortsAreRead() {
        final PacketFields fields = of(TestFrames.udp(CLIENT, CLUSTER, 4500));
        assertThat(fields.source()).isEqualTo(MacAddress.parse("02:00:00:00:00:02"));
        assertThat(fields.destination()).isEqualTo(MacAddress.parse("02:00:00:00:00:01"));
        assertThat(fields.etherType()).isEqualTo(0x0800);
        assertThat(fields.ipProtocol()).isEqualTo(UDP);
        assertThat(fields.ipSource()).isEqualTo(IpAddress.parse(CLIENT));
        assertThat(fields.ipDestination()).isEqualTo(IpAddress.parse(CLUSTER));
        assertThat(fields.sourcePort()).isEqualTo(SOURCE_PORT);
        assertThat(fields.destinationPort()).isEqualTo(4500);
    }

    @Test
    void onlyTheBitsOfAMaskAreCompared() {
        final MacAddress group = MacAddress.parse("01:00:00:00:00:00");
        final Match match = Match.builder().etherDestination(group, group).build();
        final byte[] frame = TestFrames.udp(CLIENT, CLUSTER, 4500);
        assertThat(of(frame).matches(match, 1, 0)).isFalse();
        for (final int first : new int[] {0x01, 0x33, 0xff}) {
            frame[0] = (byte) first;
            assertThat(of(frame).matches(match, 1, 0)).isTrue();
        }
    }

    @Test
    void aVlanTagIsSteppedOver() {
        final byte[] plain = TestFrames.udp(CLIENT, CLUSTER, 4500);
        final byte[] tagged = Bytes.concat(
                Arrays.copyOf(plain, 12),
                new byte[] {(byte) 0x81, 0, 0, 10},
                Arrays.copyOfRange(plain, 12, plain.length));
        assertThat(of(tagged)).isEqualTo(of(plain));
    }

    @Test
    void everyFragmentHasPortZero() {
        for (final int flagsAndOffset : new int[] {0x2000, 185}) {
            final byte[] fragment = TestFrames.ip(CLIENT, CLUSTER, UDP, flagsAndOffset, TestFrames.datagram(500));
            assertThat(of(fragment).sourcePort()).isZero();
            assertThat(of(fragment).destinationPort()).isZero();
        }
    }

    @Test
    void whatHasNoPortsHasNone() {
        assertThat(of(TestFrames.ip(CLIENT, CLUSTER, 50, 0, new byte[8])).destinationPort())
                .isNull();
    }

    @Test
    void theTypeOfAnIcmpMessageIsReadButForFragments() {
        final byte[] echo = {8, 0, 0, 0, 0, 1, 0, 1};
        assertThat(of(TestFrames.ip(CLIENT, CLUSTER, 1, 0, echo)).icmpType()).isEqualTo(8);
        assertThat(of(TestFrames.ip(CLIENT, CLUSTER, 1, 0x2000, echo)).icmpType())
                .isZero();
        assertThat(of(TestFrames.ip(CLIENT, CLUSTER, 1, 0, new byte[] {8, 0, 0, 0}))
                        .icmpType())
                .isZero();
        assertThat(of(TestFrames.ip(CLIENT, CLUSTER, UDP, 0, echo)).icmpType()).isNull();
        final byte[] tooBig = {2, 0, 0, 0, 0, 0, 5, 0};
        assertThat(of(TestFrames.ipv6(CLIENT6, CLUSTER6, 58, tooBig)).icmpType())
                .isEqualTo(2);
        final Match.Builder match = Match.ip(IpAddress.Family.V4).ipProtocol(1);
        final PacketFields fields = of(TestFrames.ip(CLIENT, CLUSTER, 1, 0, echo));
        assertThat(fields.matches(match.icmpType(8).build(), 1, 0)).isTrue();
        assertThat(fields.matches(match.icmpType(3).build(), 1, 0)).isFalse();
    }

    @Test
    void ipv6IsReadBehindItsExtensions() {
        final byte[] options = {UDP, 0, 1, 4, 0, 0, 0, 0};
        final PacketFields fields =
                of(TestFrames.ipv6(CLIENT6, CLUSTER6, 60, Bytes.concat(options, TestFrames.datagram(500))));
        assertThat(fields.etherType()).isEqualTo(0x86dd);
        assertThat(fields.ipProtocol()).isEqualTo(UDP);
        assertThat(fields.ipSource()).isEqualTo(IpAddress.parse(CLIENT6));
        assertThat(fields.ipDestination()).isEqualTo(IpAddress.parse(CLUSTER6));
        assertThat(fields.destinationPort()).isEqualTo(500);
    }

    @Test
    void fragmentsOfIpv6HavePortZeroAndLaterOnesNoProtocolOfTheirOwn() {
        final byte[] first = {UDP, 0, 0, 1, 0, 0, 0, 1};
        final PacketFields beginning =
                of(TestFrames.ipv6(CLIENT6, CLUSTER6, 44, Bytes.concat(first, TestFrames.datagram(500))));
        assertThat(beginning.ipProtocol()).isEqualTo(UDP);
        assertThat(beginning.destinationPort()).isZero();
        final byte[] later = {UDP, 0, 5, (byte) 0x98, 0, 0, 0, 1};
        assertThat(of(TestFrames.ipv6(CLIENT6, CLUSTER6, 44, Bytes.concat(later, new byte[12])))
                        .ipProtocol())
                .isEqualTo(44);
    }

    @Test
    void theTargetIsThatOfNeighbourDiscoveryOfCodeZeroThatIsWhole() {
        final byte[] solicitation = solicitation(135, 0);
        final Match match = Match.ip(IpAddress.Family.V6)
                .ipProtocol(58)
                .icmpType(135)
                .ndTarget(IpAddress.parse(CLUSTER6))
                .build();
        final PacketFields fields = of(TestFrames.ipv6(CLIENT6, CLUSTER6, 58, solicitation));
        assertThat(fields.ndTarget()).isEqualTo(IpAddress.parse(CLUSTER6));
        assertThat(fields.matches(match, 1, 0)).isTrue();
        assertThat(of(TestFrames.ipv6(CLIENT6, CLUSTER6, 58, solicitation(136, 0)))
                        .ndTarget())
                .isEqualTo(IpAddress.parse(CLUSTER6));
        for (final byte[] other :
                List.of(solicitation(135, 1), solicitation(134, 0), Arrays.copyOf(solicitation, 23))) {
            final PacketFields none = of(TestFrames.ipv6(CLIENT6, CLUSTER6, 58, other));
            assertThat(none.ndTarget()).isNull();
            assertThat(none.matches(match, 1, 0)).isFalse();
        }
        final byte[] fragment = {58, 0, 0, 1, 0, 0, 0, 1};
        assertThat(of(TestFrames.ipv6(CLIENT6, CLUSTER6, 44, Bytes.concat(fragment, solicitation)))
                        .ndTarget())
                .isNull();
    }

    private static byte[] solicitation(final int type, final int code) {
        return ByteBuffer.allocate(24)
                .put((byte) type)
                .put((byte) code)
                .putShort((short) 0)
                .putInt(0)
                .put(IpAddress.parse(CLUSTER6).toBytes())
                .array();
    }

    @Test
    void aMatchTakesWhatHasAllItsFields() {
        final PacketFields fields = of(TestFrames.udp(CLIENT, CLUSTER, 500));
        final Match.Builder match = Match.ip(IpAddress.Family.V4)
                .inPort(1)
                .metadata(5, 7)
                .ipProtocol(UDP)
                .ipSource(IpPrefix.parse("192.0.2.0/24"));
        assertThat(fields.matches(match.build(), 1, 0xf5)).isTrue();
        assertThat(fields.matches(match.build(), 2, 0xf5)).isFalse();
        assertThat(fields.matches(match.build(), 1, 0xf6)).isFalse();
        assertThat(fields.matches(match.sourcePort(SOURCE_PORT).build(), 1, 0xf5))
                .isTrue();
        assertThat(fields.matches(match.sourcePort(SOURCE_PORT + 1).build(), 1, 0xf5))
                .isFalse();
        assertThat(fields.matches(
                        match.sourcePort(SOURCE_PORT).destinationPort(4500).build(), 1, 0xf5))
                .isFalse();
        assertThat(fields.matches(Match.arp().build(), 1, 0)).isFalse();
        assertThat(fields.matches(
                        Match.builder().arpSender(IpAddress.parse(CLIENT)).build(), 1, 0))
                .isFalse();
    }

    @Property
    void nothingIsReadBeyondTheEndOfAFrame(
            @ForAll @Size(max = 80) final byte[] octets, @ForAll @IntRange(max = 3) final int kind) {
        final int[] types = {0x0806, 0x0800, 0x86dd, 0x8100};
        if (octets.length >= 15) {
            octets[12] = (byte) (types[kind] >>> 8);
            octets[13] = (byte) types[kind];
            octets[14] = (byte) (kind == 2 ? 0x60 : 0x45);
        }
        assertThat(PacketFields.of(octets).isPresent()).isEqualTo(octets.length >= 14);
    }

    private static PacketFields of(final byte[] frame) {
        return PacketFields.of(frame).orElseThrow();
    }
}
