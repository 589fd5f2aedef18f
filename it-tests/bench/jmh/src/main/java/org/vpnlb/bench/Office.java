/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.bench;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.vpnlb.engine.agent.SwitchAgent;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.reconcile.AuditClock;

/** A service between two switches, and the frames that they send to the controller for it. */
final class Office {
    static final String INGRESS = "openflow:1";
    static final String EGRESS = "openflow:2";

    private static final IpAddress CLUSTER = IpAddress.parse("10.0.0.100");
    private static final int IPV4 = 0x0800;
    private static final int HEADERS = 64;
    private static final long UNLIMITED = 0xffff_ffffL;

    private final Service service;

    Office(final int devices) {
        service = new Service(
                "office",
                true,
                List.of(CLUSTER),
                Service.defaultVirtualMac("office"),
                EnumSet.of(Protocol.IKE, Protocol.IPSEC_NAT_T, Protocol.ESP),
                List.of(),
                new Service.Ingress(List.of(new Service.SwitchPorts(INGRESS, List.of(1L))), 300, UNLIMITED),
                new Service.Egress(
                        List.of(new Service.SwitchPorts(EGRESS, List.of(1L))),
                        Optional.empty(),
                        List.of(),
                        List.of(IpPrefix.parse("11.0.0.0/8")),
                        32,
                        128,
                        true,
                        600,
                        UNLIMITED),
                new Service.Selection(Service.Selection.Method.SELECT_GROUP, Math.max(64, devices), Optional.empty()),
                Optional.empty(),
                Learning.CONTROLLER,
                IntStream.rangeClosed(1, devices).mapToObj(Office::device).toList());
    }

    private static Device device(final int number) {
        return new Device(
                "g" + number,
                AdminState.IN_SERVICE,
                1,
                false,
                Optional.empty(),
                attachment(INGRESS, number, 0x0200_0000_0a00L),
                attachment(EGRESS, number, 0x0200_0000_0b00L));
    }

    private static Attachment attachment(final String node, final int number, final long mac) {
        return new Attachment(Place.untagged(node, 10L + number), new MacAddress(mac + number), Optional.empty());
    }

    /** An agent of a connected switch. */
    SwitchAgent agent(final String node) {
        final var agent = new SwitchAgent(node, 0, new Random(0), AuditClock.Intervals.DEFAULT);
        agent.handle(configured());
        agent.handle(new Event.Connected(Tables.EMPTY, Capabilities.BASIC, 0));
        return agent;
    }

    Event configured() {
        return new Event.Configured(List.of(service), 0);
    }

    /** The configuration without the service's first device. */
    Event firstOneDead() {
        return new Event.Configured(
                List.of(service.withDevices(service.devices().stream()
                        .map(device -> device.name().equals("g1") ? device.with(AdminState.OUT_OF_SERVICE) : device)
                        .toList())),
                0);
    }

    /** The copy of the first packet of a new client. */
    Event newClient(final int client) {
        final Device device = pick(client);
        return new Event.Punted(
                1,
                new Cookie(Cookie.Kind.SELECTION, Numbers.of(List.of(service)).of(service), 0).value(),
                frame(device.ingress().mac(), new IpAddress(IpAddress.Family.V4, 0, 0x0b00_0001L + client), CLUSTER),
                0);
    }

    /** The copy of the first frame that a client's device has decrypted. */
    Event newSource(final int client) {
        final Device device = pick(client);
        return new Event.Punted(
                device.egress().port(),
                Cookie.of(Cookie.Kind.LEARNED_SOURCE).value(),
                frame(device.egress().mac(), new IpAddress(IpAddress.Family.V4, 0, 0x0b00_0001L + client), CLUSTER),
                0);
    }

    private Device pick(final int client) {
        return service.devices().get(client % service.devices().size());
    }

    /** A frame whose source and destination MAC addresses are the same: either is looked at on one side only. */
    private static byte[] frame(final MacAddress mac, final IpAddress source, final IpAddress destination) {
        final ByteBuffer out = ByteBuffer.allocate(HEADERS);
        out.put(mac.toBytes()).put(mac.toBytes()).putShort((short) IPV4);
        out.putShort((short) 0x4500).putShort((short) (HEADERS - 14)).putInt(0).putInt(0x4011_0000);
        out.put(source.toBytes()).put(destination.toBytes());
        return out.array();
    }
}
