/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IpAddress.Family;

/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443): the messages that an address of ours is sent. Whatever a frame holds, nothing
 * here throws.
 */
public final class Icmp {
    private static final int ECHO = 8;
    private static final int ECHO_REPLY = 0;
    private static final int ECHO_V6 = 128;
    private static final int ECHO_REPLY_V6 = 129;

    private static final int IPV4_LENGTH = 20;
    private static final int IPV4_CHECKSUM = 10;
    private static final int IPV6_LENGTH = 40;
    private static final int FRAGMENT = 0x3fff;
    /** The header of a message. */
    private static final int LENGTH = 8;
    /** What an error quotes at least of what is behind the header: the 64 bits of RFC 792. */
    private static final int QUOTED = 8;

    private static final int HOPS = 64;
    private static final int OFFSET = 0x1fff;
    /** Type 3, destination unreachable, and code 1: the host is (RFC 792). */
    private static final int HOST_UNREACHABLE = 0x0301;
    /** Type 1, destination unreachable, and code 3: the address is (RFC 4443, section 3.1). */
    private static final int ADDRESS_UNREACHABLE = 0x0103;
    /** An error is no longer than this (RFC 1812, section 4.3.2.3; RFC 4443, section 2.4). */
    private static final int LONGEST = 576;

    private static final int LONGEST_V6 = 1280;

    private static final int FRAGMENT_V6 = 44;
    private static final int OFFSET_V6 = 0xfff8;
    private static final int AUTHENTICATION = 51;
    /** The headers before what a packet of IPv6 carries that tell how long they are (RFC 8200, section 4). */
    private static final Set<Integer> EXTENSIONS = Set.of(0, 43, FRAGMENT_V6, AUTHENTICATION, 60, 135, 139, 140);

    private Icmp() {}

    /** The IP protocol of a family's messages. */
    public static int protocol(final Family family) {
        return switch (family) {
            case V4 -> IpDatagram.ICMP;
            case V6 -> IpDatagram.ICMPV6;
        };
    }

    /** The types of a family's errors: destination unreachable, packet too big, time exceeded, parameter problem. */
    public static List<Integer> errors(final Family family) {
        return switch (family) {
            case V4 -> List.of(3, 11, 12);
            case V6 -> List.of(1, 2, 3, 4);
        };
    }

    /** The type of a family's echo requests. */
    public static int echo(final Family family) {
        return switch (family) {
            case V4 -> ECHO;
            case V6 -> ECHO_V6;
        };
    }

    /**
     * Reads what an error quotes.
     *
     * @param frame the frame with the error
     * @return the addresses of the packet that it quotes; empty when there is no error of an IP packet, or one that is
     *     cut off
     */
    public static Optional<IpPacket> quoted(final byte[] frame) {
        final int message = message(frame);
        if (message < 0) {
            return Optional.empty();
        }
        final int quote = message + LENGTH;
        final Family family = family(frame, quote);
        if (family == null
                || family != family(frame, EthernetFrame.payloadOffset(frame))
                || !errors(family).contains(frame[message] & 0xff)) {
            return Optional.empty();
        }
        return switch (family) {
            case V4 -> {
                final int length = headerLength(frame, quote);
                yield length < IPV4_LENGTH || frame.length < quote + length + QUOTED
                        ? Optional.empty()
                        : Optional.of(new IpPacket(
                                IpAddress.read(Family.V4, frame, quote + 12),
                                IpAddress.read(Family.V4, frame, quote + 16)));
            }
            case V6 ->
                frame.length < quote + IPV6_LENGTH + QUOTED
                        ? Optional.empty()
                        : Optional.of(new IpPacket(
                                IpAddress.read(Family.V6, frame, quote + 8),
                                IpAddress.read(Family.V6, frame, quote + 24)));
        };
    }

