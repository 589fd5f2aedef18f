/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * What tells one login by IKE from another: the SPI of its initiator, which each message begins with (RFC 7296, section
 * 3.1; IKEv1 calls it the initiator cookie, RFC 2408, section 3.1). It stays the same when the client moves to another
 * address (MOBIKE, RFC 4555), until the login's keys are made anew.
 */
public final class IkeMessage {
    private static final int PORT = 500;
    /** Where IKE shares the port with ESP in UDP, four zero octets tell it from ESP (RFC 3948, section 2.2). */
    private static final int PORT_WITH_MARKER = 4500;

    private static final int MARKER = 4;
    private static final int IPV4_LENGTH = 20;
    private static final int IPV6_LENGTH = 40;
    private static final int UDP_LENGTH = 8;
    private static final int LATER_FRAGMENT = 0x1fff;
    /** Up to the version. */
    private static final int LENGTH = 18;

    private static final int VERSION = 17;
    private static final int VERSION_1 = 0x10;
    private static final int VERSION_2 = 0x20;

    private IkeMessage() {}

    /**
     * The SPI of the initiator. Whatever the frame holds, this does not throw.
     *
     * @param frame a frame whose headers can be read, or its beginning
     * @return the SPI, which is not 0; empty for what is no message of IKE to a responder's port
     */
    public static OptionalLong initiatorSpi(final byte[] frame) {
        final int ip = EthernetFrame.payloadOffset(frame);
        final ByteBuffer in = ByteBuffer.wrap(frame);
        final int udp = switch (frame[ip] >>> 4 & 0xf) {
            case 4 ->
                frame[ip + 9] == IpDatagram.UDP && (in.getShort(ip + 6) & LATER_FRAGMENT) == 0
                        ? ip + Math.max(IPV4_LENGTH, (frame[ip] & 0xf) * Integer.BYTES)
                        : frame.length;
            // Extension headers are not looked into.
            case 6 -> frame[ip + 6] == IpDatagram.UDP ? ip + IPV6_LENGTH : frame.length;
            default -> frame.length;
        };
        if (udp + UDP_LENGTH + MARKER > frame.length) {
            return OptionalLong.empty();
        }
        final int data = udp + UDP_LENGTH;
        return switch (EthernetFrame.readShort(frame, udp + 2)) {
            case PORT -> spi(in, data);
            case PORT_WITH_MARKER -> in.getInt(data) == 0 ? spi(in, data + MARKER) : OptionalLong.empty();
            default -> OptionalLong.empty();
        };
    }

    private static OptionalLong spi(final ByteBuffer in, final int message) {
        if (message + LENGTH > in.limit() || in.getLong(message) == 0) {
            return OptionalLong.empty();
        }
        return switch (in.get(message + VERSION) & 0xf0) {
            case VERSION_1, VERSION_2 -> OptionalLong.of(in.getLong(message));
            default -> OptionalLong.empty();
        };
    }
}
