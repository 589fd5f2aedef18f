/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.app.openflow.Switches.Absence;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Volume;

/**
 * What a device has in the switches of its service.
 *
 * @param slots the most slots that it has in one of them
 * @param clientSessions its client sessions
 * @param returnSessions its return sessions
 * @param fromClients what was sent to it of what came from clients; empty while no switch has told
 * @param fromServers what was sent to it of what came from servers; empty while no switch has told
 * @param isLearnedBySwitch whether a switch learns sessions by itself, so that it has to be asked for their number
 * @param absent why what a switch has is not known now, or is of the time before; empty when all tell
 * @param changing why a switch may hold something else than it should; empty when all have confirmed that they do not
 */
record DeviceNumbers(
        int slots,
        int clientSessions,
        int returnSessions,
        Optional<Volume> fromClients,
        Optional<Volume> fromServers,
        boolean isLearnedBySwitch,
        Optional<String> absent,
        Optional<String> changing) {
    /**
     * The numbers of a device.
     *
     * @param observed the switches of its service, as far as they are known
     */
    static DeviceNumbers of(final Service service, final Device device, final List<Observation> observed) {
        final List<ServiceStatus> served = observed.stream()
                .map(observation -> observation.status().services().get(service.name()))
                .filter(Objects::nonNull)
                .toList();
        final List<DeviceStatus> held = served.stream()
                .map(status -> status.devices().get(device.name()))
                .filter(Objects::nonNull)
                .toList();
        return new DeviceNumbers(
                held.stream().mapToInt(DeviceStatus::slots).max().orElse(0),
                held.stream().mapToInt(DeviceStatus::clientSessions).sum(),
                held.stream().mapToInt(DeviceStatus::returnSessions).sum(),
                held.stream().flatMap(status -> status.fromClients().stream()).reduce(Volume::plus),
                held.stream().flatMap(status -> status.fromServers().stream()).reduce(Volume::plus),
                served.stream().anyMatch(ServiceStatus::learnedBySwitch),
                nodes(service)
                        .flatMap(node -> absence(node, observed).stream().map(why -> node + ' ' + why))
                        .findFirst(),
                observed.stream()
                        .filter(observation -> !observation.reconciled() || !isTold(observation, service, device))
                        .map(observation -> observation.status().node() + " has not confirmed all that it should hold")
                        .findFirst());
    }

    /** Whether a switch's agent has heard of a device; it may not have yet, under this name. */
    private static boolean isTold(final Observation observation, final Service service, final Device device) {
        final ServiceStatus status = observation.status().services().get(service.name());
        // One whose port has a name is not there while the switch has no such port.
        return !service.enabled()
                || status != null
                        && (status.devices().containsKey(device.name())
                                || device.ingress().portName().isPresent()
                                || device.egress().portName().isPresent());
    }

    /** The sessions of both sides. */
    int sessions() {
        return clientSessions + returnSessions;
    }

    /** The switches of a service, each once. */
    static Stream<String> nodes(final Service service) {
        return Stream.concat(service.ingress().switches().stream(), service.egress().switches().stream())
                .map(Service.SwitchPorts::node)
                .distinct();
    }

    /** Those of all switches that are a service's, as far as they are known. */
    static List<Observation> switches(final Service service, final List<Observation> all) {
        return nodes(service)
                .flatMap(node -> all.stream()
                        .filter(observation -> observation.status().node().equals(node))
                        .limit(1))
                .toList();
    }

    private static Optional<String> absence(final String node, final List<Observation> observed) {
        return observed.stream()
                .filter(observation -> observation.status().node().equals(node))
                .findFirst()
                .map(observation ->
                        observation.absence().map(Absence::reason).or(() -> notConnected(observation.status())))
                .orElseGet(() -> Optional.of("is not known yet"));
    }

    private static Optional<String> notConnected(final SwitchStatus status) {
        return status.connected() ? Optional.empty() : Optional.of("is not connected");
    }
}
