/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalLong;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

@Label("The initiator's SPI of a message of IKE")
class IkeMessageTest {
    private static final String ETHERNET = "02000000aa01" + "02000000bb01";
    private static final String V4 = ETHERNET + "0800" + "4500003c00010000" + "4011" + "0000" + "c0000201" + "c0000264";
    private static final String V6 = ETHERNET + "86dd" + "600000000028" + "1140" + "20010db8000000000000000000000001"
            + "20010db8000000000000000000000064";
    private static final String TO_500 = "9c4001f400280000";
    private static final String TO_4500 = "9c401194002c0000";
    private static final String INIT = "1122334455667788" + "0000000000000000" + "21202208" + "00000000" + "0000001c";
    private static final long SPI = 0x1122_3344_5566_7788L;

    @Example
    void isReadAtEitherPortOfEitherFamily() {
        assertThat(spi(V4 + TO_500 + INIT)).hasValue(SPI);
        assertThat(spi(V6 + TO_500 + INIT)).hasValue(SPI);
        assertThat(spi(V4 + TO_4500 + "00000000" + INIT)).hasValue(SPI);
        assertThat(spi(V6 + TO_4500 + "00000000" + INIT)).hasValue(SPI);
    }

    @Example
    void isReadBehindATagAndBehindOptions() {
        assertThat(spi(V4.replace("0800" + "45", "8100000a" + "0800" + "45") + TO_500 + INIT))
                .hasValue(SPI);
        assertThat(spi(V4.replace("0800" + "45", "0800" + "46") + "01010101" + TO_500 + INIT))
                .hasValue(SPI);
    }

    @Example
    void isReadOfIkev1Too() {
        assertThat(spi(V4 + TO_500 + INIT.replace("21202208", "01100400"))).hasValue(SPI);
    }

    @Example
    void isNotReadOfWhatIsNotIke() {
        assertThat(spi(V4 + TO_4500 + INIT)).as("ESP in UDP").isEmpty();
        assertThat(spi(V4 + TO_500.replace("01f4", "04aa") + INIT))
                .as("another port")
                .isEmpty();
        assertThat(spi(V4.replace("4011", "4006") + TO_500 + INIT)).as("TCP").isEmpty();
        assertThat(spi(V4.replace("00010000", "00010010") + TO_500 + INIT))
                .as("a later fragment")
                .isEmpty();
        assertThat(spi(V4 + TO_500 + INIT.replace("21202208", "21302208")))
                .as("version 3")
                .isEmpty();
        assertThat(spi(V4 + TO_500 + "0000000000000000" + INIT.substring(16)))
                .as("no SPI")
                .isEmpty();
    }

    @Property
    void isNotReadOfWhatIsCutOff(@ForAll @Size(max = 120) final byte[] garbage) {
        for (final String frame : new String[] {V4 + TO_500, V6 + TO_4500}) {
            final byte[] headers = HexFormat.of().parseHex(frame);
            for (int length = headers.length - 8; length <= headers.length; length++) {
                final byte[] cut = Arrays.copyOf(headers, length);
                assertThat(IkeMessage.initiatorSpi(cut)).isEmpty();
            }
            final byte[] whole = Arrays.copyOf(headers, headers.length + garbage.length);
            System.arraycopy(garbage, 0, whole, headers.length, garbage.length);
            assertThatNoException().isThrownBy(() -> IkeMessage.initiatorSpi(whole));
        }
    }

    private static OptionalLong spi(final String hex) {
        return IkeMessage.initiatorSpi(HexFormat.of().parseHex(hex));
    }
}
