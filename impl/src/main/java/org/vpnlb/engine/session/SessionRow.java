/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import com.google.common.collect.Comparators;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.openflow.Flow;

/**
 * A session, as it is told to operators.
 *
 * @param client the client, of its side
 * @param device the name of its device
 * @param since when this controller wrote its entries, in milliseconds: the session is as old at least. Empty where the
 *     switch wrote them, or had them already
 * @param isHeld whether the switch holds an entry of it; else it waits to be written again
 */
public record SessionRow(ClientKey client, String device, OptionalLong since, boolean isHeld) {
    /** The same session under another device name. */
    public SessionRow at(final String other) {
        return new SessionRow(client, other, since, isHeld);
    }

    /** A session that was read from the switch. */
    public static SessionRow read(final ClientKey client, final String device) {
        return new SessionRow(client, device, OptionalLong.empty(), true);
    }

    /** The sessions of a table, in no order. */
    public static Stream<SessionRow> of(final SessionTable table) {
        return table.all().entrySet().stream().map(entry -> of(entry.getKey(), entry.getValue()));
    }

    private static SessionRow of(final ClientKey client, final Session session) {
        return new SessionRow(client, session.device().name(), session.since(), session.entries() > 0);
    }

    /**
     * The entries of a table's sessions.
     *
     * @param table the sessions
     * @param by until when an entry has to be written, in milliseconds
     * @return the entries that the switch holds, as far as this controller knows
     */
    public static Stream<Flow> entries(final SessionTable table, final long by) {
        final SessionSide side = table.side();
        return table.all().entrySet().stream().flatMap(entry -> side.held(entry.getKey(), entry.getValue(), by));
    }

    /**
     * A page of sessions, in the order of their clients. Takes time in the order of the number of all sessions.
     *
     * @param all the sessions
     * @param filter which of them are meant
     * @param after the last client of the page before; empty for the first page. What ends or begins meanwhile moves
     *     no other session to another page
     * @param limit the most sessions on the page, at least 1
     */
    public static List<SessionRow> page(
            final Stream<SessionRow> all,
            final SessionFilter filter,
            final Optional<ClientKey> after,
            final int limit) {
        return all.filter(row -> filter.takes(row.client(), row.device()))
                .filter(row -> after.filter(last -> ClientKey.ORDER.compare(row.client(), last) <= 0)
                        .isEmpty())
                .collect(Comparators.least(limit, Comparator.comparing(SessionRow::client, ClientKey.ORDER)));
    }
}
