/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;

/** What two services must not have in common. Each rule is about an address that both have, see SharedAddresses. */
final class PairRules {
    private final Problems problems;
    private final Map<Service, Attachments> attachments = new IdentityHashMap<>();

    PairRules(final Problems problems) {
        this.problems = problems;
    }

    void check(final Service first, final Service second) {
        clusterAddresses(first, second);
        if (shareEgressSwitch(first, second)) {
            second.egress().gatewayAddresses().stream()
                    .filter(first.egress().gatewayAddresses()::contains)
                    .forEach(gateway -> problems.problem(
                            Paths.ofGateway(second, gateway),
                            gateway,
                            "is the gateway address of service '" + first.name() + "' on the same switch",
                            "use another address"));
        }
        sources(second).stream()
                .filter(address ->
                        addresses(first).contains(address) || sources(first).contains(address))
                .forEach(address -> anothersSource(second, address, first));
        addresses(second).stream()
                .filter(sources(first)::contains)
                .forEach(address -> anothersSource(second, address, first));
        if (first.virtualMac().equals(second.virtualMac())
                && shareEgressSwitch(first, second)
                && prefixesMeet(first, second)) {
            problems.problem(
                    Paths.of(second) + "/virtual-mac",
                    second.virtualMac(),
                    "is that of service '" + first.name() + "' on the same egress switch, for the same client-prefix",
                    "use another virtual-mac, or client prefixes that do not overlap");
        }
        for (final Device device : first.devices()) {
            if (hasVirtualMac(device.ingress(), second) || hasVirtualMac(device.egress(), second)) {
                problems.problem(
                        Paths.of(second) + "/virtual-mac",
                        second.virtualMac(),
                        "is that of device '" + device.name() + "' of service '" + first.name()
                                + "' on the same switch",
                        "use another virtual-mac");
            }
        }
        final Attachments taken = attachments.computeIfAbsent(first, Attachments::new);
        for (final Device device : second.devices()) {
            anothersVirtualMac(Paths.of(second, device) + "/ingress/mac", device.ingress(), first);
            anothersVirtualMac(Paths.of(second, device) + "/egress/mac", device.egress(), first);
            for (final Device other : taken.sharedWith(device)) {
                attachedTwice(Paths.of(second, device) + "/ingress/mac", device.ingress(), first, other);
                attachedTwice(Paths.of(second, device) + "/egress/mac", device.egress(), first, other);
            }
        }
    }

    private void anothersSource(final Service second, final IpAddress address, final Service first) {
        problems.problem(
                Paths.of(second) + "/health-check",
                address,
                "is an address of service '" + first.name() + "' too, and one of the two sends checks from it",
                "give each service addresses of its own");
    }

    /** Of a service's own addresses those that it serves: services may share these where the rules above allow it. */
    private static Set<IpAddress> addresses(final Service service) {
        final Set<IpAddress> all = new LinkedHashSet<>(service.clusterAddresses());
        all.addAll(service.egress().gatewayAddresses());
        return all;
    }

    /** The others, from which it only sends checks: they are no other service's. */
    private static Set<IpAddress> sources(final Service service) {
        final Set<IpAddress> all = new LinkedHashSet<>(service.ownAddresses());
        all.removeAll(addresses(service));
        return all;
    }

    private void anothersVirtualMac(final String path, final Attachment attachment, final Service other) {
        if (hasVirtualMac(attachment, other)) {
            problems.problem(
                    path,
                    attachment.mac(),
                    "is the virtual MAC address of service '" + other.name() + "' on the same switch",
                    "use the device's own");
        }
    }

    private static boolean hasVirtualMac(final Attachment attachment, final Service service) {
        return attachment.mac().equals(service.virtualMac())
                && (service.ingressSwitch(attachment.node()).isPresent()
                        || service.egressSwitch(attachment.node()).isPresent());
    }

    private void clusterAddresses(final Service first, final Service second) {
        final List<IpAddress> shared = second.clusterAddresses().stream()
                .filter(first.clusterAddresses()::contains)
                .toList();
        boolean mayShare = !shared.isEmpty();
        for (final IpAddress address : shared) {
            mayShare &= mayShare(first, second, address);
        }
        if (mayShare && !first.virtualMac().equals(second.virtualMac())) {
            problems.problem(
                    Paths.of(second) + "/virtual-mac",
                    second.virtualMac(),
                    "service '" + first.name() + "' answers for the same cluster address with " + first.virtualMac(),
                    "set virtual-mac of both to one value");
        }
        clustersWhereGateway(first, second)
                .forEach(gateway -> problems.problem(
                        Paths.ofGateway(second, gateway),
                        gateway,
                        "is a cluster address of service '" + first.name() + "' on the same switch",
                        "use another address"));
        clustersWhereGateway(second, first)
                .forEach(gateway -> problems.problem(
                        Paths.ofCluster(second, gateway),
                        gateway,
                        "is the gateway address of service '" + first.name() + "' on the same switch",
                        "use another address"));
    }

    /** What clients of one service call on a switch where servers of the other take it for their gateway. */
    private static List<IpAddress> clustersWhereGateway(final Service clients, final Service servers) {
        return clients.ingress().switches().stream()
                        .anyMatch(ports -> servers.egressSwitch(ports.node()).isPresent())
                ? servers.egress().gatewayAddresses().stream()
                        .filter(clients.clusterAddresses()::contains)
                        .toList()
                : List.of();
    }

    /** Whether two services may share a cluster address; says why not. */
    private boolean mayShare(final Service first, final Service second, final IpAddress shared) {
        final String path = Paths.ofCluster(second, shared);
        if (shared.family() == Family.V6) {
            problems.problem(
                    path,
                    shared,
                    "service '" + first.name()
                            + "' has the same address: fragments of IPv6 show no protocol, so an IPv6"
                            + " address is one service's",
                    "use another cluster-address or put the protocols into one service");
            return false;
        }
        for (final Traffic traffic : second.traffic()) {
            final Optional<Traffic> other = first.traffic().stream()
                    .filter(candidate -> candidate.ipProtocol() == null
                            || traffic.ipProtocol() == null
                            || Objects.equals(candidate.ipProtocol(), traffic.ipProtocol()))
                    .findFirst();
            if (other.isPresent()) {
                problems.problem(
                        path,
                        shared,
                        "service '%s' has the same address with %s, this one with %s: IP fragments carry no port, so"
                                        .formatted(first.name(), other.orElseThrow(), traffic)
                                + " services of one address must differ in the IP protocol",
                        "use another cluster-address or put the protocols into one service");
                return false;
            }
        }
        return true;
    }

    private void attachedTwice(
            final String path, final Attachment attachment, final Service other, final Device device) {
        for (final Attachment taken : List.of(device.ingress(), device.egress())) {
            if (taken.node().equals(attachment.node()) && taken.mac().equals(attachment.mac())) {
                problems.problem(
                        path,
                        attachment.mac(),
                        "is device '" + device.name() + "' of service '" + other.name() + "' on the same switch",
                        "a device of several services " + Problems.NOT_YET + "; list all protocols in one service");
                return;
            }
        }
    }

    private static boolean shareEgressSwitch(final Service first, final Service second) {
        return first.egress().switches().stream()
                .anyMatch(ports -> second.egressSwitch(ports.node()).isPresent());
    }

    private static boolean prefixesMeet(final Service first, final Service second) {
        final List<IpPrefix> others = second.innerPrefixes();
        return first.innerPrefixes().stream().anyMatch(one -> others.stream().anyMatch(one::overlaps));
    }
}
