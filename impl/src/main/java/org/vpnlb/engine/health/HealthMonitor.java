/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.config.Device;
import org.vpnlb.engine.config.Device.AdminState;
import org.vpnlb.engine.config.Service;

/**
 * Says which devices are in service, from what is configured and what is known of them: to the agents a dead device is
 * one that is out of service. It is not safe for use by several threads; whoever owns it tells it one thing at a time.
 */
public final class HealthMonitor {
    private final Map<String, Set<String>> lastUsable = new HashMap<>();
    private List<Service> configured = List.of();
    private Links links = Links.UNKNOWN;

    /** The configuration is this. */
    public void configured(final List<Service> services) {
        configured = List.copyOf(services);
        lastUsable.keySet().retainAll(services.stream().map(Service::name).collect(Collectors.toSet()));
    }

    /** The link of a port is up, or down. */
    public void link(final Links.Port port, final boolean isUp) {
        links = links.with(port, isUp);
    }

    /** What is known of a device. */
    public Health of(final Service service, final Device device) {
        return service.healthCheck() ? Health.of(device, links) : Health.UNCHECKED;
    }

    /**
     * The services as they are to be in the switches. A backup device drains while another one takes sessions. When all
     * devices of a service are dead, the last ones that were not stay: what seems dead may yet forward, and nothing is
     * won by dropping.
     */
    public List<Service> effective() {
        return configured.stream().map(this::effective).toList();
    }

    private Service effective(final Service service) {
        final List<Device> alive = service.devices().stream()
                .filter(device -> of(service, device).state() != Health.State.DOWN)
                .toList();
        final Set<String> usable = alive.stream().anyMatch(Device::takesSessions)
                ? names(alive)
                : lastUsable.getOrDefault(service.name(), names(service.devices()));
        lastUsable.put(service.name(), usable);
        final boolean anyPrimary = service.devices().stream()
                .anyMatch(device -> usable.contains(device.name()) && device.takesSessions() && !device.backup());
        return service.withDevices(service.devices().stream()
                .map(device -> {
                    if (!usable.contains(device.name())) {
                        return device.with(AdminState.OUT_OF_SERVICE);
                    }
                    return device.backup() && device.takesSessions() && anyPrimary
                            ? device.with(AdminState.DRAINING)
                            : device;
                })
                .toList());
    }

    private static Set<String> names(final List<Device> devices) {
        return devices.stream().map(Device::name).collect(Collectors.toSet());
    }
}
