/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

/**
 * An IP prefix: the addresses that share their first bits.
 *
 * @param address the first address of the prefix; its bits behind the length are zero
 * @param length the number of bits shared, from 0 to the width of the family
 */
public record IpPrefix(IpAddress address, int length) {
    public IpPrefix {
        if (length < 0 || length > address.family().bits()) {
            throw new IllegalArgumentException("Prefix length " + length + " of " + address);
        }
        address = mask(address, length);
    }

    /** The prefix that holds this address alone. */
    public static IpPrefix of(final IpAddress address) {
        return new IpPrefix(address, address.family().bits());
    }

    /**
     * Reads a prefix.
     *
     * @param text address, slash, length; or an address alone
     * @return the prefix
     * @throws IllegalArgumentException when it is none
     */
    public static IpPrefix parse(final String text) {
        final int slash = text.indexOf('/');
        return slash < 0
                ? of(IpAddress.parse(text))
                : new IpPrefix(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /** Whether an address is within the prefix. */
    public boolean contains(final IpAddress other) {
        return other.family() == address.family() && mask(other, length).equals(address);
    }

    /** Whether all addresses of another prefix are within this one. */
    public boolean contains(final IpPrefix other) {
        return length <= other.length && contains(other.address);
    }

    /** Whether some address is within both. */
    public boolean overlaps(final IpPrefix other) {
        return contains(other) || other.contains(this);
    }

    /** Whether the prefix holds one address alone. */
    public boolean isHost() {
        return length == address.family().bits();
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }

    private static IpAddress mask(final IpAddress address, final int length) {
        return switch (address.family()) {
            case V4 -> new IpAddress(IpAddress.Family.V4, 0, address.low() & ones(length + 32));
            case V6 ->
                new IpAddress(
                        IpAddress.Family.V6,
                        address.high() & ones(Math.min(length, 64)),
                        address.low() & ones(Math.max(length - 64, 0)));
        };
    }

    private static long ones(final int count) {
        return count == 0 ? 0 : -1L << 64 - count;
    }
}
