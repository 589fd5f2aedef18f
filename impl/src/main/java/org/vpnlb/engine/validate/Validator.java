/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

/** Says what in a configuration contradicts itself, cannot work, or is not supported yet. */
public final class Validator {
    /** The highest number of a port that frames can be sent to (OFPP_MAX less one; OpenFlow 1.3, section 7.2.1). */
    public static final long HIGHEST_PORT = 0xffff_feffL;

    private static final int HIGHEST_WEIGHT = 100;
    private static final int HIGHEST_VLAN = 4094;
    private static final int LONGEST_TIMEOUT = 65535;
    private static final int MOST_SLOTS = 4096;
    private static final int SHORTEST_INTERVAL = 100;
    private static final int LONGEST_INTERVAL = 60_000;
    private static final int MOST_IN_A_ROW = 100;
    private static final String NOT_YET = "is not supported yet";

    private final List<Problem> problems = new ArrayList<>();

    private Validator() {}

    /**
     * Checks a whole configuration.
     *
     * @param services all services
     * @return what is wrong, in the order of the configuration; empty when it can be applied
     */
    public static List<Problem> validate(final List<Service> services) {
        final var validator = new Validator();
        services.forEach(validator::service);
        for (int i = 0; i < services.size(); i++) {
            for (int j = 0; j < i; j++) {
                validator.together(services.get(j), services.get(i));
            }
        }
        return List.copyOf(validator.problems);
    }

    private void service(final Service service) {
        final String path = path(service);
        address(path + "/cluster-address", service.clusterAddress());
        mac(path + "/virtual-mac", service.virtualMac());
        service.matches().forEach(match -> match(path + "/match[name='" + match.name() + "']", match.traffic()));
        ingress(path + "/ingress", service);
        egress(path + "/egress", service);
        selection(path + "/selection", service);
        final Map<MacAddress, String> ingressMacs = new HashMap<>();
        final boolean oneSwitch = service.egress().switches().stream()
                .anyMatch(ports -> service.ingressSwitch(ports.node()).isPresent());
        final Map<MacAddress, String> egressMacs = oneSwitch ? ingressMacs : new HashMap<>();
        final Map<IpAddress, String> addresses = new HashMap<>();
        addresses.put(service.clusterAddress(), "the cluster address");
        service.egress().gatewayAddress().ifPresent(address -> {
            if (address.equals(service.clusterAddress())) {
                problem(path + "/egress/gateway-address", address, "is the cluster address", "use another address");
            }
            addresses.put(address, "the gateway address");
        });
        service.healthCheck().ifPresent(check -> {
            healthCheck(path + "/health-check", check, service, addresses);
        });
        for (final Device device : service.devices()) {
            device(service, device);
            unique(
                    devicePath(service, device) + "/ingress/mac",
                    device.ingress().mac(),
                    ingressMacs,
                    owner(device));
            unique(devicePath(service, device) + "/egress/mac", device.egress().mac(), egressMacs, owner(device));
            device.ingress()
                    .address()
                    .ifPresent(address -> unique(
                            devicePath(service, device) + "/ingress/address", address, addresses, owner(device)));
            device.egress()
                    .address()
                    .ifPresent(address ->
                            unique(devicePath(service, device) + "/egress/address", address, addresses, owner(device)));
        }
    }

    private void match(final String path, final Traffic traffic) {
        if (traffic.destinationPort() == null) {
            return;
        }
        if (traffic.ipProtocol() == null) {
            problem(path + "/ip-protocol", "none", "a port needs a protocol", "use 6, 17 or 132");
        } else if (!Traffic.WITH_PORTS.contains(traffic.ipProtocol())) {
            problem(
                    path + "/destination-port",
                    traffic.destinationPort(),
                    "IP protocol " + traffic.ipProtocol() + " has no ports",
                    "leave the leaf out, or use ip-protocol 6, 17 or 132");
        } else if (traffic.destinationPort() == 0) {
            problem(path + "/destination-port", 0, "is no port", "use 1 to 65535");
        }
    }

