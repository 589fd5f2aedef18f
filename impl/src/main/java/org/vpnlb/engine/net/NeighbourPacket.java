/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.vpnlb.engine.net.IpAddress.Family;

/**
 * A neighbour solicitation or advertisement (RFC 4861, sections 4.3 and 4.4).
 *
 * @param isRequest whether it is a solicitation
 * @param senderMac the MAC address that its option tells, and that of the frame where it has none
 * @param senderAddress the source of a solicitation, unspecified where an address is probed for; of an advertisement
 *     the address that it tells of
 * @param targetAddress the address that is asked for, or told of
 */
public record NeighbourPacket(boolean isRequest, MacAddress senderMac, IpAddress senderAddress, IpAddress targetAddress)
        implements NeighbourMessage {
    /** The ICMPv6 type of a solicitation. */
    public static final int SOLICITATION = 135;

    /** The ICMPv6 type of an advertisement. */
    public static final int ADVERTISEMENT = 136;

    /** Proof that no router has passed a message on (RFC 4861, section 7.1). */
    private static final int HOP_LIMIT = 255;

    private static final int SOURCE_LINK_ADDRESS = 1;
    private static final int TARGET_LINK_ADDRESS = 2;
    private static final int OPTION_LENGTH = 8;

    private static final int SOLICITED = 0x4000_0000;
    private static final int OVERRIDE = 0x2000_0000;

    private static final int TARGET = 8;
    private static final int LENGTH = 24;

    private static final IpAddress NOBODY = new IpAddress(Family.V6, 0, 0);
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
    private static final IpAddress SOLICITED_NODE = IpAddress.parse("ff02::1:ff00:0");
    private static final long MULTICAST_MAC = 0x3333_0000_0000L;

    /**
     * Reads the message of a frame. Whatever the frame holds, this does not throw.
     *
     * @param frame the frame, whole
     * @return the message; empty when there is none that a host may believe (RFC 4861, sections 7.1.1 and 7.1.2,
     *     without the checksum)
     */
    public static Optional<NeighbourPacket> parse(final byte[] frame) {
        return IpDatagram.parse(frame)
                .filter(datagram -> datagram.protocol() == IpDatagram.ICMPV6
                        && datagram.source().family() == Family.V6
                        && datagram.hopLimit() == HOP_LIMIT)
                .flatMap(datagram -> read(datagram, MacAddress.read(frame, MacAddress.LENGTH)));
    }

    private static Optional<NeighbourPacket> read(final IpDatagram datagram, final MacAddress from) {
        final byte[] message = datagram.payload();
        if (message.length < LENGTH || message[1] != 0) {
            return Optional.empty();
        }
        final int type = message[0] & 0xff;
        final boolean isRequest = type == SOLICITATION;
        final IpAddress target = IpAddress.read(Family.V6, message, TARGET);
        final Optional<MacAddress> told =
                linkAddress(message, isRequest ? SOURCE_LINK_ADDRESS : TARGET_LINK_ADDRESS, from);
        if (!isRequest && type != ADVERTISEMENT || !target.isHost() || told.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new NeighbourPacket(isRequest, told.orElseThrow(), isRequest ? datagram.source() : target, target));
    }

    /** The address in an option; another where there is none, and nothing where the options make no sense. */
    private static Optional<MacAddress> linkAddress(final byte[] message, final int type, final MacAddress other) {
        MacAddress found = other;
        int offset = LENGTH;
        while (offset + 1 < message.length) {
            final int length = (message[offset + 1] & 0xff) * OPTION_LENGTH;
            if (length == 0 || offset + length > message.length) {
                return Optional.empty();
            }
            if (message[offset] == type) {
                found = MacAddress.read(message, offset + 2);
            }
            offset += length;
        }
        return Optional.of(found);
    }

    @Override
    public boolean isAnswer() {
        return !isRequest;
    }

    /** To the asker alone; to all where the asker has no address yet (RFC 4861, section 7.2.4). */
    @Override
    public byte[] answer(final MacAddress mac) {
        return senderAddress.isHost()
                ? advertisement(targetAddress, mac, SOLICITED | OVERRIDE, senderAddress, senderMac)
                : announcement(targetAddress, mac);
    }

    static byte[] announcement(final IpAddress address, final MacAddress mac) {
        return advertisement(address, mac, OVERRIDE, ALL_NODES, multicast(ALL_NODES));
    }

    static byte[] probe(final IpAddress address, final MacAddress mac) {
        final IpAddress group = solicitedNode(address);
        final ByteBuffer out = ByteBuffer.allocate(LENGTH);
        out.putInt(SOLICITATION << 24).putInt(0).put(address.toBytes());
        return frame(out, NOBODY, group, multicast(group), mac);
    }

    /** To one host alone, though it is to be its group's (RFC 6085): to its address, it would be routed. */
    static byte[] question(
            final IpAddress address, final IpAddress asker, final MacAddress mac, final MacAddress host) {
        final ByteBuffer out = ByteBuffer.allocate(LENGTH + OPTION_LENGTH);
        out.putInt(SOLICITATION << 24).putInt(0).put(address.toBytes());
        out.put((byte) SOURCE_LINK_ADDRESS).put((byte) 1).put(mac.toBytes());
        return frame(out, asker, solicitedNode(address), host, mac);
    }

    private static IpAddress solicitedNode(final IpAddress address) {
        return new IpAddress(Family.V6, SOLICITED_NODE.high(), SOLICITED_NODE.low() | address.low() & 0xff_ffffL);
    }

    private static byte[] advertisement(
            final IpAddress address,
            final MacAddress mac,
            final int flags,
            final IpAddress to,
            final MacAddress toMac) {
        final ByteBuffer out = ByteBuffer.allocate(LENGTH + OPTION_LENGTH);
        out.putInt(ADVERTISEMENT << 24).putInt(flags).put(address.toBytes());
        out.put((byte) TARGET_LINK_ADDRESS).put((byte) 1).put(mac.toBytes());
        return frame(out, address, to, toMac, mac);
    }

    private static byte[] frame(
            final ByteBuffer message,
            final IpAddress from,
            final IpAddress to,
            final MacAddress toMac,
            final MacAddress fromMac) {
        final byte[] octets = message.array();
        message.putShort(2, (short) Checksum.of(from, to, IpDatagram.ICMPV6, octets));
        return new IpDatagram(from, to, IpDatagram.ICMPV6, HOP_LIMIT, octets).toFrame(toMac, fromMac);
    }

    /** The MAC address of a multicast group (RFC 2464, section 7). */
    private static MacAddress multicast(final IpAddress group) {
        return new MacAddress(MULTICAST_MAC | group.low() & 0xffff_ffffL);
    }
}
