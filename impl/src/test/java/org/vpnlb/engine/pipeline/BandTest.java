/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

@Label("The bands")
class BandTest {
    @Property
    @Label("of a table are listed as they win, and no two have one priority")
    void areListedAsTheyWin(@ForAll final Table table) {
        final List<Integer> priorities = Stream.of(Band.values())
                .filter(band -> band.isIn(table))
                .map(Band::priority)
                .toList();
        assertThat(priorities).isNotEmpty().doesNotHaveDuplicates().isSortedAccordingTo(Comparator.reverseOrder());
    }

    @Property
    @Label("are above a table-miss entry, which may be somebody else's")
    void areAboveTheTableMiss(@ForAll final Band band) {
        assertThat(band.priority()).isPositive();
    }

    @Example
    @Label("are of tables that lead on only to tables behind them, and look only into tables that lead nowhere")
    void areOfTablesThatLeadOn() {
        for (final Table table : Table.values()) {
            EnumSet.allOf(Table.class).stream()
                    .filter(table::mayLeadTo)
                    .forEach(next -> assertThat(next).isGreaterThan(table));
            EnumSet.allOf(Table.class).stream()
                    .filter(table::mayLookInto)
                    .forEach(other -> assertThat(EnumSet.allOf(Table.class))
                            .noneMatch(next -> other.mayLeadTo(next) || other.mayLookInto(next)));
        }
    }
}
