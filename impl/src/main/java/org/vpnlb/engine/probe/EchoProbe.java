/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.Checksum;
import org.vpnlb.engine.net.IpDatagram;

/** An echo request of ICMP or ICMPv6. */
record EchoProbe(Target target, long token) implements Probe {
    private static final int CHECKSUM = 2;
    private static final int IDENTIFIER = 4;
    private static final int LENGTH = 16;

    @Override
    public List<byte[]> request() {
        return List.of(wire().frame(wire().icmp(), message()));
    }

    @Override
    public Verdict judge(final byte[] frame) {
        return wire().datagram(frame).map(this::judge).orElse(Verdict.UNRELATED);
    }

    private Verdict judge(final IpDatagram datagram) {
        if (isReply(datagram)) {
            return Verdict.ALIVE;
        }
        return wire().isRefusal(datagram, wire().icmp(), message()) ? Verdict.REFUSED : Verdict.UNRELATED;
    }

    boolean isReply(final IpDatagram datagram) {
        final byte[] message = datagram.payload();
        return wire().isAnswer(datagram, wire().icmp())
                && message.length == LENGTH
                && (message[0] & 0xff) == (wire().isV4() ? 0 : 129)
                && message[1] == 0
                && Arrays.equals(message, IDENTIFIER, LENGTH, message(), IDENTIFIER, LENGTH);
    }

    private byte[] message() {
        final ByteBuffer out = ByteBuffer.allocate(LENGTH);
        out.putShort((short) ((wire().isV4() ? 8 : 128) << 8)).putShort((short) 0);
        // Identifier and sequence number, then data.
        out.putInt((int) token).putLong(token);
        final int checksum = wire().isV4() ? Checksum.of(out.array()) : wire().checksum(IpDatagram.ICMPV6, out.array());
        return out.putShort(CHECKSUM, (short) checksum).array();
    }

    private Wire wire() {
        return new Wire(target);
    }
}
