/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.nio.ByteBuffer;
import java.util.List;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.Checksum;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.net.MacAddress;

/** A solicitation of the target, sent to it alone as for a test of its reachability (RFC 4861, section 7.3.3). */
record NeighbourProbe(Target target) implements Probe {
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;
    /** Proof that no router has passed it on (RFC 4861, section 7.1). */
    private static final int HOP_LIMIT = 255;

    private static final int SOLICITED = 0x40;
    private static final int FLAGS = 4;
    private static final int ADDRESS = 8;
    private static final int ADDRESS_LENGTH = 16;
    private static final long LINK_LOCAL = 0xfe80_0000_0000_0000L;

    @Override
    public List<byte[]> request() {
        final ByteBuffer out = ByteBuffer.allocate(ADDRESS + ADDRESS_LENGTH + 8);
        out.putInt(SOLICITATION << 24).putInt(0).put(target.targetAddress().toBytes());
        // The option that tells the source's MAC address, 1 times 8 octets long.
        out.put((byte) 1).put((byte) 1).put(target.sourceMac().toBytes());
        out.putShort(2, (short) Checksum.of(source(), target.targetAddress(), IpDatagram.ICMPV6, out.array()));
        return List.of(new IpDatagram(source(), target.targetAddress(), IpDatagram.ICMPV6, HOP_LIMIT, out.array())
                .toFrame(target.targetMac(), target.sourceMac()));
    }

    @Override
    public Verdict judge(final byte[] frame) {
        return new Wire(withSource()).datagram(frame).filter(this::isAnswer).isPresent()
                ? Verdict.ALIVE
                : Verdict.UNRELATED;
    }

    private boolean isAnswer(final IpDatagram datagram) {
        final byte[] message = datagram.payload();
        return datagram.protocol() == IpDatagram.ICMPV6
                && datagram.hopLimit() == HOP_LIMIT
                && message.length >= ADDRESS + ADDRESS_LENGTH
                && (message[0] & 0xff) == ADVERTISEMENT
                && (message[FLAGS] & SOLICITED) != 0
                && IpAddress.read(Family.V6, message, ADDRESS).equals(target.targetAddress());
    }

    private Target withSource() {
        return new Target(
                target.kind(), target.sourceMac(), source(), target.targetMac(), target.targetAddress(), target.port());
    }

    private IpAddress source() {
        return target.sourceAddress() == null ? linkLocal(target.sourceMac()) : target.sourceAddress();
    }

    /** The link-local address that belongs to a MAC address (RFC 4291, appendix A). */
    private static IpAddress linkLocal(final MacAddress mac) {
        final long inverted = mac.value() ^ 0x0200_0000_0000L;
        return new IpAddress(Family.V6, LINK_LOCAL, inverted >>> 24 << 40 | 0xff_fe00_0000L | inverted & 0xff_ffffL);
    }
}
