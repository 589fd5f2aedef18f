/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.util.Arrays;
import java.util.Optional;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.Checksum;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpDatagram;

/** Puts what is for a target into frames, and takes what comes from it out of them. */
record Wire(Target target) {
    private static final int HOP_LIMIT = 64;
    /** The first of the dynamic ports (RFC 6335, section 6), of which there are 2^14. */
    private static final int DYNAMIC_PORTS = 0xc000;
    /** The octets of a datagram's payload that an ICMP error quotes at least (RFC 792). */
    private static final int QUOTED = 8;
    /** Where in an ICMP error the quotation begins. */
    private static final int QUOTATION = 8;

    /** The source port of a probe. */
    static int sourcePort(final long token) {
        return DYNAMIC_PORTS | (int) (token & ~DYNAMIC_PORTS & 0xffff);
    }

    /** The protocol number of ICMP in the target's family. */
    int icmp() {
        return isV4() ? IpDatagram.ICMP : IpDatagram.ICMPV6;
    }

    boolean isV4() {
        return target.targetAddress().family() == Family.V4;
    }

    /** A frame that carries this to the target. */
    byte[] frame(final int protocol, final byte[] payload) {
        return new IpDatagram(target.sourceAddress(), target.targetAddress(), protocol, HOP_LIMIT, payload)
                .toFrame(target.targetMac(), target.sourceMac());
    }

    /** The checksum of what goes to the target, pseudo header included. */
    int checksum(final int protocol, final byte[] payload) {
        return Checksum.of(target.sourceAddress(), target.targetAddress(), protocol, payload);
    }

    /** The datagram that a frame brings from the target's host to the source. */
    Optional<IpDatagram> datagram(final byte[] frame) {
        return EthernetFrame.parse(frame)
                .filter(headers -> headers.source().equals(target.targetMac())
                        && headers.destination().equals(target.sourceMac())
                        && headers.vlanId() == 0)
                .flatMap(headers -> IpDatagram.parse(frame))
                .filter(datagram -> datagram.destination().equals(target.sourceAddress()));
    }

    /** Whether a datagram is of this protocol and comes from the very address that was asked. */
    boolean isAnswer(final IpDatagram datagram, final int protocol) {
        return datagram.protocol() == protocol && datagram.source().equals(target.targetAddress());
    }

    /** Whether a datagram, from any address of the target's host, says that what was sent could not be delivered. */
    boolean isRefusal(final IpDatagram datagram, final int protocol, final byte[] sent) {
        final byte[] error = datagram.payload();
        final int unreachable = isV4() ? 3 : 1;
        return datagram.protocol() == icmp()
                && error.length > QUOTATION
                && error[0] == unreachable
                && IpDatagram.parseQuoted(error, QUOTATION)
                        .filter(quoted -> quoted.protocol() == protocol
                                && quoted.source().equals(target.sourceAddress())
                                && quoted.destination().equals(target.targetAddress())
                                && begin(quoted.payload(), sent))
                        .isPresent();
    }

    private static boolean begin(final byte[] quoted, final byte[] sent) {
        return quoted.length >= QUOTED && Arrays.equals(quoted, 0, QUOTED, sent, 0, QUOTED);
    }
}