    private void ingress(final String path, final Service service) {
        final Service.Ingress ingress = service.ingress();
        switches(path, ingress.switches(), "uplink-port");
        for (final Service.SwitchPorts ports : ingress.switches()) {
            if (ports.ports().isEmpty()) {
                problem(
                        switchPath(path, ports) + "/uplink-port",
                        "none",
                        "no client could come in",
                        "list at least one port");
            }
        }
        idleTimeout(path, ingress.idleTimeout());
        positive(path + "/max-sessions", ingress.maxSessions(), "use 1 to 4294967295");
    }

    private void egress(final String path, final Service service) {
        final Service.Egress egress = service.egress();
        switches(path, egress.switches(), "server-port");
        egress.gatewayAddress().ifPresent(address -> address(path + "/gateway-address", address));
        for (final IpPrefix prefix : egress.clientPrefixes()) {
            if (prefix.address().family() == Family.V6) {
                problem(path + "/client-prefix", prefix, "IPv6 " + NOT_YET, "use IPv4 prefixes");
            }
        }
        if (egress.sessionPrefixLengthV4() != Family.V4.bits()) {
            problem(
                    path + "/session-prefix-length-v4",
                    egress.sessionPrefixLengthV4(),
                    "a session of several addresses " + NOT_YET,
                    "use 32 or leave the leaf out");
        }
        if (egress.sessionPrefixLengthV6() != Family.V6.bits()) {
            problem(
                    path + "/session-prefix-length-v6",
                    egress.sessionPrefixLengthV6(),
                    "a session of several addresses " + NOT_YET,
                    "use 128 or leave the leaf out");
        }
        idleTimeout(path, egress.idleTimeout());
        positive(path + "/max-sessions", egress.maxSessions(), "use 1 to 4294967295");
    }

    private void switches(final String path, final List<Service.SwitchPorts> switches, final String leaf) {
        if (switches.isEmpty()) {
            problem(path + "/switch", "none", "the service needs a switch on this side", "list one");
        } else if (switches.size() > 1) {
            problem(path + "/switch", switches.size() + " switches", "more than one " + NOT_YET, "list one switch");
        }
        for (final Service.SwitchPorts ports : switches) {
            ports.ports().forEach(port -> port(switchPath(path, ports) + "/" + leaf, port));
        }
    }

    private void selection(final String path, final Service service) {
        final Service.Selection selection = service.selection();
        if (selection.method() != Service.Selection.Method.SELECT_GROUP) {
            problem(
                    path + "/method",
                    selection.method().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
                    NOT_YET,
                    "use select-group or leave the leaf out");
        }
        selection.metric().ifPresent(metric -> problem(path + "/metric", metric, NOT_YET, "leave the leaf out"));
        final int least = Math.max(1, service.devices().size());
        if (selection.slots() < least || selection.slots() > MOST_SLOTS) {
            problem(
                    path + "/slots",
                    selection.slots(),
                    "is not between the number of devices and " + MOST_SLOTS,
                    "use " + least + " to " + MOST_SLOTS);
        }
    }

