/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.session.Counters.Ignored;

/**
 * The return sessions of one service in its egress switch: inner client address to device.
 *
 * <p>A session has two entries, the learned source and the return session itself. Either can idle out while the other
 * is used: the session ends when both are gone.
 */
public final class ReturnSessions {
    /** When an entry was written that is gone. */
    private static final long GONE = Long.MIN_VALUE;

    /** A session, and when each of its entries was written. There may be very many: no boxes. */
    private record Session(Device device, long sourceAt, long backAt) {
        int flows() {
            return (sourceAt == GONE ? 0 : 1) + (backAt == GONE ? 0 : 1);
        }
    }

    private final Map<IpAddress, Session> sessions = new HashMap<>();
    /** The number of sessions of each device that has any. */
    private final Map<String, Integer> counts = new HashMap<>();

    private int flows;
    private final LostSessions lost = new LostSessions();

    private final Holds heldSources;
    private final Holds heldMisses = new Holds();
    private final Limit limit = new Limit();
    private final Counters.Tally tally;
    private Service service;
    private Pipeline pipeline;

    public ReturnSessions(
            final Service service, final Pipeline pipeline, final Counters.Tally tally, final Holds heldSources) {
        this.heldSources = heldSources;
        this.service = service;
        this.pipeline = pipeline;
        this.tally = tally;
    }

    /** Whether it can be learned that a client is behind a device. */
    public boolean learnsFrom(final Device device, final IpAddress client) {
        return device.keepsSessions() && isClient(device, client);
    }

    /** Learns that a client is behind a device, from the copy of a packet that the device sent. */
    public List<Effect> learn(final Device device, final IpPacket packet, final long now) {
        final IpAddress client = packet.source();
        if (!isClient(device, client)) {
            tally.ignored(Ignored.NOT_A_CLIENT);
            return heldSources.hold(pipeline.heldClient(device, client), now);
        }
        if (!device.keepsSessions()) {
            tally.ignored(Ignored.OUT_OF_SERVICE);
            return heldSources.hold(pipeline.heldClient(device, client), now);
        }
        final Session known = sessions.get(client);
        if (known == null) {
            if (sessions.size() >= service.egress().maxSessions()) {
                tally.rejected();
                return List.of();
            }
            tally.created();
            final List<Effect> effects = new ArrayList<>(install(client, device, now));
            effects.addAll(checkLimit());
            return effects;
        }
        if (known.device.name().equals(device.name())) {
            if (isSettling(known.sourceAt, now)) {
                tally.ignored(Ignored.ALREADY_KNOWN);
                return List.of();
            }
            return install(client, device, now);
        }
        tally.moved();
        final List<Effect> effects = new ArrayList<>(install(client, device, now));
        effects.add(delete(pipeline.learnedSource(service, known.device, client)));
        return effects;
    }

    /** Answers a server's frame to a client for which the switch has no entry. */
    public List<Effect> answer(
            final long inPort, final byte[] bytes, final EthernetFrame frame, final IpPacket packet, final long now) {
        final IpAddress client = packet.destination();
        final Session session = sessions.get(client);
        if (session == null) {
            tally.ignored(Ignored.NO_SESSION);
            final List<Effect> effects =
                    new ArrayList<>(heldMisses.hold(pipeline.heldMiss(service, frame.destination(), client), now));
            service.devices().stream()
                    .map(Device::egress)
                    .filter(egress -> egress.mac().equals(frame.destination()) && egress.port() != inPort)
                    .findFirst()
                    .ifPresent(egress -> effects.add(new Effect.SendFrame(egress.port(), bytes)));
            return effects;
        }
        final Attachment egress = session.device.egress();
        final List<Effect> effects = new ArrayList<>();
        if (!isSettling(session.backAt, now)) {
            put(client, new Session(session.device, session.sourceAt, now));
            effects.add(new Effect.AddFlow(pipeline.returnSession(service, session.device, client)));
        }
        if (egress.port() != inPort) {
            effects.add(new Effect.SendFrame(egress.port(), EthernetFrame.withDestination(bytes, egress.mac())));
        }
        return effects;
    }

    /** The switch removed an entry of a session. */
    public void removed(final IpAddress client, final Cookie.Kind kind, final Event.FlowRemoved event) {
        final Session session = sessions.get(client);
        if (session == null || event.cookie() != pipeline.cookie(kind, service, session.device)) {
            return;
        }
        final boolean isSource = kind == Cookie.Kind.LEARNED_SOURCE;
        final long writtenAt = isSource ? session.sourceAt : session.backAt;
        if (writtenAt == GONE
                || ClientSessions.isEarlier(event, writtenAt, service.egress().idleTimeout())) {
            return;
        }
        if ((isSource ? session.backAt : session.sourceAt) != GONE) {
            put(
                    client,
                    new Session(session.device, isSource ? GONE : session.sourceAt, isSource ? session.backAt : GONE));
            return;
        }
        account(sessions.remove(client), null);
        limit.reaches(sessions.size(), service.egress().maxSessions());
        if (event.reason() == Event.FlowRemoved.Reason.EXPIRED) {
            tally.expired();
        }
    }

