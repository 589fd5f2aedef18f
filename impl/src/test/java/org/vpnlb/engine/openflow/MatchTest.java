/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("A match")
class MatchTest {
    private static final IpPrefix ALL = IpPrefix.parse("0.0.0.0/0");
    private static final MacAddress GROUP = MacAddress.parse("01:00:00:00:00:00");

    @Test
    @DisplayName("has no condition where a prefix holds every address")
    void hasNoConditionForAllAddresses() {
        assertThat(Match.builder().ipSource(ALL).ipDestination(ALL).build()).isEqualTo(Match.ALL);
    }

    @Test
    @DisplayName("has no mask where all bits of a MAC address count")
    void hasNoMaskWhereAllBitsCount() {
        assertThat(Match.builder().etherDestination(GROUP, MacAddress.BROADCAST).build())
                .isEqualTo(Match.builder().etherDestination(GROUP).build());
    }

    @Test
    @DisplayName("can be built upon, what was built before stays")
    void canBeBuiltUpon() {
        final Match.Builder builder = Match.ip(IpAddress.Family.V4).inPort(1);
        final Match first = builder.build();
        final Match second = builder.inPort(2).build();
        assertThat(first.inPort()).isEqualTo(1);
        assertThat(second.inPort()).isEqualTo(2);
    }

    @Test
    @DisplayName("is told in a line")
    void isToldInALine() {
        assertThat(Match.ALL).hasToString("all");
        assertThat(Match.ip(IpAddress.Family.V4)
                        .inPort(1)
                        .metadata(0xab)
                        .etherSource(new MacAddress(1))
                        .etherDestination(new MacAddress(2))
                        .ipProtocol(17)
                        .ipSource(IpPrefix.parse("10.0.0.0/8"))
                        .ipDestination(IpPrefix.parse("10.0.0.100"))
                        .sourcePort(40000)
                        .destinationPort(500)
                        .build())
                .hasToString(
                        "in_port=1,metadata=0xab,eth_src=00:00:00:00:00:01,eth_dst=00:00:00:00:00:02,eth_type=0x800,"
                                + "ip_proto=17,ip_src=10.0.0.0/8,ip_dst=10.0.0.100/32,src_port=40000,dst_port=500");
        assertThat(Match.ip(IpAddress.Family.V4).ipProtocol(1).icmpType(8).build())
                .hasToString("eth_type=0x800,ip_proto=1,icmp_type=8");
        assertThat(Match.arp()
                        .arpOperation(1)
                        .arpSender(IpAddress.parse("10.0.0.1"))
                        .arpTarget(IpAddress.parse("10.0.0.2"))
                        .build())
                .hasToString("eth_type=0x806,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2");
        assertThat(Match.ip(IpAddress.Family.V6)
                        .ipProtocol(58)
                        .icmpType(135)
                        .ndTarget(IpAddress.parse("2001:db8::100"))
                        .build())
                .hasToString("eth_type=0x86dd,ip_proto=58,icmp_type=135,nd_target=2001:db8::100");
        assertThat(Match.builder().etherDestination(GROUP, GROUP).build())
                .hasToString("eth_dst=01:00:00:00:00:00/01:00:00:00:00:00");
    }
}
