/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

@Label("A checksum")
class ChecksumTest {
    @Example
    @Label("is the one of RFC 1071, section 3")
    void isTheOneOfTheRfc() {
        assertThat(Checksum.of(HexFormat.of().parseHex("0001f203f4f5f6f7"))).isEqualTo(~0xddf2 & 0xffff);
    }

    @Property
    @Label("makes that of the whole 0")
    void makesThatOfTheWholeZero(@ForAll @Size(min = 4, max = 99) final byte[] octets) {
        final byte[] whole = octets.clone();
        whole[2] = 0;
        whole[3] = 0;
        final int checksum = Checksum.of(whole);
        whole[2] = (byte) (checksum >>> 8);
        whole[3] = (byte) checksum;
        assertThat(Checksum.of(whole)).isZero();
    }

    @Property
    @Label("takes an odd octet for one with a zero behind")
    void takesAnOddOctet(@ForAll @Size(max = 9) final byte[] octets) {
        assertThat(Checksum.of(octets)).isEqualTo(Checksum.of(Arrays.copyOf(octets, octets.length + 1)));
    }
}
