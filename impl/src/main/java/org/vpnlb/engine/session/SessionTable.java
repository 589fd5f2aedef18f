/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;

/**
 * The sessions of one side of a service in one switch: client address to device. It keeps what the controller knows
 * equal to what the switch holds; what a frame teaches is {@link ClientSessions}' and {@link ReturnSessions}' to say.
 *
 * <p>Each entry of a session can idle out by itself: the session ends when all are gone. A session that the switch has
 * lost is kept, and waits to be written again.
 */
public final class SessionTable {
    /** The milliseconds for which frames that were sent before a session's entry may still come in. */
    public static final long SETTLE_MILLIS = 1000;

    private final Map<ClientKey, Session> sessions = new HashMap<>();
    private long refusals;
    private final SessionCounts counts = new SessionCounts();
    private final PendingRestore lost = new PendingRestore();
    private SessionLimits limits = new SessionLimits();
    private final SessionHistory history;
    private SessionSide side;

    SessionTable(final SessionSide side, final Counters.Tally tally) {
        this.side = side;
        history = new SessionHistory(tally);
    }

    SessionSide side() {
        return side;
    }

    /** What became of its sessions. */
    public SessionHistory history() {
        return history;
    }

    /** The session of a client, or null. */
    Session get(final ClientKey client) {
        return sessions.get(client);
    }

    /** Whether the limit of sessions is reached. */
    boolean isFull() {
        return sessions.size() >= side.service().maxSessions(side.side());
    }

    /** The devices that have reached their limit; another set only when it has changed. */
    public Set<String> fullDevices() {
        return limits.fullDevices();
    }

    /** The devices that would have reached their limit, with other names and numbers; see {@link SessionLimits}. */
    public Set<String> wouldBeFull(
            final Collection<Device> next, final Map<String, String> names, final Map<String, Integer> numbers) {
        return limits.renamed(names).wouldBeFull(next, numbers);
    }

    /** The number of sessions of each device that has any. */
    public Map<String, Integer> countByDevice() {
        return counts.byDevice();
    }

    /** The number of sessions of a device. */
    public int count(final String device) {
        return counts.of(device);
    }

    /** The number of sessions. */
    public int size() {
        return sessions.size();
    }

    /** The number of entries that the switch holds of all sessions. */
    public int entries() {
        return counts.entries();
    }

    /** How many entries have come and gone since this controller started. */
    public long entryChanges() {
        return counts.changes();
    }

    /** The number of sessions that the switch has lost, and that have not been written again yet. */
    public int pending() {
        return lost.count();
    }

    /** The sessions by client; only to be read. */
    Map<ClientKey, Session> all() {
        return sessions;
    }

    /** Makes a session. */
    List<Effect> create(final ClientKey client, final Device device, final long now) {
        history.began(client, device);
        final List<Effect> effects = new ArrayList<>(write(client, device, now));
        effects.addAll(updateLimits(device));
        return effects;
    }

    /** Writes the entries that each session has, which may be there already. */
    List<Effect> write(final ClientKey client, final Device device, final long now) {
        put(client, Session.of(side.initial(), device, now));
        return side.initial() == 1
                ? List.of(add(0, device, client))
                : List.of(add(0, device, client), add(1, device, client));
    }

    /** Writes one entry of a session. */
    Effect writeEntry(final int entry, final ClientKey client, final long now) {
        final Session session = sessions.get(client);
        put(client, session.written(entry, now));
        return add(entry, session.device(), client);
    }

    /** Deletes one entry of a session that keeps another. */
    Effect deleteEntry(final int entry, final ClientKey client) {
        final Session session = sessions.get(client);
        put(client, session.written(entry, Session.GONE));
        return SessionSide.delete(side.entry(entry, session.device(), client));
    }

    /** The session goes to another device. */
    List<Effect> move(final ClientKey client, final Device device, final Stay.End why, final long now) {
        history.moved(client, sessions.get(client), why, now);
        final Device old = sessions.get(client).device();
        final List<Effect> effects = new ArrayList<>(write(client, device, now));
        side.deleteReplaced(client, old, side, device, effects);
        return effects;
    }

