/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow.nicira;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;

@DisplayName("Open vSwitch's actions as octets")
class NiciraOctetsTest {
    /** As Open vSwitch 3.1 sends them; its ovs-ofctl shows what they are. */
    private static Stream<Arguments> actions() {
        return Stream.of(
                // load:0x700000005->OXM_OF_METADATA[]
                Arguments.of(
                        "ffff0018 00002320 0007 003f 80000408 0000000700000005",
                        new Action.SetMetadata(0x7_0000_0005L)),
                // resubmit(,5)
                Arguments.of("ffff0010 00002320 000e fff8 05 000000", new Action.Resubmit(5)),
                // controller(max_len=128,meter_id=1988100103)
                Arguments.of(
                        "ffff0020 00002320 0025 000000000000 0000 0008 0080 0000 0005 0008 76800007",
                        new Action.CopyToController(128, 0x7680_0007L)),
                // controller(meter_id=1988100103)
                Arguments.of(
                        "ffff0018 00002320 0025 000000000000 0005 0008 76800007",
                        new Action.CopyToController(Action.OutputController.WHOLE_FRAME, 0x7680_0007L)),
                // learn(table=5,idle_timeout=30,priority=100,cookie=0x7670200000500007,limit=3,eth_type=0x800,
                // metadata=0x5,NXM_OF_IP_SRC[],load:0x700000005->OXM_OF_METADATA[])
                Arguments.of(
                        "ffff0060 00002320 002d 001e 0000 0064 7670200000500007 0000 05 00 0000 0000 00000003 0000 0000"
                                + "2010 0800 00000602 0000 2040 0000000000000005 80000408 0000"
                                + "0020 00000e04 0000 00000e04 0000 2840 0000000700000005 80000408 0000",
                        learn(Action.Learn.Field.SOURCE, 3)),
                // The same without a limit, with NXM_OF_IP_DST[]=NXM_OF_IP_SRC[].
                Arguments.of(
                        "ffff0058 00002320 0010 001e 0000 0064 7670200000500007 0000 05 00 0000 0000"
                                + "2010 0800 00000602 0000 2040 0000000000000005 80000408 0000"
                                + "0020 00000e04 0000 00001004 0000 2840 0000000700000005 80000408 0000",
                        learn(Action.Learn.Field.DESTINATION, 0)),
                // The same with NXM_OF_IP_SRC[]=NXM_OF_IP_DST[].
                Arguments.of(
                        "ffff0058 00002320 0010 001e 0000 0064 7670200000500007 0000 05 00 0000 0000"
                                + "2010 0800 00000602 0000 2040 0000000000000005 80000408 0000"
                                + "0020 00001004 0000 00000e04 0000 2840 0000000700000005 80000408 0000",
                        learn(Action.Learn.Field.SOURCE, Action.Learn.Field.DESTINATION, 0)),
                // As the second, with nw_proto=17,NXM_OF_UDP_SRC[] behind the address.
                Arguments.of(
                        "ffff0070 00002320 0010 001e 0000 0064 7670200000500007 0000 05 00 0000 0000"
                                + "2010 0800 00000602 0000 2040 0000000000000005 80000408 0000"
                                + "0020 00000e04 0000 00000e04 0000"
                                + "2008 0011 00000c01 0000 0010 00001602 0000 00001602 0000"
                                + "2840 0000000700000005 80000408 0000",
                        learnOfPort(17, Action.Learn.Field.SOURCE)),
                // nw_proto=6,NXM_OF_TCP_SRC[]=NXM_OF_TCP_DST[], with the address likewise.
                Arguments.of(
                        "ffff0070 00002320 0010 001e 0000 0064 7670200000500007 0000 05 00 0000 0000"
                                + "2010 0800 00000602 0000 2040 0000000000000005 80000408 0000"
                                + "0020 00001004 0000 00000e04 0000"
                                + "2008 0006 00000c01 0000 0010 00001402 0000 00001202 0000"
                                + "2840 0000000700000005 80000408 0000",
                        learnOfPort(6, Action.Learn.Field.DESTINATION)));
    }

    @ParameterizedTest
    @MethodSource("actions")
    @DisplayName("are written as Open vSwitch sends them, and read")
    void areWrittenAsOpenVSwitchSendsThem(final String hex, final Action.Nicira action) {
        assertThat(NiciraOctets.write(action)).isEqualTo(octets(hex));
        assertThat(NiciraOctets.read(octets(hex))).contains(action);
    }

    @ParameterizedTest
    @MethodSource("actions")
    @DisplayName("are not taken for what they are not, whatever octet differs or is missing")
    void areNotTakenForWhatTheyAreNot(final String hex, final Action.Nicira action) {
        final byte[] octets = octets(hex);
        for (int i = 0; i < octets.length; i++) {
            final byte[] other = octets.clone();
            other[i] ^= 0x10;
            assertThat(NiciraOctets.read(other)).as("octet %d", i).isNotEqualTo(Optional.of(action));
            assertThat(NiciraOctets.read(Arrays.copyOf(octets, i)))
                    .as("%d octets", i)
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("that vpnlb never writes are nothing to it")
    void ofOthersAreNothing() {
        // move:NXM_OF_IP_SRC[]->NXM_NX_REG3[]
        assertThat(NiciraOctets.read(octets("ffff0018 00002320 0006 0020 0000 0000 00000e04 00010604")))
                .isEmpty();
        // load:0x7->NXM_NX_REG0[]
        assertThat(NiciraOctets.read(octets("ffff0018 00002320 0007 001f 00010004 0000000000000007")))
                .isEmpty();
    }

    private static Action.Nicira learn(final Action.Learn.Field field, final int limit) {
        return learn(field, Action.Learn.Field.SOURCE, limit);
    }

    private static Action.Nicira learn(final Action.Learn.Field field, final Action.Learn.Field of, final int limit) {
        return learn(Match.ip(Family.V4), field, of, limit);
    }

    private static Action.Nicira learn(
            final Match.Builder match, final Action.Learn.Field field, final Action.Learn.Field of, final int limit) {
        return new Action.Learn(
                new Flow(
                        new Flow.Key(5, 100, match.metadata(5).build()),
                        0x7670_2000_0050_0007L,
                        new Flow.Timeouts(30, 0, false),
                        List.of(new Action.SetMetadata(0x7_0000_0005L)),
                        null,
                        null),
                field,
                of,
                limit);
    }

    private static Action.Nicira learnOfPort(final int protocol, final Action.Learn.Field of) {
        return learn(Match.ip(Family.V4).ipProtocol(protocol), Action.Learn.Field.SOURCE, of, 0);
    }

    private static byte[] octets(final String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