    /**
     * Reads to which port the packet went that an error quotes.
     *
     * @param frame the frame with the error
     * @return that end of it; empty when it shows no port of TCP or UDP
     */
    public static Optional<IpEndpoint> quotedDestination(final byte[] frame) {
        final int message = message(frame);
        return message < 0
                ? Optional.empty()
                : IpDatagram.parseQuoted(frame, message + LENGTH)
                        .filter(quoted -> (quoted.protocol() == IpDatagram.TCP || quoted.protocol() == IpDatagram.UDP)
                                && quoted.payload().length >= 2 * Short.BYTES)
                        .map(quoted -> new IpEndpoint(
                                quoted.destination(),
                                quoted.protocol(),
                                EthernetFrame.readShort(quoted.payload(), Short.BYTES)));
    }

    /**
     * Answers an echo request.
     *
     * @param frame the frame with the request
     * @param from the MAC address of the address that was asked
     * @return the frame with the reply; empty when there is no request, or one that is a fragment, cut off, or has IP
     *     options
     */
    public static Optional<byte[]> reply(final byte[] frame, final MacAddress from) {
        final int message = message(frame);
        if (message < 0) {
            return Optional.empty();
        }
        final int header = EthernetFrame.payloadOffset(frame);
        final Family family = family(frame, header);
        if ((frame[message] & 0xff) != echo(family) || family == Family.V4 && message - header != IPV4_LENGTH) {
            return Optional.empty();
        }
        final byte[] reply = frame.clone();
        System.arraycopy(frame, MacAddress.LENGTH, reply, 0, MacAddress.LENGTH);
        System.arraycopy(from.toBytes(), 0, reply, MacAddress.LENGTH, MacAddress.LENGTH);
        final int before = EthernetFrame.readShort(frame, message);
        reply[message] = (byte) (family == Family.V4 ? ECHO_REPLY : ECHO_REPLY_V6);
        // The sum is over both addresses: they change places only.
        writeShort(
                reply,
                message + 2,
                Checksum.update(
                        EthernetFrame.readShort(frame, message + 2), before, EthernetFrame.readShort(reply, message)));
        if (family == Family.V4) {
            swap(reply, header + 12, Integer.BYTES);
            reply[header + 8] = HOPS;
            writeShort(reply, header + IPV4_CHECKSUM, 0);
            writeShort(reply, header + IPV4_CHECKSUM, Checksum.of(reply, header, IPV4_LENGTH));
        } else {
            swap(reply, header + 8, 2 * Long.BYTES);
            reply[header + 7] = HOPS;
        }
        return Optional.of(reply);
    }

    /**
     * Says of a frame that its destination cannot be reached: of IPv4 the host, of IPv6 the address.
     *
     * @param frame the frame, untagged
     * @param from the MAC address of who says so
     * @param router its address, of the family of the packet
     * @return the frame with the error; empty where none may be sent (RFC 1122, section 3.2.2; RFC 4443, section 2.4):
     *     about errors, later fragments, what is for many, of nobody, or cut off
     */
    public static Optional<byte[]> unreachable(final byte[] frame, final MacAddress from, final IpAddress router) {
        final int header = EthernetFrame.ETHERNET_LENGTH;
        final Family family = family(frame, header);
        if (family != router.family() || EthernetFrame.readShort(frame, header - 2) != family.etherType()) {
            return Optional.empty();
        }
        final boolean isV4 = family == Family.V4;
        final IpAddress sender = IpAddress.read(family, frame, header + (isV4 ? 12 : 8));
        final IpAddress destination = IpAddress.read(family, frame, header + (isV4 ? 16 : 24));
        final MacAddress station = MacAddress.read(frame, MacAddress.LENGTH);
        if (carried(frame, header, family)
                        .filter(message -> !message.mayBeError(frame, family))
                        .isEmpty()
                || !sender.isHost()
                || !destination.isHost()
                || !station.isStation()) {
            return Optional.empty();
        }
        final int longest = isV4 ? LONGEST - IPV4_LENGTH : LONGEST_V6 - IPV6_LENGTH;
        final int quoted = Math.min(frame.length - header, longest - LENGTH);
        final byte[] message = new byte[LENGTH + quoted];
        writeShort(message, 0, isV4 ? HOST_UNREACHABLE : ADDRESS_UNREACHABLE);
        System.arraycopy(frame, header, message, LENGTH, quoted);
        writeShort(message, 2, isV4 ? Checksum.of(message) : Checksum.of(router, sender, IpDatagram.ICMPV6, message));
        return Optional.of(new IpDatagram(router, sender, protocol(family), HOPS, message).toFrame(station, from));
    }