    /** The switch removed an entry of a session. */
    public List<Effect> removed(final ClientKey client, final Cookie.Kind kind, final Event.FlowRemoved event) {
        final Session session = sessions.get(client);
        final int entry = side.entryOf(kind);
        if (session == null
                || event.cookie() != side.cookie(entry, session.device())
                || session.writtenAt(entry) == Session.GONE
                // Of another length it was another session's.
                || !event.key()
                        .equals(side.entry(entry, session.device(), client).key())
                || isOfEarlierEntry(event, session.writtenAt(entry))) {
            return List.of();
        }
        final List<Effect> effects = gone(client, session, entry);
        if (side.isRenewed(entry) && sessions.containsKey(client)) {
            return List.of(writeEntry(entry, client, event.now()));
        }
        if (!sessions.containsKey(client)) {
            history.removed(client, session, event);
        }
        return effects;
    }

    /** The switch refused an entry of a session: what it does not hold is no session. */
    public List<Effect> refused(final ClientKey client, final Cookie.Kind kind, final Flow flow) {
        final Session session = sessions.get(client);
        final int entry = side.entryOf(kind);
        if (session == null || !flow.equals(side.entry(entry, session.device(), client))) {
            return List.of();
        }
        final List<Effect> effects = new ArrayList<>();
        if (side.isRenewed(entry)) {
            for (int i = 1; i < side.kinds().size(); i++) {
                if (session.writtenAt(i) != Session.GONE) {
                    effects.add(deleteEntry(i, client));
                }
            }
        }
        effects.addAll(gone(client, sessions.get(client), entry));
        refusals++;
        return effects;
    }

    /** How many entries of sessions the switch has refused. */
    long refusals() {
        return refusals;
    }

    /** An entry of a session is gone; the session ends with its last one. */
    private List<Effect> gone(final ClientKey client, final Session session, final int entry) {
        final Session left = session.written(entry, Session.GONE);
        if (left.entries() > 0) {
            put(client, left);
            return List.of();
        }
        end(client);
        return updateLimits(session.device());
    }

    /** Whether a removal is of an entry that has been written again since: one so young cannot have expired. */
    private boolean isOfEarlierEntry(final Event.FlowRemoved event, final long writtenAt) {
        final long age = event.now() - writtenAt;
        return event.reason() == Event.FlowRemoved.Reason.EXPIRED
                ? age < side.idleTimeout() * 1000L - SETTLE_MILLIS
                : age < SETTLE_MILLIS;
    }

    /** The configuration changed: sessions that it does not allow end, all others keep their device. */
    List<Effect> configure(final SessionSide next, final long now) {
        final List<Effect> effects = new ArrayList<>();
        // What becomes of a session depends on its device, and there may be very many sessions.
        final Map<String, Fate> fates = new HashMap<>();
        final boolean isStricter = next.isStricterThan(side.service());
        final Iterator<Map.Entry<ClientKey, Session>> all = sessions.entrySet().iterator();
        while (all.hasNext()) {
            final Map.Entry<ClientKey, Session> entry = all.next();
            final ClientKey client = entry.getKey();
            final Session session = entry.getValue();
            final Device device = session.device();
            Fate fate = fates.get(device.name());
            if (fate == null) {
                fate = Fate.of(device, client, side, next);
                fates.put(device.name(), fate);
                if (fate.keeper().isEmpty()) {
                    side.deleteAllOf(device, effects);
                }
            }
            if (fate.keeper().isEmpty()) {
                all.remove();
                purged(client, session, fate.end(), now);
            } else if (isStricter && !next.allows(client)) {
                all.remove();
                purged(client, session, Stay.End.NOT_ALLOWED, now);
                side.deleteEntries(client, device, effects);
            } else if (fate.isRewritten()) {
                final Device keeper = fate.keeper().orElseThrow();
                Session rewritten = Session.of(next.initial(), keeper, now);
                for (int i = 0; i < next.kinds().size(); i++) {
                    if (i < next.initial() || session.writtenAt(i) != Session.GONE) {
                        rewritten = rewritten.written(i, now);
                        effects.add(SessionSide.rewrite(
                                side.entry(i, device, client).key(), next.entry(i, keeper, client)));
                    }
                }
                entry.setValue(counts.replaced(session, rewritten));
                lost.remove(client);
                side.deleteReplaced(client, device, next, keeper, effects);
            } else if (fate.keeper().orElseThrow() != device) {
                entry.setValue(renamed(session, fate.keeper().orElseThrow()));
            }
        }
        side = next;
        limits = limits.renamed(Fate.names(fates));
        effects.addAll(updateLimits());
        return effects;
    }

    /** The numbers are others now; each session keeps the device that it has. */
    void renumbered(final SessionSide next) {
        side = next;
    }

    private Session renamed(final Session session, final Device device) {
        final Session next = session.with(device);
        return device.name().equals(session.device().name()) ? next : counts.replaced(session, next);
    }

