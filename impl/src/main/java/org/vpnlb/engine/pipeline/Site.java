/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;

/**
 * A switch with the services in it: what the tables are made for.
 *
 * @param node the switch
 * @param services the services, those that are at neither side of the switch included
 */
record Site(String node, List<Service> services) {
    Site {
        services = List.copyOf(services);
    }

    /** The services of which the switch is at a side, in their order. */
    List<Service> at(final Side side) {
        return services.stream().filter(service -> service.isAt(node, side)).toList();
    }

    /** Whether the switch is at a side of a service. */
    boolean isAt(final Service service, final Side side) {
        return service.isAt(node, side);
    }

    /** Whether the switch has both sides, of one service or of several: there they must be kept apart. */
    boolean hasBothSides() {
        return Stream.of(Side.values()).noneMatch(side -> at(side).isEmpty());
    }

    /** The ports of a service in the switch, in their order: of its clients, its servers and its devices. */
    Set<Long> ports(final Service service) {
        final Set<Long> ports = new TreeSet<>(egressPorts(service));
        uplinks(service).forEach(uplink -> ports.add(uplink.port()));
        service.devices().stream()
                .map(device -> device.ingress().place())
                .filter(place -> place.node().equals(node))
                .forEach(place -> ports.add(place.port()));
        return ports;
    }

    /** The ports of a service's servers in the switch, and of its devices on their side, in their order. */
    Set<Long> egressPorts(final Service service) {
        final Set<Long> ports = new TreeSet<>();
        service.egressSwitch(node).ifPresent(servers -> ports.addAll(servers.ports()));
        service.devices().stream()
                .map(device -> device.egress().place())
                .filter(place -> place.node().equals(node))
                .forEach(place -> ports.add(place.port()));
        return ports;
    }

    /** Where the clients of a service are. */
    List<Place> uplinks(final Service service) {
        return places(service.ingressSwitch(node)).toList();
    }

    /** Where a side's clients or servers are, of all services, by the port. */
    List<Place> hosts(final Side side) {
        return sorted(at(side).stream()
                .flatMap(service -> places(
                        switch (side) {
                            case INGRESS -> service.ingressSwitch(node);
                            case EGRESS -> service.egressSwitch(node);
                        })));
    }

    /** The devices at a side, of all services. */
    List<Attachment> devices(final Side side) {
        return at(side).stream()
                .flatMap(service -> service.devices().stream())
                .map(device -> switch (side) {
                    case INGRESS -> device.ingress();
                    case EGRESS -> device.egress();
                })
                .filter(attachment -> attachment.node().equals(node))
                .toList();
    }

    /** Where anything is at a side, of all services, by the port. */
    List<Place> places(final Side side) {
        return sorted(Stream.concat(hosts(side).stream(), devices(side).stream().map(Attachment::place)));
    }

    private Stream<Place> places(final Optional<Service.SwitchPorts> ports) {
        return ports.stream().flatMap(listed -> listed.ports().stream()).map(port -> Place.untagged(node, port));
    }

    private static List<Place> sorted(final Stream<Place> places) {
        return places.distinct().sorted(Comparator.comparingLong(Place::port)).toList();
    }
}
