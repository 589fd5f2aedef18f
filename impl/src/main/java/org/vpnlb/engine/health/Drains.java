/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Drain;

/**
 * When the devices of a service began to drain, and whose drain-deadline has passed. Only the operator begins a
 * drain, and ends it by another admin-state: neither another change of the configuration nor the device's health does.
 * Another deadline counts from the same beginning.
 */
final class Drains {
    /** Of each device that drains, by name. */
    private final Map<String, Drain> byDevice = new HashMap<>();

    /** The same now, to see what would become of it. */
    Drains copy() {
        final var copy = new Drains();
        copy.byDevice.putAll(byDevice);
        return copy;
    }

    /** The devices have these new names, by the old ones. */
    void rename(final Map<String, String> names) {
        final Map<String, Drain> before = Map.copyOf(byDevice);
        byDevice.clear();
        before.forEach(
                (name, drain) -> Optional.ofNullable(names.get(name)).ifPresent(now -> byDevice.put(now, drain)));
    }

    /** The devices are configured so. */
    void configure(final List<Device> devices, final long now) {
        final List<Device> draining = devices.stream()
                .filter(device -> device.adminState() == AdminState.DRAINING)
                .toList();
        final Set<String> names = draining.stream().map(Device::name).collect(Collectors.toSet());
        byDevice.keySet().retainAll(names);
        draining.forEach(device -> byDevice.compute(
                device.name(),
                (name, before) ->
                        new Drain(before == null ? now : before.begunAt(), device.drainDeadline(), false).at(now)));
    }

    /** Time has passed. */
    void pass(final long now) {
        byDevice.replaceAll((name, drain) -> drain.at(now));
    }

    /** The drain of a device; empty when it does not drain. */
    Optional<Drain> of(final Device device) {
        return Optional.ofNullable(byDevice.get(device.name()));
    }

    /** Whether the drain of a device has ended by its deadline. */
    boolean isOver(final Device device) {
        return of(device).filter(Drain::isOver).isPresent();
    }

    /** When the next drain ends by time alone; empty when none does. */
    OptionalLong wakeAt() {
        return byDevice.values().stream()
                .filter(drain -> !drain.isOver())
                .flatMapToLong(drain -> drain.endsAt().stream())
                .min();
    }
}
