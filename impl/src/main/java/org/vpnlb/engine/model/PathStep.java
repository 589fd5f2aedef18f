/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.model.HealthCheck.Question;
import org.vpnlb.engine.model.Target.Kind;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpDatagram;

/**
 * A part of what a client does, as a test of the path through a device tries it.
 *
 * @param name the protocol or match as the service has it; {@value #EGRESS} for the device's servers' side
 * @param side the side at which the device is asked
 * @param traffic what a client sends, to be looked up in the tables; none on the servers' side
 * @param target who is asked what; empty where nobody answers without a client's keys, or no address is configured
 */
public record PathStep(String name, Side side, List<Traffic> traffic, Optional<Target> target) {
    /** The name of the step in which a device is asked on the servers' side. */
    public static final String EGRESS = "egress";

    /** The UDP port of IKE and ESP in UDP (RFC 3948, section 2). */
    private static final int NAT_T_PORT = 4500;

    /** The daemons that answer an IKE_SA_INIT wherever a service lets it in. */
    private static final Set<Integer> IKE_PORTS = Set.of(HealthCheck.IKE_PORT, NAT_T_PORT);

    public PathStep {
        traffic = List.copyOf(traffic);
    }

    /** A protocol and a port at which a daemon answers. */
    private record Door(int ipProtocol, int port) {}

    /** The steps of a device: the service's protocols and matches in their order, then the servers' side. */
    public static List<PathStep> of(final Service service, final Device device) {
        final List<PathStep> steps = new ArrayList<>();
        service.protocols().stream()
                .sorted()
                .forEach(
                        protocol -> steps.addAll(ofClients(service, device, protocol.modelName(), protocol.traffic())));
        service.matches()
                .forEach(match -> steps.addAll(ofClients(service, device, match.name(), List.of(match.traffic()))));
        steps.add(new PathStep(
                EGRESS,
                Side.EGRESS,
                List.of(),
                Check.of(service, device).stream()
                        .filter(check -> check.subject().side() == Side.EGRESS)
                        .map(Check::target)
                        .findFirst()));
        return steps;
    }

    private static List<PathStep> ofClients(
            final Service service, final Device device, final String name, final List<Traffic> traffic) {
        final List<PathStep> steps = doors(service, traffic).entrySet().stream()
                .flatMap(door ->
                        target(service, device, door.getValue(), door.getKey().port()).stream())
                .map(asked -> new PathStep(name, Side.INGRESS, traffic, Optional.of(asked)))
                .toList();
        return steps.isEmpty() ? List.of(new PathStep(name, Side.INGRESS, traffic, Optional.empty())) : steps;
    }

    /** Where a daemon answers a stranger: IKE does, and what the operator has the controller ask. */
    private static Map<Door, Kind> doors(final Service service, final List<Traffic> traffic) {
        final Map<Door, Kind> doors = new LinkedHashMap<>();
        for (final int port : IKE_PORTS.stream().sorted().toList()) {
            if (traffic.contains(Traffic.udp(port))) {
                doors.put(new Door(IpDatagram.UDP, port), Kind.IKE);
            }
        }
        service.healthCheck()
                .ifPresent(policy -> policy.questions().stream()
                        .filter(question -> question.type().hasPort())
                        .forEach(question -> {
                            final Door door = door(question);
                            if (traffic.stream().anyMatch(some -> some.takes(door.ipProtocol(), door.port()))) {
                                doors.putIfAbsent(
                                        door, Kind.valueOf(question.type().name()));
                            }
                        }));
        return doors;
    }

    private static Door door(final Question question) {
        return new Door(
                question.type() == HealthCheck.Type.TCP ? IpDatagram.TCP : IpDatagram.UDP,
                question.port().orElse(HealthCheck.IKE_PORT));
    }

    /** Asked as a client of the cluster address, from the address that checks come from. */
    private static Optional<Target> target(
            final Service service, final Device device, final Kind kind, final int port) {
        return Check.source(service, Side.INGRESS)
                .flatMap(source -> clusterAddress(service, source.family())
                        .map(asked -> new Target(
                                kind,
                                service.virtualMac(),
                                source,
                                device.ingress().mac(),
                                asked,
                                port)));
    }

    private static Optional<IpAddress> clusterAddress(final Service service, final IpAddress.Family family) {
        return service.clusterAddresses().stream()
                .filter(address -> address.family() == family)
                .findFirst();
    }
}