    /** The switch has lost all that it had: all sessions are to be written again. */
    void lost() {
        sessions.replaceAll((client, session) ->
                counts.replaced(session, Session.of(side.initial(), session.device(), Session.GONE)));
        lost.add(sessions.keySet());
    }

    /**
     * Takes the sessions from the entries that the switch holds. Those that it has lost before still wait to be written
     * again.
     *
     * @param found the entries, by what they are
     * @param since when the switch was asked: what was written after that is there though it is not among the entries.
     *     {@link Long#MAX_VALUE} on a new connection: nothing of before counts
     * @return what makes the entries those of the configuration
     */
    List<Effect> adopt(final Map<Cookie.Kind, List<Flow>> found, final long since) {
        final Map<ClientKey, Session> stillLost = new HashMap<>();
        lost.clients().forEach(client -> stillLost.put(client, sessions.get(client)));
        final Map<ClientKey, Session> before = since == Long.MAX_VALUE ? Map.of() : new HashMap<>(sessions);
        clear();
        before.forEach((client, session) -> {
            final Session kept = session.withoutOlder(since);
            if (kept.entries() > 0) {
                put(client, kept);
            }
        });
        final List<Effect> effects = new ArrayList<>();
        final Set<Flow.Key> added = new HashSet<>();
        for (int i = 0; i < side.kinds().size(); i++) {
            final Map<Long, Device> byCookie = side.byCookie(i);
            for (final Flow actual : found.getOrDefault(side.kinds().get(i), List.of())) {
                final ClientKey client = side.client(actual);
                final Device device = byCookie.get(actual.cookie());
                final Session session = sessions.get(client);
                if (device == null
                        || !side.allows(client)
                        || session != null && !session.device().equals(device)) {
                    effects.add(SessionSide.delete(actual));
                    continue;
                }
                final Session old = before.get(client);
                final boolean isKnown = old != null && old.writtenAt(i) != Session.GONE;
                put(
                        client,
                        (session == null ? Session.of(side.initial(), device, Session.GONE) : session)
                                // Of unknown age it may expire at any time.
                                .written(i, isKnown ? old.writtenAt(i) : Session.UNKNOWN));
                final Flow desired = side.entry(i, device, client);
                if (!desired.equals(actual) && added.add(desired.key())) {
                    effects.add(SessionSide.rewrite(actual.key(), desired));
                }
                if (!desired.key().equals(actual.key())) {
                    effects.add(SessionSide.delete(actual));
                }
                if (i > 0 && side.isRenewed(0) && sessions.get(client).writtenAt(0) == Session.GONE) {
                    effects.add(writeEntry(0, client, Session.UNKNOWN));
                }
            }
        }
        stillLost.keySet().removeAll(sessions.keySet());
        stillLost.forEach(this::put);
        effects.addAll(updateLimits());
        return effects;
    }

    /** Writes about this number of lost entries again. */
    public List<Effect> restore(final int max, final long now) {
        return lost.restore(max, client -> write(client, sessions.get(client).device(), now));
    }

    /** Forgets the sessions that the switch has lost. */
    void abandon() {
        lost.clients().forEach(this::end);
    }

    /** Ends all sessions; the deletes take the entries of a device each. */
    List<Effect> purge() {
        final List<Effect> effects = new ArrayList<>();
        history.purgedAll(sessions.size());
        sessions.values().stream().map(Session::device).distinct().forEach(device -> side.deleteAllOf(device, effects));
        clear();
        return effects;
    }

    private List<Effect> updateLimits(final Device device) {
        return limits.update(side.service(), side.side(), sessions.size(), device, counts.of(device.name()));
    }

    List<Effect> updateLimits() {
        final Service service = side.service();
        return limits.updateAll(
                service, side.side(), sessions.size(), service.devices(), device -> counts.of(device.name()));
    }

    private Effect add(final int entry, final Device device, final ClientKey client) {
        return new Effect.AddFlow(side.entry(entry, device, client));
    }

    private void purged(final ClientKey client, final Session session, final Stay.End why, final long now) {
        lost.remove(client);
        counts.replaced(session, null);
        history.purged(client, session, why, now);
    }

    void put(final ClientKey client, final Session next) {
        counts.replaced(sessions.put(client, next), next);
        lost.set(client, next.entries() == 0);
    }

    void end(final ClientKey client) {
        lost.remove(client);
        counts.replaced(sessions.remove(client), null);
    }

    void clear() {
        sessions.clear();
        lost.clear();
        counts.clear();
    }
}
