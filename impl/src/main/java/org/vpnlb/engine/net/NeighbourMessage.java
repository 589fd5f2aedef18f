/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

/** What a host asks or says about who has an address: by ARP for IPv4, by neighbour discovery for IPv6. */
public sealed interface NeighbourMessage permits ArpPacket, NeighbourPacket {
    /** Whether it asks who has the target address. */
    boolean isRequest();

    /** Whether it says where the sender's address is, asked or unasked. */
    boolean isAnswer();

    /** The MAC address of the sender, as the message itself says. */
    MacAddress senderMac();

    /** The address in whose name the sender speaks; unspecified in a probe. */
    IpAddress senderAddress();

    /** The address that is asked for. */
    IpAddress targetAddress();

    /**
     * The frame that answers a request: the address asked for is at this MAC address.
     *
     * @param mac the MAC address
     */
    byte[] answer(MacAddress mac);

    /**
     * The frame that tells everybody, unasked, where an address is: an ARP announcement (RFC 5227, section 2.3) or an
     * unsolicited neighbour advertisement that overrides what hosts know (RFC 4861, section 7.2.6).
     *
     * @param address the address
     * @param mac where it is
     */
    static byte[] announcement(final IpAddress address, final MacAddress mac) {
        return switch (address.family()) {
            case V4 -> ArpPacket.announcement(address, mac).toFrame();
            case V6 -> NeighbourPacket.announcement(address, mac);
        };
    }

    /**
     * The frame that asks, in nobody's name, who has an address: an ARP probe (RFC 5227, section 2.1.1) or the
     * solicitation of duplicate address detection (RFC 4862, section 5.4.2).
     *
     * @param address the address
     * @param mac who asks
     */
    static byte[] probe(final IpAddress address, final MacAddress mac) {
        return switch (address.family()) {
            case V4 -> ArpPacket.probe(address, mac).toFrame();
            case V6 -> NeighbourPacket.probe(address, mac);
        };
    }

    /**
     * The frame that asks one host whether it has an address, or answers for it. It goes to the host's own MAC address:
     * a router that answers for others takes its time when all are asked (Linux's {@code proxy_delay}).
     *
     * @param address the address
     * @param asker who asks, an address of the same family
     * @param mac the asker's MAC address
     * @param host the MAC address of the host
     */
    static byte[] question(
            final IpAddress address, final IpAddress asker, final MacAddress mac, final MacAddress host) {
        return switch (address.family()) {
            case V4 ->
                EthernetFrame.withDestination(
                        new ArpPacket(ArpPacket.REQUEST, mac, asker, new MacAddress(0), address).toFrame(), host);
            case V6 -> NeighbourPacket.question(address, asker, mac, host);
        };
    }
}
