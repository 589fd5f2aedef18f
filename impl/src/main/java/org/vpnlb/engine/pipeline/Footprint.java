/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Where in a switch vpnlb's entries can be: the bands of its tables. */
public final class Footprint {
    private static final EnumSet<Table> SESSIONS =
            EnumSet.of(Table.CLIENT_SESSIONS, Table.LEARNED_SOURCES, Table.RETURN_SESSIONS);
    private static final EnumSet<Table> LEARNED_BY_SWITCH =
            EnumSet.of(Table.SWITCH_LEARNED_CLIENTS, Table.SWITCH_LEARNED_RETURNS);

    private final Layout layout;

    /**
     * The footprint of a pipeline.
     *
     * @param base the number of table 0 of the pipeline in the switch
     */
    public Footprint(final int base) {
        layout = new Layout(base, Numbers.NONE);
    }

    /** Whether an entry of vpnlb's can have this table and this priority. */
    public boolean covers(final int table, final int priority) {
        return Arrays.stream(Table.values())
                .filter(ours -> layout.id(ours) == table)
                .anyMatch(ours -> Arrays.stream(Band.values()).anyMatch(band -> band.mayBeAt(ours, priority)));
    }

    /** The numbers of the tables of which the controller knows all of vpnlb's entries. */
    public Set<Integer> fixedTables() {
        final EnumSet<Table> others = EnumSet.copyOf(SESSIONS);
        others.addAll(LEARNED_BY_SWITCH);
        return ids(EnumSet.complementOf(others));
    }

    /** The numbers of the tables to which the controller adds sessions: an entry for each client. */
    public Set<Integer> sessionTables() {
        return ids(SESSIONS);
    }

    private Set<Integer> ids(final EnumSet<Table> tables) {
        return tables.stream().map(layout::id).collect(Collectors.toUnmodifiableSet());
    }
}
