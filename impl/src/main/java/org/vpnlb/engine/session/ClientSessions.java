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
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.session.Counters.Ignored;

/** The client sessions of one service in its ingress switch: outer client address to device. */
public final class ClientSessions {
    /** The longest time for which frames that were sent before a session's entry may still come in. */
    public static final long SETTLE_MILLIS = 1000;

    private record Session(Device device, long installedAt) {}

    private final Map<IpAddress, Session> sessions = new HashMap<>();
    /** The number of sessions of each device that has any. */
    private final Map<String, Integer> counts = new HashMap<>();

    private final LostSessions lost = new LostSessions();

    private final Map<String, Limit> deviceLimits = new HashMap<>();
    private final Limit limit = new Limit();
    private final Counters.Tally tally;
    private Set<String> full = Set.of();
    private Service service;
    private Pipeline pipeline;
    private Map<MacAddress, Device> byMac;

    public ClientSessions(final Service service, final Pipeline pipeline, final Counters.Tally tally) {
        this.tally = tally;
        use(service, pipeline);
    }

    private void use(final Service nextService, final Pipeline nextPipeline) {
        service = nextService;
        pipeline = nextPipeline;
        byMac = nextService.devices().stream()
                .collect(Collectors.toMap(device -> device.ingress().mac(), device -> device));
    }

    /** Learns from the copy of a new client's packet, whose destination MAC address tells the selected device. */
    public List<Effect> learn(final EthernetFrame frame, final IpPacket packet, final long now) {
        final Device device = byMac.get(frame.destination());
        if (device == null) {
            tally.ignored(Ignored.UNKNOWN_MAC);
            return List.of();
        }
        final IpAddress client = packet.source();
        final Session known = sessions.get(client);
        if (known != null) {
            if (now - known.installedAt < SETTLE_MILLIS && !lost.contains(client)) {
                tally.ignored(Ignored.ALREADY_KNOWN);
                return List.of();
            }
            return install(client, known.device, now);
        }
        if (!device.takesSessions()) {
            tally.ignored(Ignored.OUT_OF_SERVICE);
            return List.of();
        }
        if (!client.isHost()) {
            tally.ignored(Ignored.NOT_A_CLIENT);
            return List.of();
        }
        if (sessions.size() >= service.ingress().maxSessions()) {
            tally.rejected();
            return List.of();
        }
        tally.created();
        final List<Effect> effects = new ArrayList<>(install(client, device, now));
        effects.addAll(checkLimits(device));
        return effects;
    }

    /** The devices with as many sessions as they may have; another set only when it has changed. */
    public Set<String> full() {
        return full;
    }

