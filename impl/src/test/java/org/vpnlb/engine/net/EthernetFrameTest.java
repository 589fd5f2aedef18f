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
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.EthernetFrame.Other;
import org.vpnlb.engine.net.IpAddress.Family;

@Label("An Ethernet frame")
@Domain(Addresses.class)
@Domain(DomainContext.Global.class)
class EthernetFrameTest {
    private static final MacAddress TO = MacAddress.parse("02:00:00:00:0a:01");
    private static final MacAddress FROM = MacAddress.parse("02:00:00:00:01:01");

    @Property(tries = 5000)
    @Label("of any octets is read or not, but does no harm")
    void ofAnyOctetsDoesNoHarm(@ForAll @Size(max = 80) final byte[] bytes) {
        final Optional<EthernetFrame> frame = EthernetFrame.parse(bytes);
        if (bytes.length < 14) {
            assertThat(frame).isEmpty();
        }
        frame.ifPresent(read -> {
            assertThat(read.destination()).isEqualTo(MacAddress.read(bytes, 0));
            assertThat(read.source()).isEqualTo(MacAddress.read(bytes, 6));
        });
    }

    @Property(tries = 5000)
    @Label("with the EtherType of IP or ARP and any octets behind does no harm")
    void withAKnownEtherTypeDoesNoHarm(
            @ForAll("etherTypes") final int etherType,
            @ForAll final boolean tagged,
            @ForAll @Size(max = 60) final byte[] behind) {
        final ByteBuffer buffer = ByteBuffer.allocate(18 + behind.length);
        buffer.put(TO.toBytes()).put(FROM.toBytes());
        if (tagged) {
            buffer.putShort((short) 0x8100).putShort((short) 0xe007);
        }
        buffer.putShort((short) etherType).put(behind);
        EthernetFrame.parse(Arrays.copyOf(buffer.array(), buffer.position()))
                .ifPresent(frame -> assertThat(frame.vlanId()).isEqualTo(tagged ? 7 : vlan(etherType, behind)));
    }

    @Provide
    Arbitrary<Integer> etherTypes() {
        return Arbitraries.of(0x0800, 0x86dd, 0x0806, 0x8100);
    }

    @Property
    @Label("of IPv4 tells the addresses, tagged or not")
    void ofIpv4TellsTheAddresses(
            @ForAll("v4") final IpAddress source,
            @ForAll("v4") final IpAddress destination,
            @ForAll @IntRange(max = 4095) final int vlan) {
        final byte[] packet = new byte[20];
        packet[0] = 0x45;
        System.arraycopy(source.toBytes(), 0, packet, 12, 4);
        System.arraycopy(destination.toBytes(), 0, packet, 16, 4);
        assertThat(EthernetFrame.parse(frame(vlan, 0x0800, packet)))
                .contains(new EthernetFrame(TO, FROM, vlan, new IpPacket(source, destination)));
        assertThat(EthernetFrame.parse(frame(vlan, 0x0800, Arrays.copyOf(packet, 19))))
                .isEmpty();
        packet[0] = 0x65;
        assertThat(EthernetFrame.parse(frame(vlan, 0x0800, packet))).isEmpty();
    }

    @Property
    @Label("of IPv6 tells the addresses, tagged or not")
    void ofIpv6TellsTheAddresses(
            @ForAll("v6") final IpAddress source,
            @ForAll("v6") final IpAddress destination,
            @ForAll @IntRange(max = 4095) final int vlan) {
        final byte[] packet = new byte[40];
        packet[0] = 0x6f;
        System.arraycopy(source.toBytes(), 0, packet, 8, 16);
        System.arraycopy(destination.toBytes(), 0, packet, 24, 16);
        assertThat(EthernetFrame.parse(frame(vlan, 0x86dd, packet)))
                .contains(new EthernetFrame(TO, FROM, vlan, new IpPacket(source, destination)));
        assertThat(EthernetFrame.parse(frame(vlan, 0x86dd, Arrays.copyOf(packet, 39))))
                .isEmpty();
        packet[0] = 0x4f;
        assertThat(EthernetFrame.parse(frame(vlan, 0x86dd, packet))).isEmpty();
    }

    @Provide
    Arbitrary<IpAddress> v4() {
        return Addresses.of(Family.V4);
    }

    @Provide
    Arbitrary<IpAddress> v6() {
        return Addresses.of(Family.V6);
    }

    @Example
    @Label("of anything else is something else")
    void ofAnythingElse() {
        assertThat(EthernetFrame.parse(frame(0, 0x88cc, new byte[0]))
                        .orElseThrow()
                        .payload())
                .isEqualTo(new Other());
        // Two tags are more than is looked into.
        assertThat(EthernetFrame.parse(frame(7, 0x8100, new byte[40]))
                        .orElseThrow()
                        .payload())
                .isEqualTo(new Other());
    }

    @Property
    @Label("sent to another station differs in nothing else")
    void sentToAnotherStation(@ForAll @Size(min = 14, max = 60) final byte[] bytes, @ForAll final MacAddress station) {
        final byte[] before = bytes.clone();
        final byte[] sent = EthernetFrame.withDestination(bytes, station);
        assertThat(MacAddress.read(sent, 0)).isEqualTo(station);
        assertThat(Arrays.copyOfRange(sent, 6, sent.length)).isEqualTo(Arrays.copyOfRange(bytes, 6, bytes.length));
        assertThat(bytes).isEqualTo(before);
    }

    private static int vlan(final int etherType, final byte[] behind) {
        return etherType == 0x8100 ? (behind[0] & 0xf) << 8 | behind[1] & 0xff : 0;
    }

    private static byte[] frame(final int vlan, final int etherType, final byte[] payload) {
        final ByteBuffer buffer = ByteBuffer.allocate(18 + payload.length);
        buffer.put(TO.toBytes()).put(FROM.toBytes());
        if (vlan > 0) {
            buffer.putShort((short) 0x8100).putShort((short) vlan);
        }
        buffer.putShort((short) etherType).put(payload);
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