    /**
     * What a packet carries behind its headers of IP.
     *
     * @param protocol the IP protocol
     * @param offset where in the frame it begins
     */
    private record Carried(int protocol, int offset) {
        /** Whether it is an ICMP message that is no echo. */
        boolean mayBeError(final byte[] frame, final Family family) {
            final int type = frame[offset] & 0xff;
            return protocol == Icmp.protocol(family)
                    && type != echo(family)
                    && type != (family == Family.V4 ? ECHO_REPLY : ECHO_REPLY_V6);
        }
    }

    /** What the packet of a frame carries; empty where that begins in another fragment, or is cut off. */
    private static Optional<Carried> carried(final byte[] frame, final int header, final Family family) {
        final boolean isV4 = family == Family.V4;
        if (isV4
                && (headerLength(frame, header) < IPV4_LENGTH
                        || (EthernetFrame.readShort(frame, header + 6) & OFFSET) != 0)) {
            return Optional.empty();
        }
        int protocol = frame[header + (isV4 ? 9 : 6)] & 0xff;
        int offset = header + (isV4 ? headerLength(frame, header) : IPV6_LENGTH);
        while (!isV4 && EXTENSIONS.contains(protocol) && frame.length >= offset + QUOTED) {
            if (protocol == FRAGMENT_V6 && (EthernetFrame.readShort(frame, offset + 2) & OFFSET_V6) != 0) {
                return Optional.empty();
            }
            final int units = frame[offset + 1] & 0xff;
            final int length = protocol == AUTHENTICATION ? (units + 2) * Integer.BYTES : (units + 1) * Long.BYTES;
            protocol = frame[offset] & 0xff;
            offset += length;
        }
        return frame.length < offset + QUOTED ? Optional.empty() : Optional.of(new Carried(protocol, offset));
    }

    /** Where the message of a frame begins; negative when there is none whose header is whole. */
    private static int message(final byte[] frame) {
        if (frame.length < EthernetFrame.ETHERNET_LENGTH) {
            return -1;
        }
        final int header = EthernetFrame.payloadOffset(frame);
        final Family family = family(frame, header);
        if (family == null || EthernetFrame.readShort(frame, header - 2) != family.etherType()) {
            return -1;
        }
        final int message = header
                + switch (family) {
                    case V4 -> headerLength(frame, header);
                    case V6 -> IPV6_LENGTH;
                };
        final int protocol = frame[
                        header
                                + switch (family) {
                                    case V4 -> 9;
                                    case V6 -> 6;
                                }]
                & 0xff;
        final boolean isFragment = family == Family.V4 && (EthernetFrame.readShort(frame, header + 6) & FRAGMENT) != 0;
        return protocol != protocol(family)
                        || isFragment
                        || message < header + IPV4_LENGTH
                        || frame.length < message + LENGTH
                ? -1
                : message;
    }

    /** The family of the IP packet that begins there; null when there is no whole header. */
    private static Family family(final byte[] bytes, final int offset) {
        if (bytes.length <= offset) {
            return null;
        }
        return switch (bytes[offset] >>> 4 & 0xf) {
            case 4 -> bytes.length < offset + IPV4_LENGTH ? null : Family.V4;
            case 6 -> bytes.length < offset + IPV6_LENGTH ? null : Family.V6;
            default -> null;
        };
    }

    private static int headerLength(final byte[] bytes, final int offset) {
        return (bytes[offset] & 0xf) * Integer.BYTES;
    }

    private static void swap(final byte[] bytes, final int offset, final int length) {
        for (int i = offset; i < offset + length; i++) {
            final byte first = bytes[i];
            bytes[i] = bytes[i + length];
            bytes[i + length] = first;
        }
    }

    private static void writeShort(final byte[] bytes, final int offset, final int value) {
        bytes[offset] = (byte) (value >>> 8);
        bytes[offset + 1] = (byte) value;
    }
}
