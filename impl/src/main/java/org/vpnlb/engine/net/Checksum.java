/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import java.nio.ByteBuffer;

/** The checksum of the Internet protocols: the one's complement of the one's complement sum (RFC 1071). */
public final class Checksum {
    private Checksum() {}

    /**
     * The checksum of octets. Over octets that hold their own checksum it is 0.
     *
     * @param octets the octets, with zeros where the checksum will be
     * @return 16 bits
     */
    public static int of(final byte[] octets) {
        long sum = 0;
        for (int i = 0; i < octets.length; i++) {
            sum += (octets[i] & 0xffL) << ((i & 1) == 0 ? 8 : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) ~sum & 0xffff;
    }

    /**
     * The checksum of a segment and of its pseudo header (RFC 768, RFC 9293 section 3.1; RFC 8200 section 8.1).
     *
     * @param source the source address
     * @param destination the destination address, of the same family
     * @param protocol the IP protocol
     * @param segment the segment, with zeros where the checksum will be
     * @return 16 bits
     */
    public static int of(
            final IpAddress source, final IpAddress destination, final int protocol, final byte[] segment) {
        final byte[] from = source.toBytes();
        final byte[] to = destination.toBytes();
        // IPv6's layout: the narrower fields of IPv4's have the same sum.
        final ByteBuffer all = ByteBuffer.allocate(from.length + to.length + 2 * Integer.BYTES + segment.length);
        all.put(from).put(to).putInt(segment.length).putInt(protocol).put(segment);
        return of(all.array());
    }
}