    /** The configuration changed: sessions that it does not allow are ended, all others keep their device. */
    public List<Effect> configure(final Service next, final Pipeline nextPipeline, final long now) {
        final Set<Effect> effects = new LinkedHashSet<>();
        final boolean samePrefixes =
                next.egress().clientPrefixes().equals(service.egress().clientPrefixes());
        // What becomes of a session depends on its device, and there may be very many sessions.
        final Map<String, Fate> fates = new HashMap<>();
        final Iterator<Map.Entry<IpAddress, Session>> entries =
                sessions.entrySet().iterator();
        while (entries.hasNext()) {
            final Map.Entry<IpAddress, Session> entry = entries.next();
            final IpAddress client = entry.getKey();
            final Session session = entry.getValue();
            final Device device = session.device;
            final Fate fate = fates.computeIfAbsent(device.name(), name -> fate(device, client, next, nextPipeline));
            if (fate.keeper == null) {
                entries.remove();
                lost.remove(client);
                account(session, null);
                tally.purged();
                effects.add(new Effect.DeleteFlows(pipeline.cookie(Cookie.Kind.LEARNED_SOURCE, service, device)));
                effects.add(new Effect.DeleteFlows(pipeline.cookie(Cookie.Kind.RETURN_SESSION, service, device)));
            } else if (!samePrefixes && !next.egress().mayBeClient(client)) {
                entries.remove();
                lost.remove(client);
                account(session, null);
                tally.purged();
                effects.add(delete(pipeline.learnedSource(service, device, client)));
                effects.add(delete(pipeline.returnSession(service, device, client)));
            } else if (fate.isRewritten) {
                entry.setValue(replaced(session, new Session(fate.keeper, now, now)));
                lost.remove(client);
                effects.addAll(rewrite(client, device, fate.keeper, next, nextPipeline));
            } else if (fate.keeper != device) {
                entry.setValue(new Session(fate.keeper, session.sourceAt, session.backAt));
            }
        }
        if (nextPipeline.heldMissCookie(next) != pipeline.heldMissCookie(service)) {
            effects.addAll(heldMisses.release(pipeline.heldMissCookie(service)));
        }
        service = next;
        pipeline = nextPipeline;
        effects.addAll(checkLimit());
        return List.copyOf(effects);
    }

    /** What becomes of the sessions of a device: they end when nobody keeps them. */
    private record Fate(Device keeper, boolean isRewritten) {}

    private Fate fate(final Device device, final IpAddress anyClient, final Service next, final Pipeline nextPipeline) {
        return ClientSessions.keeper(next, device.name())
                .map(keeper -> new Fate(
                        keeper,
                        !nextPipeline
                                        .learnedSource(next, keeper, anyClient)
                                        .equals(pipeline.learnedSource(service, device, anyClient))
                                || !nextPipeline
                                        .returnSession(next, keeper, anyClient)
                                        .equals(pipeline.returnSession(service, device, anyClient))))
                .orElse(new Fate(null, false));
    }

    private List<Effect> rewrite(
            final IpAddress client,
            final Device device,
            final Device keeper,
            final Service next,
            final Pipeline nextPipeline) {
        final Flow source = pipeline.learnedSource(service, device, client);
        final Flow back = pipeline.returnSession(service, device, client);
        final Flow nextSource = nextPipeline.learnedSource(next, keeper, client);
        final Flow nextBack = nextPipeline.returnSession(next, keeper, client);
        final List<Effect> effects = new ArrayList<>();
        effects.add(new Effect.AddFlow(nextBack));
        effects.add(new Effect.AddFlow(nextSource));
        if (!nextSource.key().equals(source.key())) {
            effects.add(delete(source));
        }
        if (!nextBack.key().equals(back.key())) {
            effects.add(delete(back));
        }
        return effects;
    }

