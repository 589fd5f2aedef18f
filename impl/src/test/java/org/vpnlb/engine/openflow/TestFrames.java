/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.nio.ByteBuffer;
import org.vpnlb.engine.net.IpAddress;

/** Frames, octet by octet. */
final class TestFrames {
    private static final int UDP = 17;

    private TestFrames() {}

    /** A datagram of four octets. */
    static byte[] udp(final String source, final String destination, final int port) {
        return ip(source, destination, UDP, 0, datagram(port));
    }

    /** The header of a datagram, from port 40000. */
    static byte[] datagram(final int port) {
        return ByteBuffer.allocate(12)
                .putShort((short) 40000)
                .putShort((short) port)
                .array();
    }

    /** An IPv4 packet. */
    static byte[] ip(
            final String source,
            final String destination,
            final int protocol,
            final int flagsAndOffset,
            final byte[] payload) {
        final ByteBuffer buffer = ethernet(0x0800, 20 + payload.length);
        buffer.putShort((short) 0x4500).putShort((short) (20 + payload.length)).putShort((short) 1);
        buffer.putShort((short) flagsAndOffset)
                .put((byte) 64)
                .put((byte) protocol)
                .putShort((short) 0);
        buffer.put(IpAddress.parse(source).toBytes())
                .put(IpAddress.parse(destination).toBytes());
        return buffer.put(payload).array();
    }

    /** An IPv6 packet. */
    static byte[] ipv6(final String source, final String destination, final int nextHeader, final byte[] payload) {
        final ByteBuffer buffer = ethernet(0x86dd, 40 + payload.length);
        buffer.putInt(0x6000_0000).putShort((short) payload.length);
        buffer.put((byte) nextHeader).put((byte) 64);
        buffer.put(IpAddress.parse(source).toBytes())
                .put(IpAddress.parse(destination).toBytes());
        return buffer.put(payload).array();
    }

    private static ByteBuffer ethernet(final int etherType, final int length) {
        return ByteBuffer.allocate(14 + length)
                .put(new byte[] {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2})
                .putShort((short) etherType);
    }
}