    private void healthCheck(
            final String path, final HealthCheck check, final Service service, final Map<IpAddress, String> taken) {
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
            between(path + "/interval", check.interval(), SHORTEST_INTERVAL, LONGEST_INTERVAL, " milliseconds");
            between(path + "/fall", check.fall(), 1, MOST_IN_A_ROW, "");
            between(path + "/rise", check.rise(), 1, MOST_IN_A_ROW, "");
            checkSources(path, check, service, taken);
            service.devices().forEach(device -> checkable(check, service, device));
        }
        if (!check.type().hasPort()) {
            check.port().ifPresent(port -> saysNothing(path + "/port", port, "", type));
        } else if (check.port().isEmpty() && check.type() != Type.IKE) {
            problem(
                    path + "/port",
                    "absent",
                    type + " needs a port",
                    "give the one at which the devices serve clients");
        } else if (check.port().filter(port -> port < 1).isPresent()) {
            problem(path + "/port", check.port().orElseThrow(), "is no port", "use 1 to 65535");
        }
    }

    private void checkSources(
            final String path, final HealthCheck check, final Service service, final Map<IpAddress, String> taken) {
        check.ingressSource().ifPresent(address -> {
            address(path + "/source-address-ingress", address);
            unique(path + "/source-address-ingress", address, taken, "the checks on the clients' side");
        });
        check.egressSource()
                .filter(address -> service.egress()
                        .gatewayAddress()
                        .filter(address::equals)
                        .isEmpty())
                .ifPresent(address -> {
                    address(path + "/source-address-egress", address);
                    unique(path + "/source-address-egress", address, taken, "the checks on the servers' side");
                });
        if (check.type() == Type.ARP) {
            return;
        }
        if (check.ingressSource().isEmpty()) {
            problem(
                    path + "/source-address-ingress",
                    "absent",
                    "devices answer the type " + check.type().modelName() + " at an address only",
                    "give a free address of the devices' network on the clients' side");
        }
        if (check.type() == Type.ICMP && Check.source(service, Side.EGRESS).isEmpty()) {
            problem(
                    path + "/source-address-egress",
                    "absent",
                    "devices answer the type icmp at an address only, and there is no gateway-address either",
                    "give a free address of the devices' network on the servers' side");
        }
    }

    private void checkable(final HealthCheck check, final Service service, final Device device) {
        if (!check.type().hasPort() && device.ingress().address().isEmpty()) {
            noAddress(devicePath(service, device) + "/ingress/address", check);
        }
        if (device.egress().address().isEmpty()) {
            noAddress(devicePath(service, device) + "/egress/address", check);
        }
    }

    private void noAddress(final String path, final HealthCheck check) {
        problem(
                path,
                "absent",
                "the health-check type " + check.type().modelName() + " asks at this address",
                "give the device's own address on this side");
    }

    private void saysNothing(final String path, final Object value, final Object absent, final String type) {
        if (!value.equals(absent)) {
            problem(path, value, "says nothing to " + type, "leave the leaf out");
        }
    }

    private void between(final String path, final int value, final int least, final int most, final String unit) {
        if (value < least || value > most) {
            problem(path, value, "is out of range", "use " + least + " to " + most + unit);
        }
    }

    private void device(final Service service, final Device device) {
        final String path = devicePath(service, device);
        if (device.weight() < 1 || device.weight() > HIGHEST_WEIGHT) {
            problem(
                    path + "/weight",
                    device.weight(),
                    "is not a weight",
                    "use 1 to " + HIGHEST_WEIGHT + ", or admin-state draining for a device without new clients");
        }
        device.maxSessions().ifPresent(most -> positive(path + "/max-sessions", most, "use 1 to 4294967295"));
        attachment(path + "/ingress", device.ingress(), service.ingress().switches(), service);
        attachment(path + "/egress", device.egress(), service.egress().switches(), service);
        device.ingress().address().ifPresent(address -> {
            if (address.family() != service.clusterAddress().family()) {
                problem(
                        path + "/ingress/address",
                        address,
                        "is of another address family than the cluster address " + service.clusterAddress(),
                        "use an address of the same family");
            }
        });
        if (device.ingress().node().equals(device.egress().node())
                && device.ingress().port() == device.egress().port()) {
            problem(
                    path + "/egress/port",
                    device.egress().port(),
                    "both sides of a device at one port " + NOT_YET,
                    "attach the sides to different ports");
        }
    }

    private void attachment(
            final String path,
            final Attachment attachment,
            final List<Service.SwitchPorts> switches,
            final Service service) {
        port(path + "/port", attachment.port());
        mac(path + "/mac", attachment.mac());
        if (attachment.mac().equals(service.virtualMac())) {
            problem(path + "/mac", attachment.mac(), "is the service's virtual MAC address", "use the device's own");
        }
        attachment.place().vlan().ifPresent(vlan -> {
            if (vlan < 1 || vlan > HIGHEST_VLAN) {
                problem(path + "/vlan-id", vlan, "is not a VLAN", "use 1 to " + HIGHEST_VLAN);
            } else {
                problem(path + "/vlan-id", vlan, "a tagged device " + NOT_YET, "attach the device untagged");
            }
        });
        attachment.address().ifPresent(address -> address(path + "/address", address));
        if (switches.stream().noneMatch(ports -> ports.node().equals(attachment.node()))) {
            problem(
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
            problem(
                    path + "/port",
                    attachment.port(),
                    "is listed as " + leaf + " of " + attachment.node(),
                    "use the port of the device, or take it out of " + leaf);
        }
    }

    private void together(final Service first, final Service second) {
        if (first.clusterAddress().equals(second.clusterAddress())) {
            sharedAddress(first, second);
        }
        final Optional<IpAddress> gateway = second.egress().gatewayAddress();
        if (gateway.isPresent()
                && gateway.equals(first.egress().gatewayAddress())
                && shareEgressSwitch(first, second)) {
            problem(
                    path(second) + "/egress/gateway-address",
                    gateway.orElseThrow(),
                    "is the gateway address of service '" + first.name() + "' on the same switch",
                    "use another address");
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
                && prefixesMeet(first.egress(), second.egress())) {
            problem(
                    path(second) + "/virtual-mac",
                    second.virtualMac(),
                    "is that of service '" + first.name() + "' on the same egress switch, for the same client-prefix",
                    "use another virtual-mac, or client prefixes that do not overlap");
        }
        for (final Device device : first.devices()) {
            if (hasVirtualMac(device.ingress(), second) || hasVirtualMac(device.egress(), second)) {
                problem(
                        path(second) + "/virtual-mac",
                        second.virtualMac(),
                        "is that of device '" + device.name() + "' of service '" + first.name()
                                + "' on the same switch",
                        "use another virtual-mac");
            }
        }
        for (final Device device : second.devices()) {
            anothersVirtualMac(devicePath(second, device) + "/ingress/mac", device.ingress(), first);
            anothersVirtualMac(devicePath(second, device) + "/egress/mac", device.egress(), first);
            for (final Device other : first.devices()) {
                attachedTwice(devicePath(second, device) + "/ingress/mac", device.ingress(), first, other);
                attachedTwice(devicePath(second, device) + "/egress/mac", device.egress(), first, other);
            }
        }
    }

    private void anothersSource(final Service second, final IpAddress address, final Service first) {
        problem(
                path(second) + "/health-check",
                address,
                "is an address of service '" + first.name() + "' too, and one of the two sends checks from it",
                "give each service addresses of its own");
    }

    private static Set<IpAddress> addresses(final Service service) {
        final Set<IpAddress> all = new LinkedHashSet<>();
        all.add(service.clusterAddress());
        service.egress().gatewayAddress().ifPresent(all::add);
        return all;
    }

    private static Set<IpAddress> sources(final Service service) {
        final Set<IpAddress> all = new LinkedHashSet<>();
        service.healthCheck().flatMap(HealthCheck::ingressSource).ifPresent(all::add);
        service.healthCheck().flatMap(HealthCheck::egressSource).ifPresent(all::add);
        all.removeAll(addresses(service));
        return all;
    }

    private void anothersVirtualMac(final String path, final Attachment attachment, final Service other) {
        if (hasVirtualMac(attachment, other)) {
            problem(
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

    private void sharedAddress(final Service first, final Service second) {
        for (final Traffic traffic : second.traffic()) {
            final Optional<Traffic> other = first.traffic().stream()
                    .filter(candidate -> candidate.ipProtocol() == null
                            || traffic.ipProtocol() == null
                            || Objects.equals(candidate.ipProtocol(), traffic.ipProtocol()))
                    .findFirst();
            if (other.isPresent()) {
                problem(
                        path(second) + "/cluster-address",
                        second.clusterAddress(),
                        "service '%s' has the same address with %s, this one with %s: IP fragments carry no port, so"
                                        .formatted(first.name(), other.orElseThrow(), traffic)
                                + " services of one address must differ in the IP protocol",
                        "use another cluster-address or put the protocols into one service");
                return;
            }
        }
        if (!first.virtualMac().equals(second.virtualMac())) {
            problem(
                    path(second) + "/virtual-mac",
                    second.virtualMac(),
                    "service '" + first.name() + "' answers for the same cluster address with " + first.virtualMac(),
                    "set virtual-mac of both to one value");
        }
    }

    private void attachedTwice(
            final String path, final Attachment attachment, final Service other, final Device device) {
        for (final Attachment taken : List.of(device.ingress(), device.egress())) {
            if (taken.node().equals(attachment.node()) && taken.mac().equals(attachment.mac())) {
                problem(
                        path,
                        attachment.mac(),
                        "is device '" + device.name() + "' of service '" + other.name() + "' on the same switch",
                        "a device of several services " + NOT_YET + "; list all protocols in one service");
                return;
            }
        }
    }

    private static boolean shareEgressSwitch(final Service first, final Service second) {
        return first.egress().switches().stream()
                .anyMatch(ports -> second.egressSwitch(ports.node()).isPresent());
    }

    private static boolean prefixesMeet(final Service.Egress first, final Service.Egress second) {
        return first.clientPrefixes().isEmpty()
                || second.clientPrefixes().isEmpty()
                || first.clientPrefixes().stream()
                        .anyMatch(one -> second.clientPrefixes().stream()
                                .anyMatch(two -> one.contains(two.address()) || two.contains(one.address())));
    }

    private void address(final String path, final IpAddress address) {
        if (address.family() == Family.V6) {
            problem(path, address, "IPv6 " + NOT_YET, "use an IPv4 address");
        } else if (!address.isHost()) {
            problem(path, address, "is not the address of a host", "use a unicast address");
        }
    }

    private void mac(final String path, final MacAddress mac) {
        if (!mac.isStation()) {
            problem(path, mac, "is not the address of a station", "use a unicast MAC address");
        }
    }

    private void port(final String path, final long port) {
        if (port < 1 || port > HIGHEST_PORT) {
            problem(path, port, "is not an OpenFlow port", "use 1 to " + HIGHEST_PORT);
        }
    }

    private void idleTimeout(final String path, final int seconds) {
        if (seconds < 1 || seconds > LONGEST_TIMEOUT) {
            problem(
                    path + "/idle-timeout",
                    seconds,
                    "is not a timeout of OpenFlow",
                    "use 1 to " + LONGEST_TIMEOUT + " seconds");
        }
    }

    private void positive(final String path, final long value, final String fix) {
        if (value < 1) {
            problem(path, value, "must be positive", fix);
        }
    }

    private <T> void unique(final String path, final T value, final Map<T, String> taken, final String owner) {
        final String other = taken.putIfAbsent(value, owner);
        if (other != null) {
            problem(path, value, "is already that of " + other, "give each its own");
        }
    }

    private static String owner(final Device device) {
        return "device '" + device.name() + "'";
    }

    private void problem(final String path, final Object value, final String reason, final String fix) {
        problems.add(new Problem(path, String.valueOf(value), reason, fix));
    }

    private static String path(final Service service) {
        return "vpn-service[name='" + service.name() + "']";
    }

    private static String devicePath(final Service service, final Device device) {
        return path(service) + "/vpn-device[name='" + device.name() + "']";
    }

    private static String switchPath(final String path, final Service.SwitchPorts ports) {
        return path + "/switch[node='" + ports.node() + "']";
    }
}
