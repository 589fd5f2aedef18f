/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;

@Label("An ARP packet")
@Domain(Addresses.class)
class ArpPacketTest {
    private static final MacAddress ASKER = MacAddress.parse("02:00:00:00:01:01");
    private static final MacAddress ANSWER = MacAddress.parse("02:00:00:00:0a:01");
    private static final IpAddress HOST = IpAddress.parse("10.0.0.7");
    private static final IpAddress CLUSTER = IpAddress.parse("10.0.0.100");

    @Property
    @Label("is what its frame says, and the frame is not shorter than Ethernet's shortest")
    void isWhatItsFrameSays(@ForAll final ArpPacket packet) {
        final byte[] bytes = packet.toFrame();
        assertThat(bytes).hasSize(60);
        final EthernetFrame frame = EthernetFrame.parse(bytes).orElseThrow();
        assertThat(frame.payload()).isEqualTo(packet);
        assertThat(frame.source()).isEqualTo(packet.senderMac());
        assertThat(frame.destination())
                .isEqualTo(packet.targetMac().value() == 0 ? MacAddress.BROADCAST : packet.targetMac());
        assertThat(frame.vlanId()).isZero();
    }

    @Property
    @Label("answers what was asked, to the asker")
    void answersWhatWasAsked(@ForAll final ArpPacket request, @ForAll final MacAddress mac) {
        final ArpPacket reply = request.reply(mac);
        assertThat(reply.operation()).isEqualTo(ArpPacket.REPLY);
        assertThat(reply.senderMac()).isEqualTo(mac);
        assertThat(reply.senderAddress()).isEqualTo(request.targetAddress());
        assertThat(reply.targetMac()).isEqualTo(request.senderMac());
        assertThat(reply.targetAddress()).isEqualTo(request.senderAddress());
    }

    @Example
    @Label("is laid out as RFC 826 has it")
    void isLaidOutAsTheRfcHasIt() {
        final var reply = new ArpPacket(ArpPacket.REPLY, ANSWER, CLUSTER, ASKER, HOST);
        assertThat(HexFormat.of().formatHex(reply.toFrame()))
                .isEqualTo("02000000010102000000" + "0a010806" + "0001080006040002" + "020000000a010a000064"
                        + "0200000001010a000007" + "00".repeat(18));
    }

    @Example
    @Label("that announces is a request for its own address, to everybody (RFC 5227)")
    void thatAnnounces() {
        final ArpPacket announcement = ArpPacket.announcement(CLUSTER, ANSWER);
        assertThat(announcement.operation()).isEqualTo(ArpPacket.REQUEST);
        assertThat(announcement.senderAddress()).isEqualTo(CLUSTER);
        assertThat(announcement.targetAddress()).isEqualTo(CLUSTER);
        assertThat(MacAddress.read(announcement.toFrame(), 0)).isEqualTo(MacAddress.BROADCAST);
    }

    @Property
    @Label("that is cut off, or not for IPv4 over Ethernet, is none")
    void thatIsCutOffIsNone(@ForAll final ArpPacket packet) {
        final byte[] frame = packet.toFrame();
        for (int length = 0; length < 42; length++) {
            assertThat(EthernetFrame.parse(Arrays.copyOf(frame, length))).isEmpty();
        }
        for (int i = 14; i < 20; i++) {
            final byte[] other = frame.clone();
            other[i]++;
            assertThat(EthernetFrame.parse(other)).isEmpty();
        }
    }
}
