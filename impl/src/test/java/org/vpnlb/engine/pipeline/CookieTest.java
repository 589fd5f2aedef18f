/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.vpnlb.engine.pipeline.Cookie.Kind;

@Label("A cookie")
class CookieTest {
    @Property
    @Label("tells the kind, the service and the device that it was made of")
    void tellsWhatItWasMadeOf(
            @ForAll final Kind kind,
            @ForAll @IntRange(max = (1 << Cookie.SERVICE_BITS) - 1) final int service,
            @ForAll @IntRange(max = (1 << 24) - 1) final int device) {
        final var cookie = new Cookie(kind, service, device);
        assertThat(cookie.value() & Cookie.PREFIX_MASK).isEqualTo(Cookie.PREFIX);
        assertThat(Cookie.parse(cookie.value())).contains(cookie);
    }

    @Property
    @Label("is vpnlb's only with the prefix and a kind that there is")
    void isVpnlbsOnlyWithThePrefix(@ForAll final long value) {
        assertThat(Cookie.parse(value & ~Cookie.PREFIX_MASK)).isEmpty();
        assertThat(Cookie.parse(value ^ 1L << 48 | 1L << 49)).isEmpty();
        Cookie.parse(value & ~Cookie.PREFIX_MASK | Cookie.PREFIX)
                .ifPresentOrElse(
                        cookie -> assertThat(cookie.value()).isEqualTo(value & ~Cookie.PREFIX_MASK | Cookie.PREFIX),
                        () -> assertThat(isKind((int) (value >>> 44 & 0xf))).isFalse());
    }

    @Example
    @Label("is laid out as documented, so that it can be told in a dump")
    void isLaidOutAsDocumented() {
        assertThat(new Cookie(Kind.CLIENT_SESSION, 0xabcde, 0x123456).value()).isEqualTo(0x7670_2_abcde_123456L);
        assertThat(Cookie.of(Kind.CLASSIFY).value()).isEqualTo(0x7670_1_00000_000000L);
        assertThat(Cookie.of(Kind.SUPPRESSION).value()).isEqualTo(0x7670_6_00000_000000L);
    }

    private static boolean isKind(final int code) {
        return code >= 1 && code <= Kind.values().length;
    }
}
