/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.nio.ByteBuffer;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Match;

/**
 * What a switch sees of a frame. It reads the frame by itself, not with the engine's own parser; a field that the frame
 * does not have, or that is cut off, is null.
 *
 * @param destinationPort as Open vSwitch shows it: 0 for every fragment, the first too
 */
record Headers(
        MacAddress destination,
        MacAddress source,
        int etherType,
        Integer ipProtocol,
        IpAddress ipSource,
        IpAddress ipDestination,
        Integer destinationPort,
        Integer arpOperation,
        IpAddress arpSender,
        IpAddress arpTarget) {
    static final int ETHERNET = 14;
    static final int VLAN_TAG = 4;
    static final int ARP = 0x0806;
    static final int IPV4 = 0x0800;
    static final int IPV6 = 0x86dd;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int SCTP = 132;

    private static final int IPV4_LENGTH = 20;
    private static final int FRAGMENT_BITS = 0x3fff;

    static Headers of(final byte[] frame) {
        final ByteBuffer buffer = ByteBuffer.wrap(frame);
        final MacAddress destination = MacAddress.read(frame, 0);
        final MacAddress source = MacAddress.read(frame, MacAddress.LENGTH);
        final int start = start(frame);
        final int etherType = buffer.getShort(start - 2) & 0xffff;
        if (etherType == ARP && frame.length >= start + 28) {
            return new Headers(
                    destination,
                    source,
                    etherType,
                    null,
                    null,
                    null,
                    null,
                    buffer.getShort(start + 6) & 0xffff,
                    IpAddress.read(Family.V4, frame, start + 14),
                    IpAddress.read(Family.V4, frame, start + 24));
        }
        if (etherType == IPV4 && frame.length >= start + IPV4_LENGTH && frame[start] >> 4 == 4) {
            final int protocol = frame[start + 9] & 0xff;
            return new Headers(
                    destination,
                    source,
                    etherType,
                    protocol,
                    IpAddress.read(Family.V4, frame, start + 12),
                    IpAddress.read(Family.V4, frame, start + 16),
                    hasPorts(protocol) ? destinationPort(buffer, start) : null,
                    null,
                    null,
                    null);
        }
        return new Headers(destination, source, etherType, null, null, null, null, null, null, null);
    }

    /** Where what the Ethernet frame carries begins: behind a VLAN tag, if there is one. */
    static int start(final byte[] frame) {
        final boolean tagged =
                frame.length >= ETHERNET + VLAN_TAG && ByteBuffer.wrap(frame).getShort(ETHERNET - 2) == (short) 0x8100;
        return tagged ? ETHERNET + VLAN_TAG : ETHERNET;
    }

    static boolean hasPorts(final Integer protocol) {
        return protocol != null && (protocol == TCP || protocol == UDP || protocol == SCTP);
    }

    boolean match(final Match match, final long inPort, final long metadata) {
        return is(match.inPort(), inPort)
                && is(match.metadata(), match.metadataMask() == null ? metadata : metadata & match.metadataMask())
                && is(match.etherSource(), source)
                && is(match.etherDestination(), destination)
                && is(match.etherType(), etherType)
                && is(match.ipProtocol(), ipProtocol)
                && isIn(match.ipSource(), ipSource)
                && isIn(match.ipDestination(), ipDestination)
                && is(match.destinationPort(), destinationPort)
                && is(match.arpOperation(), arpOperation)
                && is(match.arpSender(), arpSender)
                && is(match.arpTarget(), arpTarget);
    }

    private static Integer destinationPort(final ByteBuffer buffer, final int start) {
        if ((buffer.getShort(start + 6) & FRAGMENT_BITS) != 0) {
            return 0;
        }
        final int port = start + (buffer.get(start) & 0xf) * 4 + 2;
        return buffer.limit() < port + 2 ? Integer.valueOf(0) : Integer.valueOf(buffer.getShort(port) & 0xffff);
    }

    private static boolean is(final Object wanted, final Object actual) {
        return wanted == null || wanted.equals(actual);
    }

    private static boolean isIn(final IpPrefix wanted, final IpAddress actual) {
        return wanted == null || actual != null && wanted.contains(actual);
    }
}
