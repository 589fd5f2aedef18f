/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IpAddressNoZone;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PortNumber;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Services;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.Egress;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.Ingress;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.Match;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.Selection;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDevice;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.health.check.AdditionalCheck;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Defaults;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.HealthCheck.Question;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.SelectionMetric;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.validate.Problem;

/** Reads the configured services into the engine's types, with the model's defaults where a leaf is absent. */
public final class ServiceReader {
    /** A mandatory leaf is not there, or a leaf holds what the datastore should not have let in. */
    public static final class InvalidLeafException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Problem problem;

        InvalidLeafException(final Problem problem, final Throwable cause) {
            super(problem.message(), cause);
            this.problem = problem;
        }

        /** What is wrong. */
        public Problem problem() {
            return problem;
        }
    }

    private ServiceReader() {}

    /**
     * Reads all services.
     *
     * @param services the services of the model, or null when there are none
     * @return the services, not validated
     * @throws InvalidLeafException when a mandatory leaf is absent or a leaf cannot be read
     */
    public static List<Service> read(final Services services) throws InvalidLeafException {
        final List<Service> all = new ArrayList<>();
        if (services != null) {
            for (final VpnService service : byName(services.nonnullVpnService().values(), VpnService::getName)) {
                all.add(service(service));
            }
        }
        return List.copyOf(all);
    }

    private static Service service(final VpnService service) throws InvalidLeafException {
        final String path = "vpn-service[name='" + service.getName() + "']";
        final List<Device> devices = new ArrayList<>();
        for (final VpnDevice device : byName(service.nonnullVpnDevice().values(), VpnDevice::getName)) {
            devices.add(device(path, device));
        }
        final List<Service.NamedTraffic> matches = new ArrayList<>();
        for (final Match match : byName(service.nonnullMatch().values(), Match::getName)) {
            matches.add(new Service.NamedTraffic(
                    match.getName(),
                    new Traffic(
                            (int) present(
                                            match.getIpProtocol(),
                                            path + "/match[name='" + match.getName() + "']/ip-protocol")
                                    .toJava(),
                            match.getDestinationPort() == null
                                    ? null
                                    : match.getDestinationPort().getValue().toJava())));
        }
        return new Service(
                service.getName(),
                service.getEnabled() == null || service.getEnabled(),
                clusterAddresses(path, service),
                service.getVirtualMac() == null
                        ? Service.defaultVirtualMac(service.getName())
                        : MacAddress.parse(service.getVirtualMac().getValue()),
                TrafficReader.protocols(service),
                matches,
                ingress(service.nonnullIngress(), TrafficReader.clientKey(service)),
                egress(path + "/egress", service.nonnullEgress()),
                selection(service.nonnullSelection()),
                healthCheck(path + "/health-check", service.getHealthCheck()),
                switch (service.getLearning()) {
                    case Switch -> Learning.SWITCH;
                    case Auto -> Learning.AUTO;
                    case Controller -> Learning.CONTROLLER;
                    case null -> Defaults.LEARNING;
                },
                devices);
    }

    private static List<IpAddress> clusterAddresses(final String path, final VpnService service)
            throws InvalidLeafException {
        final List<IpAddress> all = new ArrayList<>();
        all.add(present(address(service::getClusterAddress, path + "/cluster-address"), path + "/cluster-address"));
        all.addAll(additional(service::getAdditionalClusterAddress, path + "/additional-cluster-address"));
        return all;
    }

    /** Further addresses, which the datastore tells in any order. */
    private static List<IpAddress> additional(final Supplier<Set<IpAddressNoZone>> addresses, final String path)
            throws InvalidLeafException {
        return valid(
                () -> Stream.ofNullable(addresses.get())
                        .flatMap(Set::stream)
                        .map(ServiceReader::parse)
                        .sorted()
                        .toList(),
                path);
    }

    private static Service.Ingress ingress(final Ingress ingress, final KeyedBy clientKey) {
        return new Service.Ingress(
                ingress.nonnullSwitch().values().stream()
                        .map(entry -> ports(entry.getNode().getValue(), entry.getUplinkPort()))
                        .toList(),
                number(ingress.getIdleTimeout(), Defaults.CLIENT_IDLE_TIMEOUT),
                number(ingress.getMaxSessions(), Defaults.MAX_SESSIONS),
                switch (ingress.getSessions()) {
                    case Pinned -> Sessions.PINNED;
                    case All -> Sessions.ALL;
                    case null -> Defaults.SESSIONS;
                },
                clientKey);
    }

    private static Service.Egress egress(final String path, final Egress egress) throws InvalidLeafException {
        return new Service.Egress(
                egress.nonnullSwitch().values().stream()
                        .map(entry -> ports(entry.getNode().getValue(), entry.getServerPort()))
                        .toList(),
                Optional.ofNullable(address(egress::getGatewayAddress, path + "/gateway-address")),
                additional(egress::getAdditionalGatewayAddress, path + "/additional-gateway-address"),
                PrefixReader.read(path + "/client-prefix", egress.getClientPrefix()),
                number(egress.getSessionPrefixLengthV4(), Defaults.SESSION_PREFIX_LENGTH_V4),
                number(egress.getSessionPrefixLengthV6(), Defaults.SESSION_PREFIX_LENGTH_V6),
                Optional.ofNullable(egress.getDeviceSearch()).orElse(Defaults.DEVICE_SEARCH),
                number(egress.getIdleTimeout(), Defaults.RETURN_IDLE_TIMEOUT),
                number(egress.getMaxSessions(), Defaults.MAX_SESSIONS));
    }

    private static Service.Selection selection(final Selection selection) {
        return new Service.Selection(
                switch (selection.getMethod()) {
                    case SourceHash -> Service.Selection.Method.SOURCE_HASH;
                    case Controller -> Service.Selection.Method.CONTROLLER;
                    case SelectGroup -> Service.Selection.Method.SELECT_GROUP;
                    case Auto -> Service.Selection.Method.AUTO;
                    case null -> Defaults.METHOD;
                },
                number(selection.getSlots(), Defaults.SLOTS),
                Optional.ofNullable(selection.getMetric()).map(ServiceReader::metric));
    }

    private static SelectionMetric metric(final Selection.Metric metric) {
        return switch (metric) {
            case LeastSessions -> SelectionMetric.LEAST_SESSIONS;
            case RoundRobin -> SelectionMetric.ROUND_ROBIN;
            case WeightedRandom -> SelectionMetric.WEIGHTED_RANDOM;
            case ResponseTime -> SelectionMetric.RESPONSE_TIME;
        };
    }

    private static Optional<HealthCheck> healthCheck(
            final String path,
            final org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.HealthCheck check)
            throws InvalidLeafException {
        if (check == null) {
            return Optional.empty();
        }
        return Optional.of(new HealthCheck(
                switch (present(check.getType(), path + "/type")) {
                    case Link -> Type.LINK;
                    case Arp -> Type.ARP;
                    case Icmp -> Type.ICMP;
                    case Ike -> Type.IKE;
                    case Tcp -> Type.TCP;
                    case Udp -> Type.UDP;
                },
                askedPort(check.getPort()),
                number(check.getInterval(), Defaults.CHECK_INTERVAL),
                number(check.getFall(), Defaults.CHECK_FALL),
                number(check.getRise(), Defaults.CHECK_RISE),
                Optional.ofNullable(address(check::getSourceAddressIngress, path + "/source-address-ingress")),
                Optional.ofNullable(address(check::getSourceAddressEgress, path + "/source-address-egress")),
                additionalChecks(path, byName(check.nonnullAdditionalCheck().values(), AdditionalCheck::getName))));
    }

    private static List<Question> additionalChecks(final String path, final Collection<AdditionalCheck> checks)
            throws InvalidLeafException {
        final List<Question> questions = new ArrayList<>();
        for (final AdditionalCheck check : checks) {
            final String leaf = path + "/additional-check[name='" + check.getName() + "']/type";
            questions.add(new Question(
                    check.getName(),
                    switch (present(check.getType(), leaf)) {
                        case Arp -> Type.ARP;
                        case Icmp -> Type.ICMP;
                        case Ike -> Type.IKE;
                        case Tcp -> Type.TCP;
                        case Udp -> Type.UDP;
                    },
                    askedPort(check.getPort())));
        }
        return questions;
    }

    private static Optional<Integer> askedPort(
            final org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.PortNumber port) {
        return Optional.ofNullable(port).map(number -> number.getValue().toJava());
    }

    private static Device device(final String service, final VpnDevice device) throws InvalidLeafException {
        final String path = service + "/vpn-device[name='" + device.getName() + "']";
        return new Device(
                device.getName(),
                switch (device.getAdminState()) {
                    case Draining -> Device.AdminState.DRAINING;
                    case OutOfService -> Device.AdminState.OUT_OF_SERVICE;
                    case InService -> Device.AdminState.IN_SERVICE;
                    case null -> Defaults.ADMIN_STATE;
                },
                number(device.getWeight(), Defaults.WEIGHT),
                device.getBackup() != null && device.getBackup(),
                Optional.ofNullable(device.getMaxSessions()).map(Uint32::toJava),
                Optional.ofNullable(device.getDrainDeadline()).map(Uint32::toJava),
                PrefixReader.read(path + "/client-prefix", device.getClientPrefix()),
                attachment(path + "/ingress", present(device.getIngress(), path + "/ingress/node")),
                attachment(path + "/egress", present(device.getEgress(), path + "/egress/node")));
    }

    private static Attachment attachment(
            final String path, final org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Attachment attachment)
            throws InvalidLeafException {
        return new Attachment(
                new Place(
                        present(attachment.getNode(), path + "/node").getValue(),
                        port(path, attachment.getPort(), attachment.getPortName()),
                        Optional.ofNullable(attachment.getVlanId()).map(vlan -> number(vlan, 0))),
                Optional.ofNullable(attachment.getPortName()),
                MacAddress.parse(present(attachment.getMac(), path + "/mac").getValue()),
                Optional.ofNullable(address(attachment::getAddress, path + "/address")));
    }

    /** The number of a port that is configured by its number or by its name, which must be one of the two. */
    private static long port(final String path, final PortNumber number, final String name)
            throws InvalidLeafException {
        if (name == null) {
            return present(number, path + "/port", "configure it, or port-name instead")
                    .getValue()
                    .toJava();
        }
        if (number != null) {
            throw new InvalidLeafException(
                    new Problem(
                            path + "/port-name",
                            name,
                            "port " + number.getValue() + " is configured beside it",
                            "leave one of the two out: port-name follows the port when its number changes"),
                    null);
        }
        return Attachment.UNNUMBERED;
    }

    private static Service.SwitchPorts ports(final String node, final Set<PortNumber> ports) {
        return new Service.SwitchPorts(
                node,
                ports == null
                        ? List.of()
                        : ports.stream().map(port -> port.getValue().toJava()).toList());
    }

    /** A value beyond any range that the validator knows is refused by it, whatever it is exactly. */
    private static int number(final Uint32 value, final int absent) {
        return value == null ? absent : (int) Math.min(value.toJava(), Integer.MAX_VALUE);
    }

    private static long number(final Uint32 value, final long absent) {
        return value == null ? absent : value.toJava();
    }

    /** Lists of the datastore have no order; what vpnlb says and does must not depend on one. */
    private static <T> List<T> byName(final Collection<T> entries, final Function<T, String> name) {
        return entries.stream().sorted(Comparator.comparing(name)).toList();
    }

    private static <T> T present(final T value, final String path) throws InvalidLeafException {
        return present(value, path, "configure it");
    }

    private static <T> T present(final T value, final String path, final String fix) throws InvalidLeafException {
        if (value == null) {
            throw new InvalidLeafException(new Problem(path, "absent", "the leaf is mandatory", fix), null);
        }
        return value;
    }

    /** An address, or null; the datastore takes for one whatever consists of digits and dots. */
    private static IpAddress address(final Supplier<IpAddressNoZone> leaf, final String path)
            throws InvalidLeafException {
        return valid(
                () -> {
                    final IpAddressNoZone address = leaf.get();
                    return address == null ? null : parse(address);
                },
                path);
    }

    private static IpAddress parse(final IpAddressNoZone address) {
        return IpAddress.parse(
                address.getIpv4AddressNoZone() != null
                        ? address.getIpv4AddressNoZone().getValue()
                        : address.getIpv6AddressNoZone().getValue());
    }

    /** The value of a leaf; the datastore lets in some that are none. */
    private static <T> T valid(final Supplier<T> leaf, final String path) throws InvalidLeafException {
        try {
            return leaf.get();
        } catch (IllegalArgumentException e) {
            final String message = e.getMessage();
            throw new InvalidLeafException(
                    new Problem(
                            path,
                            message.substring(message.lastIndexOf(' ') + 1),
                            "is not an IP address",
                            "write one such as 192.0.2.1"),
                    e);
        }
    }
}
