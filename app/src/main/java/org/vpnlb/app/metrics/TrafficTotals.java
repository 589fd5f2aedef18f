/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Volume;

/**
 * Sums up what each switch has sent to each device. An agent counts anew, and knows nothing at first, when its service
 * is disabled and enabled again; these counters go on. They are forgotten with the device.
 */
final class TrafficTotals {
    private final Map<Key, Total> totals = new HashMap<>();

    /**
     * A device at a switch.
     *
     * @param service the service's name
     * @param device the device's name
     * @param node the switch
     * @param side on which side of the device
     */
    record Key(String service, String device, String node, Side side) {}

    /**
     * What was sent to a device.
     *
     * @param sum all of it
     * @param last what the agent has counted
     */
    private record Total(Volume sum, Volume last) {
        Total next(final Volume counted) {
            return new Total(sum.plus(counted.since(last)), counted);
        }
    }

    /**
     * The agents have told this. Called by one thread at a time.
     *
     * @param services the services that are configured
     * @return the counters of their devices, also of services that are not enabled now
     */
    Map<Key, Volume> observed(final List<Service> services, final List<Observation> switches) {
        final Map<String, Service> configured = services.stream().collect(Collectors.toMap(Service::name, it -> it));
        totals.keySet().removeIf(key -> !isConfigured(key, configured));
        for (final Observation observation : switches) {
            final String node = observation.status().node();
            observation
                    .status()
                    .services()
                    .forEach((service, told) -> told.devices().forEach((device, status) -> {
                        for (final Side side : Side.values()) {
                            final var key = new Key(service, device, node, side);
                            if (isConfigured(key, configured)) {
                                observed(key, counted(status, side));
                            }
                        }
                    }));
        }
        return totals.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().sum()));
    }

    private void observed(final Key key, final Optional<Volume> counted) {
        final Total total = totals.get(key);
        if (total != null || counted.isPresent()) {
            totals.put(
                    key,
                    (total == null ? new Total(Volume.NONE, Volume.NONE) : total).next(counted.orElse(Volume.NONE)));
        }
    }

    private static boolean isConfigured(final Key key, final Map<String, Service> configured) {
        final Service service = configured.get(key.service());
        return service != null
                && service.devices().stream().map(Device::name).anyMatch(key.device()::equals)
                && service.isAt(key.node(), key.side());
    }

    private static Optional<Volume> counted(final DeviceStatus status, final Side side) {
        return switch (side) {
            case INGRESS -> status.fromClients();
            case EGRESS -> status.fromServers();
        };
    }
}
