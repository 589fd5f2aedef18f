/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.Side;

/**
 * The services of a switch whose slots move by plan only when their clients have been learned: those whose sessions are
 * pinned, and for one idle timeout those whose sessions were pinned until lately.
 */
final class PinnedServices {
    /**
     * The milliseconds for which clients are learned beyond the idle timeout. What a client's last frame teaches may
     * be on its way for a while; Open vSwitch applies it up to half a second late.
     */
    static final long MARGIN_MILLIS = 2000;

    private static final long NOT_CONFIRMED = Long.MAX_VALUE;

    private Set<String> pinned = Set.of();
    /** When all clients of a service are learned whose sessions are not pinned any more. */
    private final Map<String, Long> allLearnedAt = new HashMap<>();

    PinnedServices() {}

    PinnedServices(final PinnedServices other) {
        pinned = other.pinned;
        allLearnedAt.putAll(other.allLearnedAt);
    }

    /** How long the clients of a slot are learned before it moves. */
    static long watchMillis(final Service service) {
        return service.ingress().idleTimeout() * 1000L + MARGIN_MILLIS;
    }

    /** Services have these names now. */
    void rename(final Renames renames) {
        pinned = renames.ofServices(pinned);
        final Map<String, Long> before = Map.copyOf(allLearnedAt);
        allLearnedAt.clear();
        allLearnedAt.putAll(renames.ofServices(before));
    }

    /**
     * The configuration, or how the switch selects, may have changed.
     *
     * @param services the services of the switch
     * @param bySource those whose slots it finds by the source
     */
    void configure(final String node, final Collection<Service> services, final Set<String> bySource) {
        final Set<String> next = services.stream()
                .filter(service -> service.ingress().sessions() == Sessions.PINNED
                        && service.isAt(node, Side.INGRESS)
                        && bySource.contains(service.name()))
                .map(Service::name)
                .collect(Collectors.toUnmodifiableSet());
        pinned.stream().filter(name -> !next.contains(name)).forEach(name -> allLearnedAt.put(name, NOT_CONFIRMED));
        allLearnedAt.keySet().retainAll(services.stream().map(Service::name).toList());
        allLearnedAt.keySet().removeAll(next);
        pinned = next;
    }

    /** Whether only pinned clients of a service are learned. */
    boolean isPinned(final Service service) {
        return pinned.contains(service.name());
    }

    /** Whether the clients of a slot are learned before it moves by plan. */
    boolean isWatched(final Service service) {
        return isPinned(service) || allLearnedAt.containsKey(service.name());
    }

    /** Whether the clients of a service whose sessions are not pinned any more have yet to be learned. */
    boolean isAnyLearned() {
        return !allLearnedAt.isEmpty();
    }

    /** What was learned may lack somebody. */
    void again() {
        allLearnedAt.replaceAll((name, at) -> NOT_CONFIRMED);
    }

    /** Whether the switch has yet to confirm that it lets all clients be learned. */
    boolean isAsked() {
        return allLearnedAt.containsValue(NOT_CONFIRMED);
    }

    /** The switch has confirmed what was sent to it. */
    void confirmed(final Collection<Service> services, final long now) {
        for (final Service service : services) {
            allLearnedAt.replace(service.name(), NOT_CONFIRMED, now + watchMillis(service));
        }
    }

    /** Time has passed. */
    void at(final long now) {
        allLearnedAt.values().removeIf(at -> at <= now);
    }

    /** When {@link #at} changes something; empty when time alone does not. */
    OptionalLong wakeAt() {
        return allLearnedAt.values().stream()
                .mapToLong(at -> at)
                .filter(at -> at != NOT_CONFIRMED)
                .min();
    }
}
