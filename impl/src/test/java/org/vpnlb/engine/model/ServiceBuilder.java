/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

/** Makes a service that is valid until it is told otherwise: between the switches {@code sw1} and {@code sw2}. */
public final class ServiceBuilder {
    private final List<Device> devices = new ArrayList<>();
    private final List<Service.NamedTraffic> matches = new ArrayList<>();
    private String name;
    private boolean enabled = true;
    private IpAddress clusterAddress = IpAddress.parse("10.0.0.100");
    private List<IpAddress> additional = List.of();
    private MacAddress virtualMac;
    private Set<Protocol> protocols = Defaults.PROTOCOLS;
    private List<Service.SwitchPorts> ingress = List.of(new Service.SwitchPorts("sw1", List.of(1L)));
    private List<Service.SwitchPorts> egress = List.of(new Service.SwitchPorts("sw2", List.of(1L)));
    private Sessions sessions = Defaults.SESSIONS;
    private Service.Ingress.KeyedBy clientKey = Service.Ingress.KeyedBy.ADDRESS;
    private int ingressIdle = Defaults.CLIENT_IDLE_TIMEOUT;
    private int egressIdle = Defaults.RETURN_IDLE_TIMEOUT;
    private long mostClients = Defaults.MAX_SESSIONS;
    private long mostReturns = Defaults.MAX_SESSIONS;
    private Optional<IpAddress> gateway = Optional.of(IpAddress.parse("172.16.0.254"));
    private List<IpAddress> moreGateways = List.of();
    private List<IpPrefix> prefixes = List.of(IpPrefix.parse("10.99.0.0/16"));
    private int prefixLengthV4 = Defaults.SESSION_PREFIX_LENGTH_V4;
    private int prefixLengthV6 = Defaults.SESSION_PREFIX_LENGTH_V6;
    private boolean deviceSearch = Defaults.DEVICE_SEARCH;
    private Method method = Method.SELECT_GROUP;
    private int slots = Defaults.SLOTS;
    private Optional<SelectionMetric> metric = Optional.empty();
    private Optional<HealthCheck> healthCheck = Optional.empty();
    private Learning learning = Defaults.LEARNING;

    private ServiceBuilder(final String name) {
        this.name = name;
        virtualMac = Service.defaultVirtualMac(name);
    }

    /** A service without a device. */
    public static ServiceBuilder service(final String name) {
        return new ServiceBuilder(name);
    }

    /** A service with the devices {@code g1} to {@code g3}. */
    public static ServiceBuilder office() {
        return service("office").device(1).device(2).device(3);
    }

    /** The device {@code gN} of the service that {@link #office()} makes. */
    public static Device gateway(final int number) {
        return new Device(
                "g" + number,
                Defaults.ADMIN_STATE,
                Defaults.WEIGHT,
                false,
                Optional.empty(),
                new Attachment(
                        Place.untagged("sw1", 10L + number),
                        new MacAddress(0x0200_0000_0a00L + number),
                        Optional.of(IpAddress.parse("10.0.0." + number))),
                new Attachment(
                        Place.untagged("sw2", 10L + number),
                        new MacAddress(0x0200_0000_0b00L + number),
                        Optional.of(IpAddress.parse("172.16.0." + number))));
    }

    /** The same device, wanted otherwise. */
    public static Device with(final Device device, final Device.AdminState state) {
        return device.with(state);
    }

    /** The same device with another weight. */
    public static Device with(final Device device, final int weight) {
        return new Device(
                device.name(),
                device.adminState(),
                weight,
                device.backup(),
                device.maxSessions(),
                device.drainDeadline(),
                device.clientPrefixes(),
                device.ingress(),
                device.egress());
    }

    /** The same device, attached otherwise. */
    public static Device with(final Device device, final Attachment ingress, final Attachment egress) {
        return device.at(ingress, egress);
    }

    /** The same device under another name. */
    public static Device named(final Device device, final String name) {
        return new Device(
                name,
                device.adminState(),
                device.weight(),
                device.backup(),
                device.maxSessions(),
                device.drainDeadline(),
                device.clientPrefixes(),
                device.ingress(),
                device.egress());
    }

    /** The same device with inner addresses of its own. */
    public static Device withPrefixes(final Device device, final String... prefixes) {
        return device.withClientPrefixes(
                Stream.of(prefixes).map(IpPrefix::parse).toList());
    }

