/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;

/**
 * Of which sessions that a switch learns by itself there are as many as may be. It is known as of the last count, so a
 * few more may be learned meanwhile.
 */
public final class LearnedLimits {
    /** A limit of a device, or of the service's where there is none. */
    private record Subject(String service, Side side, Optional<String> device) {}

    private Map<Subject, Limit> limits = Map.of();
    private Set<Long> full = Set.of();

    /** The cookies of the sessions of which no more are to be learned. */
    public Set<Long> full() {
        return full;
    }

    /** The devices of a service that have as many client sessions as they may have themselves. */
    public Set<String> full(final Service service) {
        return limits.entrySet().stream()
                .filter(entry ->
                        entry.getValue().isReached() && entry.getKey().service().equals(service.name()))
                .flatMap(entry -> entry.getKey().device().stream())
                .collect(Collectors.toSet());
    }

    /**
     * Compares what there is with what may be.
     *
     * @param node the switch
     * @param services the services whose sessions it learns by itself
     * @param pipeline knows the sessions' cookies
     * @param learned knows their numbers
     * @return notices of the limits that have just been reached
     */
    public List<Effect> check(
            final String node, final List<Service> services, final Pipeline pipeline, final LearnedSessions learned) {
        final Map<Subject, Limit> next = new HashMap<>();
        final Set<Long> nextFull = new HashSet<>();
        final List<Effect> notices = new ArrayList<>();
        for (final Service service : services) {
            for (final Side side : Side.values()) {
                if (!service.isAt(node, side)) {
                    continue;
                }
                final Map<Device, Long> cookies = cookies(side, service, pipeline);
                final var ofService = new Subject(service.name(), side, Optional.empty());
                final long count =
                        cookies.values().stream().mapToLong(learned::count).sum();
                if (check(ofService, count, most(service, side), next, notices)) {
                    nextFull.addAll(cookies.values());
                }
                if (side == Side.INGRESS) {
                    cookies.forEach((device, cookie) -> device.maxSessions().ifPresent(own -> {
                        final var ofDevice = new Subject(service.name(), side, Optional.of(device.name()));
                        if (check(ofDevice, learned.count(cookie), own, next, notices)) {
                            nextFull.add(cookie);
                        }
                    }));
                }
            }
        }
        limits = next;
        full = Set.copyOf(nextFull);
        return notices;
    }

    private boolean check(
            final Subject subject,
            final long count,
            final long most,
            final Map<Subject, Limit> next,
            final List<Effect> notices) {
        final Limit limit = limits.getOrDefault(subject, new Limit());
        if (limit.reaches(count, most)) {
            notices.add(new Effect.Tell(
                    new Notice.SessionLimitReached(subject.service(), subject.side(), subject.device(), most)));
        }
        next.put(subject, limit);
        return limit.isReached();
    }

    private static long most(final Service service, final Side side) {
        return switch (side) {
            case INGRESS -> service.ingress().maxSessions();
            case EGRESS -> service.egress().maxSessions();
        };
    }

    private static Map<Device, Long> cookies(final Side side, final Service service, final Pipeline pipeline) {
        final Cookie.Kind kind = switch (side) {
            case INGRESS -> Cookie.Kind.CLIENT_SESSION;
            case EGRESS -> Cookie.Kind.RETURN_SESSION;
        };
        return service.devices().stream()
                .filter(Device::keepsSessions)
                .collect(Collectors.toMap(device -> device, device -> pipeline.cookie(kind, service, device)));
    }
}
