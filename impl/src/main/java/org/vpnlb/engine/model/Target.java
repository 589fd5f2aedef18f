/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/**
 * What a check asks one side of a device.
 *
 * @param kind the kind of the probe
 * @param sourceMac who asks: the answers come to this MAC address
 * @param sourceAddress who asks: an address that the device finds at {@code sourceMac} when it asks by ARP or neighbour
 *     discovery. It may be null for {@link Kind#ARP} alone, at a price that is told there
 * @param targetMac the MAC address of the device: the answers come from it
 * @param targetAddress the address that is asked, of the family of {@code sourceAddress}
 * @param port the destination port of {@link Kind#IKE}, {@link Kind#TCP} and {@link Kind#UDP}, from 1 to 65535, and 0
 *     for the others
 */
public record Target(
        Kind kind,
        MacAddress sourceMac,
        IpAddress sourceAddress,
        MacAddress targetMac,
        IpAddress targetAddress,
        int port) {
    /** The kinds of probes. */
    public enum Kind {
        /**
         * An ARP request to the device alone (RFC 1122, section 2.3.2.1), or a neighbour solicitation where the
         * address is IPv6 (RFC 4861, section 7.2.2). A device does not answer it for the cluster address: ask for its
         * own.
         *
         * <p>Without a source address the request is an ARP probe (RFC 5227, section 2.1.1). Linux answers it whatever
         * its routes are; but a device that boots and is probing for that same address takes it for another owner of
         * the address, and may not use it then. Give a source address if there is one: of the device's subnet, for
         * Linux with {@code rp_filter=1} answers no other. A neighbour solicitation without one comes from the
         * link-local address that belongs to the source MAC address, which has neither weakness.
         */
        ARP,

        /** An echo request of ICMP (RFC 792) or ICMPv6 (RFC 4443, section 4.1). */
        ICMP,

        /**
         * A request of IKE_SA_INIT (RFC 7296, section 1.2) that every IKE daemon answers and none can agree to. To port
         * 4500 it goes with a non-ESP marker (RFC 3948, section 2.2).
         */
        IKE,

        /** The beginning of a TCP connection (RFC 9293, section 3.5), which is reset as soon as it is answered. */
        TCP,

        /**
         * An empty UDP datagram and an ICMP echo request: see {@link Verdict#HOST_ALIVE}. The echo's answer shows that
         * an ICMP error would have come back too, which an answer by ARP would not show.
         */
        UDP;

        private boolean hasPort() {
            return this == IKE || this == TCP || this == UDP;
        }
    }

    public Target {
        if (sourceAddress == null && kind != Kind.ARP) {
            throw new IllegalArgumentException(
                    "sourceAddress is null: a probe of kind " + kind + " needs one, only ARP does without");
        }
        if (sourceAddress != null && sourceAddress.family() != targetAddress.family()) {
            throw new IllegalArgumentException("sourceAddress " + sourceAddress
                    + " is not of the family of targetAddress " + targetAddress + ": give two of one family");
        }
        if (kind.hasPort() ? port < 1 || port > 0xffff : port != 0) {
            throw new IllegalArgumentException("port " + port + " of a probe of kind " + kind + ": give "
                    + (kind.hasPort() ? "1 to 65535" : "0, it has none"));
        }
    }
}
