/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.session.Stay.End;

/**
 * What became of the sessions of one side of a service: counted, and of the last clients remembered. Who only idled out
 * is remembered apart, so that many who come and go do not make those forgotten who moved.
 */
public final class SessionHistory {
    /** The most clients that are remembered since they moved, and as many that idled out: some MB at most. */
    static final int MAX_CLIENTS = 10_000;

    /** The most stays of a client that are remembered. */
    static final int MAX_STAYS = 5;

    private final Counters.Tally tally;
    private final Map<ClientKey, List<Stay>> moved = new Bounded<>();
    private final Map<ClientKey, Stay> idle = new Bounded<>();

    SessionHistory(final Counters.Tally tally) {
        this.tally = tally;
    }

    /** Forgets the one that was put first. */
    private static final class Bounded<V> extends LinkedHashMap<ClientKey, V> {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<ClientKey, V> eldest) {
            return size() > MAX_CLIENTS;
        }
    }

    /** The sessions that a client had before, the last first. */
    public List<Stay> of(final ClientKey client) {
        return Stream.concat(Stream.ofNullable(idle.get(client)), moved.getOrDefault(client, List.of()).stream())
                .sorted(Comparator.comparingLong(Stay::until).reversed())
                .limit(MAX_STAYS)
                .toList();
    }

    /**
     * Devices have other names now. What was at one that is gone is forgotten when another one has its name.
     *
     * @param nameNow the name by which to speak of a device now; empty when another one has that
     */
    public void renamed(final Function<String, Optional<String>> nameNow) {
        moved.replaceAll((client, stays) ->
                stays.stream().flatMap(stay -> renamed(stay, nameNow).stream()).toList());
        moved.values().removeIf(List::isEmpty);
        idle.values().removeIf(stay -> renamed(stay, nameNow).isEmpty());
        idle.replaceAll((client, stay) -> renamed(stay, nameNow).orElseThrow());
    }

    private static Optional<Stay> renamed(final Stay stay, final Function<String, Optional<String>> nameNow) {
        return nameNow.apply(stay.device()).map(name -> new Stay(name, stay.since(), stay.until(), stay.end()));
    }

    /** A client has a session, and had none. */
    void began(final ClientKey client, final Device device) {
        tally.created();
        final Stay last = idle.remove(client);
        if (last != null && !last.device().equals(device.name())) {
            remember(client, last);
        }
    }

    /** A session goes to another device. */
    void moved(final ClientKey client, final Session session, final End why, final long now) {
        tally.moved();
        remember(client, stay(session, why, now));
    }

    /** A session ended by what was ordered or configured. */
    void purged(final ClientKey client, final Session session, final End why, final long now) {
        tally.purged();
        remember(client, stay(session, why, now));
    }

    /** All sessions ended, with their service or with who learns them. */
    void purgedAll(final int sessions) {
        for (int i = 0; i < sessions; i++) {
            tally.purged();
        }
    }

    /** The switch has removed the last entry of a session. */
    void removed(final ClientKey client, final Session session, final Event.FlowRemoved event) {
        if (event.reason() == Event.FlowRemoved.Reason.EXPIRED) {
            tally.expired();
            idle.remove(client);
            idle.put(client, stay(session, End.IDLE, event.now()));
        } else {
            remember(client, stay(session, End.DELETED, event.now()));
        }
    }

    private static Stay stay(final Session session, final End why, final long now) {
        return new Stay(session.device().name(), session.since(), now, why);
    }

    private void remember(final ClientKey client, final Stay stay) {
        final List<Stay> before = moved.remove(client);
        moved.put(
                client,
                before == null
                        ? List.of(stay)
                        : Stream.concat(Stream.of(stay), before.stream())
                                .limit(MAX_STAYS)
                                .toList());
    }
}
