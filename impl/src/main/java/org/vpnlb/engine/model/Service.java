/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

/**
 * One or more cluster addresses with their protocols, switches, devices and policies, as configured.
 *
 * @param name its name, unique
 * @param enabled whether it is in the switches
 * @param clusterAddresses the addresses that clients use, at least one; devices are checked at the first one
 * @param virtualMac the MAC address of the cluster addresses and of the gateway address
 * @param protocols the clients' protocols
 * @param matches the clients' further traffic, by name
 * @param ingress the clients' side
 * @param egress the servers' side
 * @param selection how a device is selected
 * @param healthCheck how the devices are checked, or empty where they are not
 * @param learning who learns the sessions
 * @param devices the devices
 */
public record Service(
        String name,
        boolean enabled,
        List<IpAddress> clusterAddresses,
        MacAddress virtualMac,
        Set<Protocol> protocols,
        List<NamedTraffic> matches,
        Ingress ingress,
        Egress egress,
        Selection selection,
        Optional<HealthCheck> healthCheck,
        Learning learning,
        List<Device> devices) {
    private static final List<IpPrefix> ALL_CLIENTS = List.of(IpPrefix.parse("0.0.0.0/0"));

    /**
     * Traffic that the operator named.
     *
     * @param name its name
     * @param traffic the traffic
     */
    public record NamedTraffic(String name, Traffic traffic) {}

    /**
     * A switch of one side.
     *
     * @param node the switch
     * @param ports its ports towards the clients, or towards the servers
     */
    public record SwitchPorts(String node, List<Long> ports) {
        public SwitchPorts {
            ports = List.copyOf(ports);
        }
    }

    /**
     * The clients' side.
     *
     * @param switches the ingress switches
     * @param idleTimeout the seconds after which an idle client session ends
     * @param maxSessions the most client sessions in a switch
     * @param sessions which clients have a session
     * @param clientKey what tells clients apart
     */
    public record Ingress(
            List<SwitchPorts> switches, int idleTimeout, long maxSessions, Sessions sessions, KeyedBy clientKey) {
        /** What tells clients apart. */
        public enum KeyedBy {
            /** Their address: all of its packets are one client's. */
            ADDRESS,
            /** Their address and their source port, in a service of one UDP port. */
            ADDRESS_AND_PORT
        }

        public Ingress {
            switches = List.copyOf(switches);
        }

        /** A side where an address is a client. */
        public Ingress(
                final List<SwitchPorts> switches,
                final int idleTimeout,
                final long maxSessions,
                final Sessions sessions) {
            this(switches, idleTimeout, maxSessions, sessions, KeyedBy.ADDRESS);
        }

        /** A side where every client has a session. */
        public Ingress(final List<SwitchPorts> switches, final int idleTimeout, final long maxSessions) {
            this(switches, idleTimeout, maxSessions, Sessions.ALL);
        }
    }

    /**
     * The servers' side.
     *
     * @param switches the egress switches
     * @param gatewayAddress the servers' next hop towards the clients, answered by vpnlb
     * @param additionalGatewayAddresses further ones
     * @param clientPrefixes the inner addresses of clients; none of IPv4 = all of IPv4
     * @param sessionPrefixLengthV4 the part of an inner IPv4 address that makes a session
     * @param sessionPrefixLengthV6 the part of an inner IPv6 address that makes a session
     * @param deviceSearch whether devices are asked for a client without a session
     * @param idleTimeout the seconds after which an idle return session ends
     * @param maxSessions the most return sessions in a switch
     */
    public record Egress(
            List<SwitchPorts> switches,
            Optional<IpAddress> gatewayAddress,
            List<IpAddress> additionalGatewayAddresses,
            List<IpPrefix> clientPrefixes,
            int sessionPrefixLengthV4,
            int sessionPrefixLengthV6,
            boolean deviceSearch,
            int idleTimeout,
            long maxSessions) {
        public Egress {
            switches = List.copyOf(switches);
            additionalGatewayAddresses = List.copyOf(additionalGatewayAddresses);
            clientPrefixes = List.copyOf(clientPrefixes);
        }

        /** All gateway addresses. */
        public List<IpAddress> gatewayAddresses() {
            return Stream.concat(gatewayAddress.stream(), additionalGatewayAddresses.stream())
                    .toList();
        }

        /** The first gateway address of a family. */
        public Optional<IpAddress> gatewayAddress(final IpAddress.Family family) {
            return gatewayAddresses().stream()
                    .filter(address -> address.family() == family)
                    .findFirst();
        }

        /** Where inner addresses are learned: the client prefixes, and all of IPv4 when none of them is of IPv4. */
        public List<IpPrefix> learnedPrefixes() {
            return clientPrefixes.stream().anyMatch(prefix -> prefix.address().family() == IpAddress.Family.V4)
                    ? clientPrefixes
                    : Stream.concat(ALL_CLIENTS.stream(), clientPrefixes.stream())
                            .toList();
        }

        /** Whether an address can be a client's inner one. */
        public boolean mayBeClient(final IpAddress address) {
            for (final IpPrefix prefix : learnedPrefixes()) {
                if (prefix.contains(address)) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * How a device is selected for a new client.
     *
     * @param method who selects
     * @param slots the number of equal shares of the hash space
     * @param metric what the controller goes by; empty for what it goes by when nothing is said
     */
    public record Selection(Method method, int slots, Optional<SelectionMetric> metric) {
        /** Who selects. */
        public enum Method {
            /** By the source address where the switch can, else by its own hash. */
            AUTO,
            /** The switch's own hash. */
            SELECT_GROUP,
            /** Masked source addresses. */
            SOURCE_HASH,
            /** The controller. */
            CONTROLLER
        }
    }

    public Service {
        clusterAddresses = List.copyOf(clusterAddresses);
        protocols = Set.copyOf(protocols);
        matches = List.copyOf(matches);
        devices = List.copyOf(devices);
    }

    /** The same service with other devices. */
    public Service withDevices(final List<Device> others) {
        return new Service(
                name,
                enabled,
                clusterAddresses,
                virtualMac,
                protocols,
                matches,
                ingress,
                egress,
                selection,
                healthCheck,
                learning,
                others);
    }

    /** All traffic of the service's clients, each kind once. */
    public List<Traffic> traffic() {
        final List<Traffic> all = new ArrayList<>();
        protocols.stream().sorted().forEach(protocol -> all.addAll(protocol.traffic()));
        matches.forEach(match -> all.add(match.traffic()));
        return all.stream().distinct().toList();
    }

    /** The traffic whose source ports tell clients apart; empty where their addresses do. */
    public Optional<Traffic> keyed() {
        return ingress.clientKey() == Ingress.KeyedBy.ADDRESS_AND_PORT
                ? traffic().stream().findFirst()
                : Optional.empty();
    }

    /**
     * By what the slot of a client is found that has a session, which may be from before {@code client-key} changed.
     *
     * @return empty for an address in a service that tells the ports of an address apart
     */
    public Optional<ClientKey> slotKey(final ClientKey client) {
        if (ingress.clientKey() == Ingress.KeyedBy.ADDRESS) {
            return Optional.of(client.address());
        }
        return client.port() == ClientKey.NONE ? Optional.empty() : Optional.of(client);
    }

    /** The seconds after which an idle entry of a session ends. */
    public int idleTimeout(final Side side) {
        return switch (side) {
            case INGRESS -> ingress.idleTimeout();
            case EGRESS -> egress.idleTimeout();
        };
    }

    /** The most sessions of a side in a switch. */
    public long maxSessions(final Side side) {
        return switch (side) {
            case INGRESS -> ingress.maxSessions();
            case EGRESS -> egress.maxSessions();
        };
    }

    /** Whether a client may have a session of a side. */
    public boolean mayHaveSession(final Side side, final IpAddress client) {
        return switch (side) {
            case INGRESS -> outerFamilies().contains(client.family());
            case EGRESS -> egress.mayBeClient(client) && givenTo(client).isEmpty();
        };
    }

    /** The device of this name, when sessions may be with it. */
    public Optional<Device> keeper(final String device) {
        return devices.stream()
                .filter(found -> found.name().equals(device) && found.keepsSessions())
                .findFirst();
    }

    /** The address that clients use, the first where there are several. */
    public IpAddress clusterAddress() {
        return clusterAddresses.getFirst();
    }

    /**
     * The addresses for which vpnlb answers at a side: hosts there may ask for them, and nobody else there may have
     * them. On the clients' side these are the cluster addresses, on the servers' side the gateway addresses, on each
     * side the address that checks come from.
     */
    public List<IpAddress> ownAddresses(final Side side) {
        final Stream<IpAddress> served = switch (side) {
            case INGRESS -> clusterAddresses.stream();
            case EGRESS -> egress.gatewayAddresses().stream();
        };
        return Stream.concat(served, Check.source(this, side).stream())
                .distinct()
                .toList();
    }

    /** The addresses for which vpnlb answers around a switch: those of the sides at which it is. */
    public List<IpAddress> ownAddresses(final String node) {
        return Stream.of(Side.values())
                .filter(side -> isAt(node, side))
                .flatMap(side -> ownAddresses(side).stream())
                .distinct()
                .toList();
    }

    /** The addresses for which vpnlb answers at any side. */
    public List<IpAddress> ownAddresses() {
        return Stream.of(Side.values())
                .flatMap(side -> ownAddresses(side).stream())
                .distinct()
                .toList();
    }

    /**
     * The addresses that no client has inside, whatever the client prefixes: the cluster addresses, which devices carry
     * and send from, and vpnlb's own on the servers' side. A client with one of these would take what is sent there.
     */
    public Set<IpAddress> neverClients() {
        return Stream.concat(clusterAddresses.stream(), ownAddresses(Side.EGRESS).stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Whether an address outside is the service's or one of its devices', so that no client has it. */
    public boolean isOurs(final IpAddress address) {
        return clusterAddresses().contains(address)
                || ownAddresses(Side.INGRESS).contains(address)
                || devices.stream()
                        .anyMatch(device -> device.ingress()
                                .address()
                                .filter(address::equals)
                                .isPresent());
    }

    /** The families of the packets between clients and devices. */
    public Set<IpAddress.Family> outerFamilies() {
        return clusterAddresses.stream().map(IpAddress::family).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The device that has an inner address for its clients, alive or not; empty where it is learned who has it. */
    public Optional<Device> givenTo(final IpAddress client) {
        return devices.stream().filter(device -> device.isGiven(client)).findFirst();
    }

    /** The families of the packets between devices and servers. */
    public Set<IpAddress.Family> innerFamilies() {
        return innerPrefixes().stream()
                .map(prefix -> prefix.address().family())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Where the inner addresses of clients are: those that are learned, and those that devices are given. */
    public List<IpPrefix> innerPrefixes() {
        final List<IpPrefix> learned = learnedPrefixes();
        return Stream.concat(
                        learned.stream(),
                        devices.stream()
                                .flatMap(device -> device.clientPrefixes().stream())
                                .filter(given -> learned.stream().noneMatch(prefix -> prefix.contains(given))))
                .toList();
    }

    /** Where inner addresses are learned that no device is given. */
    public List<IpPrefix> learnedPrefixes() {
        return egress.learnedPrefixes();
    }

    /** Whether a switch is at a side of the service. */
    public boolean isAt(final String node, final Side side) {
        return switch (side) {
            case INGRESS -> ingressSwitch(node).isPresent();
            case EGRESS -> egressSwitch(node).isPresent();
        };
    }

    /** The ports of a switch towards the clients; empty when it is not an ingress switch of the service. */
    public Optional<SwitchPorts> ingressSwitch(final String node) {
        return find(ingress.switches(), node);
    }

    /** The ports of a switch towards the servers; empty when it is not an egress switch of the service. */
    public Optional<SwitchPorts> egressSwitch(final String node) {
        return find(egress.switches(), node);
    }

    /**
     * The virtual MAC address of a service that is not given one: 46 bits of the name's SHA-256 hash, locally
     * administered (IEEE 802, section 8.4).
     *
     * @param name the service's name
     * @return the address
     */
    public static MacAddress defaultVirtualMac(final String name) {
        final byte[] hash =
                Hashing.sha256().hashString(name, StandardCharsets.UTF_8).asBytes();
        hash[0] = (byte) (hash[0] & 0xfc | 0x02);
        return MacAddress.read(hash, 0);
    }

    private static Optional<SwitchPorts> find(final List<SwitchPorts> switches, final String node) {
        return switches.stream().filter(ports -> ports.node().equals(node)).findFirst();
    }
}
