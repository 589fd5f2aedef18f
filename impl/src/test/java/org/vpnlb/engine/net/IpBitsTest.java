/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Bits of an address")
class IpBitsTest {
    private static final IpBits ODD = bits("10.0.1.0", "0.0.1.1");

    private static IpBits bits(final String value, final String mask) {
        return new IpBits(IpAddress.parse(value), IpAddress.parse(mask));
    }

    @Test
    @DisplayName("are in each address that has them, whatever its other bits are")
    void areInAddressesThatHaveThem() {
        assertThat(ODD.areIn(IpAddress.parse("192.0.3.8"))).isTrue();
        assertThat(ODD.areIn(IpAddress.parse("192.0.3.9"))).isFalse();
        assertThat(ODD.areIn(IpAddress.parse("::1:0"))).isFalse();
    }

    @Test
    @DisplayName("are the same whatever is said of bits that do not count")
    void areTheSame() {
        assertThat(ODD).isEqualTo(bits("0.0.1.0", "0.0.1.1")).hasToString("0.0.1.0/0.0.1.1");
    }

    @Test
    @DisplayName("are of one family")
    void areOfOneFamily() {
        assertThatThrownBy(() -> bits("10.0.0.1", "::1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10.0.0.1")
                .hasMessageContaining("::1");
    }
}
