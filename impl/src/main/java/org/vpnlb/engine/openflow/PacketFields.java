/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.net.IpEndpoint;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

/**
 * What a switch sees of a frame: the fields that a {@link Match} can compare. A field that the frame does not have, or
 * that is cut off, is null. Where switches differ it is as Open vSwitch has it.
 *
 * @param destination the destination MAC address
 * @param source the source MAC address
 * @param etherType the EtherType, behind a VLAN tag if there is one
 * @param ipProtocol the IP protocol; of IPv6 the first header that is no extension (RFC 8200, section 4)
 * @param ipSource the source address
 * @param ipDestination the destination address
 * @param sourcePort the source port of TCP, UDP or SCTP; 0 for every fragment, the first too
 * @param destinationPort the destination port of TCP, UDP or SCTP; 0 for every fragment, the first too
 * @param icmpType the type of an ICMP or ICMPv6 message; 0 for every fragment, the first too
 * @param arpOperation the operation of an ARP packet
 * @param arpSender the sender's protocol address of an ARP packet
 * @param arpTarget the target's protocol address of an ARP packet
 * @param ndTarget the target address of a neighbour solicitation or advertisement (RFC 4861, sections 4.3 and 4.4)
 */
public record PacketFields(
        MacAddress destination,
        MacAddress source,
        int etherType,
        Integer ipProtocol,
        IpAddress ipSource,
        IpAddress ipDestination,
        Integer sourcePort,
        Integer destinationPort,
        Integer icmpType,
        Integer arpOperation,
        IpAddress arpSender,
        IpAddress arpTarget,
        IpAddress ndTarget) {
    private static final int ETHERNET_LENGTH = 14;
    private static final int VLAN_LENGTH = 4;
    private static final short VLAN = (short) 0x8100;
    private static final int ARP_LENGTH = 28;
    private static final int IPV4_LENGTH = 20;
    private static final int IPV6_LENGTH = 40;
    private static final int FRAGMENT_BITS = 0x3fff;

    private static final int ICMP_LENGTH = 8;
    private static final int ND_LENGTH = 24;
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;

    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMPV6 = 58;
    private static final int SCTP = 132;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int SHORTEST_EXTENSION = 8;

    /** Where the ports of a packet are, or its ICMP type, if it has any. */
    private record Transport(byte[] frame, int offset, int protocol, boolean isFragment) {
        Integer source() {
            return at(offset);
        }

        Integer destination() {
            return at(offset + Short.BYTES);
        }

        /** Open vSwitch looks into a message whose header is whole. */
        Integer icmpType() {
            if (protocol != ICMP && protocol != ICMPV6) {
                return null;
            }
            return isFragment || frame.length < offset + ICMP_LENGTH ? 0 : frame[offset] & 0xff;
        }

        /** The address that is asked for or told; its message has the code 0. */
        IpAddress ndTarget() {
            final boolean isNeighbour = protocol == ICMPV6
                    && !isFragment
                    && frame.length >= offset + ND_LENGTH
                    && (frame[offset] & 0xff) >= SOLICITATION
                    && (frame[offset] & 0xff) <= ADVERTISEMENT
                    && frame[offset + 1] == 0;
            return isNeighbour ? IpAddress.read(Family.V6, frame, offset + ICMP_LENGTH) : null;
        }

        private Integer at(final int position) {
            if (!hasPorts(protocol)) {
                return null;
            }
            return isFragment || frame.length < offset + 2 * Short.BYTES ? 0 : readShort(frame, position);
        }
    }

    /**
     * Reads the fields of a frame. Whatever the frame holds, this does not throw.
     *
     * @param frame the frame
     * @return its fields; empty when it is shorter than an Ethernet header
     */
    public static Optional<PacketFields> of(final byte[] frame) {
        if (frame.length < ETHERNET_LENGTH) {
            return Optional.empty();
        }
        final int start = payload(frame);
        final int etherType = readShort(frame, start - 2);
        final PacketFields fields = switch (etherType) {
            case EthernetFrame.ARP -> arp(frame, start);
            case 0x0800 -> ipv4(frame, start);
            case 0x86dd -> ipv6(frame, start);
            default -> null;
        };
        return Optional.of(fields == null ? plain(frame, etherType) : fields);
    }

    /**
     * Where what an Ethernet frame carries begins: behind a VLAN tag, if there is one.
     *
     * @param frame a frame of 14 octets at least
     * @return the number of octets before it
     */
    static int payload(final byte[] frame) {
        final boolean isTagged = frame.length >= ETHERNET_LENGTH + VLAN_LENGTH
                && ByteBuffer.wrap(frame).getShort(ETHERNET_LENGTH - 2) == VLAN;
        return isTagged ? ETHERNET_LENGTH + VLAN_LENGTH : ETHERNET_LENGTH;
    }

    /**
     * Whether a switch can look at the ports of a protocol.
     *
     * @param protocol the IP protocol, or null
     * @return true for TCP, UDP and SCTP
     */
    public static boolean hasPorts(final Integer protocol) {
        return protocol != null && (protocol == TCP || protocol == UDP || protocol == SCTP);
    }

    /**
     * Whether a match takes the frame.
     *
     * @param match the match
     * @param inPort the port at which the frame came in
     * @param metadata the metadata that earlier tables wrote, 0 before the first
     * @return whether all fields of the match are as the frame's
     */
    public boolean matches(final Match match, final long inPort, final long metadata) {
        return is(match.inPort(), inPort)
                && is(match.metadata(), match.metadataMask() == null ? metadata : metadata & match.metadataMask())
                && is(match.etherSource(), source)
                && is(match.etherDestination(), masked(destination, match.etherDestinationMask()))
                && is(match.etherType(), etherType)
                && is(match.ipProtocol(), ipProtocol)
                && isIn(match.ipSource(), ipSource)
                && isIn(match.ipDestination(), ipDestination)
                && areIn(match.ipSourceBits(), ipSource)
                && areIn(match.ipDestinationBits(), ipDestination)
                && is(match.sourcePort(), masked(sourcePort, match.sourcePortMask()))
                && is(match.destinationPort(), masked(destinationPort, match.destinationPortMask()))
                && is(match.icmpType(), icmpType)
                && is(match.arpOperation(), arpOperation)
                && is(match.arpSender(), arpSender)
                && is(match.arpTarget(), arpTarget)
                && is(match.ndTarget(), ndTarget);
    }

    /** Whom a switch learns by the frame; empty where the frame has no such address or port. */
    Optional<ClientKey> client(final Action.Learn learn) {
        final boolean isSource = learn.of() == Action.Learn.Field.SOURCE;
        final IpAddress address = isSource ? ipSource : ipDestination;
        final Integer protocol = learn.template().key().match().ipProtocol();
        if (address == null || protocol == null) {
            return Optional.ofNullable(address);
        }
        final Integer port = isSource ? sourcePort : destinationPort;
        return protocol.equals(ipProtocol) && port != null
                ? Optional.of(new IpEndpoint(address, protocol, port))
                : Optional.empty();
    }

    private static Integer masked(final Integer port, final Integer mask) {
        return mask == null || port == null ? port : Integer.valueOf(port & mask);
    }

    private static MacAddress masked(final MacAddress mac, final MacAddress mask) {
        return mask == null ? mac : new MacAddress(mac.value() & mask.value());
    }

    private static PacketFields plain(final byte[] frame, final int etherType) {
        return new PacketFields(
                MacAddress.read(frame, 0),
                MacAddress.read(frame, MacAddress.LENGTH),
                etherType,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static PacketFields arp(final byte[] frame, final int start) {
        return frame.length < start + ARP_LENGTH
                ? null
                : new PacketFields(
                        MacAddress.read(frame, 0),
                        MacAddress.read(frame, MacAddress.LENGTH),
                        EthernetFrame.ARP,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        readShort(frame, start + 6),
                        IpAddress.read(Family.V4, frame, start + 14),
                        IpAddress.read(Family.V4, frame, start + 24),
                        null);
    }

    private static PacketFields ipv4(final byte[] frame, final int start) {
        if (frame.length < start + IPV4_LENGTH || frame[start] >> 4 != 4) {
            return null;
        }
        final int protocol = frame[start + 9] & 0xff;
        final boolean isFragment = (readShort(frame, start + 6) & FRAGMENT_BITS) != 0;
        return ip(
                frame,
                protocol,
                IpAddress.read(Family.V4, frame, start + 12),
                IpAddress.read(Family.V4, frame, start + 16),
                new Transport(frame, start + (frame[start] & 0xf) * 4, protocol, isFragment));
    }

    private static PacketFields ipv6(final byte[] frame, final int start) {
        if (frame.length < start + IPV6_LENGTH || frame[start] >> 4 != 6) {
            return null;
        }
        int protocol = frame[start + 6] & 0xff;
        int offset = start + IPV6_LENGTH;
        boolean isFragment = false;
        while (isExtension(protocol) && frame.length >= offset + SHORTEST_EXTENSION) {
            if (protocol == FRAGMENT && (readShort(frame, offset + 2) & 0xfff8) != 0) {
                // What a later fragment begins with is no header.
                isFragment = true;
                break;
            }
            isFragment |= protocol == FRAGMENT && readShort(frame, offset + 2) != 0;
            final int length = lengthOfExtension(protocol, frame[offset + 1] & 0xff);
            protocol = frame[offset] & 0xff;
            offset += length;
        }
        return ip(
                frame,
                protocol,
                IpAddress.read(Family.V6, frame, start + 8),
                IpAddress.read(Family.V6, frame, start + 24),
                new Transport(frame, offset, protocol, isFragment));
    }

    private static boolean isExtension(final int protocol) {
        return switch (protocol) {
            case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS -> true;
            default -> false;
        };
    }

    private static int lengthOfExtension(final int protocol, final int units) {
        return switch (protocol) {
            case FRAGMENT -> SHORTEST_EXTENSION;
            // RFC 4302, section 2.2: in units of four octets, minus two.
            case AUTHENTICATION -> (units + 2) * 4;
            default -> (units + 1) * SHORTEST_EXTENSION;
        };
    }

    private static PacketFields ip(
            final byte[] frame,
            final int protocol,
            final IpAddress source,
            final IpAddress destination,
            final Transport transport) {
        return new PacketFields(
                MacAddress.read(frame, 0),
                MacAddress.read(frame, MacAddress.LENGTH),
                source.family().etherType(),
                protocol,
                source,
                destination,
                transport.source(),
                transport.destination(),
                transport.icmpType(),
                null,
                null,
                null,
                transport.ndTarget());
    }

    private static int readShort(final byte[] bytes, final int offset) {
        return (bytes[offset] & 0xff) << 8 | bytes[offset + 1] & 0xff;
    }

    private static boolean is(final Object wanted, final Object actual) {
        return wanted == null || wanted.equals(actual);
    }

    private static boolean areIn(final IpBits wanted, final IpAddress actual) {
        return wanted == null || actual != null && wanted.areIn(actual);
    }

    private static boolean isIn(final IpPrefix wanted, final IpAddress actual) {
        return wanted == null || actual != null && wanted.contains(actual);
    }
}
