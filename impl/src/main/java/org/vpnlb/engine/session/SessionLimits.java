/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;

/** The limits of one side of a service: max-sessions of the service, and on the ingress side that of each device. */
final class SessionLimits {
    private Limit ofService = new Limit();
    private final Map<String, Limit> ofDevices = new HashMap<>();
    private Set<String> full = Set.of();

    /** A device that has reached its limit has reached it by its next name too; the others are not known any more. */
    SessionLimits renamed(final Map<String, String> names) {
        final SessionLimits renamed = new SessionLimits();
        renamed.ofService = ofService;
        names.forEach((before, now) ->
                Optional.ofNullable(ofDevices.get(before)).ifPresent(limit -> renamed.ofDevices.put(now, limit)));
        renamed.full = full.stream().filter(names::containsKey).map(names::get).collect(Collectors.toUnmodifiableSet());
        return renamed;
    }

    /** Whether the service has reached its limit. */
    boolean isServiceFull() {
        return ofService.isReached();
    }

    /** The devices that have reached their limit; another set only when it has changed. */
    Set<String> fullDevices() {
        return full;
    }

    /**
     * The devices that would have reached their limit on the ingress side, as they are configured next.
     *
     * @param counts the number of sessions that each would have; none = 0
     */
    Set<String> wouldBeFull(final Collection<Device> next, final Map<String, Integer> counts) {
        return next.stream()
                .filter(device -> device.maxSessions()
                        .filter(max -> ofDevices
                                .getOrDefault(device.name(), new Limit())
                                .wouldBeReached(counts.getOrDefault(device.name(), 0), max))
                        .isPresent())
                .map(Device::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The sessions of one device have changed.
     *
     * @param total the number of sessions of the service
     * @param count that of the device
     * @return a notice of each limit that has just been reached
     */
    List<Effect> update(
            final Service service, final Side side, final long total, final Device device, final long count) {
        final List<Effect> notices = new ArrayList<>();
        updateService(service, side, total, notices);
        updateDevice(service, side, device, count, notices);
        return notices;
    }

    /**
     * The configuration, or the sessions of any device, may have changed.
     *
     * @param devices the devices that may have sessions
     * @param count the number of sessions of a device
     * @return a notice of each limit that has just been reached
     */
    List<Effect> updateAll(
            final Service service,
            final Side side,
            final long total,
            final Collection<Device> devices,
            final ToLongFunction<Device> count) {
        final List<Effect> notices = new ArrayList<>();
        ofDevices.keySet().retainAll(devices.stream().map(Device::name).toList());
        full = full.stream().filter(ofDevices::containsKey).collect(Collectors.toUnmodifiableSet());
        updateService(service, side, total, notices);
        devices.forEach(device -> updateDevice(service, side, device, count.applyAsLong(device), notices));
        return notices;
    }

    private void updateService(final Service service, final Side side, final long total, final List<Effect> notices) {
        final long max = service.maxSessions(side);
        if (ofService.update(total, max)) {
            notices.add(reached(service, side, Optional.empty(), max));
        }
    }

    private void updateDevice(
            final Service service, final Side side, final Device device, final long count, final List<Effect> notices) {
        if (side != Side.INGRESS || device.maxSessions().isEmpty() && !ofDevices.containsKey(device.name())) {
            return;
        }
        final long max = device.maxSessions().orElse(Long.MAX_VALUE);
        final Limit limit = ofDevices.computeIfAbsent(device.name(), name -> new Limit());
        final boolean wasReached = limit.isReached();
        if (limit.update(count, max)) {
            notices.add(reached(service, side, Optional.of(device.name()), max));
        }
        if (limit.isReached() != wasReached) {
            full = ofDevices.entrySet().stream()
                    .filter(entry -> entry.getValue().isReached())
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toUnmodifiableSet());
        }
    }

    private static Effect reached(
            final Service service, final Side side, final Optional<String> device, final long max) {
        return new Effect.Tell(new Notice.SessionLimitReached(service.name(), side, device, max));
    }
}