    /** The same device as a backup, or none. */
    public static Device backup(final Device device, final boolean isBackup) {
        return new Device(
                device.name(),
                device.adminState(),
                device.weight(),
                isBackup,
                device.maxSessions(),
                device.drainDeadline(),
                device.clientPrefixes(),
                device.ingress(),
                device.egress());
    }

    /** The same device with a limit. */
    public static Device withMaxSessions(final Device device, final long most) {
        return new Device(
                device.name(),
                device.adminState(),
                device.weight(),
                device.backup(),
                Optional.of(most),
                device.drainDeadline(),
                device.clientPrefixes(),
                device.ingress(),
                device.egress());
    }

    /** The same device with both sides at {@code sw1}, the servers' side 50 ports further. */
    public static Device atOneSwitch(final Device device, final long port) {
        final Attachment egress = device.egress();
        return with(
                device,
                device.ingress(),
                new Attachment(
                        new Place(
                                device.ingress().node(),
                                port + 50,
                                egress.place().vlan()),
                        egress.mac(),
                        egress.address()));
    }

    /** A copy of a service to change. */
    public static ServiceBuilder like(final Service service) {
        final var builder = new ServiceBuilder(service.name());
        builder.enabled = service.enabled();
        builder.clusterAddress = service.clusterAddress();
        builder.virtualMac = service.virtualMac();
        builder.protocols = service.protocols();
        builder.matches.addAll(service.matches());
        builder.ingress = service.ingress().switches();
        builder.ingressIdle = service.ingress().idleTimeout();
        builder.mostClients = service.ingress().maxSessions();
        builder.sessions = service.ingress().sessions();
        builder.clientKey = service.ingress().clientKey();
        builder.egress = service.egress().switches();
        builder.additional = service.clusterAddresses().stream().skip(1).toList();
        builder.gateway = service.egress().gatewayAddress();
        builder.moreGateways = service.egress().additionalGatewayAddresses();
        builder.prefixes = service.egress().clientPrefixes();
        builder.prefixLengthV4 = service.egress().sessionPrefixLengthV4();
        builder.prefixLengthV6 = service.egress().sessionPrefixLengthV6();
        builder.deviceSearch = service.egress().deviceSearch();
        builder.egressIdle = service.egress().idleTimeout();
        builder.mostReturns = service.egress().maxSessions();
        builder.method = service.selection().method();
        builder.slots = service.selection().slots();
        builder.metric = service.selection().metric();
        builder.healthCheck = service.healthCheck();
        builder.learning = service.learning();
        builder.devices.addAll(service.devices());
        return builder;
    }

    public ServiceBuilder name(final String value) {
        name = value;
        return this;
    }

    public ServiceBuilder enabled(final boolean value) {
        enabled = value;
        return this;
    }

    public ServiceBuilder clusterAddress(final String value) {
        clusterAddress = IpAddress.parse(value);
        return this;
    }

    public ServiceBuilder virtualMac(final String value) {
        virtualMac = MacAddress.parse(value);
        return this;
    }

    public ServiceBuilder protocols(final Set<Protocol> value) {
        protocols = value;
        return this;
    }

    public ServiceBuilder match(final String matchName, final Traffic traffic) {
        matches.add(new Service.NamedTraffic(matchName, traffic));
        return this;
    }

    public ServiceBuilder ingress(final String node, final Long... ports) {
        ingress = List.of(new Service.SwitchPorts(node, List.of(ports)));
        return this;
    }

    public ServiceBuilder egress(final String node, final Long... ports) {
        egress = List.of(new Service.SwitchPorts(node, List.of(ports)));
        return this;
    }

    public ServiceBuilder ingressSwitches(final Service.SwitchPorts... value) {
        ingress = List.of(value);
        return this;
    }

    public ServiceBuilder egressSwitches(final Service.SwitchPorts... value) {
        egress = List.of(value);
        return this;
    }

    public ServiceBuilder idleTimeouts(final int ingressSeconds, final int egressSeconds) {
        ingressIdle = ingressSeconds;
        egressIdle = egressSeconds;
        return this;
    }

    public ServiceBuilder maxSessions(final long clients, final long returns) {
        mostClients = clients;
        mostReturns = returns;
        return this;
    }

    /** Sets which clients have a session. */
    public ServiceBuilder sessions(final Sessions value) {
        sessions = value;
        return this;
    }

