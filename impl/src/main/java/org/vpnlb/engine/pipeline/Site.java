/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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

    /** Where clients are and no servers: one service's clients may be another's servers. */
    List<Place> dirtyUplinks() {
        final Set<Long> servers = services.stream()
                .flatMap(service -> service.egressSwitch(node).stream())
                .flatMap(switchPorts -> switchPorts.ports().stream())
                .collect(Collectors.toSet());
        return services.stream()
                .flatMap(service -> uplinks(service).stream())
                .filter(uplink -> !servers.contains(uplink.port()))
                .distinct()
                .toList();
    }

    /** Where the clients of a service are. */
    List<Place> uplinks(final Service service) {
        return service.ingressSwitch(node).stream()
                .flatMap(uplinks -> uplinks.ports().stream())
                .map(port -> Place.untagged(node, port))
                .toList();
    }
}
