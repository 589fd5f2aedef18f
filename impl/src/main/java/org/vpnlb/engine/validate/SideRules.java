/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;

/**
 * What the ports of a switch must be that has both sides, be it of one service or of several: no port is at both, and
 * it is known where the servers are. Otherwise clients would meet servers there without a device between them.
 */
final class SideRules {
    private final Problems problems;

    SideRules(final Problems problems) {
        this.problems = problems;
    }

    /**
     * What is at a port.
     *
     * @param service its service
     * @param device the device; empty for an uplink or a server port
     */
    private record User(Service service, Optional<Device> device) {
        /** Whether another rule refuses the two at one port: a listed port of a device, or a device's both sides. */
        boolean isRefusedWith(final User other) {
            return service.name().equals(other.service.name())
                    && (device.isPresent() != other.device.isPresent()
                            || device.isPresent() && device.equals(other.device));
        }

        @Override
        public String toString() {
            return device.map(found -> "the ingress port of device '" + found.name() + "' of")
                            .orElse("an uplink-port of")
                    + " service '" + service.name() + "'";
        }
    }

    void check(final List<Service> services) {
        for (final String node : ingressNodes(services)) {
            final List<Service> inside = services.stream()
                    .filter(service -> service.isAt(node, Side.EGRESS))
                    .toList();
            if (!inside.isEmpty()) {
                keepApart(node, services, inside);
            }
        }
    }

    private static Set<String> ingressNodes(final List<Service> services) {
        return services.stream()
                .flatMap(service -> service.ingress().switches().stream())
                .map(Service.SwitchPorts::node)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void keepApart(final String node, final List<Service> services, final List<Service> inside) {
        final Map<Long, User> outside = outside(node, services);
        for (final Service service : inside) {
            final Service.SwitchPorts servers = service.egressSwitch(node).orElseThrow();
            final String path = Paths.ofSwitch(Paths.of(service) + "/egress", servers) + "/server-port";
            if (servers.ports().isEmpty()) {
                problems.problem(
                        path,
                        "none",
                        "the switch has the clients' side too, so vpnlb must know where the servers are",
                        "list the ports that lead to the servers, or use two switches");
            }
            servers.ports().forEach(port -> atOneSide(path, port, new User(service, Optional.empty()), outside));
            for (final Device device : service.devices()) {
                if (device.egress().node().equals(node)) {
                    atOneSide(
                            Paths.of(service, device) + "/egress/port",
                            device.egress().port(),
                            new User(service, Optional.of(device)),
                            outside);
                }
            }
        }
    }

    /** Who is at the ports of the clients' side; the first where there are several. */
    private static Map<Long, User> outside(final String node, final List<Service> services) {
        final Map<Long, User> users = new HashMap<>();
        for (final Service service : services) {
            service.ingressSwitch(node)
                    .ifPresent(uplinks -> uplinks.ports()
                            .forEach(port -> users.putIfAbsent(port, new User(service, Optional.empty()))));
            for (final Device device : service.devices()) {
                if (device.ingress().node().equals(node)) {
                    users.putIfAbsent(device.ingress().port(), new User(service, Optional.of(device)));
                }
            }
        }
        return users;
    }

    private void atOneSide(final String path, final long port, final User user, final Map<Long, User> outside) {
        final User other = outside.get(port);
        if (other != null && !user.isRefusedWith(other)) {
            problems.problem(
                    path,
                    port,
                    "is " + other + " on the same switch: clients would meet servers there",
                    "use different ports for the two sides, or two switches");
        }
    }
}
