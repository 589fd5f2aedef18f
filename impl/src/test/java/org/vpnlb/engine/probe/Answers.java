/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.Checksum;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpDatagram;

/** What a host that lives sends back to IPv4 probes: the daemons of its TCP ports listen, those of UDP are silent. */
public final class Answers {
    private Answers() {}

    /** The answer to a probe's frames. */
    public static byte[] of(final List<byte[]> request) {
        return request.stream()
                .map(Answers::of)
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow();
    }

    /** The answer to one frame, if there is any. */
    public static Optional<byte[]> of(final byte[] frame) {
        final EthernetFrame headers = EthernetFrame.parse(frame).orElseThrow();
        if (headers.payload() instanceof ArpPacket arp) {
            return Optional.of(arp.reply(headers.destination()).toFrame());
        }
        final IpDatagram asked = IpDatagram.parse(frame).orElseThrow();
        return switch (asked.protocol()) {
            case IpDatagram.ICMP -> Optional.of(echo(frame, asked));
            case IpDatagram.TCP -> Optional.of(tcp(frame, asked, 0x12));
            default -> Optional.empty();
        };
    }

    /** What says that the port of the probe's first frame is closed. */
    public static byte[] refusal(final List<byte[]> request) {
        final byte[] frame = request.getFirst();
        final IpDatagram asked = IpDatagram.parse(frame).orElseThrow();
        return asked.protocol() == IpDatagram.TCP ? tcp(frame, asked, 0x14) : unreachable(frame, asked);
    }

    private static byte[] echo(final byte[] frame, final IpDatagram asked) {
        final ByteBuffer reply = ByteBuffer.wrap(asked.payload().clone());
        reply.putInt(0, 0);
        reply.putShort(2, (short) Checksum.of(reply.array()));
        return back(frame, asked, IpDatagram.ICMP, reply.array());
    }

    private static byte[] tcp(final byte[] frame, final IpDatagram asked, final int flags) {
        final ByteBuffer syn = ByteBuffer.wrap(asked.payload());
        final ByteBuffer answer = ByteBuffer.allocate(20);
        answer.putShort(syn.getShort(2)).putShort(syn.getShort(0)).putInt(4711);
        answer.putInt(syn.getInt(4) + 1).putShort((short) (0x5000 | flags)).putShort((short) 0xffff);
        return back(frame, asked, IpDatagram.TCP, answer.array());
    }

    private static byte[] unreachable(final byte[] frame, final IpDatagram asked) {
        final ByteBuffer error = ByteBuffer.allocate(8 + 28);
        error.putShort((short) 0x0303).putShort((short) 0).putInt(0).put(frame, 14, 28);
        error.putShort(2, (short) Checksum.of(error.array()));
        return back(frame, asked, IpDatagram.ICMP, error.array());
    }

    private static byte[] back(final byte[] frame, final IpDatagram asked, final int protocol, final byte[] payload) {
        final EthernetFrame headers = EthernetFrame.parse(frame).orElseThrow();
        return new IpDatagram(asked.destination(), asked.source(), protocol, 64, payload)
                .toFrame(headers.source(), headers.destination());
    }
}
