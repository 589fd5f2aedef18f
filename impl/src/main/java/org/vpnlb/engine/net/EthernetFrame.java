/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import java.util.Optional;
import org.vpnlb.engine.net.IpAddress.Family;

/**
 * The headers of a frame that vpnlb looks at: Ethernet, one VLAN tag, and ARP or IP.
 *
 * @param destination the destination MAC address
 * @param source the source MAC address
 * @param vlanId the VLAN of the tag (IEEE 802.1Q), 0 when there is none
 * @param payload what the frame carries
 */
public record EthernetFrame(MacAddress destination, MacAddress source, int vlanId, Payload payload) {
    /** The EtherType of ARP. */
    public static final int ARP = 0x0806;

    /** The length of a header without a tag. */
    static final int ETHERNET_LENGTH = 14;

    /** The length of the shortest frame, without its check sequence (IEEE 802.3, clause 4). */
    static final int SHORTEST = 60;

    private static final int VLAN = 0x8100;
    private static final int VLAN_LENGTH = 4;
    private static final int IPV4_LENGTH = 20;
    private static final int IPV6_LENGTH = 40;

    /** What a frame carries. */
    public sealed interface Payload permits ArpPacket, IpPacket, Other {}

    /**
     * An IP packet.
     *
     * @param source its source address
     * @param destination its destination address
     */
    public record IpPacket(IpAddress source, IpAddress destination) implements Payload {}

    /** Anything else. */
    public record Other() implements Payload {
        private static final Other INSTANCE = new Other();
    }

    /**
     * Reads the headers of a frame. Whatever the frame holds, this does not throw.
     *
     * @param bytes the frame, or its beginning
     * @return its headers; empty when a header is cut off or contradicts itself
     */
    public static Optional<EthernetFrame> parse(final byte[] bytes) {
        if (bytes.length < ETHERNET_LENGTH) {
            return Optional.empty();
        }
        int etherType = readShort(bytes, ETHERNET_LENGTH - 2);
        int offset = ETHERNET_LENGTH;
        int vlanId = 0;
        if (etherType == VLAN) {
            if (bytes.length < ETHERNET_LENGTH + VLAN_LENGTH) {
                return Optional.empty();
            }
            vlanId = readShort(bytes, offset) & 0xfff;
            etherType = readShort(bytes, offset + 2);
            offset += VLAN_LENGTH;
        }
        final Payload payload = switch (etherType) {
            case ARP -> ArpPacket.parse(bytes, offset).orElse(null);
            case 0x0800 -> ipv4(bytes, offset);
            case 0x86dd -> ipv6(bytes, offset);
            default -> Other.INSTANCE;
        };
        return payload == null
                ? Optional.empty()
                : Optional.of(new EthernetFrame(
                        MacAddress.read(bytes, 0), MacAddress.read(bytes, MacAddress.LENGTH), vlanId, payload));
    }

    /**
     * The same frame, sent to another station.
     *
     * @param bytes the frame, whole
     * @param destination the station
     * @return a copy with the destination MAC address replaced
     */
    public static byte[] withDestination(final byte[] bytes, final MacAddress destination) {
        final byte[] copy = bytes.clone();
        System.arraycopy(destination.toBytes(), 0, copy, 0, MacAddress.LENGTH);
        return copy;
    }

    private static IpPacket ipv4(final byte[] bytes, final int offset) {
        if (bytes.length < offset + IPV4_LENGTH || bytes[offset] >>> 4 != 4) {
            return null;
        }
        return new IpPacket(
                IpAddress.read(Family.V4, bytes, offset + 12), IpAddress.read(Family.V4, bytes, offset + 16));
    }

    private static IpPacket ipv6(final byte[] bytes, final int offset) {
        if (bytes.length < offset + IPV6_LENGTH || bytes[offset] >>> 4 != 6) {
            return null;
        }
        return new IpPacket(
                IpAddress.read(Family.V6, bytes, offset + 8), IpAddress.read(Family.V6, bytes, offset + 24));
    }

    /** Where the payload begins of a frame that can be read. */
    static int payloadOffset(final byte[] bytes) {
        return readShort(bytes, ETHERNET_LENGTH - 2) == VLAN ? ETHERNET_LENGTH + VLAN_LENGTH : ETHERNET_LENGTH;
    }

    static int readShort(final byte[] bytes, final int offset) {
        return (bytes[offset] & 0xff) << 8 | bytes[offset + 1] & 0xff;
    }
}
