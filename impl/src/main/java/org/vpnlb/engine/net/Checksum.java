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
        return of(octets, 0, octets.length);
    }

    /** The checksum of some of the octets. */
    static int of(final byte[] octets, final int offset, final int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (octets[offset + i] & 0xffL) << ((i & 1) == 0 ? 8 : 0);
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

    /**
     * The checksum of octets of which 16 bits have changed (RFC 1624, equation 3). What was wrong with the old one is
     * wrong with the new one.
     *
     * @param checksum the old checksum, 16 bits
     * @param from the old 16 bits
     * @param to the new 16 bits
     */
    static int update(final int checksum, final int from, final int to) {
        int sum = (~checksum & 0xffff) + (~from & 0xffff) + to;
        sum = (sum & 0xffff) + (sum >>> 16);
        return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
    }
}
