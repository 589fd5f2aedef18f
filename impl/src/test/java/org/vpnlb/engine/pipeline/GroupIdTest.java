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
import net.jqwik.api.constraints.LongRange;
import org.vpnlb.engine.pipeline.GroupId.Kind;

@Label("A group id")
class GroupIdTest {
    private static final long HIGHEST = 0xffff_ff00L;

    @Property
    @Label("tells the kind and the number that it was made of")
    void tellsWhatItWasMadeOf(
            @ForAll final Kind kind, @ForAll @IntRange(max = (1 << GroupId.NUMBER_BITS) - 1) final int number) {
        final var id = new GroupId(kind, number);
        assertThat(id.value()).isBetween(0L, HIGHEST);
        assertThat(GroupId.parse(id.value())).contains(id);
    }

    @Property
    @Label("is vpnlb's only with the prefix and a kind that there is")
    void isVpnlbsOnlyWithThePrefix(@ForAll @LongRange(max = 0xffff_ffffL) final long value) {
        GroupId.parse(value)
                .ifPresentOrElse(
                        id -> assertThat(id.value()).isEqualTo(value),
                        () -> assertThat(value >>> 24 != 0x76 || (value >>> 21 & 7) >= Kind.values().length)
                                .isTrue());
        GroupId.parse(value & 0xff_ffffL | 0x7600_0000L)
                .ifPresent(id -> assertThat(id.value()).isEqualTo(value & 0xff_ffffL | 0x7600_0000L));
    }

    @Example
    @Label("is laid out as documented, so that it can be told in a dump")
    void isLaidOutAsDocumented() {
        assertThat(new GroupId(Kind.SELECTION, 1).value()).isEqualTo(0x7600_0001L);
        assertThat(new GroupId(Kind.NEW_CLIENT, 1).value()).isEqualTo(0x7620_0001L);
        assertThat(new GroupId(Kind.TO_DEVICE, 1).value()).isEqualTo(0x7640_0001L);
        assertThat(new GroupId(Kind.RETURN_TO_DEVICE, 0x1f_ffff).value()).isEqualTo(0x767f_ffffL);
    }
}
