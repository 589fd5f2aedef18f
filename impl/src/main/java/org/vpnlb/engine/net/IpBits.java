/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

/**
 * Some bits of an IP address, wherever they are.
 *
 * @param value the bits as they are to be; those that do not count are zero
 * @param mask one where a bit counts; of the same family
 */
public record IpBits(IpAddress value, IpAddress mask) {
    public IpBits {
        if (value.family() != mask.family()) {
            throw new IllegalArgumentException("value " + value + " is not of the family of mask " + mask);
        }
        value = and(value, mask);
    }

    /** The family of the addresses. */
    public IpAddress.Family family() {
        return mask.family();
    }

    /** Whether an address has these bits. */
    public boolean areIn(final IpAddress address) {
        return address.family() == family() && and(address, mask).equals(value);
    }

    @Override
    public String toString() {
        return value + "/" + mask;
    }

    private static IpAddress and(final IpAddress address, final IpAddress mask) {
        return new IpAddress(mask.family(), address.high() & mask.high(), address.low() & mask.low());
    }
}
