/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.openflow.Part;

/** Where in a switch vpnlb's entries can be: the bands of its tables. */
public final class Footprint {
    private static final EnumSet<Table> SESSIONS =
            EnumSet.of(Table.CLIENT_SESSIONS, Table.LEARNED_SOURCES, Table.RETURN_SESSIONS);
    private static final EnumSet<Table> LEARNED_BY_SWITCH =
            EnumSet.of(Table.SWITCH_LEARNED_CLIENTS, Table.SWITCH_LEARNED_RETURNS);

    private static final Map<Table, Part.End> CLIENTS = Map.of(
            Table.CLIENT_SESSIONS, Part.End.SOURCE,
            Table.LEARNED_SOURCES, Part.End.SOURCE,
            Table.RETURN_SESSIONS, Part.End.DESTINATION,
            Table.SWITCH_LEARNED_CLIENTS, Part.End.SOURCE,
            Table.SWITCH_LEARNED_RETURNS, Part.End.DESTINATION);

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

    /** Whether a table of the switch is one of the pipeline's. */
    public boolean isTable(final int table) {
        return Arrays.stream(Table.values()).anyMatch(ours -> layout.id(ours) == table);
    }

    /** The tables with an entry for each client, by number: which address of a frame is the client's. */
    public Map<Integer, Part.End> clientTables() {
        final Map<Integer, Part.End> ends = new HashMap<>();
        CLIENTS.forEach((table, end) -> ends.put(layout.id(table), end));
        return ends;
    }

    /** The tables of these where a session may be one of many inner addresses, by number: the kind of the sessions. */
    public Map<Integer, Cookie.Kind> innerTables() {
        return Map.of(
                layout.id(Table.LEARNED_SOURCES), Cookie.Kind.LEARNED_SOURCE,
                layout.id(Table.RETURN_SESSIONS), Cookie.Kind.RETURN_SESSION);
    }

    /** The kinds of entries of devices in one of these tables that match another address, or none, or are few. */
    public Set<Cookie.Kind> besidesClients(final int table) {
        final EnumSet<Cookie.Kind> kinds = EnumSet.of(Cookie.Kind.DEVICE, Cookie.Kind.SUPPRESSION);
        if (table == layout.id(Table.CLIENT_SESSIONS)) {
            kinds.add(Cookie.Kind.TO_CLIENT);
        }
        if (table == layout.id(Table.LEARNED_SOURCES)) {
            kinds.add(Cookie.Kind.CONTESTED);
        }
        return kinds;
    }

    private Set<Integer> ids(final EnumSet<Table> tables) {
        return tables.stream().map(layout::id).collect(Collectors.toUnmodifiableSet());
    }
}
