/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import com.google.common.net.InetAddresses;
import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IPv4 or IPv6 address.
 *
 * @param family its family
 * @param high the first 64 bits of an IPv6 address, 0 for IPv4
 * @param low the last 64 bits of an IPv6 address, or the 32 bits of an IPv4 address
 */
public record IpAddress(Family family, long high, long low) implements ClientKey, Comparable<IpAddress> {
    /** An address family, with its width and the EtherType of its packets. */
    public enum Family {
        V4(32, 0x0800),
        V6(128, 0x86dd);

        private final int bits;
        private final int etherType;

        Family(final int bits, final int etherType) {
            this.bits = bits;
            this.etherType = etherType;
        }

        /** The number of bits of an address. */
        public int bits() {
            return bits;
        }

        /** The EtherType of the family's packets. */
        public int etherType() {
            return etherType;
        }
    }

    /**
     * Reads an address in its usual text form (RFC 4291, section 2.2, or dotted quad).
     *
     * @param text the address
     * @return the address
     * @throws IllegalArgumentException when it is none
     */
    public static IpAddress parse(final String text) {
        final InetAddress address = InetAddresses.forString(text);
        return read(address instanceof Inet4Address ? Family.V4 : Family.V6, address.getAddress(), 0);
    }

    /**
     * Reads an address from a packet.
     *
     * @param family its family
     * @param bytes the packet
     * @param offset where the address begins; as many octets as the family has must follow
     * @return the address
     */
    public static IpAddress read(final Family family, final byte[] bytes, final int offset) {
        return switch (family) {
            case V4 -> new IpAddress(Family.V4, 0, readLong(bytes, offset, Integer.BYTES));
            case V6 ->
                new IpAddress(
                        Family.V6,
                        readLong(bytes, offset, Long.BYTES),
                        readLong(bytes, offset + Long.BYTES, Long.BYTES));
        };
    }

    /** The octets of the address, 4 or 16. */
    public byte[] toBytes() {
        return switch (family) {
            case V4 -> Ints.toByteArray((int) low);
            case V6 -> com.google.common.primitives.Bytes.concat(Longs.toByteArray(high), Longs.toByteArray(low));
        };
    }

    /** Whether the address is all zeros. */
    public boolean isUnspecified() {
        return high == 0 && low == 0;
    }

    /** Whether the address is one host's: neither unspecified, nor multicast, nor the IPv4 broadcast. */
    public boolean isHost() {
        return !isUnspecified()
                && switch (family) {
                    case V4 -> low >>> 28 != 0xe && low != 0xffff_ffffL;
                    case V6 -> high >>> 56 != 0xff;
                };
    }

    @Override
    public IpAddress address() {
        return this;
    }

    @Override
    public int port() {
        return NONE;
    }

    @Override
    public int protocol() {
        return NONE;
    }

    @Override
    public int compareTo(final IpAddress other) {
        final int byFamily = family.compareTo(other.family);
        if (byFamily != 0) {
            return byFamily;
        }
        final int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        try {
            return InetAddresses.toAddrString(InetAddress.getByAddress(toBytes()));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 and 16 octets always make an address", e);
        }
    }

    private static long readLong(final byte[] bytes, final int offset, final int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | bytes[offset + i] & 0xffL;
        }
        return value;
    }
}
