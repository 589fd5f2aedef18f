/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vpnlb.engine.net.IpAddress.Family;

@Label("An IP address")
@DisplayName("An IP address")
@Domain(Addresses.class)
class IpAddressTest {
    @Property
    @Label("is what its text says")
    void isWhatItsTextSays(@ForAll final IpAddress address) {
        assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    }

    @Property
    @Label("is what its octets say, wherever they are")
    void isWhatItsOctetsSay(@ForAll final IpAddress address) {
        final byte[] octets = address.toBytes();
        assertThat(octets).hasSize(address.family().bits() / 8);
        final byte[] packet = new byte[octets.length + 5];
        System.arraycopy(octets, 0, packet, 3, octets.length);
        assertThat(IpAddress.read(address.family(), packet, 3)).isEqualTo(address);
    }

    @Property
    @Label("comes before those that are greater, and IPv4 before IPv6")
    void isOrdered(@ForAll final IpAddress one, @ForAll final IpAddress two) {
        final int expected = one.family() == two.family()
                ? number(one).compareTo(number(two))
                : one.family().compareTo(two.family());
        assertThat(Integer.signum(one.compareTo(two))).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @DisplayName("is written in the usual way")
    @CsvSource({
        "10.0.0.100, 10.0.0.100",
        "255.255.255.255, 255.255.255.255",
        "2001:db8:0:0:0:0:0:1, 2001:db8::1",
        "2001:DB8::1, 2001:db8::1",
        "::, ::",
        "::ffff:10.0.0.1, 10.0.0.1"
    })
    void isWrittenInTheUsualWay(final String text, final String usual) {
        assertThat(IpAddress.parse(text)).hasToString(usual);
    }

    @ParameterizedTest
    @DisplayName("is not every text")
    @ValueSource(
            strings = {"", "10.0.0", "10.0.0.256", "10.0.0.0/8", "host", "2001:db8::1::", " 10.0.0.1", "010.0.0.1x"})
    void isNotEveryText(final String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.parse(text));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @DisplayName("is a host's unless it is nobody's or many's")
    @CsvSource({
        "10.0.0.1, true",
        "0.0.0.1, true",
        "223.255.255.255, true",
        "240.0.0.1, true",
        "0.0.0.0, false",
        "224.0.0.1, false",
        "239.255.255.255, false",
        "255.255.255.255, false",
        "2001:db8::1, true",
        "fe80::1, true",
        "::, false",
        "ff02::1, false"
    })
    void isAHosts(final String text, final boolean isHost) {
        assertThat(IpAddress.parse(text).isHost()).isEqualTo(isHost);
    }

    private static BigInteger number(final IpAddress address) {
        return new BigInteger(1, address.toBytes());
    }

    @Property
    @Label("has the EtherType of its family")
    void hasTheEtherTypeOfItsFamily(@ForAll final IpAddress address) {
        assertThat(address.family().etherType()).isEqualTo(address.family() == Family.V4 ? 0x0800 : 0x86dd);
    }
}
