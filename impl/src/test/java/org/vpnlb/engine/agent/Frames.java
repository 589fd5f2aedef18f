/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.PacketFields;

/** Makes frames, octet by octet, without the engine's own code. */
final class Frames {
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int LATER_OFFSET = 185;
    private static final int PAYLOAD = 24;
    private static final int ICMP = 1;
    private static final int UDP = 17;
    private static final int ETHERNET = 14;
    private static final int VLAN_TAG = 4;
    private static final int ARP = 0x0806;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int ICMPV6 = 58;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION_OPTIONS = 60;

    private Frames() {}

    /** Which part of an IP packet a frame is. */
    enum Part {
        WHOLE(0),
        FIRST_FRAGMENT(MORE_FRAGMENTS),
        LATER_FRAGMENT(LATER_OFFSET);

        private final int flagsAndOffset;

        Part(final int flagsAndOffset) {
            this.flagsAndOffset = flagsAndOffset;
        }
    }

    /**
     * A kind of IP packet.
     *
     * @param protocol the IP protocol
     * @param destinationPort the port, ignored where the protocol has none
     * @param part which part of the packet
     */
    record Kind(int protocol, int destinationPort, Part part) {
        static final Kind PING = new Kind(ICMP, 0, Part.WHOLE);

        static Kind udp(final int port) {
            return new Kind(UDP, port, Part.WHOLE);
        }

        static Kind protocol(final int protocol) {
            return new Kind(protocol, 0, Part.WHOLE);
        }

        /** All kinds of packets that clients of a service send: each protocol, whole and in fragments. */
        static List<Kind> of(final Service service) {
            final List<Kind> kinds = new ArrayList<>();
            for (final Traffic traffic : service.traffic()) {
                final int protocol = traffic.ipProtocol() == null ? ICMP : traffic.ipProtocol();
                final int port = traffic.destinationPort() == null ? 0 : traffic.destinationPort();
                for (final Part part : Part.values()) {
                    // Where ports tell clients apart, fragments reach nobody.
                    if (part == Part.WHOLE || service.keyed().isEmpty()) {
                        kinds.add(new Kind(protocol, port, part));
                    }
                }
            }
            return kinds;
        }
    }

    static byte[] ip(
            final MacAddress destinationMac,
            final MacAddress sourceMac,
            final IpAddress source,
            final IpAddress destination,
            final Kind kind) {
        if (source.family() == IpAddress.Family.V6) {
            return ipv6(destinationMac, sourceMac, source, destination, kind);
        }
        final ByteBuffer buffer = ByteBuffer.allocate(ETHERNET + 20 + PAYLOAD);
        buffer.put(destinationMac.toBytes()).put(sourceMac.toBytes()).putShort((short) IPV4);
        buffer.put((byte) 0x45).put((byte) 0).putShort((short) (20 + PAYLOAD));
        buffer.putShort((short) 1).putShort((short) kind.part().flagsAndOffset);
        buffer.put((byte) 64).put((byte) kind.protocol()).putShort((short) 0);
        buffer.put(source.toBytes()).put(destination.toBytes());
        if (kind.part() != Part.LATER_FRAGMENT && PacketFields.hasPorts(kind.protocol())) {
            buffer.putShort((short) PORT).putShort((short) kind.destinationPort());
        }
        return buffer.array();
    }

    /** The source port of what hosts send by TCP and UDP. */
    static final int PORT = 40000;

    /** The same whole packet of TCP or UDP, from and to other ports. */
    static byte[] withPorts(final byte[] frame, final int source, final int destination) {
        final byte[] copy = frame.clone();
        final boolean isV4 = ByteBuffer.wrap(frame).getShort(ETHERNET - 2) == IPV4;
        ByteBuffer.wrap(copy, isV4 ? ETHERNET + 20 : ETHERNET + 40 + 8, 4)
                .putShort((short) source)
                .putShort((short) destination);
        return copy;
    }

