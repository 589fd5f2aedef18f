/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.ModelName;
import org.vpnlb.engine.model.Plural;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;

/**
 * Whether a service would survive the next fault: the clients of any device that fails could go on at another one. What
 * a configuration has but once on purpose, as most sites have one switch a side and one uplink, is not held against it.
 *
 * @param service the service, as it is configured
 * @param snapshot how the devices are
 * @param switches its switches, as far as they are known
 */
record Redundancy(Service service, DeviceHealth.Snapshot snapshot, List<Observation> switches) {
    /** What single fault would cut clients off, each in a sentence; empty when none that is known would. */
    List<String> missing() {
        final List<String> missing = new ArrayList<>();
        if (service.healthCheck().isEmpty()) {
            missing.add("devices are not checked, so that nobody would notice that one fails");
        }
        final List<Device> takers = service.devices().stream()
                .filter(device -> unusable(device).isEmpty())
                .toList();
        if (takers.size() < 2) {
            missing.add(few(takers));
            return missing;
        }
        for (final Side side : Side.values()) {
            missing.addAll(shared(side, takers));
            missing.addAll(absent(side));
        }
        missing.addAll(full(takers));
        return missing;
    }

    /** Why a device would not take another one's clients; empty when it would. */
    private Optional<String> unusable(final Device device) {
        if (!device.takesSessions()) {
            return Optional.of("is " + ModelName.of(device.adminState()));
        }
        final Health.State state = snapshot.of(service, device)
                .map(observed -> observed.health().state())
                .orElse(Health.State.UNKNOWN);
        return switch (state) {
            case UP, UNCHECKED -> Optional.empty();
            case DOWN -> Optional.of("is down");
            case UNKNOWN -> Optional.of("is not known to be up");
        };
    }

    private String few(final List<Device> takers) {
        final String others = service.devices().stream()
                .flatMap(device -> unusable(device).map(why -> device.name() + ' ' + why).stream())
                .collect(Collectors.joining(", "));
        final String who = takers.isEmpty()
                ? "no device takes clients"
                : "only " + takers.getFirst().name() + " takes clients";
        return others.isEmpty() ? who : who + ": " + others;
    }

    /** One cable that all devices share, or one switch where there are several. */
    private List<String> shared(final Side side, final List<Device> takers) {
        final Set<String> places = on(side, takers, Redundancy::place);
        if (places.size() == 1) {
            return List.of(
                    "all devices that take clients are at " + places.iterator().next());
        }
        final Set<String> nodes = on(side, takers, Attachment::node);
        return nodes.size() == 1 && nodes(side).size() > 1
                ? List.of("all devices that take clients are at %s, one of the %d %s switches"
                        .formatted(nodes.iterator().next(), nodes(side).size(), ModelName.of(side)))
                : List.of();
    }

    private static Set<String> on(
            final Side side, final List<Device> devices, final Function<Attachment, String> what) {
        return devices.stream().map(device -> what.apply(device.on(side))).collect(Collectors.toSet());
    }

    private static String place(final Attachment attachment) {
        return attachment
                .portName()
                .map(name -> "port %s of %s".formatted(name, attachment.node()))
                .orElseGet(() -> "port %d of %s".formatted(attachment.port(), attachment.node()));
    }

    /** Of several switches of a side only one is there. */
    private List<String> absent(final Side side) {
        final List<String> nodes = nodes(side);
        final List<String> there = nodes.stream().filter(this::isConnected).toList();
        return nodes.size() > 1 && there.size() == 1
                ? List.of("of the %d %s switches only %s is connected"
                        .formatted(nodes.size(), ModelName.of(side), there.getFirst()))
                : List.of();
    }

    private boolean isConnected(final String node) {
        return switches.stream()
                .anyMatch(observation -> observation.status().node().equals(node)
                        && observation.absence().isEmpty());
    }

    private List<String> nodes(final Side side) {
        final List<Service.SwitchPorts> ports = switch (side) {
            case INGRESS -> service.ingress().switches();
            case EGRESS -> service.egress().switches();
        };
        return ports.stream().map(Service.SwitchPorts::node).toList();
    }

    /** Where the others' max-sessions leaves no room for the clients of one of them. */
    private List<String> full(final List<Device> takers) {
        final List<String> missing = new ArrayList<>();
        for (final String node : nodes(Side.INGRESS)) {
            for (final Device device : takers) {
                final List<Device> others = takers.stream()
                        .filter(other -> !other.name().equals(device.name()))
                        .toList();
                if (others.stream().anyMatch(other -> other.maxSessions().isEmpty())) {
                    continue;
                }
                final long room = others.stream()
                        .mapToLong(other -> Math.max(0, other.maxSessions().orElseThrow() - clients(node, other)))
                        .sum();
                final int clients = clients(node, device);
                if (clients > room) {
                    missing.add("without %s the other devices have room for %d of its %s"
                            .formatted(device.name(), room, Plural.of(clients, "client")));
                }
            }
        }
        return missing;
    }

    private int clients(final String node, final Device device) {
        return switches.stream()
                .filter(observation -> observation.status().node().equals(node))
                .flatMap(observation ->
                        Optional.ofNullable(observation.status().services().get(service.name())).stream())
                .map(ServiceStatus::devices)
                .map(devices -> devices.get(device.name()))
                .filter(held -> held != null)
                .mapToInt(DeviceStatus::clientSessions)
                .sum();
    }
}
