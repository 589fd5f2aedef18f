/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.IpDatagram;

/**
 * The first message of IKEv2 (RFC 7296, section 1.2), with a proposal that nobody can agree to: its cipher is of the
 * numbers for private use. A responder that works says NO_PROPOSAL_CHOSEN (section 2.7), or asks for a cookie when it
 * is busy (section 2.6); in either case it keeps nothing of the request, and calculates no shared secret. All else is
 * common, since a key exchange of an unknown group is malformed to some responders.
 */
record IkeProbe(Target target, long token, int sourcePort) implements Probe {
    /** Where IKE shares the port with ESP in UDP, four zero octets tell it from ESP (RFC 3948, section 2.2). */
    private static final int PORT_WITH_MARKER = 4500;

    private static final int MARKER = 4;

    private static final int SECURITY_ASSOCIATION = 33;
    private static final int KEY_EXCHANGE = 34;
    private static final int NONCE = 40;
    private static final int NOTHING = 0;

    private static final int VERSION_2 = 0x20;
    private static final int IKE_SA_INIT = 34;
    private static final int INITIATOR = 0x08;
    private static final int RESPONSE = 0x20;

    private static final int HEADER = 28;
    private static final int PROPOSAL = 40;
    private static final int TRANSFORM = 8;
    private static final int LAST = 0;
    private static final int MORE_TRANSFORMS = 3;
    /** A cipher of nobody's: a number for private use (RFC 7296, section 3.3.2). */
    private static final int NO_CIPHER = 0xee55;
    /** The MODP group of 2048 bits (RFC 3526, section 3), which every responder has to know (RFC 8247, section 2.4). */
    private static final int GROUP = 14;
    /** By type, which is 1 for the first: cipher, HMAC-SHA2-256 as pseudorandom function and for integrity, group. */
    private static final List<Integer> TRANSFORMS = List.of(NO_CIPHER, 5, 12, GROUP);

    private static final int KEY = 256;
    private static final int NONCE_LENGTH = 32;

    /** The message by which IKEv1 says that it is not IKEv2 (RFC 2408, sections 3.1, 3.14 and 5.2). */
    private static final int VERSION_1 = 0x10;

    private static final int INFORMATIONAL_1 = 5;
    private static final int NOTIFICATION_1 = 11;
    private static final int NOTIFICATION_TYPE_1 = HEADER + 10;
    private static final int INVALID_MAJOR_VERSION = 5;

    IkeProbe(final Target target, final long token) {
        this(target, token, Wire.sourcePort(token));
    }

    @Override
    public List<byte[]> request() {
        return List.of(wire().frame(IpDatagram.UDP, segment()));
    }

    @Override
    public Verdict judge(final byte[] frame) {
        return wire().datagram(frame).map(this::judge).orElse(Verdict.UNRELATED);
    }

    private Verdict judge(final IpDatagram datagram) {
        if (wire().isRefusal(datagram, IpDatagram.UDP, segment())) {
            return Verdict.REFUSED;
        }
        return wire().isAnswer(datagram, IpDatagram.UDP)
                        && UdpSegment.parse(datagram.payload())
                                .filter(this::isAnswer)
                                .isPresent()
                ? Verdict.ALIVE
                : Verdict.UNRELATED;
    }

    private boolean isAnswer(final UdpSegment segment) {
        final byte[] data = segment.data();
        final int start = marker();
        if (segment.sourcePort() != target.port()
                || segment.destinationPort() != sourcePort
                || data.length < start + HEADER
                || !Arrays.equals(data, 0, start, new byte[MARKER], 0, start)) {
            return false;
        }
        final ByteBuffer message =
                ByteBuffer.wrap(data, start, data.length - start).slice();
        return message.getLong(0) == initiatorSpi()
                && message.getInt(24) == message.limit()
                && switch (message.get(17) & 0xf0) {
                    case VERSION_2 -> (message.get(19) & (RESPONSE | INITIATOR)) == RESPONSE;
                    case VERSION_1 -> isRefusalOfVersion(message);
                    default -> false;
                };
    }

    private static boolean isRefusalOfVersion(final ByteBuffer message) {
        return message.get(16) == NOTIFICATION_1
                && message.get(18) == INFORMATIONAL_1
                && message.limit() >= NOTIFICATION_TYPE_1 + Short.BYTES
                && message.getShort(NOTIFICATION_TYPE_1) == INVALID_MAJOR_VERSION;
    }

    private byte[] segment() {
        return new UdpSegment(sourcePort, target.port(), message()).toBytes(wire());
    }

    private byte[] message() {
        final byte[] random = new byte[KEY + NONCE_LENGTH];
        // Nothing is ever encrypted with these, so that they need not be secret, only to differ.
        new SplittableRandom(token).nextBytes(random);
        final int length = HEADER + 4 + PROPOSAL + 8 + KEY + 4 + NONCE_LENGTH;
        final ByteBuffer out = ByteBuffer.allocate(marker() + length).position(marker());
        out.putLong(initiatorSpi()).putLong(0);
        out.put((byte) SECURITY_ASSOCIATION)
                .put((byte) VERSION_2)
                .put((byte) IKE_SA_INIT)
                .put((byte) INITIATOR);
        out.putInt(0).putInt(length);

        payload(out, KEY_EXCHANGE, PROPOSAL);
        // Proposal 1, for IKE, without an SPI.
        out.put((byte) LAST).put((byte) 0).putShort((short) PROPOSAL);
        out.put((byte) 1).put((byte) 1).put((byte) 0).put((byte) TRANSFORMS.size());
        for (int i = 0; i < TRANSFORMS.size(); i++) {
            final boolean isLast = i == TRANSFORMS.size() - 1;
            out.put((byte) (isLast ? LAST : MORE_TRANSFORMS)).put((byte) 0).putShort((short) TRANSFORM);
            out.put((byte) (i + 1)).put((byte) 0).putShort(TRANSFORMS.get(i).shortValue());
        }
        payload(out, NONCE, 4 + KEY);
        out.putShort((short) GROUP).putShort((short) 0).put(random, 0, KEY);
        payload(out, NOTHING, NONCE_LENGTH);
        return out.put(random, KEY, NONCE_LENGTH).array();
    }

    /** The generic header of a payload (RFC 7296, section 3.2). */
    private static void payload(final ByteBuffer out, final int next, final int length) {
        out.put((byte) next).put((byte) 0).putShort((short) (4 + length));
    }

    /** The security parameter index of the initiator, which is never 0 (RFC 7296, section 3.1). */
    private long initiatorSpi() {
        return token == 0 ? 1 : token;
    }

    private int marker() {
        return target.port() == PORT_WITH_MARKER ? MARKER : 0;
    }

    private Wire wire() {
        return new Wire(target);
    }
}
