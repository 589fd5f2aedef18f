/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class DumpLineTest {
    @Test
    void aLineOfOvsOfctlIsRead() {
        assertThat(DumpLine.parse(
                        " cookie=0x7670200a1f000001, duration=12.5s, table=1, n_packets=0, n_bytes=0, idle_timeout=300,"
                                + " send_flow_rem priority=100,ip,metadata=0xa1f,nw_src=203.0.113.7"
                                + " actions=group:1981808641"))
                .contains(new DumpLine(0x7670_200a_1f00_0001L, OptionalInt.of(1), 100));
    }

    @Test
    void whatIsLeftOutIsWhatOpenFlowTakesThen() {
        assertThat(DumpLine.parse("cookie=0x7, actions=drop")).contains(new DumpLine(7, OptionalInt.of(0), 32_768));
    }

    @Test
    void aCookieAloneIsReadAndNothingElse() {
        assertThat(DumpLine.parse(" 0x7670100000000000 "))
                .contains(new DumpLine(0x7670_1000_0000_0000L, OptionalInt.empty(), 0));
        assertThat(DumpLine.parse("0xffffffffffffffff")).contains(new DumpLine(-1, OptionalInt.empty(), 0));
        assertThat(DumpLine.parse("7670100000000000")).isEmpty();
        assertThat(DumpLine.parse("cookie=7")).isEmpty();
        assertThat(DumpLine.parse("")).isEmpty();
    }
}
