/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.IpDatagram;

/** A SYN, and a RST to the SYN/ACK that answers it: no connection reaches the program that listens. */
record TcpProbe(Target target, int sourcePort, int sequence) implements Probe {
    private static final int RST = 0x04;
    private static final int SYN = 0x02;
    private static final int ACK = 0x10;
    private static final int HEADER = 20;
    private static final int CHECKSUM = 16;
    /** The option that tells the maximum segment size: 1220 octets, for which every link has room. */
    private static final int MAXIMUM_SEGMENT = 0x0204_04c4;

    TcpProbe(final Target target, final long token) {
        this(target, Wire.sourcePort(token), (int) (token >>> 16));
    }

    @Override
    public List<byte[]> request() {
        return List.of(wire().frame(IpDatagram.TCP, syn()));
    }

    @Override
    public Verdict judge(final byte[] frame) {
        return wire().datagram(frame).map(this::judge).orElse(Verdict.UNRELATED);
    }

    private Verdict judge(final IpDatagram datagram) {
        if (wire().isRefusal(datagram, IpDatagram.TCP, syn())) {
            return Verdict.REFUSED;
        }
        return wire().isAnswer(datagram, IpDatagram.TCP)
                ? flags(datagram.payload()).map(TcpProbe::judge).orElse(Verdict.UNRELATED)
                : Verdict.UNRELATED;
    }

    private static Verdict judge(final int flags) {
        return switch (flags & (SYN | RST)) {
            case SYN -> Verdict.ALIVE;
            case RST -> Verdict.REFUSED;
            default -> Verdict.UNRELATED;
        };
    }

    @Override
    public List<byte[]> goodbye(final byte[] frame) {
        return judge(frame) == Verdict.ALIVE
                ? List.of(wire().frame(IpDatagram.TCP, segment(sequence + 1, RST, HEADER)))
                : List.of();
    }

    /** The flags of a segment that acknowledges the SYN; empty when it does not. */
    private Optional<Integer> flags(final byte[] segment) {
        if (segment.length < HEADER) {
            return Optional.empty();
        }
        final ByteBuffer in = ByteBuffer.wrap(segment);
        final int flags = in.get(13);
        return (in.getShort(0) & 0xffff) == target.port()
                        && (in.getShort(2) & 0xffff) == sourcePort
                        && in.getInt(8) == sequence + 1
                        && (flags & ACK) != 0
                ? Optional.of(flags)
                : Optional.empty();
    }

    private byte[] syn() {
        return segment(sequence, SYN, HEADER + Integer.BYTES);
    }

    private byte[] segment(final int number, final int flags, final int length) {
        final ByteBuffer out = ByteBuffer.allocate(length);
        out.putShort((short) sourcePort)
                .putShort((short) target.port())
                .putInt(number)
                .putInt(0);
        out.put((byte) (length / Integer.BYTES << 4)).put((byte) flags);
        // A window for a SYN, none for a RST.
        out.putShort((short) ((flags & SYN) != 0 ? 0xffff : 0)).putInt(0);
        if (length > HEADER) {
            out.putInt(MAXIMUM_SEGMENT);
        }
        return out.putShort(CHECKSUM, (short) wire().checksum(IpDatagram.TCP, out.array()))
                .array();
    }

    private Wire wire() {
        return new Wire(target);
    }
}
