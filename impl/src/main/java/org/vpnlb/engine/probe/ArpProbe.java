/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.util.List;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.MacAddress;

/** A request for the target's address, sent to its MAC address alone. */
record ArpProbe(Target target) implements Probe {
    private static final IpAddress NOBODY = new IpAddress(Family.V4, 0, 0);

    @Override
    public List<byte[]> request() {
        final IpAddress sender = target.sourceAddress() == null ? NOBODY : target.sourceAddress();
        // The target hardware address stays all zeros, as RFC 5227, section 2.1.1, wants it.
        final var request =
                new ArpPacket(ArpPacket.REQUEST, target.sourceMac(), sender, new MacAddress(0), target.targetAddress());
        return List.of(EthernetFrame.withDestination(request.toFrame(), target.targetMac()));
    }

    @Override
    public Verdict judge(final byte[] frame) {
        return EthernetFrame.parse(frame).filter(this::isAnswer).isPresent() ? Verdict.ALIVE : Verdict.UNRELATED;
    }

    private boolean isAnswer(final EthernetFrame frame) {
        return frame.source().equals(target.targetMac())
                // Answers may be broadcast (RFC 5227, section 2.6).
                && (frame.destination().equals(target.sourceMac())
                        || frame.destination().equals(MacAddress.BROADCAST))
                && frame.vlanId() == 0
                && frame.payload() instanceof ArpPacket arp
                && arp.operation() == ArpPacket.REPLY
                && arp.senderMac().equals(target.targetMac())
                && arp.senderAddress().equals(target.targetAddress())
                && arp.targetMac().equals(target.sourceMac());
    }
}
