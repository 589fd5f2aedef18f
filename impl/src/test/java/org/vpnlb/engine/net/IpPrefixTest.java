/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Label("An IP prefix")
@DisplayName("An IP prefix")
@Domain(Addresses.class)
class IpPrefixTest {
    @Property
    @Label("is what its text says")
    void isWhatItsTextSays(@ForAll final IpPrefix prefix) {
        assertThat(IpPrefix.parse(prefix.toString())).isEqualTo(prefix);
    }

    @Property
    @Label("holds exactly the addresses that begin with its bits")
    void holdsTheAddressesThatBeginWithItsBits(@ForAll final IpPrefix prefix, @ForAll final IpAddress any) {
        assertThat(prefix.contains(any)).isEqualTo(beginsAlike(prefix, any));
        final IpAddress near = flip(prefix.address(), prefix.length() - 1);
        assertThat(prefix.contains(near)).isEqualTo(prefix.length() == 0);
        if (prefix.length() < prefix.address().family().bits()) {
            assertThat(prefix.contains(flip(prefix.address(), prefix.length()))).isTrue();
        }
    }

    @Property
    @Label("begins with its own address, whatever was behind the length")
    void beginsWithItsOwnAddress(@ForAll final IpAddress address) {
        for (int length = 0; length <= address.family().bits(); length++) {
            final var prefix = new IpPrefix(address, length);
            assertThat(prefix.contains(address)).isTrue();
            assertThat(prefix.contains(prefix.address())).isTrue();
            assertThat(new IpPrefix(prefix.address(), length)).isEqualTo(prefix);
            assertThat(prefix.isHost()).isEqualTo(length == address.family().bits());
        }
    }

    @Example
    @Label("of one address holds that alone")
    void ofOneAddress() {
        final IpAddress address = IpAddress.parse("10.1.2.3");
        assertThat(IpPrefix.of(address))
                .isEqualTo(IpPrefix.parse("10.1.2.3/32"))
                .isEqualTo(IpPrefix.parse("10.1.2.3"));
    }

    @ParameterizedTest
    @DisplayName("is not every text")
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/-1", "2001:db8::/129", "10.0.0.0/", "10.0.0.0/x", "/8", "10/8"})
    void isNotEveryText(final String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> IpPrefix.parse(text));
    }

    private static boolean beginsAlike(final IpPrefix prefix, final IpAddress address) {
        if (prefix.address().family() != address.family()) {
            return false;
        }
        final int rest = address.family().bits() - prefix.length();
        return number(prefix.address()).shiftRight(rest).equals(number(address).shiftRight(rest));
    }

    /** The address with one bit changed, the first being 0. */
    private static IpAddress flip(final IpAddress address, final int bit) {
        final byte[] octets = address.toBytes();
        if (bit >= 0) {
            octets[bit / 8] ^= (byte) (0x80 >> bit % 8);
        }
        return IpAddress.read(address.family(), octets, 0);
    }

    private static BigInteger number(final IpAddress address) {
        return new BigInteger(1, address.toBytes());
    }
}
