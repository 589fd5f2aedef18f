/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Pipeline;

/**
 * The limits of the sessions that a switch learns by itself. The counts are those of the last time that the switch was
 * asked, so a few more may be learned meanwhile.
 */
public final class SwitchLimits {
    private record ServiceSide(String service, Side side) {}

    private Map<ServiceSide, SessionLimits> limits = Map.of();
    private Set<Long> full = Set.of();

    /** Services and devices have these names now. */
    public void rename(final Renames renames) {
        final Map<ServiceSide, SessionLimits> next = new HashMap<>();
        limits.forEach((key, limit) -> renames.service(key.service())
                .ifPresent(name ->
                        next.put(new ServiceSide(name, key.side()), limit.renamed(renames.devices(key.service())))));
        limits = next;
    }

    /** The cookies of the sessions of which no more are to be learned. */
    public Set<Long> full() {
        return full;
    }

    /** Whether a device has reached its own limit of client sessions. */
    public boolean isFull(final Service service, final Device device) {
        final SessionLimits ofService = limits.get(new ServiceSide(service.name(), Side.INGRESS));
        return ofService != null && ofService.fullDevices().contains(device.name());
    }

    /**
     * The devices of a service that would have reached their own limit of client sessions.
     *
     * @param service the service's name now
     * @param next the service as it is configured next
     * @param names the names that its devices would have, by those of now
     * @param counts the number of client sessions that each device would have; none = 0
     */
    public Set<String> wouldBeFull(
            final String service,
            final Service next,
            final Map<String, String> names,
            final Map<String, Integer> counts) {
        return limits.getOrDefault(new ServiceSide(service, Side.INGRESS), new SessionLimits())
                .renamed(names)
                .wouldBeFull(next.devices(), counts);
    }

    /**
     * Compares the counts with the limits.
     *
     * @param node the switch
     * @param services the services whose sessions it learns by itself
     * @return a notice of each limit that has just been reached
     */
    public List<Effect> update(
            final String node,
            final Collection<Service> services,
            final Pipeline pipeline,
            final SwitchLearnedCounts sessions) {
        final Map<ServiceSide, SessionLimits> next = new HashMap<>();
        final Set<Long> nextFull = new HashSet<>();
        final List<Effect> notices = new ArrayList<>();
        for (final Service service : services) {
            for (final Side side : Side.values()) {
                if (!service.isAt(node, side)) {
                    continue;
                }
                final ServiceSide key = new ServiceSide(service.name(), side);
                final SessionLimits ofSide = limits.getOrDefault(key, new SessionLimits());
                final Map<Device, Long> cookies = cookies(side, service, pipeline);
                final ToLongFunction<Device> count = device -> sessions.sessions(side, service, device, pipeline);
                final long total = cookies.keySet().stream().mapToLong(count).sum();
                notices.addAll(ofSide.updateAll(service, side, total, cookies.keySet(), count));
                cookies.forEach((device, cookie) -> {
                    if (ofSide.isServiceFull() || ofSide.fullDevices().contains(device.name())) {
                        nextFull.add(cookie);
                    }
                });
                next.put(key, ofSide);
            }
        }
        limits = next;
        full = Set.copyOf(nextFull);
        return notices;
    }

    private static Map<Device, Long> cookies(final Side side, final Service service, final Pipeline pipeline) {
        final Kind kind = switch (side) {
            case INGRESS -> Kind.CLIENT_SESSION;
            case EGRESS -> Kind.RETURN_SESSION;
        };
        return service.devices().stream()
                .filter(Device::keepsSessions)
                .collect(Collectors.toMap(device -> device, device -> pipeline.cookie(kind, service, device)));
    }
}
