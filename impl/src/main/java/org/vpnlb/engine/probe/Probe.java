/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.util.List;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.IpAddress.Family;

/**
 * One request that is under way. It is immutable, and neither method throws, whatever the frame holds. A frame from
 * another MAC address than the target's, to another one than the source's, or in a VLAN is {@link Verdict#UNRELATED}.
 */
public sealed interface Probe permits ArpProbe, EchoProbe, IkeProbe, NeighbourProbe, TcpProbe, UdpProbe {
    /**
     * Makes a probe.
     *
     * @param target what is asked
     * @param token random bits, other ones for each probe: what the answers must repeat is made of them. ARP and
     *     neighbour discovery have no room for any, so that a late answer to one probe is one to the next as well
     * @return the probe
     */
    static Probe of(final Target target, final long token) {
        return switch (target.kind()) {
            case ARP ->
                target.targetAddress().family() == Family.V4 ? new ArpProbe(target) : new NeighbourProbe(target);
            case ICMP -> new EchoProbe(target, token);
            case IKE -> new IkeProbe(target, token);
            case TCP -> new TcpProbe(target, token);
            case UDP -> new UdpProbe(target, token);
        };
    }

    /** The Ethernet frames to send out of the device's port, in this order. */
    List<byte[]> request();

    /**
     * What a frame tells.
     *
     * @param frame a whole frame that came in at the device's port; it may be padded
     * @return what it tells about the target
     */
    Verdict judge(byte[] frame);

    /**
     * What is to be sent after a frame, so that the probe leaves nothing behind. It applies to late answers, too.
     *
     * @param frame a whole frame that came in at the device's port
     * @return the Ethernet frames to send, mostly none
     */
    default List<byte[]> goodbye(final byte[] frame) {
        return List.of();
    }
}
