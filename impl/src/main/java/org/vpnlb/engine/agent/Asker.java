/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Optional;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Cookie;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;

/**
 * A host that asked by ARP for an address that vpnlb answers for.
 *
 * @param port the switch's port at which it is
 * @param mac its MAC address
 * @param address its address
 * @param asked the address that it asked for
 */
record Asker(long port, MacAddress mac, IpAddress address, IpAddress asked) {
    /** Who sent a request; empty when it does not say, as in a probe (RFC 5227), or contradicts itself. */
    static Optional<Asker> of(final long port, final EthernetFrame frame, final ArpPacket request) {
        return frame.vlanId() == 0
                        && frame.source().equals(request.senderMac())
                        && frame.source().isStation()
                        && request.senderAddress().isHost()
                ? Optional.of(new Asker(port, frame.source(), request.senderAddress(), request.targetAddress()))
                : Optional.empty();
    }

    /** The asker whom an entry answers; empty when the entry is no such one. */
    static Optional<Asker> of(final Flow.Key key, final Cookie cookie) {
        final Match match = key.match();
        return cookie.kind() == Cookie.Kind.ADDRESS_ANSWER
                        && match.inPort() != null
                        && match.etherSource() != null
                        && match.arpSender() != null
                        && match.arpTarget() != null
                ? Optional.of(new Asker(match.inPort(), match.etherSource(), match.arpSender(), match.arpTarget()))
                : Optional.empty();
    }
}
