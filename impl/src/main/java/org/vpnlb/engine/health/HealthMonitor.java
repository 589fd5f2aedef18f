/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Health.State;
import org.vpnlb.engine.model.Service;

/**
 * Says which devices are in service, from what is configured and what is known of them: to the agents a dead device is
 * one that is out of service. It is not safe for use by several threads; whoever owns it tells it one thing at a time.
 * Times are milliseconds of a clock that only goes forward.
 */
public final class HealthMonitor {
    private final Map<Check.Subject, Health> checked = new HashMap<>();
    private final Map<Key, Watched> watched = new HashMap<>();
    private final Map<String, Set<String>> lastUsable = new HashMap<>();
    private List<Service> configured = List.of();
    private Links links = Links.UNKNOWN;

    private record Key(String service, String device) {}

    /** What links and checks tell of a device, and how often that was "down". */
    private record Watched(Health seen, Flapping flapping) {
        Health health() {
            return flapping.held()
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

    /** The configuration is this. */
    public void configured(final List<Service> services, final long now) {
        configured = List.copyOf(services);
        final Set<Check.Subject> subjects = new HashSet<>();
        final Set<Key> devices = new HashSet<>();
        for (final Service service : services) {
            for (final Device device : service.devices()) {
                devices.add(key(service, device));
                Check.of(service, device).forEach(check -> subjects.add(check.subject()));
            }
        }
        checked.keySet().retainAll(subjects);
        watched.keySet().retainAll(devices);
        lastUsable.keySet().retainAll(services.stream().map(Service::name).collect(Collectors.toSet()));
        look(now);
    }

    /** The link of a port is up, or down. */
    public void link(final Links.Port port, final boolean isUp, final long now) {
        links = links.with(port, isUp);
        look(now);
    }

    /** A check of a side of a device has another outcome. */
    public void checked(final Check.Subject subject, final Health health, final long now) {
        checked.put(subject, health);
        look(now);
    }

    /** Nothing but time has passed. */
    public void tick(final long now) {
        look(now);
    }

    /** When to call {@link #tick} next; empty when time alone changes nothing. */
    public OptionalLong wakeAt() {
        return watched.values().stream()
                .filter(device -> device.flapping().held())
                .mapToLong(device -> device.flapping().freeAt())
                .min();
    }

    private void look(final long now) {
        for (final Service service : configured) {
            for (final Device device : service.devices()) {
                final Health seen = seen(service, device);
                watched.compute(
                        key(service, device),
                        (key, before) -> before == null ? new Watched(seen, Flapping.NONE) : before.see(seen, now));
            }
        }
    }

    private Health seen(final Service service, final Device device) {
        if (service.healthCheck().isEmpty()) {
            return Health.UNCHECKED;
        }
        final Health byLinks = links.of(device);
        return Check.of(service, device).stream()
                .map(check -> checked.getOrDefault(check.subject(), Health.NOT_ASKED))
                .reduce(byLinks, Health::and);
    }

    /** What is known of a device of the configuration. */
    public Health of(final Service service, final Device device) {
        return Optional.ofNullable(watched.get(key(service, device)))
                .map(Watched::health)
                .orElse(Health.UNCHECKED);
    }

    /**
     * The services as they are to be in the switches. A device of which nothing is known yet is on trial: a controller
     * that starts neither ends what a device has nor gives clients to one that may be dead. A backup device drains
     * while another one takes sessions. When all devices of a service are dead, those that only flap are taken, and
     * without any the last ones that were not dead stay: what seems dead may yet forward, and nothing is won by
     * dropping.
     */
    public List<Service> effective() {
        return configured.stream().map(this::effective).toList();
    }

    private Service effective(final Service service) {
        final Set<String> usable = usable(service);
        lastUsable.put(service.name(), usable);
        final boolean anyPrimary = service.devices().stream()
                .anyMatch(device -> usable.contains(device.name()) && device.takesSessions() && !device.backup());
        return service.withDevices(service.devices().stream()
                .map(device -> {
                    if (!usable.contains(device.name())) {
                        // One that flaps has sessions only if it was the last resort, and they are alive.
                        return device.with(
                                device.keepsSessions() && seen(service, device).state() != State.DOWN
                                        ? AdminState.DRAINING
                                        : AdminState.OUT_OF_SERVICE);
                    }
                    if (device.backup() && device.takesSessions() && anyPrimary) {
                        return device.with(AdminState.DRAINING);
                    }
                    return isOnTrial(service, device) ? device.with(AdminState.ON_TRIAL) : device;
                })
                .toList());
    }

    private boolean isOnTrial(final Service service, final Device device) {
        return service.healthCheck().isPresent()
                && device.takesSessions()
                && of(service, device).state() == State.UNKNOWN;
    }

    private Set<String> usable(final Service service) {
        final List<Device> alive = which(service, device -> of(service, device));
        if (alive.stream().anyMatch(Device::takesSessions)) {
            return names(alive);
        }
        final List<Device> answering =
                which(service, device -> watched.get(key(service, device)).seen());
        return answering.stream().anyMatch(Device::takesSessions)
                ? names(answering)
                : lastUsable.getOrDefault(service.name(), names(service.devices()));
    }

    private static List<Device> which(final Service service, final Function<Device, Health> health) {
        return service.devices().stream()
                .filter(device -> health.apply(device).state() != State.DOWN)
                .toList();
    }

    private static Key key(final Service service, final Device device) {
        return new Key(service.name(), device.name());
    }

    private static Set<String> names(final List<Device> devices) {
        return devices.stream().map(Device::name).collect(Collectors.toSet());
    }
}
