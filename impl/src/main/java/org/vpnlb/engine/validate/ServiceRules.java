/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.ModelName;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.selection.SourceSlots;

/** What one service must be. */
final class ServiceRules {
    private static final int MAX_SLOTS = 4096;

    private final Problems problems;
    private final HealthCheckRules healthCheckRules;
    private final DeviceRules deviceRules;
    private final PrefixRules prefixRules;

    ServiceRules(final Problems problems) {
        this.problems = problems;
        healthCheckRules = new HealthCheckRules(problems);
        deviceRules = new DeviceRules(problems);
        prefixRules = new PrefixRules(problems);
    }

    void check(final Service service) {
        final String path = Paths.of(service);
        problems.outer(path + "/cluster-address", service.clusterAddress());
        problems.mac(path + "/virtual-mac", service.virtualMac());
        service.matches().forEach(match -> match(path + "/match[name='" + match.name() + "']", match.traffic()));
        ingress(path + "/ingress", service);
        egress(path + "/egress", service);
        selection(path + "/selection", service);
        pinned(path, service);
        ClientKeyRules.check(path, service, problems);
        final Map<MacAddress, String> ingressMacs = new HashMap<>();
        final boolean oneSwitch = service.egress().switches().stream()
                .anyMatch(ports -> service.ingressSwitch(ports.node()).isPresent());
        final Map<MacAddress, String> egressMacs = oneSwitch ? ingressMacs : new HashMap<>();
        final Map<IpAddress, String> addresses = new HashMap<>();
        addresses.put(service.clusterAddress(), "the cluster address");
        service.clusterAddresses().stream().skip(1).forEach(address -> {
            problems.outer(path + Paths.ADDITIONAL, address);
            problems.unique(path + Paths.ADDITIONAL, address, addresses, "an additional-cluster-address");
        });
        service.egress().gatewayAddress().ifPresent(address -> gateway(path + Paths.GATEWAY, address, addresses));
        service.egress()
                .additionalGatewayAddresses()
                .forEach(address -> gateway(path + Paths.ADDITIONAL_GATEWAY, address, addresses));
        service.healthCheck().ifPresent(check -> {
            healthCheckRules.check(path + "/health-check", check, service, addresses);
        });
        prefixRules.check(service);
        new SessionPrefixRules(problems).check(service);
        for (final Device device : service.devices()) {
            deviceRules.check(service, device);
            problems.unique(
                    Paths.of(service, device) + "/ingress/mac", device.ingress().mac(), ingressMacs, owner(device));
            problems.unique(
                    Paths.of(service, device) + "/egress/mac", device.egress().mac(), egressMacs, owner(device));
            device.ingress()
                    .address()
                    .ifPresent(address -> problems.unique(
                            Paths.of(service, device) + "/ingress/address", address, addresses, owner(device)));
            device.egress()
                    .address()
                    .ifPresent(address -> problems.unique(
                            Paths.of(service, device) + "/egress/address", address, addresses, owner(device)));
        }
    }

    private void match(final String path, final Traffic traffic) {
        if (traffic.destinationPort() == null) {
            return;
        }
        if (traffic.ipProtocol() == null) {
            problems.problem(path + "/ip-protocol", "none", "a port needs a protocol", "use 6, 17 or 132");
        } else if (!Traffic.WITH_PORTS.contains(traffic.ipProtocol())) {
            problems.problem(
                    path + "/destination-port",
                    traffic.destinationPort(),
                    "IP protocol " + traffic.ipProtocol() + " has no ports",
                    "leave the leaf out, or use ip-protocol 6, 17 or 132");
        } else if (traffic.destinationPort() == 0) {
            problems.problem(path + "/destination-port", 0, "is no port", "use 1 to 65535");
        }
    }

    private void ingress(final String path, final Service service) {
        final Service.Ingress ingress = service.ingress();
        switches(path, ingress.switches(), "uplink-port");
        for (final Service.SwitchPorts ports : ingress.switches()) {
            if (ports.ports().isEmpty()) {
                problems.problem(
                        Paths.ofSwitch(path, ports) + "/uplink-port",
                        "none",
                        "no client could come in",
                        "list at least one port");
            }
        }
        problems.idleTimeout(path, ingress.idleTimeout());
        problems.positive(path + "/max-sessions", ingress.maxSessions(), "use 1 to 4294967295");
    }

    private void gateway(final String path, final IpAddress address, final Map<IpAddress, String> addresses) {
        problems.inner(path, address);
        problems.unique(path, address, addresses, "a gateway address");
    }

    private void egress(final String path, final Service service) {
        final Service.Egress egress = service.egress();
        switches(path, egress.switches(), "server-port");
        problems.idleTimeout(path, egress.idleTimeout());
        problems.positive(path + "/max-sessions", egress.maxSessions(), "use 1 to 4294967295");
    }

    private void switches(final String path, final List<Service.SwitchPorts> switches, final String leaf) {
        if (switches.isEmpty()) {
            problems.problem(path + "/switch", "none", "the service needs a switch on this side", "list one");
        } else if (switches.size() > 1) {
            problems.problem(
                    path + "/switch",
                    switches.size() + " switches",
                    "more than one " + Problems.NOT_YET,
                    "list one switch");
        }
        for (final Service.SwitchPorts ports : switches) {
            ports.ports().forEach(port -> problems.port(Paths.ofSwitch(path, ports) + "/" + leaf, port));
        }
    }

    private void selection(final String path, final Service service) {
        final Service.Selection selection = service.selection();
        ControllerRules.check(path, service, problems);
        final int min = Math.max(1, service.devices().size());
        if (selection.slots() < min || selection.slots() > MAX_SLOTS) {
            problems.problem(
                    path + "/slots",
                    selection.slots(),
                    "is not between the number of devices and " + MAX_SLOTS,
                    "use " + min + " to " + MAX_SLOTS);
        } else if (selection.method() == Service.Selection.Method.SOURCE_HASH
                && !SourceSlots.isPossible(selection.slots())) {
            problems.problem(
                    path + "/slots",
                    selection.slots(),
                    "is not a power of two up to " + SourceSlots.MAX_SLOTS + ", as source-hash needs it",
                    min > SourceSlots.MAX_SLOTS
                            ? "use method auto or select-group"
                            : "use a power of two from %d to %d, or method auto or select-group"
                                    .formatted(Math.max(2, Integer.highestOneBit(2 * min - 1)), SourceSlots.MAX_SLOTS));
        }
    }

    /** Sessions of pinned clients alone: the slots forward all others, and nobody counts these. */
    private void pinned(final String path, final Service service) {
        if (service.ingress().sessions() != Sessions.PINNED) {
            return;
        }
        final Service.Selection.Method method = service.selection().method();
        if (method != Service.Selection.Method.SOURCE_HASH) {
            problems.problem(
                    path + "/ingress/sessions",
                    ModelName.of(Sessions.PINNED),
                    "needs selection/method source-hash, and that is " + ModelName.of(method),
                    "set selection/method to source-hash, or sessions to all");
        }
        for (final Device device : service.devices()) {
            device.maxSessions()
                    .ifPresent(max -> problems.problem(
                            Paths.of(service, device) + "/max-sessions",
                            max,
                            "cannot be kept with ingress/sessions pinned, where a device's clients are not counted",
                            "leave the leaf out, or set ingress/sessions to all"));
        }
    }

    private static String owner(final Device device) {
        return "device '" + device.name() + "'";
    }
}
