/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.EntryText;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;

class EntryTextTest {
    @Provide
    Arbitrary<Flow> flows() {
        return EngineArbitraries.flows();
    }

    @Provide
    Arbitrary<Group> groups() {
        return EngineArbitraries.groups();
    }

    @Property
    void anEntryIsReadBackFromItsTextButForItsTimeouts(@ForAll("flows") final Flow flow) {
        assertThat(EntryText.flow(flow.toString())).isEqualTo(untimed(flow));
    }

    private static Flow untimed(final Flow flow) {
        return new Flow(
                flow.key(),
                flow.cookie(),
                Flow.Timeouts.NONE,
                flow.actions().stream()
                        .map(action -> action instanceof Action.Learn learn
                                ? new Action.Learn(untimed(learn.template()), learn.field(), learn.of(), learn.limit())
                                : action)
                        .toList(),
                flow.metadata(),
                flow.metadataMask(),
                flow.nextTable(),
                flow.meter());
    }

    @Property
    void tablesAreReadBackFromTheirText(
            @ForAll("groups") final Group group, @ForAll final int meter, @ForAll final int rate) {
        final Tables tables = EntryText.tables(
                group + "\n" + new Meter(meter, rate, 7) + "\n", (line, number) -> fail("line %d: %s", number, line));
        // The entry that a group's bucket learns has its timeouts lost.
        assertThat(tables.groups().values()).singleElement().hasToString(group.toString());
        assertThat(tables.meters().values()).containsExactly(new Meter(meter, rate, 7));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "table=0 priority=1 all",
                "table=0 priority=1 wifi=7 cookie=0x7670000000000000 ",
                "table=0 priority=1 all cookie=0x7670000000000000 [Explode[at=1]]",
                "table=0 priority=1 all cookie=0x7670000000000000 [Output[port=one]]",
                "table=0 priority=1 ip_src=10.0.0.1 cookie=0x7670000000000000 ",
                "Group[id=1, type=SELECT]",
                "Group[id=1, type=SOME, buckets=[]]",
                "Meter[id=1, rate=2",
                "not known: openflow:1 is not connected"
            })
    void whatIsNoEntryIsToldWithItsLineAndTheRestIsRead(final String text) {
        final Map<Integer, String> unread = new HashMap<>();
        final Tables tables = EntryText.tables(
                "Meter[id=1, rate=2, burst=3]\n\n" + text + "\nMeter[id=4, rate=5, burst=6]",
                (line, number) -> unread.put(number, line));
        assertThat(unread).isEqualTo(Map.of(3, text));
        assertThat(tables.meters()).containsOnlyKeys(1L, 4L);
        assertThat(tables.flows()).isEmpty();
        assertThat(tables.groups()).isEmpty();
    }
}
