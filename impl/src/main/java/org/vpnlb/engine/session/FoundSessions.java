/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;

/**
 * The return sessions that searches made, by the address that they are known by. They are a part of all sessions at
 * most, so that there is room for those of clients that send, and such a session may be taken back.
 */
final class FoundSessions {
    /** One of so many sessions may be a search's. */
    private static final int ONE_OF = 10;

    /** There may be very many: they are not looked through for each answer. */
    private static final long SWEEP_MILLIS = 1000;

    /**
     * A session.
     *
     * @param client the client that was searched for
     * @param at when the session was made
     * @param isShared whether another client of the session was found at its device, too
     * @param entry its entry where the switch learns, which may have learned of the client since
     */
    private record Made(IpAddress client, long at, boolean isShared, Optional<Flow> entry) {}

    private final Map<IpAddress, Made> sessions = new HashMap<>();
    private long sweptAt = Long.MIN_VALUE / 2;

    /**
     * The search for a client makes a session.
     *
     * @param entry its entry where the switch learns
     */
    void made(final IpAddress session, final IpAddress client, final Optional<Flow> entry, final long now) {
        sessions.put(session, new Made(client, now, false, entry));
    }

    /** A client was found at the device of a session that was there. */
    void foundToo(final IpAddress session, final IpAddress client) {
        sessions.computeIfPresent(
                session,
                (key, made) ->
                        new Made(made.client, made.at, made.isShared || !made.client.equals(client), made.entry));
    }

    /** Whether the search for this client alone made a session then. */
    boolean isOf(final IpAddress session, final IpAddress client, final long at) {
        final Made made = sessions.get(session);
        return made != null && made.client.equals(client) && made.at == at && !made.isShared;
    }

    /** When a session was made, if a search did it and it may still be as it made it. */
    long madeAt(final IpAddress session) {
        final Made made = sessions.get(session);
        return made == null ? Session.GONE : made.at;
    }

    /**
     * The configuration changed. With a device go the entries that the switch has learned of it: those of searches that
     * lie below them say where clients were once.
     */
    List<Effect> configure(final Service before, final Service next, final long now) {
        final List<Effect> effects = new ArrayList<>();
        if (before.devices().stream()
                .anyMatch(device ->
                        device.keepsSessions() && next.keeper(device.name()).isEmpty())) {
            sessions.values()
                    .forEach(made -> made.entry
                            .filter(entry -> made.at + entry.timeouts().hard() * 1000L > now)
                            .ifPresent(entry -> effects.add(SessionSide.delete(entry))));
            sessions.values().removeIf(made -> made.entry.isPresent());
        }
        return effects;
    }

    /** A session is taken back. */
    void end(final IpAddress session) {
        sessions.remove(session);
    }

    /**
     * Whether searches are to make no more sessions.
     *
     * @param most the most sessions of all
     * @param isThere whether a session is still there as it was made then
     */
    boolean isFull(final long most, final BiPredicate<IpAddress, Long> isThere, final long now) {
        final long part = Math.max(1, most / ONE_OF);
        if (sessions.size() >= part && now - sweptAt >= SWEEP_MILLIS) {
            sweptAt = now;
            sessions.entrySet().removeIf(entry -> !isThere.test(entry.getKey(), entry.getValue().at));
        }
        return sessions.size() >= part;
    }
}
