/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * An IEEE 802 MAC address.
 *
 * @param value the 48 bits of the address, the first octet in the highest
 */
public record MacAddress(long value) {
    /** The broadcast address, ff:ff:ff:ff:ff:ff. */
    public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

    /** The number of octets of an address. */
    public static final int LENGTH = 6;

    private static final Pattern TEXT = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");
    private static final HexFormat HEX = HexFormat.ofDelimiter(":");

    public MacAddress {
        if ((value & ~BROADCAST_BITS) != 0) {
            throw new IllegalArgumentException("A MAC address has 48 bits, not " + Long.toHexString(value));
        }
    }

    private static final long BROADCAST_BITS = 0xffff_ffff_ffffL;

    /**
     * Reads an address written as six colon-separated octets.
     *
     * @param text for example {@code 02:00:00:00:0a:01}
     * @return the address
     * @throws IllegalArgumentException when it is not written so
     */
    public static MacAddress parse(final String text) {
        if (!TEXT.matcher(text).matches()) {
            throw new IllegalArgumentException("Not a MAC address: " + text);
        }
        return read(HEX.parseHex(text), 0);
    }

    /**
     * Reads an address from a frame.
     *
     * @param bytes the frame
     * @param offset where the address begins; six octets must follow
     * @return the address
     */
    public static MacAddress read(final byte[] bytes, final int offset) {
        long value = 0;
        for (int i = 0; i < LENGTH; i++) {
            value = value << 8 | bytes[offset + i] & 0xffL;
        }
        return new MacAddress(value);
    }

    /** Whether the address is one station's, neither a group's nor all zeros. */
    public boolean isStation() {
        return value != 0 && (value & 0x0100_0000_0000L) == 0;
    }

    /** The six octets of the address. */
    public byte[] toBytes() {
        final var bytes = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            bytes[i] = (byte) (value >>> 8 * (LENGTH - 1 - i));
        }
        return bytes;
    }

    @Override
    public String toString() {
        return HEX.formatHex(toBytes());
    }
}
