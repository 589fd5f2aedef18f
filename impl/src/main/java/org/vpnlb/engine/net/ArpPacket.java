/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.vpnlb.engine.net.IpAddress.Family;

/**
 * An ARP packet for IPv4 over Ethernet (RFC 826).
 *
 * @param operation {@link #REQUEST}, {@link #REPLY} or another 16-bit value
 * @param senderMac the sender's hardware address
 * @param senderAddress the sender's protocol address
 * @param targetMac the target's hardware address
 * @param targetAddress the target's protocol address
 */
public record ArpPacket(
        int operation, MacAddress senderMac, IpAddress senderAddress, MacAddress targetMac, IpAddress targetAddress)
        implements EthernetFrame.Payload, NeighbourMessage {
    /** The operation that asks for an address. */
    public static final int REQUEST = 1;

    /** The operation that answers. */
    public static final int REPLY = 2;

    private static final int LENGTH = 28;
    private static final IpAddress NOBODY = new IpAddress(Family.V4, 0, 0);
    private static final long ETHERNET_IPV4 = 0x0001_0800_06_04L;

    static Optional<ArpPacket> parse(final byte[] bytes, final int offset) {
        if (bytes.length < offset + LENGTH) {
            return Optional.empty();
        }
        final ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, LENGTH);
        final long kind = (long) buffer.getInt() << 16 | buffer.getShort() & 0xffffL;
        if (kind != ETHERNET_IPV4) {
            return Optional.empty();
        }
        return Optional.of(new ArpPacket(
                EthernetFrame.readShort(bytes, offset + 6),
                MacAddress.read(bytes, offset + 8),
                IpAddress.read(Family.V4, bytes, offset + 14),
                MacAddress.read(bytes, offset + 18),
                IpAddress.read(Family.V4, bytes, offset + 24)));
    }

    @Override
    public boolean isRequest() {
        return operation == REQUEST;
    }

    @Override
    public boolean isAnswer() {
        return operation == REPLY;
    }

    @Override
    public byte[] answer(final MacAddress mac) {
        return reply(mac).toFrame();
    }

    /**
     * The answer to a request: the address asked for is at this MAC address.
     *
     * @param mac the MAC address
     * @return the reply, to the asker alone
     */
    public ArpPacket reply(final MacAddress mac) {
        return new ArpPacket(REPLY, mac, targetAddress, senderMac, senderAddress);
    }

    /**
     * An ARP announcement (RFC 5227, section 2.3): tells everybody where an address is.
     *
     * @param address the address
     * @param mac where it is
     * @return the announcement
     */
    public static ArpPacket announcement(final IpAddress address, final MacAddress mac) {
        return new ArpPacket(REQUEST, mac, address, new MacAddress(0), address);
    }

    /**
     * An ARP probe (RFC 5227, section 2.1.1): asks who has an address, in nobody's name.
     *
     * @param address the address
     * @param mac who asks
     */
    public static ArpPacket probe(final IpAddress address, final MacAddress mac) {
        return new ArpPacket(REQUEST, mac, NOBODY, new MacAddress(0), address);
    }

    /** The packet in a frame: to the target, or to all when the target is not known. */
    public byte[] toFrame() {
        final ByteBuffer buffer = ByteBuffer.allocate(EthernetFrame.SHORTEST);
        buffer.put((targetMac.value() == 0 ? MacAddress.BROADCAST : targetMac).toBytes());
        buffer.put(senderMac.toBytes()).putShort((short) EthernetFrame.ARP);
        buffer.putInt((int) (ETHERNET_IPV4 >>> 16)).putShort((short) ETHERNET_IPV4);
        buffer.putShort((short) operation);
        buffer.put(senderMac.toBytes()).put(senderAddress.toBytes());
        buffer.put(targetMac.toBytes()).put(targetAddress.toBytes());
        return buffer.array();
    }
}