    /** Sets what tells clients apart. */
    public ServiceBuilder clientKey(final Service.Ingress.KeyedBy value) {
        clientKey = value;
        return this;
    }

    public ServiceBuilder gatewayAddress(final String value) {
        gateway = Optional.ofNullable(value).map(IpAddress::parse);
        moreGateways = List.of();
        return this;
    }

    public ServiceBuilder additionalGatewayAddresses(final String... values) {
        moreGateways = Stream.of(values).map(IpAddress::parse).toList();
        return this;
    }

    public ServiceBuilder clientPrefixes(final String... value) {
        prefixes = List.of(value).stream().map(IpPrefix::parse).toList();
        return this;
    }

    public ServiceBuilder sessionPrefixLengths(final int v4, final int v6) {
        prefixLengthV4 = v4;
        prefixLengthV6 = v6;
        return this;
    }

    /** Sets whether devices are asked for a client without a session. */
    public ServiceBuilder deviceSearch(final boolean value) {
        deviceSearch = value;
        return this;
    }

    public ServiceBuilder method(final Method value) {
        method = value;
        return this;
    }

    public ServiceBuilder slots(final int value) {
        slots = value;
        return this;
    }

    public ServiceBuilder metric(final SelectionMetric value) {
        metric = Optional.of(value);
        return this;
    }

    /** Sets who learns the sessions. */
    public ServiceBuilder learning(final Learning value) {
        learning = value;
        return this;
    }

    public ServiceBuilder healthCheck(final HealthCheck value) {
        healthCheck = Optional.of(value);
        return this;
    }

    /** Adds a check of a type, from addresses of the devices' networks, with the defaults of the model. */
    public ServiceBuilder healthCheck(final HealthCheck.Type type) {
        return healthCheck(new HealthCheck(
                type,
                type == HealthCheck.Type.TCP || type == HealthCheck.Type.UDP ? Optional.of(1194) : Optional.empty(),
                Defaults.CHECK_INTERVAL,
                Defaults.CHECK_FALL,
                Defaults.CHECK_RISE,
                Optional.of(IpAddress.parse(
                        clusterAddress.family() == IpAddress.Family.V4 ? "10.0.0.250" : "2001:db8::250")),
                Optional.of(IpAddress.parse("172.16.0.250"))));
    }

    /** Lets the clients and the devices that there are so far have IPv6 outside; {@code gN} has the host part N. */
    public ServiceBuilder outerV6(final String cluster) {
        clusterAddress(cluster);
        devices.replaceAll(device -> with(
                device,
                new Attachment(
                        device.ingress().place(),
                        device.ingress().portName(),
                        device.ingress().mac(),
                        device.ingress().address().map(own -> IpAddress.parse("2001:db8::" + (own.low() & 0xff)))),
                device.egress()));
        return this;
    }

    /** Sets the addresses that clients use beside the cluster address. */
    public ServiceBuilder additionalClusterAddresses(final String... values) {
        additional = Stream.of(values).map(IpAddress::parse).toList();
        return this;
    }

    /** Adds the device {@code gN}. */
    public ServiceBuilder device(final int number) {
        return device(gateway(number));
    }

    public ServiceBuilder device(final Device device) {
        devices.add(device);
        return this;
    }

    /** Changes the device of this name. */
    public ServiceBuilder device(final String deviceName, final UnaryOperator<Device> change) {
        devices.replaceAll(device -> device.name().equals(deviceName) ? change.apply(device) : device);
        return this;
    }

    public ServiceBuilder without(final String deviceName) {
        devices.removeIf(device -> device.name().equals(deviceName));
        return this;
    }

    public Service build() {
        final List<IpAddress> addresses = new ArrayList<>(List.of(clusterAddress));
        addresses.addAll(additional);
        return new Service(
                name,
                enabled,
                addresses,
                virtualMac,
                protocols,
                matches,
                new Service.Ingress(ingress, ingressIdle, mostClients, sessions, clientKey),
                new Service.Egress(
                        egress,
                        gateway,
                        moreGateways,
                        prefixes,
                        prefixLengthV4,
                        prefixLengthV6,
                        deviceSearch,
                        egressIdle,
                        mostReturns),
                new Service.Selection(method, slots, metric),
                healthCheck,
                learning,
                devices);
    }
}
