/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.NodeId;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PortNumber;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnServiceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.EgressBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.HealthCheckBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.IngressBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.Selection;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.SelectionBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDevice;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceBuilder;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Defaults;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/** The service "office": clients at port 1 of openflow:1, servers at port 2 of openflow:2, checked by links. */
public final class Office {
    public static final String INGRESS = "openflow:1";
    public static final String EGRESS = "openflow:2";

    private Office() {}

    /** The service with some devices. */
    public static Service of(final Device... devices) {
        return selecting(Service.Selection.Method.SELECT_GROUP, devices);
    }

    /** The service with some devices, selected by a method. */
    public static Service selecting(final Service.Selection.Method method, final Device... devices) {
        return new Service(
                "office",
                true,
                List.of(IpAddress.parse("192.0.2.1")),
                Service.defaultVirtualMac("office"),
                Set.of(Protocol.IKE),
                List.of(),
                new Service.Ingress(
                        List.of(new Service.SwitchPorts(INGRESS, List.of(1L))), Defaults.CLIENT_IDLE_TIMEOUT, 1000),
                new Service.Egress(
                        List.of(new Service.SwitchPorts(EGRESS, List.of(2L))),
                        Optional.of(IpAddress.parse("172.16.0.254")),
                        List.of(),
                        List.of(),
                        Defaults.SESSION_PREFIX_LENGTH_V4,
                        Defaults.SESSION_PREFIX_LENGTH_V6,
                        Defaults.DEVICE_SEARCH,
                        Defaults.RETURN_IDLE_TIMEOUT,
                        1000),
                new Service.Selection(method, Defaults.SLOTS, Optional.empty()),
                Optional.of(HealthCheck.LINKS),
                Defaults.LEARNING,
                Stream.of(devices).toList());
    }

    /**
     * The service with some devices, which are asked by IKE, from the gateway address: that is vpnlb's already, so that
     * nobody is asked before whether it is free.
     */
    public static Service checked(final Device... devices) {
        final Service office = of(devices);
        return new Service(
                office.name(),
                office.enabled(),
                office.clusterAddresses(),
                office.virtualMac(),
                Set.of(Protocol.IKE, Protocol.ESP),
                office.matches(),
                office.ingress(),
                office.egress(),
                office.selection(),
                Optional.of(new HealthCheck(
                        HealthCheck.Type.IKE,
                        Optional.empty(),
                        Defaults.CHECK_INTERVAL,
                        Defaults.CHECK_FALL,
                        Defaults.CHECK_RISE,
                        office.egress().gatewayAddresses().stream().findFirst(),
                        Optional.empty())),
                office.learning(),
                office.devices());
    }

    /** What an IKE daemon answers to a frame of a test of the path to it. */
    public static byte[] ofIke(final Device device, final byte[] frame) {
        final byte[] answer = backOf(device, frame);
        System.arraycopy(frame, 34, answer, 36, 2);
        System.arraycopy(frame, 36, answer, 34, 2);
        // The flags of an IKE header: it is a response.
        answer[42 + 19] = 0x20;
        return answer;
    }

    /** What a host answers on which no IKE daemon runs. */
    public static byte[] ofNobody(final Device device, final byte[] frame) {
        final byte[] error = new byte[14 + 20 + 8 + 28];
        System.arraycopy(backOf(device, frame), 0, error, 0, 34);
        error[16] = 0;
        error[17] = 20 + 8 + 28;
        // ICMP instead of UDP: destination unreachable, port.
        error[23] = 1;
        error[34] = 3;
        error[35] = 3;
        System.arraycopy(frame, 14, error, 42, 28);
        return error;
    }

    private static byte[] backOf(final Device device, final byte[] frame) {
        final byte[] answer = frame.clone();
        System.arraycopy(frame, 6, answer, 0, 6);
        System.arraycopy(device.ingress().mac().toBytes(), 0, answer, 6, 6);
        System.arraycopy(frame, 26, answer, 30, 4);
        System.arraycopy(frame, 30, answer, 26, 4);
        return answer;
    }

    /** A device in service, at port 10 + number of both switches. */
    public static Device device(final int number) {
        return new Device(
                "g" + number,
                AdminState.IN_SERVICE,
                1,
                false,
                Optional.empty(),
                attachment(INGRESS, "02:00:00:00:0a:%02x", number),
                attachment(EGRESS, "02:00:00:00:0b:%02x", number));
    }

    /** The same service, with the devices of these numbers, as the model has it. */
    public static VpnService configured(final Integer... devices) {
        return new VpnServiceBuilder()
                .setName("office")
                .setClusterAddress(IetfInetUtil.ipAddressNoZoneFor("192.0.2.1"))
                .setProtocol(Set.of(org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Protocol.Ike))
                .setIngress(
                        new IngressBuilder()
                                .setSwitch(BindingMap.of(new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services
                                                .vpn.service.ingress.SwitchBuilder()
                                        .setNode(new NodeId(INGRESS))
                                        .setUplinkPort(Set.of(port(1)))
                                        .build()))
                                .setMaxSessions(Uint32.valueOf(1000))
                                .build())
                .setEgress(
                        new EgressBuilder()
                                .setSwitch(BindingMap.of(new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services
                                                .vpn.service.egress.SwitchBuilder()
                                        .setNode(new NodeId(EGRESS))
                                        .setServerPort(Set.of(port(2)))
                                        .build()))
                                .setGatewayAddress(IetfInetUtil.ipAddressNoZoneFor("172.16.0.254"))
                                .setMaxSessions(Uint32.valueOf(1000))
                                .build())
                .setSelection(new SelectionBuilder()
                        .setMethod(Selection.Method.SelectGroup)
                        .build())
                .setHealthCheck(new HealthCheckBuilder()
                        .setType(
                                org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.HealthCheck.Type
                                        .Link)
                        .build())
                .setVpnDevice(BindingMap.ordered(
                        Stream.of(devices).map(Office::configuredDevice).toList()))
                .build();
    }

    private static VpnDevice configuredDevice(final int number) {
        final Device device = device(number);
        return new VpnDeviceBuilder()
                .setName(device.name())
                .setIngress(
                        new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.vpn.device
                                        .IngressBuilder()
                                .setNode(new NodeId(INGRESS))
                                .setPort(port(device.ingress().port()))
                                .setMac(new org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types
                                        .rev130715.MacAddress(
                                        device.ingress().mac().toString()))
                                .build())
                .setEgress(
                        new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.vpn.device
                                        .EgressBuilder()
                                .setNode(new NodeId(EGRESS))
                                .setPort(port(device.egress().port()))
                                .setMac(new org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types
                                        .rev130715.MacAddress(
                                        device.egress().mac().toString()))
                                .build())
                .build();
    }

    private static PortNumber port(final long number) {
        return new PortNumber(Uint32.valueOf(number));
    }

    private static Attachment attachment(final String node, final String mac, final int number) {
        return new Attachment(
                Place.untagged(node, 10 + number), MacAddress.parse(mac.formatted(number)), Optional.empty());
    }
}
