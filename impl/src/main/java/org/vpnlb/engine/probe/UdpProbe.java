/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.util.List;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.IpDatagram;

/** An empty datagram to a port, and an echo request to its host. */
record UdpProbe(Target target, EchoProbe echo, int sourcePort) implements Probe {
    UdpProbe(final Target target, final long token) {
        this(target, new EchoProbe(target, token), Wire.sourcePort(token));
    }

    @Override
    public List<byte[]> request() {
        // The datagram first: so the error that it may cause comes before the echo reply.
        return List.of(wire().frame(IpDatagram.UDP, segment()), echo.request().get(0));
    }

    @Override
    public Verdict judge(final byte[] frame) {
        return wire().datagram(frame).map(this::judge).orElse(Verdict.UNRELATED);
    }

    private Verdict judge(final IpDatagram datagram) {
        if (wire().isRefusal(datagram, IpDatagram.UDP, segment())) {
            return Verdict.REFUSED;
        }
        if (echo.isReply(datagram)) {
            return Verdict.HOST_ALIVE;
        }
        return wire().isAnswer(datagram, IpDatagram.UDP)
                        && UdpSegment.parse(datagram.payload())
                                .filter(answer ->
                                        answer.sourcePort() == target.port() && answer.destinationPort() == sourcePort)
                                .isPresent()
                ? Verdict.ALIVE
                : Verdict.UNRELATED;
    }

    private byte[] segment() {
        return new UdpSegment(sourcePort, target.port(), new byte[0]).toBytes(wire());
    }

    private Wire wire() {
        return new Wire(target);
    }
}
