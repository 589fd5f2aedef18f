/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Drain;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Health.State;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;

/**
 * Knows how the devices of one service are, and which of them are in service therefore. A device of which nothing is
 * known yet is on trial: a controller that starts neither ends what a device has nor gives clients to one that may be
 * dead. A backup device drains while another one takes sessions. When all devices are dead, those that only flap are
 * taken, and without any the last ones that were not dead stay: a device that looks dead may still forward, and
 * dropping gains nothing. A device that has drained until its deadline is out of service, whoever is left.
 */
final class ServiceHealth {
    private final Map<String, Watched> watched = new HashMap<>();
    /** The devices that flap: time alone changes them. */
    private final Set<String> heldDown = new HashSet<>();

    private Drains drains = new Drains();

    private Service configured;
    private Service effective;
    private Set<String> usable = Set.of();

    /** What links and checks tell of a device, and how often that was "down". */
    private record Watched(Health seen, Flapping flapping) {
        Health health() {
            return flapping.heldDown()
                    ? new Health(
                            State.DOWN,
                            Optional.of("flapping: it answers, but was down several times within a minute or so"))
                    : seen;
        }

        Watched see(final Health now, final long time) {
            final boolean wasDown = seen.state() == State.DOWN;
            final boolean isDown = now.state() == State.DOWN;
            return new Watched(
                    now, wasDown == isDown ? flapping.pass(time) : isDown ? flapping.down(time) : flapping.up(time));
        }
    }

    ServiceHealth(final Service service) {
        configured = service;
        effective = service;
    }

    /** The same now, to see what would become of it. */
    ServiceHealth copy() {
        final var copy = new ServiceHealth(configured);
        copy.watched.putAll(watched);
        copy.heldDown.addAll(heldDown);
        copy.drains = drains.copy();
        copy.effective = effective;
        copy.usable = usable;
        return copy;
    }

    /** The service as it is configured. */
    Service configured() {
        return configured;
    }

    /** The service as it is to be in the switches. */
    Service effective() {
        return effective;
    }

    /** What is known of a device. */
    Health of(final Device device) {
        return Optional.ofNullable(watched.get(device.name()))
                .map(Watched::health)
                .orElse(Health.UNCHECKED);
    }

    /** The devices have these names now. */
    void rename(final Renames renames) {
        final Map<String, String> names = renames.devices(configured.name());
        final Map<String, Watched> before = Map.copyOf(watched);
        watched.clear();
        before.forEach((name, seen) -> Optional.ofNullable(names.get(name)).ifPresent(now -> watched.put(now, seen)));
        usable = usable.stream().map(names::get).filter(Objects::nonNull).collect(Collectors.toSet());
        drains.rename(names);
        heldDown.clear();
    }

    /** How the drain of a device stands; empty when it does not drain. */
    Optional<Drain> drain(final Device device) {
        return drains.of(device);
    }

    /** The service is configured so; its devices are looked at anew. */
    void configure(final Service service, final Function<Device, Health> seen, final long now) {
        configured = service;
        final Set<String> names = names(service.devices());
        watched.keySet().retainAll(names);
        heldDown.retainAll(names);
        drains.configure(service.devices(), now);
        look(service.devices(), seen, now);
    }

    /** Looks at some devices, of which links and checks tell this now. */
    void look(final Collection<Device> devices, final Function<Device, Health> seen, final long now) {
        for (final Device device : devices) {
            final Health health = seen.apply(device);
            final Watched after = watched.compute(
                    device.name(),
                    (name, before) -> before == null ? new Watched(health, Flapping.NONE) : before.see(health, now));
            if (after.flapping().heldDown()) {
                heldDown.add(device.name());
            } else {
                heldDown.remove(device.name());
            }
        }
        drains.pass(now);
        judge();
    }

    /** When time alone changes something; empty when it does not. */
    OptionalLong wakeAt() {
        return LongStream.concat(
                        heldDown.stream()
                                .mapToLong(
                                        device -> watched.get(device).flapping().freeAt()),
                        drains.wakeAt().stream())
                .min();
    }

    private void judge() {
        usable = usable(usable);
        final boolean anyPrimary = configured.devices().stream()
                .anyMatch(device -> usable.contains(device.name()) && device.takesSessions() && !device.backup());
        effective = configured.withDevices(configured.devices().stream()
                .map(device -> judge(device, anyPrimary))
                .toList());
    }

    private Device judge(final Device device, final boolean anyPrimary) {
        if (drains.isOver(device)) {
            return device.with(AdminState.OUT_OF_SERVICE);
        }
        if (!usable.contains(device.name())) {
            // One that flaps has sessions only if it was the last resort, and they are alive.
            return device.with(
                    device.keepsSessions() && seen(device).state() != State.DOWN
                            ? AdminState.DRAINING
                            : AdminState.OUT_OF_SERVICE);
        }
        if (device.backup() && device.takesSessions() && anyPrimary) {
            return device.with(AdminState.DRAINING);
        }
        return isOnTrial(device) ? device.with(AdminState.ON_TRIAL) : device;
    }

    private boolean isOnTrial(final Device device) {
        return configured.healthCheck().isPresent()
                && device.takesSessions()
                && of(device).state() == State.UNKNOWN;
    }

    private Set<String> usable(final Set<String> last) {
        final List<Device> alive = living(this::of);
        if (takeSessions(alive)) {
            return names(alive);
        }
        final List<Device> answering = living(this::seen);
        return names(takeSessions(answering) ? answering : lastResort(last));
    }

    /** Those of the last ones that are still configured; all where these are of no use, but others may be. */
    private List<Device> lastResort(final Set<String> last) {
        final List<Device> remaining = configured.devices().stream()
                .filter(device -> last.contains(device.name()))
                .toList();
        final boolean othersAreBetter = !takeSessions(remaining) && takeSessions(configured.devices());
        return remaining.isEmpty() || othersAreBetter ? configured.devices() : remaining;
    }

    private List<Device> living(final Function<Device, Health> health) {
        return configured.devices().stream()
                .filter(device -> health.apply(device).state() != State.DOWN)
                .toList();
    }

    private Health seen(final Device device) {
        return watched.get(device.name()).seen();
    }

    private static boolean takeSessions(final List<Device> devices) {
        return devices.stream().anyMatch(Device::takesSessions);
    }

    private static Set<String> names(final List<Device> devices) {
        return devices.stream().map(Device::name).collect(Collectors.toSet());
    }
}
