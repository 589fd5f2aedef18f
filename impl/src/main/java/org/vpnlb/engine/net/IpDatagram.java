/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IpAddress.Family;

/**
 * An IP datagram: IPv4 (RFC 791) that is no fragment, or IPv6 (RFC 8200), whose extension headers are not looked into.
 *
 * @param source its source address
 * @param destination its destination address, of the same family
 * @param protocol the IP protocol, which is IPv6's next header
 * @param hopLimit the hops that it may still take, IPv4's time to live, from 0 to 255
 * @param payload what it carries
 */
public record IpDatagram(IpAddress source, IpAddress destination, int protocol, int hopLimit, byte[] payload) {
    /** The protocol number of ICMP for IPv4 (RFC 792). */
    public static final int ICMP = 1;

    /** The protocol number of TCP (RFC 9293). */
    public static final int TCP = 6;

    /** The protocol number of UDP (RFC 768). */
    public static final int UDP = 17;

    /** The protocol number of ICMP for IPv6 (RFC 4443). */
    public static final int ICMPV6 = 58;

    private static final int IPV4_LENGTH = 20;
    private static final int IPV4_CHECKSUM = 10;
    private static final int IPV6_LENGTH = 40;
    private static final int DO_NOT_FRAGMENT = 0x4000;
    private static final int FRAGMENT = 0x3fff;

    /**
     * Reads the datagram of a frame. Whatever the frame holds, this does not throw. Checksums are not looked at:
     * between virtual machines they are often left to hardware that is not there.
     *
     * @param frame the frame, whole; it may be padded and have one VLAN tag
     * @return the datagram; empty when there is none, or it is cut off or a fragment of IPv4
     */
    public static Optional<IpDatagram> parse(final byte[] frame) {
        return EthernetFrame.parse(frame)
                .filter(headers -> headers.payload() instanceof IpPacket)
                .flatMap(headers -> read(frame, EthernetFrame.payloadOffset(frame), true));
    }

    /**
     * Reads a datagram that may be cut off, as one that an ICMP error quotes. Whatever the octets are, this does not
     * throw.
     *
     * @param bytes where the datagram is
     * @param offset where it begins
     * @return the datagram with as much of its payload as is there; empty when its header makes no sense
     */
    public static Optional<IpDatagram> parseQuoted(final byte[] bytes, final int offset) {
        return read(bytes, offset, false);
    }

    private static Optional<IpDatagram> read(final byte[] bytes, final int offset, final boolean whole) {
        return switch (offset < bytes.length ? bytes[offset] >>> 4 & 0xf : 0) {
            case 4 -> ipv4(bytes, offset, whole);
            case 6 -> ipv6(bytes, offset, whole);
            default -> Optional.empty();
        };
    }

    private static Optional<IpDatagram> ipv4(final byte[] bytes, final int offset, final boolean whole) {
        if (bytes.length < offset + IPV4_LENGTH) {
            return Optional.empty();
        }
        final ByteBuffer in = ByteBuffer.wrap(bytes);
        final int headerLength = (in.get(offset) & 0xf) * Integer.BYTES;
        final int length = in.getShort(offset + 2) & 0xffff;
        final boolean isFragment = (in.getShort(offset + 6) & FRAGMENT) != 0;
        if (headerLength < IPV4_LENGTH || length < headerLength || isFragment) {
            return Optional.empty();
        }
        return payload(bytes, offset + headerLength, length - headerLength, whole)
                .map(payload -> new IpDatagram(
                        IpAddress.read(Family.V4, bytes, offset + 12),
                        IpAddress.read(Family.V4, bytes, offset + 16),
                        in.get(offset + 9) & 0xff,
                        in.get(offset + 8) & 0xff,
                        payload));
    }

    private static Optional<IpDatagram> ipv6(final byte[] bytes, final int offset, final boolean whole) {
        if (bytes.length < offset + IPV6_LENGTH) {
            return Optional.empty();
        }
        final ByteBuffer in = ByteBuffer.wrap(bytes);
        return payload(bytes, offset + IPV6_LENGTH, in.getShort(offset + 4) & 0xffff, whole)
                .map(payload -> new IpDatagram(
                        IpAddress.read(Family.V6, bytes, offset + 8),
                        IpAddress.read(Family.V6, bytes, offset + 24),
                        in.get(offset + 6) & 0xff,
                        in.get(offset + 7) & 0xff,
                        payload));
    }

    private static Optional<byte[]> payload(
            final byte[] bytes, final int offset, final int length, final boolean whole) {
        final int there = Math.min(length, bytes.length - offset);
        return there < 0 || whole && there < length
                ? Optional.empty()
                : Optional.of(Arrays.copyOfRange(bytes, offset, offset + there));
    }

    /**
     * The datagram in a frame, untagged, and padded when it is short.
     *
     * @param to the destination MAC address
     * @param from the source MAC address
     * @return the frame
     */
    public byte[] toFrame(final MacAddress to, final MacAddress from) {
        final byte[] header = header();
        final int length = EthernetFrame.ETHERNET_LENGTH + header.length + payload.length;
        final ByteBuffer out = ByteBuffer.allocate(Math.max(length, EthernetFrame.SHORTEST));
        out.put(to.toBytes()).put(from.toBytes());
        out.putShort((short) source.family().etherType());
        out.put(header).put(payload);
        return out.array();
    }

    private byte[] header() {
        return switch (source.family()) {
            case V4 -> {
                // Never to be fragmented, so it needs no identification (RFC 6864, section 4.1).
                final ByteBuffer out = ByteBuffer.allocate(IPV4_LENGTH);
                out.putShort((short) 0x4500).putShort((short) (IPV4_LENGTH + payload.length));
                out.putShort((short) 0).putShort((short) DO_NOT_FRAGMENT);
                out.put((byte) hopLimit).put((byte) protocol).putShort((short) 0);
                out.put(source.toBytes()).put(destination.toBytes());
                yield out.putShort(IPV4_CHECKSUM, (short) Checksum.of(out.array()))
                        .array();
            }
            case V6 -> {
                final ByteBuffer out = ByteBuffer.allocate(IPV6_LENGTH);
                out.putInt(0x6000_0000).putShort((short) payload.length);
                out.put((byte) protocol).put((byte) hopLimit);
                yield out.put(source.toBytes()).put(destination.toBytes()).array();
            }
        };
    }
}