    /** A UDP datagram, header and all, that carries a message of IKEv2: RFC 7296, section 3.1; RFC 3948, section 2. */
    static byte[] ike(final int port, final long initiatorSpi, final boolean isMarked) {
        final ByteBuffer buffer = ByteBuffer.allocate(8 + (isMarked ? 4 : 0) + 28);
        buffer.putShort((short) PORT).putShort((short) port);
        buffer.putShort((short) buffer.capacity()).putShort((short) 0);
        if (isMarked) {
            buffer.putInt(0);
        }
        buffer.putLong(initiatorSpi).putLong(0);
        buffer.put((byte) 33).put((byte) 0x20).put((byte) 34).put((byte) 8);
        return buffer.putInt(0).putInt(28).array();
    }

    /** A packet that carries a UDP datagram. */
    static byte[] udp(
            final MacAddress destinationMac,
            final MacAddress sourceMac,
            final IpAddress source,
            final IpAddress destination,
            final byte[] datagram) {
        final boolean isV4 = source.family() == IpAddress.Family.V4;
        final ByteBuffer buffer = ByteBuffer.allocate(ETHERNET + (isV4 ? 20 : 40) + datagram.length);
        buffer.put(destinationMac.toBytes()).put(sourceMac.toBytes());
        if (isV4) {
            buffer.putShort((short) IPV4).put((byte) 0x45).put((byte) 0);
            buffer.putShort((short) (20 + datagram.length)).putInt(0x0001_0000);
            buffer.put((byte) 64).put((byte) UDP).putShort((short) 0);
        } else {
            buffer.putShort((short) IPV6).putInt(0x6000_0000).putShort((short) datagram.length);
            buffer.put((byte) UDP).put((byte) 64);
        }
        buffer.put(source.toBytes()).put(destination.toBytes());
        return buffer.put(datagram).array();
    }

    /** A part of a packet is behind a fragment header (RFC 8200, section 4.5), a whole one behind some options. */
    private static byte[] ipv6(
            final MacAddress destinationMac,
            final MacAddress sourceMac,
            final IpAddress source,
            final IpAddress destination,
            final Kind kind) {
        final ByteBuffer buffer = ByteBuffer.allocate(ETHERNET + 40 + 8 + PAYLOAD);
        buffer.put(destinationMac.toBytes()).put(sourceMac.toBytes()).putShort((short) IPV6);
        buffer.putInt(0x6000_0000).putShort((short) (8 + PAYLOAD));
        buffer.put((byte) (kind.part() == Part.WHOLE ? DESTINATION_OPTIONS : FRAGMENT))
                .put((byte) 64);
        buffer.put(source.toBytes()).put(destination.toBytes());
        final int protocol = kind.protocol() == ICMP ? ICMPV6 : kind.protocol();
        buffer.put((byte) protocol).put((byte) 0);
        switch (kind.part()) {
            // Padding of four octets and no more.
            case WHOLE -> buffer.put((byte) 1).put((byte) 4).putInt(0);
            case FIRST_FRAGMENT -> buffer.putShort((short) 1).putInt(1);
            default -> buffer.putShort((short) (LATER_OFFSET << 3)).putInt(1);
        }
        if (kind.part() != Part.LATER_FRAGMENT && PacketFields.hasPorts(protocol)) {
            buffer.putShort((short) PORT).putShort((short) kind.destinationPort());
        }
        return buffer.array();
    }

    /** A neighbour solicitation of a host, without any of the engine's code. */
    static byte[] solicitation(
            final MacAddress destinationMac,
            final MacAddress senderMac,
            final String sender,
            final String to,
            final String target) {
        return discovery(135, 0, 1, destinationMac, senderMac, sender, to, target);
    }

    /** A neighbour advertisement of a host: solicited where it is for one alone, and it overrides. */
    static byte[] advertisement(
            final MacAddress destinationMac,
            final MacAddress senderMac,
            final String sender,
            final String to,
            final String target) {
        final boolean isForAll = to.startsWith("ff");
        return discovery(136, isForAll ? 0x2000_0000 : 0x6000_0000, 2, destinationMac, senderMac, sender, to, target);
    }

