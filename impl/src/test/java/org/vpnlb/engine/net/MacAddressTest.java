/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Label("A MAC address")
@DisplayName("A MAC address")
@Domain(Addresses.class)
class MacAddressTest {
    @Property
    @Label("is what its text says, in small or capital letters")
    void isWhatItsTextSays(@ForAll final MacAddress mac) {
        assertThat(MacAddress.parse(mac.toString())).isEqualTo(mac);
        assertThat(MacAddress.parse(mac.toString().toUpperCase(Locale.ROOT))).isEqualTo(mac);
        assertThat(mac.toString()).hasSize(17).isLowerCase();
    }

    @Property
    @Label("is what its octets say, wherever they are")
    void isWhatItsOctetsSay(@ForAll final MacAddress mac) {
        final byte[] frame = new byte[14];
        System.arraycopy(mac.toBytes(), 0, frame, 6, MacAddress.LENGTH);
        assertThat(MacAddress.read(frame, 6)).isEqualTo(mac);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @DisplayName("is a station's unless it is nobody's or a group's")
    @CsvSource({
        "02:00:00:00:0a:01, true",
        "00:00:00:00:00:01, true",
        "fe:ff:ff:ff:ff:ff, true",
        "00:00:00:00:00:00, false",
        "01:00:5e:00:00:01, false",
        "ff:ff:ff:ff:ff:ff, false"
    })
    void isAStations(final String text, final boolean isStation) {
        assertThat(MacAddress.parse(text).isStation()).isEqualTo(isStation);
    }

    @ParameterizedTest
    @DisplayName("is not every text")
    @ValueSource(
            strings = {
                "",
                "02:00:00:00:0a",
                "02:00:00:00:0a:01:02",
                "02-00-00-00-0a-01",
                "2:0:0:0:a:1",
                "02:00:00:00:0a:0g",
                "020000000a01"
            })
    void isNotEveryText(final String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> MacAddress.parse(text));
    }

    @ParameterizedTest
    @DisplayName("has 48 bits")
    @ValueSource(longs = {-1, 1L << 48, Long.MIN_VALUE})
    void has48Bits(final long value) {
        assertThatIllegalArgumentException().isThrownBy(() -> new MacAddress(value));
    }
}
