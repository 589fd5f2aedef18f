/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.model.Target.Kind;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("An IKE daemon")
class IkeProbeTest {
    private static final long TOKEN = 0x0102_0304_0506_0708L;
    private static final MacAddress US = MacAddress.parse("02:76:70:6e:00:01");
    private static final MacAddress DEVICE = MacAddress.parse("02:00:00:00:0a:01");
    private static final IpAddress SOURCE = IpAddress.parse("10.0.0.250");
    private static final IpAddress CLUSTER = IpAddress.parse("10.0.0.100");
    /** IKEv2's header and a notification NO_PROPOSAL_CHOSEN (RFC 7296, sections 3.1 and 3.10). */
    private static final byte[] ANSWER = message(41, 0x20, 34, 0x20, 0x0000_0008, 0x0000_000e);
    /** ISAKMP's header and a notification INVALID-MAJOR-VERSION (RFC 2408, sections 3.1 and 3.14). */
    private static final byte[] ANSWER_OF_VERSION_1 = message(11, 0x10, 5, 0, 0x0000_000c, 1, 0x0100_0005);

    @ParameterizedTest
    @ValueSource(ints = {500, 4500, 1500})
    @DisplayName("lives when it refuses the proposal, with a marker at port 4500 only")
    void livesWhenItRefuses(final int port) {
        assertThat(judge(port, port == 4500 ? marked(ANSWER) : ANSWER)).isEqualTo(Verdict.ALIVE);
        assertThat(judge(port, port == 4500 ? ANSWER : marked(ANSWER))).isEqualTo(Verdict.UNRELATED);
    }

    @Test
    @DisplayName("lives when it knows no later version than 1")
    void livesWhenItKnowsVersion1Only() {
        assertThat(judge(500, ANSWER_OF_VERSION_1)).isEqualTo(Verdict.ALIVE);
        final byte[] other = ANSWER_OF_VERSION_1.clone();
        other[39] = 7;
        assertThat(judge(500, other)).isEqualTo(Verdict.UNRELATED);
    }

    @Test
    @DisplayName("answers with our SPI, as responder, in version 2, as long as it says")
    void answersWithOurSpi() {
        Stream.<Consumer<byte[]>>of(
                        message -> message[7]++,
                        message -> message[17] = 0x30,
                        message -> message[17] = 0x10,
                        message -> message[19] = 0,
                        message -> message[19] = 0x28,
                        message -> message[27]++,
                        message -> message[27]--)
                .forEach(change -> {
                    final byte[] changed = ANSWER.clone();
                    change.accept(changed);
                    assertThat(judge(500, changed)).isEqualTo(Verdict.UNRELATED);
                });
    }

    @Test
    @DisplayName("is never asked with an SPI of 0")
    void isNeverAskedWithAnSpiOf0() {
        final byte[] request = probe(500, 0).request().get(0);
        assertThat(ByteBuffer.wrap(request).getLong(14 + 20 + 8)).isNotZero();
    }

    private static byte[] message(
            final int payload, final int version, final int exchange, final int flags, final int... body) {
        final ByteBuffer out = ByteBuffer.allocate(28 + body.length * Integer.BYTES);
        out.putLong(TOKEN).putLong(0);
        out.put((byte) payload).put((byte) version).put((byte) exchange).put((byte) flags);
        out.putInt(0).putInt(out.capacity());
        for (final int word : body) {
            out.putInt(word);
        }
        return out.array();
    }

    private static byte[] marked(final byte[] message) {
        return ByteBuffer.allocate(4 + message.length).putInt(0).put(message).array();
    }

    private static Probe probe(final int port, final long token) {
        return Probe.of(new Target(Kind.IKE, US, SOURCE, DEVICE, CLUSTER, port), token);
    }

    private static Verdict judge(final int port, final byte[] message) {
        final int ours = ByteBuffer.wrap(probe(port, TOKEN).request().get(0)).getShort(14 + 20) & 0xffff;
        final ByteBuffer segment = ByteBuffer.allocate(8 + message.length);
        segment.putShort((short) port).putShort((short) ours);
        segment.putShort((short) segment.capacity()).putShort((short) 0).put(message);
        return probe(port, TOKEN)
                .judge(new IpDatagram(CLUSTER, SOURCE, IpDatagram.UDP, 64, segment.array()).toFrame(US, DEVICE));
    }
}
