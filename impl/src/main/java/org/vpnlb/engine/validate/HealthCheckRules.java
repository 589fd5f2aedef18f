/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.Map;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;

/** What the health check of a service must be. */
final class HealthCheckRules {
    private static final int MIN_INTERVAL = 100;
    private static final int MAX_INTERVAL = 60_000;
    private static final int MAX_IN_A_ROW = 100;

    private final Problems problems;

    HealthCheckRules(final Problems problems) {
        this.problems = problems;
    }

    void check(final String path, final HealthCheck check, final Service service, final Map<IpAddress, String> taken) {
        final String type = "the type " + check.type().modelName();
        final var defaults = HealthCheck.LINKS;
        if (check.type() == Type.LINK) {
            // A leaf that is absent has its default.
            saysNothing(path + "/interval", check.interval(), defaults.interval(), type);
            saysNothing(path + "/fall", check.fall(), defaults.fall(), type);
            saysNothing(path + "/rise", check.rise(), defaults.rise(), type);
            check.ingressSource()
                    .ifPresent(address -> saysNothing(path + "/source-address-ingress", address, "", type));
            check.egressSource().ifPresent(address -> saysNothing(path + "/source-address-egress", address, "", type));
        } else {
            problems.between(path + "/interval", check.interval(), MIN_INTERVAL, MAX_INTERVAL, " milliseconds");
            problems.between(path + "/fall", check.fall(), 1, MAX_IN_A_ROW, "");
            problems.between(path + "/rise", check.rise(), 1, MAX_IN_A_ROW, "");
            checkSources(path, check, service, taken);
            service.devices().forEach(device -> checkable(check, service, device));
        }
        if (!check.type().hasPort()) {
            check.port().ifPresent(port -> saysNothing(path + "/port", port, "", type));
        } else if (check.port().isEmpty() && check.type() != Type.IKE) {
            problems.problem(
                    path + "/port",
                    "absent",
                    type + " needs a port",
                    "give the one at which the devices serve clients");
        } else if (check.port().filter(port -> port < 1).isPresent()) {
            problems.problem(path + "/port", check.port().orElseThrow(), "is no port", "use 1 to 65535");
        }
    }

    private void checkSources(
            final String path, final HealthCheck check, final Service service, final Map<IpAddress, String> taken) {
        check.ingressSource().ifPresent(address -> {
            problems.outer(path + "/source-address-ingress", address);
            if (address.family() != service.clusterAddress().family()) {
                problems.problem(
                        path + "/source-address-ingress",
                        address,
                        "is of another address family than the cluster address " + service.clusterAddress(),
                        "use an address of the same family");
            }
            problems.unique(path + "/source-address-ingress", address, taken, "the checks on the clients' side");
        });
        check.egressSource()
                .filter(address -> service.egress()
                        .gatewayAddress()
                        .filter(address::equals)
                        .isEmpty())
                .ifPresent(address -> {
                    problems.address(path + "/source-address-egress", address);
                    problems.unique(path + "/source-address-egress", address, taken, "the checks on the servers' side");
                });
        if (check.type() == Type.ARP) {
            return;
        }
        if (check.ingressSource().isEmpty()) {
            problems.problem(
                    path + "/source-address-ingress",
                    "absent",
                    "devices answer the type " + check.type().modelName() + " at an address only",
                    "give a free address of the devices' network on the clients' side");
        }
        if (check.type() == Type.ICMP && Check.source(service, Side.EGRESS).isEmpty()) {
            problems.problem(
                    path + "/source-address-egress",
                    "absent",
                    "devices answer the type icmp at an address only, and there is no gateway-address either",
                    "give a free address of the devices' network on the servers' side");
        }
    }

    private void checkable(final HealthCheck check, final Service service, final Device device) {
        if (!check.type().hasPort() && device.ingress().address().isEmpty()) {
            noAddress(Paths.of(service, device) + "/ingress/address", check);
        }
        if (device.egress().address().isEmpty()) {
            noAddress(Paths.of(service, device) + "/egress/address", check);
        }
    }

    private void noAddress(final String path, final HealthCheck check) {
        problems.problem(
                path,
                "absent",
                "the health-check type " + check.type().modelName() + " asks at this address",
                "give the device's own address on this side");
    }

    private void saysNothing(final String path, final Object value, final Object absent, final String type) {
        if (!value.equals(absent)) {
            problems.problem(path, value, "has no effect with type " + type, "leave the leaf out");
        }
    }
}
