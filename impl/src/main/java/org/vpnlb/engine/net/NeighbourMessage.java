/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

/** What a host asks or says about who has an address: by ARP for IPv4, by neighbour discovery for IPv6. */
public sealed interface NeighbourMessage permits ArpPacket, NeighbourPacket {
    /** Whether it asks who has the target address. */
    boolean isRequest();

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
}
