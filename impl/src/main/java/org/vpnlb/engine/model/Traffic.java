/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Set;

/**
 * A kind of IP traffic.
 *
 * @param ipProtocol the IP protocol, 0 to 255, or null for all
 * @param destinationPort the destination port, or null for all
 */
public record Traffic(Integer ipProtocol, Integer destinationPort) {
    /** All traffic. */
    public static final Traffic ALL = new Traffic(null, null);

    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int SCTP = 132;
    /** The IP protocols that have ports. */
    public static final Set<Integer> WITH_PORTS = Set.of(TCP, UDP, SCTP);

    /** An IP protocol, whole. */
    public static Traffic of(final int ipProtocol) {
        return new Traffic(ipProtocol, null);
    }

    /** A UDP port. */
    public static Traffic udp(final int port) {
        return new Traffic(UDP, port);
    }

    /** A TCP port. */
    public static Traffic tcp(final int port) {
        return new Traffic(TCP, port);
    }

    /** Whether packets of an IP protocol to a port are of this kind. */
    public boolean takes(final int protocol, final int port) {
        return (ipProtocol == null || ipProtocol == protocol) && (destinationPort == null || destinationPort == port);
    }

    @Override
    public String toString() {
        if (ipProtocol == null) {
            return "every IP packet";
        }
        return "IP protocol " + ipProtocol + (destinationPort == null ? "" : " port " + destinationPort);
    }
}