    /** A message of neighbour discovery with the option of a MAC address, which is the sender's. */
    static byte[] discovery(
            final int type,
            final int flags,
            final int option,
            final MacAddress destinationMac,
            final MacAddress senderMac,
            final String sender,
            final String to,
            final String target) {
        final ByteBuffer message = ByteBuffer.allocate(32);
        message.put((byte) type).put((byte) 0).putShort((short) 0).putInt(flags);
        message.put(IpAddress.parse(target).toBytes());
        message.put((byte) option).put((byte) 1).put(senderMac.toBytes());
        final byte[] octets = message.array();
        final ByteBuffer pseudo = ByteBuffer.allocate(40 + octets.length);
        pseudo.put(IpAddress.parse(sender).toBytes())
                .put(IpAddress.parse(to).toBytes())
                .putInt(octets.length)
                .putInt(ICMPV6)
                .put(octets)
                .rewind();
        int sum = 0;
        while (pseudo.hasRemaining()) {
            sum += pseudo.getShort() & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        message.putShort(2, (short) ~((sum & 0xffff) + (sum >>> 16)));
        final ByteBuffer frame = ByteBuffer.allocate(ETHERNET + 40 + octets.length);
        frame.put(destinationMac.toBytes()).put(senderMac.toBytes()).putShort((short) IPV6);
        frame.putInt(0x6000_0000).putShort((short) octets.length);
        frame.put((byte) ICMPV6).put((byte) 255);
        frame.put(IpAddress.parse(sender).toBytes()).put(IpAddress.parse(to).toBytes());
        return frame.put(octets).array();
    }

    /** An ICMP echo request with some data. */
    static byte[] echo(
            final MacAddress destinationMac,
            final MacAddress sourceMac,
            final IpAddress source,
            final IpAddress destination) {
        final byte[] frame = ip(destinationMac, sourceMac, source, destination, Kind.PING);
        frame[ETHERNET + 20] = 8;
        return frame;
    }

    /**
     * An ICMP error about a packet between two addresses.
     *
     * @param type the type of the error
     * @param protocol the IP protocol of the packet
     */
    static byte[] icmpError(
            final MacAddress destinationMac,
            final IpAddress source,
            final IpAddress destination,
            final int type,
            final int protocol,
            final IpAddress quotedSource,
            final IpAddress quotedDestination) {
        final byte[] quoted =
                ip(destinationMac, destinationMac, quotedSource, quotedDestination, Kind.protocol(protocol));
        final ByteBuffer buffer = ByteBuffer.allocate(ETHERNET + 20 + 8 + 28);
        buffer.put(ip(destinationMac, Lab.ROUTER_MAC, source, destination, Kind.PING), 0, ETHERNET + 20);
        buffer.putInt(type << 24).putInt(1400);
        buffer.put(quoted, ETHERNET, 28);
        return buffer.putShort(ETHERNET + 2, (short) (20 + 8 + 28)).array();
    }

    static byte[] arpRequest(final MacAddress senderMac, final String sender, final String target) {
        return arp(1, MacAddress.BROADCAST, senderMac, sender, new MacAddress(0), target);
    }

    static byte[] arpReply(
            final MacAddress senderMac, final String sender, final MacAddress targetMac, final String target) {
        return arp(2, targetMac, senderMac, sender, targetMac, target);
    }

    static byte[] arp(
            final int operation,
            final MacAddress destinationMac,
            final MacAddress senderMac,
            final String sender,
            final MacAddress targetMac,
            final String target) {
        final ByteBuffer buffer = ByteBuffer.allocate(60);
        buffer.put(destinationMac.toBytes()).put(senderMac.toBytes()).putShort((short) ARP);
        buffer.putShort((short) 1).putShort((short) IPV4).put((byte) 6).put((byte) 4);
        buffer.putShort((short) operation);
        buffer.put(senderMac.toBytes()).put(IpAddress.parse(sender).toBytes());
        buffer.put(targetMac.toBytes()).put(IpAddress.parse(target).toBytes());
        return buffer.array();
    }

    /** The same frame in a VLAN. */
    static byte[] tagged(final byte[] frame, final int vlan) {
        final ByteBuffer buffer = ByteBuffer.allocate(frame.length + VLAN_TAG);
        buffer.put(frame, 0, 12).putShort((short) 0x8100).putShort((short) vlan);
        return buffer.put(frame, 12, frame.length - 12).array();
    }
}