    /**
     * Takes the sessions from the entries that the switch holds.
     *
     * @param sources the learned sources of this service; of several of one client, any may be the session's
     * @param backs the return sessions of this service
     * @param holds the held misses of this service
     * @param isEmpty whether the switch lost all it had, so that the sessions of before are to be written again
     */
    public List<Effect> adopt(
            final List<Flow> sources,
            final List<Flow> backs,
            final List<Flow> holds,
            final boolean isEmpty,
            final long now) {
        heldMisses.forget();
        holds.forEach(hold -> heldMisses.found(hold, now));
        if (isEmpty) {
            sessions.replaceAll((client, session) -> replaced(session, new Session(session.device, GONE, GONE)));
            lost.add(sessions.keySet());
            return List.of();
        }
        final Map<IpAddress, Session> still = new HashMap<>();
        lost.clients().forEach(client -> still.put(client, sessions.get(client)));
        clear();
        final List<Effect> effects = new ArrayList<>();
        final Map<Long, Device> byBackCookie = byCookie(Cookie.Kind.RETURN_SESSION);
        final Map<Long, Device> bySourceCookie = byCookie(Cookie.Kind.LEARNED_SOURCE);
        // Its age is not known: it may expire at any time.
        final long installedAt = now - service.egress().idleTimeout() * 1000L;
        for (final Flow actual : backs) {
            final IpAddress client = Pipeline.client(actual);
            final Device device = byBackCookie.get(actual.cookie());
            if (device == null || !service.egress().mayBeClient(client) || sessions.containsKey(client)) {
                effects.add(delete(actual));
                continue;
            }
            put(client, new Session(device, GONE, installedAt));
            final Flow desired = pipeline.returnSession(service, device, client);
            if (!desired.equals(actual)) {
                effects.add(new Effect.AddFlow(desired));
            }
            if (!desired.key().equals(actual.key())) {
                effects.add(delete(actual));
            }
        }
        for (final Flow actual : sources) {
            final IpAddress client = Pipeline.client(actual);
            final Device device = bySourceCookie.get(actual.cookie());
            final Session session = sessions.get(client);
            if (device == null
                    || !service.egress().mayBeClient(client)
                    || session != null && !session.device.equals(device)
                    || !actual.equals(pipeline.learnedSource(service, device, client))) {
                effects.add(delete(actual));
                continue;
            }
            put(client, new Session(device, installedAt, session == null ? GONE : session.backAt));
        }
        still.keySet().removeAll(sessions.keySet());
        still.forEach(this::put);
        lost.add(still.keySet());
        effects.addAll(checkLimit());
        return effects;
    }

    /** Writes about so many entries of sessions again that the switch has lost. */
    public List<Effect> restore(final int most, final long now) {
        return lost.restore(most, client -> install(client, sessions.get(client).device, now));
    }

    /** The number of sessions that the switch has lost, and that have not been written again yet. */
    public int unwritten() {
        return lost.count();
    }

    /** Forgets the sessions that the switch has lost. */
    public void abandon() {
        lost.clients().forEach(client -> account(sessions.remove(client), null));
        lost.clear();
    }

    private List<Effect> checkLimit() {
        final long most = service.egress().maxSessions();
        return limit.reaches(sessions.size(), most)
                ? List.of(new Effect.Tell(
                        new Notice.SessionLimitReached(service.name(), Side.EGRESS, Optional.empty(), most)))
                : List.of();
    }

    /** The number of sessions of each device that has any. */
    public Map<String, Integer> countByDevice() {
        return Map.copyOf(counts);
    }

    /** The number of entries of all sessions. */
    public int flows() {
        return flows;
    }

    /** Ends all sessions; the deletes take the entries of a device each. */
    public List<Effect> purge() {
        sessions.keySet().forEach(client -> tally.purged());
        final List<Device> devices =
                sessions.values().stream().map(Session::device).distinct().toList();
        clear();
        final List<Effect> effects = new ArrayList<>(heldMisses.release(pipeline.heldMissCookie(service)));
        for (final Device device : devices) {
            effects.add(new Effect.DeleteFlows(pipeline.cookie(Cookie.Kind.LEARNED_SOURCE, service, device)));
            effects.add(new Effect.DeleteFlows(pipeline.cookie(Cookie.Kind.RETURN_SESSION, service, device)));
        }
        return effects;
    }

    /** Whether an entry was written so lately that frames from before may still come in. */
    private static boolean isSettling(final long writtenAt, final long now) {
        return writtenAt != GONE && now - writtenAt < ClientSessions.SETTLE_MILLIS;
    }

    private boolean isClient(final Device device, final IpAddress client) {
        return client.isHost()
                && service.egress().mayBeClient(client)
                && !client.equals(service.clusterAddress())
                && device.egress().address().filter(client::equals).isEmpty();
    }

    private Map<Long, Device> byCookie(final Cookie.Kind kind) {
        return service.devices().stream()
                .filter(Device::keepsSessions)
                .collect(Collectors.toMap(device -> pipeline.cookie(kind, service, device), device -> device));
    }

    private List<Effect> install(final IpAddress client, final Device device, final long now) {
        put(client, new Session(device, now, now));
        return entries(client, device);
    }

    private List<Effect> entries(final IpAddress client, final Device device) {
        // The way back first: once the source is known nothing is punted any more.
        return List.of(
                new Effect.AddFlow(pipeline.returnSession(service, device, client)),
                new Effect.AddFlow(pipeline.learnedSource(service, device, client)));
    }

    private static Effect delete(final Flow flow) {
        return new Effect.DeleteFlow(flow.key(), flow.cookie());
    }

    private void put(final IpAddress client, final Session next) {
        account(sessions.put(client, next), next);
        lost.remove(client);
    }

    private Session replaced(final Session before, final Session after) {
        account(before, after);
        return after;
    }

    private void clear() {
        sessions.clear();
        lost.clear();
        counts.clear();
        flows = 0;
    }

    private void account(final Session before, final Session after) {
        if (before != null) {
            counts.computeIfPresent(before.device.name(), (name, count) -> count == 1 ? null : count - 1);
            flows -= before.flows();
        }
        if (after != null) {
            counts.merge(after.device.name(), 1, Integer::sum);
            flows += after.flows();
        }
    }
}
