/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.vpnlb.engine.net.IpDatagram;

/** The ports and the data of a UDP datagram (RFC 768). */
record UdpSegment(int sourcePort, int destinationPort, byte[] data) {
    private static final int HEADER = 8;
    private static final int CHECKSUM = 6;

    static Optional<UdpSegment> parse(final byte[] bytes) {
        final ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length < HEADER || (in.getShort(4) & 0xffff) != bytes.length) {
            return Optional.empty();
        }
        return Optional.of(new UdpSegment(
                in.getShort(0) & 0xffff, in.getShort(2) & 0xffff, Arrays.copyOfRange(bytes, HEADER, bytes.length)));
    }

    byte[] toBytes(final Wire wire) {
        final ByteBuffer out = ByteBuffer.allocate(HEADER + data.length);
        out.putShort((short) sourcePort).putShort((short) destinationPort);
        out.putShort((short) out.capacity()).putShort((short) 0).put(data);
        final int checksum = wire.checksum(IpDatagram.UDP, out.array());
        // 0 says that there is no checksum.
        return out.putShort(CHECKSUM, (short) (checksum == 0 ? 0xffff : checksum))
                .array();
    }
}
