/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;

/** What one device must be. */
final class DeviceRules {
    private static final int MAX_WEIGHT = 100;
    private static final int MAX_VLAN = 4094;
    /** A week. */
    private static final long MAX_DRAIN = 604_800;

    private final Problems problems;

    DeviceRules(final Problems problems) {
        this.problems = problems;
    }

    void check(final Service service, final Device device) {
        final String path = Paths.of(service, device);
        if (device.weight() < 1 || device.weight() > MAX_WEIGHT) {
            problems.problem(
                    path + "/weight",
                    device.weight(),
                    "is not a weight",
                    "use 1 to " + MAX_WEIGHT + ", or admin-state draining for a device without new clients");
        }
        device.maxSessions().ifPresent(most -> problems.positive(path + "/max-sessions", most, "use 1 to 4294967295"));
        device.drainDeadline()
                .filter(seconds -> seconds < 1 || seconds > MAX_DRAIN)
                .ifPresent(seconds -> problems.problem(
                        path + "/drain-deadline",
                        seconds,
                        "is out of range",
                        "use 1 to " + MAX_DRAIN + " seconds, or leave it out for a drain that ends no session"));
        attachment(path + "/ingress", device.ingress(), service.ingress().switches(), service);
        attachment(path + "/egress", device.egress(), service.egress().switches(), service);
        device.egress().address().ifPresent(address -> problems.inner(path + "/egress/address", address));
        device.ingress().address().ifPresent(address -> {
            problems.outer(path + "/ingress/address", address);
            if (address.family() != service.clusterAddress().family()) {
                problems.problem(
                        path + "/ingress/address",
                        address,
                        "is of another address family than the cluster address " + service.clusterAddress(),
                        "use an address of the same family");
            }
        });
        if (device.ingress().node().equals(device.egress().node())
                && device.ingress().port() == device.egress().port()
                && device.ingress().portName().equals(device.egress().portName())) {
            problems.problem(
                    path + (device.egress().portName().isPresent() ? "/egress/port-name" : "/egress/port"),
                    device.egress()
                            .portName()
                            .orElse(Long.toString(device.egress().port())),
                    "both sides of a device at one port " + Problems.NOT_YET,
                    "attach the sides to different ports");
        }
    }

    private void attachment(
            final String path,
            final Attachment attachment,
            final List<Service.SwitchPorts> switches,
            final Service service) {
        if (attachment.portName().isEmpty()) {
            problems.port(path + "/port", attachment.port());
        }
        problems.mac(path + "/mac", attachment.mac());
        if (attachment.mac().equals(service.virtualMac())) {
            problems.problem(
                    path + "/mac", attachment.mac(), "is the service's virtual MAC address", "use the device's own");
        }
        attachment.place().vlan().ifPresent(vlan -> {
            if (vlan < 1 || vlan > MAX_VLAN) {
                problems.problem(path + "/vlan-id", vlan, "is not a VLAN", "use 1 to " + MAX_VLAN);
            } else {
                problems.problem(
                        path + "/vlan-id", vlan, "a tagged device " + Problems.NOT_YET, "attach the device untagged");
            }
        });
        if (switches.stream().noneMatch(ports -> ports.node().equals(attachment.node()))) {
            problems.problem(
                    path + "/node",
                    attachment.node(),
                    "is not a switch of this side of the service",
                    "use one of "
                            + switches.stream().map(Service.SwitchPorts::node).toList()
                            + ", or add it to the service's switches");
        }
        listed(path, attachment, service.ingressSwitch(attachment.node()), "uplink-port");
        listed(path, attachment, service.egressSwitch(attachment.node()), "server-port");
    }

    private void listed(
            final String path,
            final Attachment attachment,
            final Optional<Service.SwitchPorts> ports,
            final String leaf) {
        if (ports.filter(listed -> listed.ports().contains(attachment.port())).isPresent()) {
            problems.problem(
                    path + "/port",
                    attachment.port(),
                    "is listed as " + leaf + " of " + attachment.node(),
                    "use the port of the device, or take it out of " + leaf);
        }
    }
}
