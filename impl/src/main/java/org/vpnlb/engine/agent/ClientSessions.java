/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.agent.Counters.Ignored;
import org.vpnlb.engine.config.Device;
import org.vpnlb.engine.config.Service;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Cookie;
import org.vpnlb.engine.openflow.Flow;

/** The client sessions of one service in its ingress switch: outer client address to device. */
final class ClientSessions {
    /** The longest time for which frames that were sent before a session's entry may still come in. */
    static final long SETTLE_MILLIS = 1000;

    private record Session(Device device, long installedAt) {}

    private final Map<IpAddress, Session> sessions = new HashMap<>();
    private final Counters.Tally tally;
    private Service service;
    private Pipeline pipeline;
    private Map<MacAddress, Device> byMac;

    ClientSessions(final Service service, final Pipeline pipeline, final Counters.Tally tally) {
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
    List<Effect> learn(final EthernetFrame frame, final IpPacket packet, final long now) {
        final Device device = byMac.get(frame.destination());
        if (device == null) {
            tally.ignored(Ignored.UNKNOWN_MAC);
            return List.of();
        }
        final IpAddress client = packet.source();
        final Session known = sessions.get(client);
        if (known != null) {
            if (now - known.installedAt < SETTLE_MILLIS) {
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
        return install(client, device, now);
    }

    /** The switch removed the entry of a session. */
    void removed(final IpAddress client, final Event.FlowRemoved event) {
        final Session session = sessions.get(client);
        if (session == null
                || event.cookie() != pipeline.cookie(Cookie.Kind.CLIENT_SESSION, service, session.device)
                || isEarlier(event, session.installedAt, service.ingress().idleTimeout())) {
            return;
        }
        sessions.remove(client);
        if (event.reason() == Event.FlowRemoved.Reason.EXPIRED) {
            tally.expired();
        }
    }

    /** The configuration changed: sessions of devices that keep none are ended, all others keep their device. */
    List<Effect> configure(final Service next, final Pipeline nextPipeline, final long now) {
        final Set<Effect> effects = new LinkedHashSet<>();
        final Iterator<Map.Entry<IpAddress, Session>> entries =
                sessions.entrySet().iterator();
        while (entries.hasNext()) {
            final Map.Entry<IpAddress, Session> entry = entries.next();
            final Session session = entry.getValue();
            final Flow flow = pipeline.clientSession(service, session.device, entry.getKey());
            final Optional<Device> keeper = keeper(next, session.device.name());
            if (keeper.isEmpty()) {
                entries.remove();
                tally.purged();
                effects.add(new Effect.DeleteFlows(flow.cookie()));
                continue;
            }
            final Flow nextFlow = nextPipeline.clientSession(next, keeper.orElseThrow(), entry.getKey());
            final boolean same = nextFlow.equals(flow);
            entry.setValue(new Session(keeper.orElseThrow(), same ? session.installedAt : now));
            if (!same) {
                effects.add(new Effect.AddFlow(nextFlow));
            }
            if (!nextFlow.key().equals(flow.key())) {
                effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie()));
            }
        }
        use(next, nextPipeline);
        return List.copyOf(effects);
    }

    /**
     * Takes the sessions from the entries that the switch holds.
     *
     * @param flows the entries of client sessions of this service
     * @param lost whether the switch lost all it had, so that the sessions of before are written again
     */
    List<Effect> adopt(final Map<IpAddress, Flow> flows, final boolean lost, final long now) {
        final List<Effect> effects = new ArrayList<>();
        if (lost) {
            sessions.forEach((client, session) ->
                    effects.add(new Effect.AddFlow(pipeline.clientSession(service, session.device, client))));
            sessions.replaceAll((client, session) -> new Session(session.device, now));
            return effects;
        }
        sessions.clear();
        final Map<Long, Device> byCookie = service.devices().stream()
                .filter(Device::keepsSessions)
                .collect(Collectors.toMap(
                        device -> pipeline.cookie(Cookie.Kind.CLIENT_SESSION, service, device), device -> device));
        flows.forEach((client, actual) -> {
            final Device device = byCookie.get(actual.cookie());
            if (device == null) {
                effects.add(new Effect.DeleteFlow(actual.key(), actual.cookie()));
                return;
            }
            // Its age is not known: it may expire at any time.
            sessions.put(client, new Session(device, now - service.ingress().idleTimeout() * 1000L));
            final Flow desired = pipeline.clientSession(service, device, client);
            if (!desired.equals(actual)) {
                effects.add(new Effect.AddFlow(desired));
            }
            if (!desired.key().equals(actual.key())) {
                effects.add(new Effect.DeleteFlow(actual.key(), actual.cookie()));
            }
        });
        return effects;
    }

    /** The number of sessions of each device that has any. */
    Map<String, Integer> countByDevice() {
        final Map<String, Integer> counts = new HashMap<>();
        sessions.values().forEach(session -> counts.merge(session.device.name(), 1, Integer::sum));
        return counts;
    }

    /** Ends all sessions; the deletes take the entries of a device each. */
    List<Effect> purge() {
        sessions.keySet().forEach(client -> tally.purged());
        final List<Effect> effects = sessions.values().stream()
                .map(session -> pipeline.cookie(Cookie.Kind.CLIENT_SESSION, service, session.device))
                .distinct()
                .<Effect>map(Effect.DeleteFlows::new)
                .toList();
        sessions.clear();
        return effects;
    }

    /** The device of this name, when sessions may be with it. */
    static Optional<Device> keeper(final Service service, final String name) {
        return service.devices().stream()
                .filter(device -> device.name().equals(name) && device.keepsSessions())
                .findFirst();
    }

    /** Whether a removal is of an entry that has been written again since: one so young cannot have expired. */
    static boolean isEarlier(final Event.FlowRemoved event, final long installedAt, final int idleTimeout) {
        final long age = event.now() - installedAt;
        return event.reason() == Event.FlowRemoved.Reason.EXPIRED
                ? age < idleTimeout * 1000L - SETTLE_MILLIS
                : age < SETTLE_MILLIS;
    }

    private List<Effect> install(final IpAddress client, final Device device, final long now) {
        sessions.put(client, new Session(device, now));
        return List.of(new Effect.AddFlow(pipeline.clientSession(service, device, client)));
    }
}
