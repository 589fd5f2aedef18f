/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.model.Target.Kind;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("What a real host answered")
class RecordedTest {
    private static final MacAddress OTHER = MacAddress.parse("02:00:00:00:0a:02");
    private static final int ETHERNET = 14;
    private static final int TCP_FLAGS = 13;

    static List<Recorded> all() {
        return Recorded.all();
    }

    static List<Recorded> withToken() {
        return all().stream().filter(Recorded::repeatsTheToken).toList();
    }

    static List<Recorded> advertisements() {
        return all().stream()
                .filter(recorded -> recorded.target().kind() == Kind.ARP && !isV4(recorded))
                .toList();
    }

    @Test
    @DisplayName("is at hand for each kind in each family, life and refusal where there is such a thing")
    void isAtHandForEachKind() {
        final Map<String, Set<Verdict>> verdicts = all().stream()
                .collect(Collectors.groupingBy(
                        recorded -> recorded.target().kind() + " "
                                + recorded.target().targetAddress().family(),
                        Collectors.mapping(Recorded::verdict, Collectors.toSet())));
        assertThat(verdicts)
                .containsEntry("ARP V4", Set.of(Verdict.ALIVE))
                .containsEntry("ARP V6", Set.of(Verdict.ALIVE))
                .containsEntry("ICMP V4", Set.of(Verdict.ALIVE, Verdict.REFUSED))
                .containsEntry("ICMP V6", Set.of(Verdict.ALIVE))
                .containsEntry("IKE V4", Set.of(Verdict.ALIVE, Verdict.REFUSED))
                .containsEntry("IKE V6", Set.of(Verdict.ALIVE))
                .containsEntry("TCP V4", Set.of(Verdict.ALIVE, Verdict.REFUSED))
                .containsEntry("TCP V6", Set.of(Verdict.ALIVE, Verdict.REFUSED))
                .containsEntry("UDP V4", Set.of(Verdict.ALIVE, Verdict.HOST_ALIVE, Verdict.REFUSED))
                .containsEntry("UDP V6", Set.of(Verdict.ALIVE, Verdict.HOST_ALIVE, Verdict.REFUSED));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    @DisplayName("is answered to the frames that are sent today")
    void isAnsweredToTheFramesOfToday(final Recorded recorded) {
        assertFrames(recorded.probe().request(), recorded.request());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    @DisplayName("has its verdict and its goodbye, padded or not")
    void hasItsVerdict(final Recorded recorded) {
        for (final int padding : new int[] {0, 1, 6, 64}) {
            final byte[] frame = Arrays.copyOf(recorded.answer(), recorded.answer().length + padding);
            assertThat(recorded.probe().judge(frame)).isEqualTo(recorded.verdict());
            assertFrames(recorded.probe().goodbye(frame), recorded.goodbye());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("withToken")
    @DisplayName("is no answer to another probe of the same target")
    void isNoAnswerToAnotherProbe(final Recorded recorded) {
        for (int bit = 0; bit < Long.SIZE; bit++) {
            final Probe other = Probe.of(recorded.target(), recorded.token() ^ 1L << bit);
            // A connection is told by its ports and its sequence number, a datagram's by its ports.
            final boolean differs =
                    !Arrays.equals(other.request().get(0), recorded.request().get(0));
            assertUnrelated(differs ? other : Probe.of(recorded.target(), ~recorded.token()), recorded.answer());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    @DisplayName("is none from another station, to another station, or in a VLAN")
    void isNoneFromAnotherStation(final Recorded recorded) {
        final byte[] fromOther = recorded.answer().clone();
        System.arraycopy(OTHER.toBytes(), 0, fromOther, 6, 6);
        assertUnrelated(recorded.probe(), fromOther);
        assertUnrelated(recorded.probe(), EthernetFrame.withDestination(recorded.answer(), OTHER));

        final ByteBuffer tagged = ByteBuffer.allocate(recorded.answer().length + 4);
        tagged.put(recorded.answer(), 0, 12).putInt(0x8100_0007);
        tagged.put(recorded.answer(), 12, recorded.answer().length - 12);
        assertUnrelated(recorded.probe(), tagged.array());
        // VLAN 0 is none, only a priority (IEEE 802.1Q).
        assertThat(recorded.probe().judge(tagged.putShort(14, (short) 0xe000).array()))
                .isEqualTo(recorded.verdict());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    @DisplayName("is none when it is cut off")
    void isNoneWhenCutOff(final Recorded recorded) {
        for (int length = 0; length < recorded.answer().length; length++) {
            assertUnrelated(recorded.probe(), Arrays.copyOf(recorded.answer(), length));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    @DisplayName("is the same or none, with any octet changed")
    void isTheSameOrNoneWithAnyOctetChanged(final Recorded recorded) {
        for (int i = 0; i < recorded.answer().length; i++) {
            // SYN and RST are bits of one octet.
            if (recorded.target().kind() == Kind.TCP && i == transport(recorded) + TCP_FLAGS) {
                continue;
            }
            for (int change = 1; change < 256; change++) {
                final byte[] frame = recorded.answer().clone();
                frame[i] ^= (byte) change;
                assertThat(recorded.probe().judge(frame)).isIn(recorded.verdict(), Verdict.UNRELATED);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("withToken")
    @DisplayName("is none to another address, and an error alone may come from another one")
    void isNoneOfOtherAddresses(final Recorded recorded) {
        final int addresses = isV4(recorded) ? 12 : 8;
        final int length = isV4(recorded) ? 4 : 16;
        for (int i = 0; i < length; i++) {
            assertUnrelated(recorded.probe(), changed(recorded, ETHERNET + addresses + length + i));
            assertThat(recorded.probe().judge(changed(recorded, ETHERNET + addresses + i)))
                    .isEqualTo(isError(recorded) ? recorded.verdict() : Verdict.UNRELATED);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("withToken")
    @DisplayName("is no refusal when it is an error of another kind, or about another datagram")
    void isNoRefusalOfAnotherDatagram(final Recorded recorded) {
        if (isError(recorded)) {
            assertUnrelated(recorded.probe(), changed(recorded, transport(recorded)));
            final int quoted = transport(recorded) + 8;
            assertUnrelated(recorded.probe(), changed(recorded, quoted + (isV4(recorded) ? 9 : 6)));
            // The addresses, and the first 8 octets of what the datagram carried.
            for (int i = isV4(recorded) ? 12 : 8; i < (isV4(recorded) ? 28 : 48); i++) {
                assertUnrelated(recorded.probe(), changed(recorded, quoted + i));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("withToken")
    @DisplayName("by TCP acknowledges, and begins or resets")
    void byTcpAcknowledges(final Recorded recorded) {
        if (recorded.target().kind() == Kind.TCP) {
            for (int flags = 0; flags < 256; flags++) {
                final byte[] frame = recorded.answer().clone();
                frame[transport(recorded) + TCP_FLAGS] = (byte) flags;
                final Verdict expected = (flags & 0x10) == 0
                        ? Verdict.UNRELATED
                        : switch (flags & 0x06) {
                            case 0x02 -> Verdict.ALIVE;
                            case 0x04 -> Verdict.REFUSED;
                            default -> Verdict.UNRELATED;
                        };
                assertThat(recorded.probe().judge(frame)).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("advertisements")
    @DisplayName("as a neighbour is from the same link, was asked for, and is for the address")
    void asANeighbour(final Recorded recorded) {
        final int message = transport(recorded);
        assertUnrelated(recorded.probe(), changed(recorded, ETHERNET + 7));
        assertUnrelated(recorded.probe(), changed(recorded, message + 4));
        for (int i = 0; i < 16; i++) {
            assertUnrelated(recorded.probe(), changed(recorded, message + 8 + i));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    @DisplayName("was never the request itself")
    void wasNeverTheRequestItself(final Recorded recorded) {
        final Target target = recorded.target();
        for (final byte[] frame : recorded.request()) {
            final byte[] returned = EthernetFrame.withDestination(frame, target.sourceMac());
            System.arraycopy(target.targetMac().toBytes(), 0, returned, 6, 6);
            assertUnrelated(recorded.probe(), returned);
        }
    }

    private static int transport(final Recorded recorded) {
        return ETHERNET + (isV4(recorded) ? 20 : 40);
    }

    private static boolean isV4(final Recorded recorded) {
        return recorded.target().targetAddress().family() == Family.V4;
    }

    /** Whether the answer is an ICMP error. */
    private static boolean isError(final Recorded recorded) {
        return recorded.verdict() == Verdict.REFUSED && recorded.target().kind() != Kind.TCP;
    }

    private static byte[] changed(final Recorded recorded, final int offset) {
        final byte[] frame = recorded.answer().clone();
        frame[offset] ^= (byte) 0xff;
        return frame;
    }

    private static void assertUnrelated(final Probe probe, final byte[] frame) {
        assertThat(probe.judge(frame)).isEqualTo(Verdict.UNRELATED);
        assertThat(probe.goodbye(frame)).isEmpty();
    }

    private static void assertFrames(final List<byte[]> actual, final List<byte[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).isEqualTo(expected.get(i));
        }
    }
}
