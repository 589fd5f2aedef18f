/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.domains.DomainContextBase;
import org.vpnlb.engine.net.IpAddress.Family;

/** Addresses of every kind, for properties. */
public final class Addresses extends DomainContextBase {
    /** Any address of a family. */
    public static Arbitrary<IpAddress> of(final Family family) {
        return switch (family) {
            case V4 -> Arbitraries.longs().between(0, 0xffff_ffffL).map(low -> new IpAddress(Family.V4, 0, low));
            case V6 ->
                Combinators.combine(Arbitraries.longs(), Arbitraries.longs())
                        .as((high, low) -> new IpAddress(Family.V6, high, low))
                        // Text that stands for an IPv4 address inside an IPv6 one is read as the IPv4 address.
                        .filter(address -> address.high() != 0 || address.low() >>> 32 != 0xffff);
        };
    }

    @Provide
    Arbitrary<IpAddress> addresses() {
        return Arbitraries.of(Family.class).flatMap(Addresses::of);
    }

    @Provide
    Arbitrary<IpPrefix> prefixes() {
        return addresses()
                .flatMap(address -> Arbitraries.integers()
                        .between(0, address.family().bits())
                        .map(length -> new IpPrefix(address, length)));
    }

    @Provide
    Arbitrary<MacAddress> macs() {
        return Arbitraries.longs().between(0, 0xffff_ffff_ffffL).map(MacAddress::new);
    }

    @Provide
    Arbitrary<ArpPacket> arpPackets() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 0xffff), macs(), of(Family.V4), macs(), of(Family.V4))
                .as(ArpPacket::new);
    }
}