    private List<Effect> checkLimits(final Device device) {
        final List<Effect> effects = new ArrayList<>();
        final long most = service.ingress().maxSessions();
        if (limit.reaches(sessions.size(), most)) {
            effects.add(reached(Optional.empty(), most));
        }
        final Limit own = deviceLimits.computeIfAbsent(device.name(), name -> new Limit());
        final boolean was = own.isReached();
        final long mostOfDevice = device.maxSessions().orElse(Long.MAX_VALUE);
        if (own.reaches(counts.getOrDefault(device.name(), 0), mostOfDevice)) {
            effects.add(reached(Optional.of(device.name()), mostOfDevice));
        }
        if (own.isReached() != was) {
            full = deviceLimits.entrySet().stream()
                    .filter(entry -> entry.getValue().isReached())
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toUnmodifiableSet());
        }
        return effects;
    }

    private List<Effect> checkLimits() {
        deviceLimits
                .keySet()
                .retainAll(byMac.values().stream().map(Device::name).toList());
        full = full.stream().filter(deviceLimits::containsKey).collect(Collectors.toUnmodifiableSet());
        return byMac.values().stream()
                .flatMap(device -> checkLimits(device).stream())
                .toList();
    }

    private Effect reached(final Optional<String> device, final long most) {
        return new Effect.Tell(new Notice.SessionLimitReached(service.name(), Side.INGRESS, device, most));
    }

    /** The switch removed the entry of a session. */
    public List<Effect> removed(final IpAddress client, final Event.FlowRemoved event) {
        final Session session = sessions.get(client);
        if (session == null
                || event.cookie() != pipeline.cookie(Cookie.Kind.CLIENT_SESSION, service, session.device)
                || isEarlier(event, session.installedAt, service.ingress().idleTimeout())) {
            return List.of();
        }
        end(client);
        if (event.reason() == Event.FlowRemoved.Reason.EXPIRED) {
            tally.expired();
        }
        return checkLimits(session.device);
    }

    /** The configuration changed: sessions of devices that keep none are ended, all others keep their device. */
    public List<Effect> configure(final Service next, final Pipeline nextPipeline, final long now) {
        final Set<Effect> effects = new LinkedHashSet<>();
        // What becomes of a session depends on its device alone, and there may be very many sessions.
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
                count(device, -1);
                tally.purged();
                effects.add(new Effect.DeleteFlows(pipeline.cookie(Cookie.Kind.CLIENT_SESSION, service, device)));
            } else if (fate.isRewritten) {
                final Flow flow = pipeline.clientSession(service, device, client);
                final Flow nextFlow = nextPipeline.clientSession(next, fate.keeper, client);
                entry.setValue(new Session(fate.keeper, now));
                lost.remove(client);
                effects.add(new Effect.AddFlow(nextFlow));
                if (!nextFlow.key().equals(flow.key())) {
                    effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie()));
                }
            } else if (fate.keeper != device) {
                entry.setValue(new Session(fate.keeper, session.installedAt));
            }
        }
        use(next, nextPipeline);
        effects.addAll(checkLimits());
        return List.copyOf(effects);
    }

    /** What becomes of the sessions of a device: they end when nobody keeps them. */
    private record Fate(Device keeper, boolean isRewritten) {}

    private Fate fate(final Device device, final IpAddress anyClient, final Service next, final Pipeline nextPipeline) {
        return keeper(next, device.name())
                .map(keeper -> new Fate(
                        keeper,
                        !nextPipeline
                                .clientSession(next, keeper, anyClient)
                                .equals(pipeline.clientSession(service, device, anyClient))))
                .orElse(new Fate(null, false));
    }

    /**
     * Takes the sessions from the entries that the switch holds.
     *
     * @param flows the entries of client sessions of this service
     * @param isEmpty whether the switch lost all it had, so that the sessions of before are to be written again
     */
    public List<Effect> adopt(final List<Flow> flows, final boolean isEmpty, final long now) {
        final List<Effect> effects = new ArrayList<>();
        if (isEmpty) {
            sessions.replaceAll((client, session) -> new Session(session.device, now));
            lost.add(sessions.keySet());
            return effects;
        }
        final Map<IpAddress, Device> still = new HashMap<>();
        lost.clients().forEach(client -> still.put(client, sessions.get(client).device));
        sessions.clear();
        counts.clear();
        final Map<Long, Device> byCookie = service.devices().stream()
                .filter(Device::keepsSessions)
                .collect(Collectors.toMap(
                        device -> pipeline.cookie(Cookie.Kind.CLIENT_SESSION, service, device), device -> device));
        for (final Flow actual : flows) {
            final IpAddress client = Pipeline.client(actual);
            final Device device = byCookie.get(actual.cookie());
            if (device == null || sessions.containsKey(client)) {
                effects.add(new Effect.DeleteFlow(actual.key(), actual.cookie()));
                continue;
            }
            // Its age is not known: it may expire at any time.
            put(client, device, now - service.ingress().idleTimeout() * 1000L);
            final Flow desired = pipeline.clientSession(service, device, client);
            if (!desired.equals(actual)) {
                effects.add(new Effect.AddFlow(desired));
            }
            if (!desired.key().equals(actual.key())) {
                effects.add(new Effect.DeleteFlow(actual.key(), actual.cookie()));
            }
        }
        for (final IpAddress client : lost.clients()) {
            sessions.put(client, new Session(still.get(client), now));
            count(still.get(client), 1);
        }
        effects.addAll(checkLimits());
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
        lost.clients().forEach(this::end);
    }

    /** The number of sessions of each device that has any. */
    public Map<String, Integer> countByDevice() {
        return Map.copyOf(counts);
    }

    /** Ends all sessions; the deletes take the entries of a device each. */
    public List<Effect> purge() {
        sessions.keySet().forEach(client -> tally.purged());
        final List<Effect> effects = sessions.values().stream()
                .map(session -> pipeline.cookie(Cookie.Kind.CLIENT_SESSION, service, session.device))
                .distinct()
                .<Effect>map(Effect.DeleteFlows::new)
                .toList();
        sessions.clear();
        lost.clear();
        counts.clear();
        return effects;
    }

    /** The device of this name, when sessions may be with it. */
    public static Optional<Device> keeper(final Service service, final String name) {
        return service.devices().stream()
                .filter(device -> device.name().equals(name) && device.keepsSessions())
                .findFirst();
    }

    /** Whether a removal is of an entry that has been written again since: one so young cannot have expired. */
    public static boolean isEarlier(final Event.FlowRemoved event, final long installedAt, final int idleTimeout) {
        final long age = event.now() - installedAt;
        return event.reason() == Event.FlowRemoved.Reason.EXPIRED
                ? age < idleTimeout * 1000L - SETTLE_MILLIS
                : age < SETTLE_MILLIS;
    }

    private List<Effect> install(final IpAddress client, final Device device, final long now) {
        put(client, device, now);
        return List.of(new Effect.AddFlow(pipeline.clientSession(service, device, client)));
    }

    private void put(final IpAddress client, final Device device, final long now) {
        end(client);
        sessions.put(client, new Session(device, now));
        count(device, 1);
    }

    private void end(final IpAddress client) {
        lost.remove(client);
        final Session ended = sessions.remove(client);
        if (ended != null) {
            count(ended.device, -1);
        }
    }

    private void count(final Device device, final int difference) {
        counts.merge(device.name(), difference, (old, more) -> old + more == 0 ? null : old + more);
    }
}
