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
import net.jqwik.api.constraints.Size;

@Label("A message of neighbour discovery")
class NeighbourPacketTest {
    private static final String HOST = "20010db8000000000000000000000007";
    private static final String CLUSTER = "20010db8000000000000000000000100";
    private static final String GROUP = "ff0200000000000000000001ff000100";
    private static final String NOBODY = "00".repeat(16);
    private static final MacAddress HOST_MAC = MacAddress.parse("02:00:00:00:01:01");
    private static final MacAddress VIRTUAL_MAC = MacAddress.parse("02:aa:00:00:00:99");
    private static final IpAddress CLUSTER_ADDRESS = IpAddress.parse("2001:db8::100");
    private static final IpAddress HOST_ADDRESS = IpAddress.parse("2001:db8::7");
    /** A host asks for the cluster address: 86 octets as a Linux host sends them, hop limit at octet 21. */
    private static final String SOLICITATION = "3333ff000100" + "020000000101" + "86dd" + "60000000" + "0020" + "3aff"
            + HOST + GROUP + "8700" + "0000" + "00000000" + CLUSTER + "0101" + "020000000101";

    private static final int HOP_LIMIT = 21;
    private static final int CODE = 55;
    private static final int OPTION_UNITS = 79;

    @Example
    @Label("tells who asks for what")
    void tellsWhoAsksForWhat() {
        assertThat(NeighbourPacket.parse(octets(SOLICITATION)))
                .contains(new NeighbourPacket(true, HOST_MAC, HOST_ADDRESS, CLUSTER_ADDRESS));
    }

    @Example
    @Label("is answered to the asker alone, solicited, with the MAC address that hosts are to use from now on")
    void isAnsweredToTheAskerAlone() {
        final byte[] answer =
                NeighbourPacket.parse(octets(SOLICITATION)).orElseThrow().answer(VIRTUAL_MAC);
        assertThat(hex(answer))
                .startsWith("020000000101" + "02aa00000099" + "86dd" + "60000000" + "0020" + "3aff" + CLUSTER + HOST
                        + "8800")
                .endsWith("60000000" + CLUSTER + "0201" + "02aa00000099");
        assertThat(sum(answer)).isZero();
    }

    @Example
    @Label("that probes for an address is answered to all, who may not have it")
    void thatProbesIsAnsweredToAll() {
        final byte[] probe = NeighbourMessage.probe(CLUSTER_ADDRESS, HOST_MAC);
        assertThat(hex(probe))
                .startsWith("3333ff000100" + "020000000101" + "86dd" + "60000000" + "0018" + "3aff" + NOBODY + GROUP
                        + "8700")
                .endsWith("00000000" + CLUSTER);
        assertThat(sum(probe)).isZero();
        final NeighbourPacket read = NeighbourPacket.parse(probe).orElseThrow();
        assertThat(read.senderAddress().isUnspecified()).isTrue();
        assertThat(read.answer(VIRTUAL_MAC)).isEqualTo(NeighbourMessage.announcement(CLUSTER_ADDRESS, VIRTUAL_MAC));
    }

    @Example
    @Label("that announces an address tells all hosts of the link to use it, unsolicited")
    void thatAnnounces() {
        final byte[] announcement = NeighbourMessage.announcement(CLUSTER_ADDRESS, VIRTUAL_MAC);
        assertThat(hex(announcement))
                .startsWith("333300000001" + "02aa00000099" + "86dd" + "60000000" + "0020" + "3aff" + CLUSTER
                        + "ff020000000000000000000000000001" + "8800")
                .endsWith("20000000" + CLUSTER + "0201" + "02aa00000099");
        assertThat(sum(announcement)).isZero();
        assertThat(NeighbourPacket.parse(announcement))
                .contains(new NeighbourPacket(false, VIRTUAL_MAC, CLUSTER_ADDRESS, CLUSTER_ADDRESS));
    }

    @Example
    @Label("that a router may have passed on, or that makes no sense, is none")
    void thatMakesNoSenseIsNone() {
        assertThat(NeighbourPacket.parse(changed(HOP_LIMIT, 254))).isEmpty();
        assertThat(NeighbourPacket.parse(changed(CODE, 1))).isEmpty();
        assertThat(NeighbourPacket.parse(changed(OPTION_UNITS, 0))).isEmpty();
        assertThat(NeighbourPacket.parse(changed(OPTION_UNITS, 2))).isEmpty();
        assertThat(NeighbourPacket.parse(changed(CODE - 1, 134))).isEmpty();
        assertThat(NeighbourPacket.parse(changed(CODE + 7, 0xff))).isEmpty();
    }

    @Property
    @Label("is looked for in whatever a frame holds, without harm")
    void isLookedForWithoutHarm(@ForAll @Size(max = 60) final byte[] rest) {
        final byte[] frame = Arrays.copyOf(octets(SOLICITATION), 54 + rest.length);
        System.arraycopy(rest, 0, frame, 54, rest.length);
        frame[19] = (byte) rest.length;
        assertThat(NeighbourPacket.parse(frame).isEmpty()
                        || frame[54] == (byte) NeighbourPacket.SOLICITATION
                        || frame[54] == (byte) NeighbourPacket.ADVERTISEMENT)
                .isTrue();
    }

    private static byte[] changed(final int position, final int value) {
        final byte[] frame = octets(SOLICITATION);
        frame[position] = (byte) value;
        return frame;
    }

    /** What the checksum over message and pseudo header leaves of one that is right. */
    private static int sum(final byte[] frame) {
        final IpDatagram datagram = IpDatagram.parse(frame).orElseThrow();
        return Checksum.of(datagram.source(), datagram.destination(), IpDatagram.ICMPV6, datagram.payload());
    }

    private static byte[] octets(final String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static String hex(final byte[] octets) {
        return HexFormat.of().formatHex(octets);
    }
}
