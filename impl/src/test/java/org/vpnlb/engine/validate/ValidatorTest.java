/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.SelectionMetric;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.Service.SwitchPorts;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("A configuration")
class ValidatorTest {
    private static final String OFFICE = "vpn-service[name='office']";
    private static final String G1 = OFFICE + "/vpn-device[name='g1']";
    private static final String G2 = OFFICE + "/vpn-device[name='g2']";
    private static final String BRANCH = "vpn-service[name='branch']";
    private static final Optional<IpAddress> CLUSTER = Optional.of(IpAddress.parse("10.0.0.100"));

    /** A change to the service of the test's first device. */
    private record Refused(String path, String value, String fix, UnaryOperator<ServiceBuilder> change) {
        @Override
        public String toString() {
            return path + " = " + value;
        }
    }

    static Stream<Refused> refused() {
        return Stream.of(
                service("cluster-address", "fe80::1", "clients can reach", builder -> builder.outerV6("fe80::1")),
                service("cluster-address", "::1", "clients can reach", builder -> builder.outerV6("::1")),
                service("cluster-address", "ff02::1", "unicast", builder -> builder.outerV6("ff02::1")),
                service(
                        "additional-cluster-address",
                        "fe80::1",
                        "clients can reach",
                        builder -> builder.additionalClusterAddresses("10.0.0.101", "fe80::1")),
                service(
                        "additional-cluster-address",
                        "10.0.0.100",
                        "its own",
                        builder -> builder.additionalClusterAddresses("10.0.0.100")),
                service(
                        "egress/gateway-address",
                        "10.0.0.101",
                        "its own",
                        builder ->
                                builder.additionalClusterAddresses("10.0.0.101").gatewayAddress("10.0.0.101")),
                service(
                        "health-check/source-address-ingress",
                        "10.0.0.250",
                        "same family",
                        builder -> builder.healthCheck(Type.ICMP).outerV6("2001:db8::100")),
                service("cluster-address", "224.0.0.1", "unicast", builder -> builder.clusterAddress("224.0.0.1")),
                service("cluster-address", "0.0.0.0", "unicast", builder -> builder.clusterAddress("0.0.0.0")),
                service(
                        "virtual-mac",
                        "01:00:5e:00:00:01",
                        "unicast",
                        builder -> builder.virtualMac("01:00:5e:00:00:01")),
                service(
                        "virtual-mac",
                        "00:00:00:00:00:00",
                        "unicast",
                        builder -> builder.virtualMac("00:00:00:00:00:00")),
                service(
                        "match[name='m']/destination-port",
                        "500",
                        "6, 17 or 132",
                        builder -> builder.match("m", new Traffic(50, 500))),
                service(
                        "match[name='m']/ip-protocol",
                        "none",
                        "6, 17 or 132",
                        builder -> builder.match("m", new Traffic(null, 500))),
                service(
                        "match[name='m']/destination-port",
                        "0",
                        "1 to 65535",
                        builder -> builder.match("m", Traffic.udp(0))),
                service("ingress/switch", "none", "list one", builder -> builder.ingressSwitches()),
                service(
                        "ingress/switch",
                        "2 switches",
                        "list one",
                        builder -> builder.ingressSwitches(ports("sw1", 1), ports("sw3", 1))),
                service(
                        "ingress/switch[node='sw1']/uplink-port",
                        "none",
                        "at least one",
                        builder -> builder.ingressSwitches(ports("sw1"))),
                service(
                        "ingress/switch[node='sw1']/uplink-port",
                        "0",
                        "1 to 4294967039",
                        builder -> builder.ingressSwitches(ports("sw1", 0))),
                service(
                        "ingress/switch[node='sw1']/uplink-port",
                        "4294967040",
                        "1 to 4294967039",
                        builder -> builder.ingressSwitches(ports("sw1", 0xffff_ff00L))),
                service("ingress/idle-timeout", "0", "1 to 65535", builder -> builder.idleTimeouts(0, 600)),
                service("ingress/max-sessions", "0", "1 to 4294967295", builder -> builder.maxSessions(0, 1)),
                service("egress/switch", "none", "list one", builder -> builder.egressSwitches()),
                service(
                        "egress/switch",
                        "2 switches",
                        "list one",
                        builder -> builder.egressSwitches(ports("sw2", 1), ports("sw3", 1))),
                service(
                        "egress/switch[node='sw2']/server-port",
                        "0",
                        "1 to 4294967039",
                        builder -> builder.egressSwitches(ports("sw2", 0))),
                service("egress/idle-timeout", "0", "1 to 65535", builder -> builder.idleTimeouts(300, 0)),
                service("egress/max-sessions", "0", "1 to 4294967295", builder -> builder.maxSessions(1, 0)),
                service(
                        "egress/gateway-address",
                        "fe80::2",
                        "servers can reach",
                        builder -> builder.gatewayAddress("fe80::2")),
                service(
                        "egress/additional-gateway-address",
                        "::1",
                        "servers can reach",
                        builder -> builder.additionalGatewayAddresses("2001:db8::2", "::1")),
                service(
                        "egress/additional-gateway-address",
                        "172.16.0.254",
                        "its own",
                        builder -> builder.additionalGatewayAddresses("172.16.0.254")),
                service(
                        "egress/gateway-address",
                        "255.255.255.255",
                        "unicast",
                        builder -> builder.gatewayAddress("255.255.255.255")),
                service(
                        "egress/gateway-address",
                        "10.0.0.100",
                        "its own",
                        builder -> builder.gatewayAddress("10.0.0.100")),
                service(
                        "egress/client-prefix",
                        "::/0",
                        "devices give out to clients",
                        builder -> builder.clientPrefixes("2001:db8::/64", "::/0")),
                service(
                        "egress/client-prefix",
                        "fd01::/16",
                        "gives out to clients",
                        builder ->
                                builder.additionalGatewayAddresses("fd01::fe").clientPrefixes("fd01::/16")),
                service(
                        "vpn-device[name='g1']/egress/address",
                        "fd01::1",
                        "address of that family",
                        builder ->
                                builder.healthCheck(Type.ARP).device("g1", ofEgress(at -> addressed(at, "fd01::1")))),
                service(
                        "egress/session-prefix-length-v4",
                        "33",
                        "use 1 to 32",
                        builder -> builder.sessionPrefixLengths(33, 128)),
                service(
                        "egress/session-prefix-length-v6",
                        "0",
                        "use 1 to 128",
                        builder -> builder.sessionPrefixLengths(32, 0)),
                service(
                        "egress/session-prefix-length-v4",
                        "12",
                        "use 16 to 32",
                        builder -> builder.sessionPrefixLengths(12, 128)),
                service(
                        "egress/session-prefix-length-v4",
                        "24",
                        "set learning to controller or auto",
                        builder -> builder.sessionPrefixLengths(24, 128).learning(Learning.SWITCH)),
                service(
                        "egress/session-prefix-length-v6",
                        "64",
                        "list the clients' prefixes in egress/client-prefix",
                        builder -> builder.sessionPrefixLengths(32, 64)),
                service(
                        "egress/session-prefix-length-v4",
                        "24",
                        "list client prefixes without it",
                        builder -> builder.clientPrefixes("172.16.0.0/16").sessionPrefixLengths(24, 128)),
                service(
                        "egress/session-prefix-length-v4",
                        "24",
                        "use 25 to 32",
                        builder -> builder.sessionPrefixLengths(24, 128)
                                .device("g1", device -> ServiceBuilder.withPrefixes(device, "10.99.7.128/25"))),
                device(
                        "client-prefix",
                        "10.98.0.0/24",
                        "add it there",
                        device -> ServiceBuilder.withPrefixes(device, "10.99.7.0/24", "10.98.0.0/24")),
                device(
                        "client-prefix",
                        "10.0.0.0/8",
                        "a part of one of these",
                        device -> ServiceBuilder.withPrefixes(device, "10.0.0.0/8")),
                given("10.0.0.0/24", "10.0.0.0/8", "gives out to clients"),
                given("172.16.0.0/16", "172.16.0.0/12", "gives out to clients"),
                given("172.16.0.2/32", "172.16.0.0/12", "gives out to clients"),
                given("127.0.0.0/24", "0.0.0.0/0", "devices give out"),
                given("0.0.0.0/0", "0.0.0.0/0", "devices give out"),
                given("::/0", "10.99.0.0/16", "devices give out"),
                given("fe80::/64", "10.99.0.0/16", "devices give out"),
                given("ff02::/16", "10.99.0.0/16", "devices give out"),
                overlapping("10.99.1.0/24", "10.99.1.0/24"),
                overlapping("10.99.1.0/24", "10.99.1.128/25"),
                overlapping("10.99.1.128/25", "10.99.0.0/16"),
                overlapping("fd00:1::/64", "fd00:1::/48"),
                service(
                        "selection/method",
                        "controller",
                        "set learning to controller",
                        builder -> builder.method(Method.CONTROLLER).learning(Learning.SWITCH)),
                service(
                        "selection/metric",
                        "least-sessions",
                        "leave the leaf out",
                        builder -> builder.metric(SelectionMetric.LEAST_SESSIONS)),
                service(
                        "selection/metric",
                        "response-time",
                        "set health-check/type",
                        builder -> builder.method(Method.CONTROLLER).metric(SelectionMetric.RESPONSE_TIME)),
                service("selection/slots", "0", "3 to 4096", builder -> builder.slots(0)),
                service("selection/slots", "2", "3 to 4096", builder -> builder.slots(2)),
                service("selection/slots", "4097", "3 to 4096", builder -> builder.slots(4097)),
                service(
                        "selection/slots",
                        "100",
                        "a power of two from 4 to 256",
                        builder -> builder.method(Method.SOURCE_HASH).slots(100)),
                service(
                        "selection/slots",
                        "512",
                        "a power of two from 4 to 256",
                        builder -> builder.method(Method.SOURCE_HASH).slots(512)),
                service(
                        "ingress/sessions",
                        "pinned",
                        "set selection/method to source-hash",
                        builder -> builder.method(Method.AUTO).sessions(Sessions.PINNED)),
                service(
                        "ingress/sessions",
                        "pinned",
                        "set selection/method to source-hash",
                        builder -> builder.method(Method.SELECT_GROUP).sessions(Sessions.PINNED)),
                service(
                        "vpn-device[name='g1']/max-sessions",
                        "50",
                        "leave the leaf out",
                        builder -> builder.method(Method.SOURCE_HASH)
                                .sessions(Sessions.PINNED)
                                .device("g1", device -> ServiceBuilder.withMaxSessions(device, 50))));
    }

    static Stream<Refused> refusedDevices() {
        return Stream.of(
                device("weight", "0", "1 to 100", device -> ServiceBuilder.with(device, 0)),
                device("weight", "101", "1 to 100", device -> ServiceBuilder.with(device, 101)),
                device("max-sessions", "0", "1 to 4294967295", device -> limited(device, Optional.of(0L))),
                device("drain-deadline", "0", "1 to 604800", device -> device.withDrainDeadline(0)),
                device("drain-deadline", "604801", "1 to 604800", device -> device.withDrainDeadline(604_801)),
                ingress("port", "0", "1 to 4294967039", at -> attachment(at.node(), 0, at.mac())),
                ingress("port", "1", "uplink-port", at -> attachment(at.node(), 1, at.mac())),
                ingress("node", "sw9", "[sw1]", at -> attachment("sw9", at.port(), at.mac())),
                ingress("node", "sw2", "[sw1]", at -> attachment("sw2", at.port() + 50, at.mac())),
                ingress("mac", "01:00:00:00:00:01", "unicast", at -> attachment(at, "01:00:00:00:00:01")),
                ingress("mac", "5e:c3:f8:28:38:ba", "the device's own", at -> attachment(at, "5e:c3:f8:28:38:ba")),
                ingress("vlan-id", "7", "untagged", at -> tagged(at, 7)),
                ingress("vlan-id", "0", "1 to 4094", at -> tagged(at, 0)),
                ingress("vlan-id", "4095", "1 to 4094", at -> tagged(at, 4095)),
                ingress("address", "2001:db8::1", "same family", at -> addressed(at, "2001:db8::1")),
                ingress("address", "224.0.0.9", "unicast", at -> addressed(at, "224.0.0.9")),
                ingress("address", "10.0.0.100", "its own", at -> addressed(at, "10.0.0.100")),
                ingress("address", "172.16.0.254", "its own", at -> addressed(at, "172.16.0.254")),
                egress("port", "4294967295", "1 to 4294967039", at -> attachment(at.node(), 0xffff_ffffL, at.mac())),
                egress("port", "1", "server-port", at -> attachment(at.node(), 1, at.mac())),
                egress("node", "sw9", "[sw2]", at -> attachment("sw9", at.port(), at.mac())),
                egress("mac", "ff:ff:ff:ff:ff:ff", "unicast", at -> attachment(at, "ff:ff:ff:ff:ff:ff")),
                egress("mac", "5e:c3:f8:28:38:ba", "the device's own", at -> attachment(at, "5e:c3:f8:28:38:ba")),
                egress("vlan-id", "7", "untagged", at -> tagged(at, 7)),
                egress("address", "fe80::1", "servers can reach", at -> addressed(at, "fe80::1")),
                egress("address", "172.16.0.254", "its own", at -> addressed(at, "172.16.0.254")));
    }

    /** What two devices, or two services, may not share; the path is of the later of the two. */
    static Stream<Refused> refusedTogether() {
        return Stream.of(
                new Refused(
                        G2 + "/ingress/mac",
                        "02:00:00:00:0a:01",
                        "its own",
                        builder -> builder.device("g2", ofIngress(at -> attachment(at, "02:00:00:00:0a:01")))),
                new Refused(
                        G2 + "/egress/mac",
                        "02:00:00:00:0b:01",
                        "its own",
                        builder -> builder.device("g2", ofEgress(at -> attachment(at, "02:00:00:00:0b:01")))),
                new Refused(
                        G2 + "/ingress/address",
                        "10.0.0.1",
                        "its own",
                        builder -> builder.device("g2", ofIngress(at -> addressed(at, "10.0.0.1")))),
                new Refused(
                        G2 + "/egress/address",
                        "172.16.0.1",
                        "its own",
                        builder -> builder.device("g2", ofEgress(at -> addressed(at, "172.16.0.1")))),
                new Refused(
                        G1 + "/egress/port",
                        "11",
                        "different ports",
                        builder -> atOneSwitch(builder).device("g1", ofEgress(at -> attachment("sw1", 11, at.mac())))),
                new Refused(
                        G2 + "/egress/mac",
                        "02:00:00:00:0a:01",
                        "its own",
                        builder ->
                                atOneSwitch(builder).device("g2", ofEgress(at -> attachment(at, "02:00:00:00:0a:01")))),
                new Refused(
                        G1 + "/egress/port",
                        "1",
                        "uplink-port",
                        builder -> atOneSwitch(builder).device("g1", ofEgress(at -> attachment("sw1", 1, at.mac())))),
                new Refused(
                        G1 + "/ingress/port",
                        "5",
                        "server-port",
                        builder -> atOneSwitch(builder).device("g1", ofIngress(at -> attachment("sw1", 5, at.mac())))),
                service(
                        "egress/switch[node='sw1']/server-port",
                        "none",
                        "two switches",
                        builder -> atOneSwitch(builder).egressSwitches(ports("sw1"))),
                service(
                        "egress/switch[node='sw1']/server-port",
                        "1",
                        "different ports",
                        builder -> atOneSwitch(builder).egressSwitches(ports("sw1", 5, 1))),
                new Refused(
                        G2 + "/egress/port",
                        "11",
                        "different ports",
                        builder -> atOneSwitch(builder).device("g2", ofEgress(at -> attachment("sw1", 11, at.mac())))));
    }

    static Stream<Refused> refusedBeside() {
        return Stream.of(
                // The clients of one are where the servers of the other are.
                new Refused(
                        OFFICE + "/egress/switch[node='sw2']/server-port",
                        "1",
                        "different ports",
                        builder -> behindOffice(builder, 1, 34)),
                new Refused(G1 + "/egress/port", "11", "different ports", builder -> behindOffice(builder, 2, 11)),
                new Refused(
                        BRANCH + "/cluster-address",
                        "10.0.0.100",
                        "another cluster-address",
                        builder -> builder.clusterAddress("10.0.0.100")),
                new Refused(
                        BRANCH + "/additional-cluster-address",
                        "10.0.0.100",
                        "another cluster-address",
                        builder -> builder.additionalClusterAddresses("10.0.0.100")),
                // What clients of the one call is the next hop of the other's servers.
                new Refused(
                        BRANCH + "/additional-cluster-address",
                        "172.16.0.254",
                        "another address",
                        builder -> behindOffice(builder, 2, 34).additionalClusterAddresses("172.16.0.254")),
                new Refused(
                        BRANCH + "/egress/gateway-address",
                        "10.0.0.100",
                        "another address",
                        builder -> builder.egress("sw1", 5L).gatewayAddress("10.0.0.100")),
                new Refused(
                        BRANCH + "/egress/additional-gateway-address",
                        "172.16.0.254",
                        "another address",
                        builder -> builder.gatewayAddress(null).additionalGatewayAddresses("172.16.0.254")),
                new Refused(
                        BRANCH + "/cluster-address",
                        "10.0.0.100",
                        "another cluster-address",
                        // Another port, but fragments of both carry none.
                        builder -> builder.clusterAddress("10.0.0.100").protocols(EnumSet.of(Protocol.OPENVPN))),
                new Refused(
                        BRANCH + "/cluster-address",
                        "10.0.0.100",
                        "another cluster-address",
                        builder -> builder.clusterAddress("10.0.0.100").protocols(EnumSet.of(Protocol.ANY))),
                new Refused(
                        BRANCH + "/virtual-mac",
                        "02:00:00:00:0c:01",
                        "one value",
                        builder -> builder.clusterAddress("10.0.0.100")
                                .protocols(EnumSet.of(Protocol.TLS))
                                .virtualMac("02:00:00:00:0c:01")),
                new Refused(
                        BRANCH + "/egress/gateway-address",
                        "172.16.0.254",
                        "another address",
                        builder -> builder.gatewayAddress("172.16.0.254")),
                new Refused(
                        BRANCH + "/health-check",
                        "10.0.0.100",
                        "addresses of its own",
                        builder -> builder.healthCheck(new CheckBuilder(Type.ARP)
                                .sources(CLUSTER, Optional.empty())
                                .build())),
                new Refused(
                        BRANCH + "/virtual-mac",
                        "5e:c3:f8:28:38:ba",
                        "another virtual-mac",
                        builder -> builder.virtualMac("5e:c3:f8:28:38:ba").clientPrefixes("10.99.7.0/24")),
                new Refused(
                        BRANCH + "/virtual-mac",
                        "5e:c3:f8:28:38:ba",
                        "another virtual-mac",
                        builder -> builder.virtualMac("5e:c3:f8:28:38:ba").clientPrefixes()),
                new Refused(
                        BRANCH + "/vpn-device[name='g4']/ingress/mac",
                        "02:00:00:00:0a:01",
                        "one service",
                        builder -> builder.device("g4", ofIngress(at -> attachment(at, "02:00:00:00:0a:01")))),
                new Refused(
                        BRANCH + "/vpn-device[name='g4']/egress/mac",
                        "02:00:00:00:0b:03",
                        "one service",
                        builder -> builder.device("g4", ofEgress(at -> attachment(at, "02:00:00:00:0b:03")))),
                new Refused(
                        BRANCH + "/vpn-device[name='g4']/egress/mac",
                        "5e:c3:f8:28:38:ba",
                        "the device's own",
                        builder -> builder.device("g4", ofEgress(at -> attachment(at, "5e:c3:f8:28:38:ba")))),
                new Refused(
                        BRANCH + "/virtual-mac",
                        "02:00:00:00:0b:03",
                        "another virtual-mac",
                        builder -> builder.virtualMac("02:00:00:00:0b:03")));
    }

    static Stream<Refused> refusedChecks() {
        return Stream.of(
                check("interval", "99", "100 to 60000 milliseconds", Type.ICMP, with -> with.interval = 99),
                check("interval", "60001", "100 to 60000 milliseconds", Type.ICMP, with -> with.interval = 60_001),
                check("fall", "0", "1 to 100", Type.ICMP, with -> with.fall = 0),
                check("rise", "101", "1 to 100", Type.ICMP, with -> with.rise = 101),
                check("port", "absent", "serve clients", Type.TCP, with -> with.port = Optional.empty()),
                check("port", "absent", "serve clients", Type.UDP, with -> with.port = Optional.empty()),
                check("port", "0", "1 to 65535", Type.IKE, with -> with.port = Optional.of(0)),
                additional("esp", Type.UDP, null, "port", "absent", "serve clients"),
                additional("esp", Type.TCP, 0, "port", "0", "1 to 65535"),
                additional("esp", Type.ICMP, 1194, "port", "1194", "leave the leaf out"),
                additional("esp", Type.IKE, null, "type", "ike", "another type or port"),
                additional("esp", Type.IKE, 500, "type", "ike", "another type or port"),
                additional("health-check", Type.UDP, 1194, "name", "health-check", "another name"),
                check("additional-check[name='more']", "udp", "for the health-check itself", Type.LINK, with -> {
                    with.sources(Optional.empty(), Optional.empty());
                    with.additional = List.of(new HealthCheck.Question("more", Type.UDP, Optional.of(1194)));
                }),
                check("source-address-ingress", "absent", "free address", Type.ARP, with -> {
                    with.sources(Optional.empty(), Optional.empty());
                    with.additional = List.of(new HealthCheck.Question("more", Type.UDP, Optional.of(1194)));
                }),
                check("port", "500", "leave the leaf out", Type.ARP, with -> with.port = Optional.of(500)),
                check("interval", "501", "leave the leaf out", Type.LINK, with -> {
                    with.interval = 501;
                    with.sources(Optional.empty(), Optional.empty());
                }),
                check(
                        "source-address-ingress",
                        "absent",
                        "free address",
                        Type.IKE,
                        with -> with.ingress = Optional.empty()),
                check("source-address-ingress", "10.0.0.100", "its own", Type.ARP, with -> with.ingress = CLUSTER),
                check("source-address-egress", "10.0.0.100", "its own", Type.ARP, with -> with.egress = CLUSTER),
                check(
                        "source-address-egress",
                        "224.0.0.1",
                        "unicast",
                        Type.ARP,
                        with -> with.egress = Optional.of(IpAddress.parse("224.0.0.1"))),
                new Refused(
                        OFFICE + "/health-check/source-address-egress",
                        "absent",
                        "free address",
                        builder -> builder.gatewayAddress(null)
                                .healthCheck(new CheckBuilder(Type.ICMP)
                                        .sources(Optional.of(IpAddress.parse("10.0.0.250")), Optional.empty())
                                        .build())),
                new Refused(
                        G1 + "/ingress/address",
                        "absent",
                        "own address",
                        builder -> builder.healthCheck(Type.ARP).device("g1", ofIngress(ValidatorTest::unaddressed))),
                new Refused(
                        G1 + "/egress/address",
                        "absent",
                        "own address",
                        builder -> builder.healthCheck(Type.IKE).device("g1", ofEgress(ValidatorTest::unaddressed))),
                new Refused(
                        G1 + "/ingress/address",
                        "10.0.0.250",
                        "its own",
                        builder -> builder.healthCheck(Type.IKE)
                                .device("g1", ofIngress(at -> addressed(at, "10.0.0.250")))));
    }

    private static Refused check(
            final String leaf,
            final String value,
            final String fix,
            final Type type,
            final Consumer<CheckBuilder> change) {
        final var builder = new CheckBuilder(type);
        change.accept(builder);
        return new Refused(
                OFFICE + "/health-check/" + leaf, value, fix, service -> service.healthCheck(builder.build()));
    }

    /** A check that asks IKE, and one thing more. */
    private static Refused additional(
            final String name,
            final Type type,
            final Integer port,
            final String leaf,
            final String value,
            final String fix) {
        return check(
                "additional-check[name='" + name + "']/" + leaf,
                value,
                fix,
                Type.IKE,
                with -> with.additional = List.of(new HealthCheck.Question(name, type, Optional.ofNullable(port))));
    }

    /** The check of {@link ServiceBuilder#healthCheck(Type)}, to be spoilt. */
    private static final class CheckBuilder {
        private final Type type;
        private Optional<Integer> port;
        private int interval = 500;
        private int fall = 3;
        private int rise = 2;
        private Optional<IpAddress> ingress = Optional.of(IpAddress.parse("10.0.0.250"));
        private Optional<IpAddress> egress = Optional.of(IpAddress.parse("172.16.0.250"));
        private List<HealthCheck.Question> additional = List.of();

        CheckBuilder(final Type type) {
            this.type = type;
            port = type == Type.TCP || type == Type.UDP ? Optional.of(1194) : Optional.empty();
        }

        CheckBuilder sources(final Optional<IpAddress> ofIngress, final Optional<IpAddress> ofEgress) {
            ingress = ofIngress;
            egress = ofEgress;
            return this;
        }

        HealthCheck build() {
            return new HealthCheck(type, port, interval, fall, rise, ingress, egress, additional);
        }
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("of a health check is refused with leaf, value and fix")
    @MethodSource("refusedChecks")
    void ofAHealthCheckIsRefused(final Refused refused) {
        assertRefused(
                refused, List.of(refused.change.apply(ServiceBuilder.office()).build()));
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("of a service is refused with leaf, value and fix")
    @MethodSource("refused")
    void ofAServiceIsRefused(final Refused refused) {
        assertRefused(
                refused, List.of(refused.change.apply(ServiceBuilder.office()).build()));
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("of a device is refused with leaf, value and fix")
    @MethodSource("refusedDevices")
    void ofADeviceIsRefused(final Refused refused) {
        assertRefused(
                refused, List.of(refused.change.apply(ServiceBuilder.office()).build()));
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("of devices that contradict each other is refused with leaf, value and fix")
    @MethodSource("refusedTogether")
    void ofDevicesThatContradictEachOther(final Refused refused) {
        assertRefused(
                refused, List.of(refused.change.apply(ServiceBuilder.office()).build()));
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("of services that contradict each other is refused with leaf, value and fix")
    @MethodSource("refusedBeside")
    void ofServicesThatContradictEachOther(final Refused refused) {
        assertRefused(
                refused,
                List.of(
                        ServiceBuilder.office().build(),
                        refused.change.apply(branch()).build()));
    }

    @Test
    @DisplayName("is refused once where two services have several addresses in common, and answer for them differently")
    void ofServicesThatAnswerDifferently() {
        final var refused = new Refused(
                BRANCH + "/virtual-mac",
                "02:00:00:00:0c:01",
                "one value",
                builder -> builder.clusterAddress("10.0.0.100")
                        .additionalClusterAddresses("10.0.0.101")
                        .protocols(EnumSet.of(Protocol.TLS))
                        .virtualMac("02:00:00:00:0c:01"));
        assertRefused(
                refused,
                List.of(
                        ServiceBuilder.office()
                                .additionalClusterAddresses("10.0.0.101")
                                .build(),
                        refused.change.apply(branch()).build()));
    }

    @Test
    @DisplayName("is refused where two services answer alike for devices' inner prefixes that overlap")
    void ofServicesWhosePrefixesOnlyTheirDevicesSay() {
        assertRefused(
                new Refused(BRANCH + "/virtual-mac", "5e:c3:f8:28:38:ba", "do not overlap", builder -> builder),
                List.of(
                        ServiceBuilder.office()
                                .device("g1", device -> ServiceBuilder.withPrefixes(device, "fd00:1::/64"))
                                .build(),
                        branch().virtualMac("5e:c3:f8:28:38:ba")
                                .device("g4", device -> ServiceBuilder.withPrefixes(device, "fd00::/16"))
                                .build()));
    }

    @Test
    @DisplayName("is refused where two services have one IPv6 address, whose fragments show no protocol")
    void ofServicesWithOneIpv6Address() {
        final var refused = new Refused(
                BRANCH + "/cluster-address",
                "2001:db8::100",
                "another cluster-address",
                builder -> builder.outerV6("2001:db8::100").protocols(EnumSet.of(Protocol.TLS)));
        assertRefused(
                refused,
                List.of(
                        ServiceBuilder.office().outerV6("2001:db8::100").build(),
                        refused.change.apply(branch()).build()));
    }

    static Stream<List<Service>> accepted() {
        final Service office = ServiceBuilder.office().build();
        return Stream.of(
                List.of(),
                List.of(ServiceBuilder.office()
                        .outerV6("2001:db8::100")
                        .healthCheck(Type.IKE)
                        .build()),
                List.of(ServiceBuilder.office()
                        .additionalClusterAddresses("192.0.2.100", "2001:db8::100")
                        .healthCheck(Type.IKE)
                        .build()),
                List.of(office),
                List.of(ServiceBuilder.service("empty").build()),
                List.of(ServiceBuilder.office().method(Method.AUTO).slots(100).build()),
                List.of(ServiceBuilder.office()
                        .method(Method.SOURCE_HASH)
                        .slots(256)
                        .build()),
                List.of(ServiceBuilder.office()
                        .method(Method.SOURCE_HASH)
                        .sessions(Sessions.PINNED)
                        .build()),
                List.of(ServiceBuilder.office()
                        .gatewayAddress(null)
                        .clientPrefixes()
                        .slots(3)
                        .idleTimeouts(65535, 1)
                        .healthCheck(HealthCheck.LINKS)
                        .match("gre", Traffic.of(47))
                        .match("sctp", new Traffic(132, 9899))
                        .egressSwitches(ports("sw2"))
                        .device("g1", device -> ServiceBuilder.with(device, 100))
                        .build()),
                // Devices with inner addresses of their own, one of whose prefixes may be in another.
                List.of(ServiceBuilder.office()
                        .device(
                                "g1",
                                device -> ServiceBuilder.withPrefixes(
                                        device, "10.99.0.0/24", "10.99.0.7/32", "10.99.0.0/24", "fd00:1::/64"))
                        .device("g2", device -> ServiceBuilder.withPrefixes(device, "10.99.1.0/24", "fd00:2::/64"))
                        .build()),
                List.of(ServiceBuilder.office()
                        .clientPrefixes()
                        .device("g1", device -> ServiceBuilder.withPrefixes(device, "10.98.0.0/24"))
                        .build()),
                // The same inner addresses in two services, by two gateway addresses.
                List.of(office, branch().clientPrefixes("10.99.0.0/16").build()),
                List.of(office, branch().clientPrefixes("10.99.7.0/24").build()),
                List.of(office, branch().clientPrefixes().build()),
                // One switch for both sides.
                List.of(atOneSwitch(ServiceBuilder.office()).build()),
                List.of(office, branch().build()),
                // One switch for the servers of one and the clients of the other.
                List.of(office, behindOffice(branch(), 2, 34).build()),
                // One address for services whose traffic the IP protocol tells apart.
                List.of(
                        office,
                        branch().clusterAddress("10.0.0.100")
                                .protocols(EnumSet.of(Protocol.TLS))
                                .virtualMac("5e:c3:f8:28:38:ba")
                                .build()),
                // 255 devices.
                List.of(many()),
                List.of(ServiceBuilder.office().healthCheck(Type.ARP).build()),
                List.of(ServiceBuilder.office().healthCheck(Type.ICMP).build()),
                List.of(ServiceBuilder.office().healthCheck(Type.IKE).build()),
                List.of(ServiceBuilder.office().healthCheck(Type.TCP).build()),
                List.of(ServiceBuilder.office().healthCheck(Type.UDP).build()),
                // ARP needs no source, and the gateway address may be one.
                List.of(ServiceBuilder.office()
                        .healthCheck(new CheckBuilder(Type.ARP)
                                .sources(Optional.empty(), Optional.of(IpAddress.parse("172.16.0.254")))
                                .build())
                        .device("g1", device -> limited(device, Optional.of(7L)))
                        .build()));
    }

    @ParameterizedTest
    @DisplayName("that can be applied is not refused")
    @MethodSource("accepted")
    void thatCanBeApplied(final List<Service> services) {
        assertThat(Validator.validate(services)).isEmpty();
    }

    @Test
    @DisplayName("with several problems is refused for all of them at once")
    void withSeveralProblems() {
        final Service service = ServiceBuilder.office()
                .slots(0)
                .metric(SelectionMetric.ROUND_ROBIN)
                .device("g1", device -> ServiceBuilder.with(device, 0))
                .device("g3", device -> ServiceBuilder.with(device, 0))
                .build();
        assertThat(Validator.validate(List.of(service)))
                .extracting(Problem::path)
                .containsExactlyInAnyOrder(
                        OFFICE + "/selection/slots",
                        OFFICE + "/selection/metric",
                        G1 + "/weight",
                        OFFICE + "/vpn-device[name='g3']/weight");
    }

    private static void assertRefused(final Refused refused, final List<Service> services) {
        final List<Problem> problems = Validator.validate(services);
        assertThat(problems)
                .filteredOn(problem -> problem.path().equals(refused.path)
                        && problem.value().equals(refused.value)
                        && problem.fix().contains(refused.fix))
                .as("%s", problems)
                .hasSize(1)
                .first()
                .satisfies(problem -> {
                    assertThat(problem.reason()).isNotBlank();
                    assertThat(problem.message())
                            .isEqualTo("%s = %s: %s; %s"
                                    .formatted(problem.path(), problem.value(), problem.reason(), problem.fix()));
                });
        // Nothing else is wrong, but for what each device has to say of the same.
        assertThat(problems.size() - 1)
                .isLessThanOrEqualTo(services.get(0).devices().size());
    }

    /** The same with one switch for both sides. */
    private static ServiceBuilder atOneSwitch(final ServiceBuilder office) {
        return office.egress("sw1", 5L)
                .device("g1", device -> ServiceBuilder.atOneSwitch(device, 11))
                .device("g2", device -> ServiceBuilder.atOneSwitch(device, 12))
                .device("g3", device -> ServiceBuilder.atOneSwitch(device, 13));
    }

    private static ServiceBuilder branch() {
        return ServiceBuilder.service("branch")
                .clusterAddress("10.0.1.100")
                .gatewayAddress("172.16.1.254")
                .clientPrefixes("10.98.0.0/16")
                .device(4);
    }

    /** The service's clients come in where the servers of the other are. */
    private static ServiceBuilder behindOffice(final ServiceBuilder branch, final long uplink, final long port) {
        return branch.ingress("sw2", uplink)
                .egress("sw3", 1L)
                .device(
                        "g4",
                        ofIngress(at -> attachment("sw2", port, at.mac()))
                                .andThen(ofEgress(at -> attachment("sw3", port, at.mac())))::apply);
    }

    private static Service many() {
        final var builder = ServiceBuilder.service("many")
                .slots(255)
                .gatewayAddress("172.16.255.254")
                .clusterAddress("10.0.255.100");
        IntStream.rangeClosed(1, 255)
                .mapToObj(number -> {
                    final Device device = ServiceBuilder.gateway(1);
                    return new Device(
                            "g" + number,
                            device.adminState(),
                            1,
                            false,
                            Optional.empty(),
                            attachment("sw1", 10L + number, new MacAddress(0x0200_0000_0a00L + number)),
                            attachment("sw2", 10L + number, new MacAddress(0x0200_0000_0c00L + number)));
                })
                .forEach(builder::device);
        return builder.build();
    }

    private static Refused service(
            final String leaf, final String value, final String fix, final UnaryOperator<ServiceBuilder> change) {
        return new Refused(OFFICE + "/" + leaf, value, fix, change);
    }

    private static Refused device(
            final String leaf, final String value, final String fix, final UnaryOperator<Device> change) {
        return new Refused(G1 + "/" + leaf, value, fix, builder -> builder.device("g1", change));
    }

    /** An inner prefix of g1, and one of g2 that is refused. */
    private static Refused given(final String prefix, final String within, final String fix) {
        return new Refused(
                G2 + "/client-prefix",
                prefix,
                fix,
                builder -> builder.clientPrefixes(within)
                        .device("g2", device -> ServiceBuilder.withPrefixes(device, prefix)));
    }

    private static Refused overlapping(final String first, final String second) {
        return new Refused(
                G2 + "/client-prefix",
                second,
                "inner addresses of its own",
                builder -> builder.device("g1", device -> ServiceBuilder.withPrefixes(device, first))
                        .device("g2", device -> ServiceBuilder.withPrefixes(device, "10.99.9.0/24", second)));
    }

    private static Refused ingress(
            final String leaf, final String value, final String fix, final UnaryOperator<Attachment> change) {
        return device("ingress/" + leaf, value, fix, ofIngress(change));
    }

    private static Refused egress(
            final String leaf, final String value, final String fix, final UnaryOperator<Attachment> change) {
        return device("egress/" + leaf, value, fix, ofEgress(change));
    }

    private static UnaryOperator<Device> ofIngress(final UnaryOperator<Attachment> change) {
        return device -> ServiceBuilder.with(device, change.apply(device.ingress()), device.egress());
    }

    private static UnaryOperator<Device> ofEgress(final UnaryOperator<Attachment> change) {
        return device -> ServiceBuilder.with(device, device.ingress(), change.apply(device.egress()));
    }

    private static SwitchPorts ports(final String node, final long... ports) {
        return new SwitchPorts(node, Arrays.stream(ports).boxed().toList());
    }

    private static Attachment attachment(final String node, final long port, final MacAddress mac) {
        return new Attachment(Place.untagged(node, port), mac, Optional.empty());
    }

    private static Attachment attachment(final Attachment old, final String mac) {
        return new Attachment(old.place(), MacAddress.parse(mac), old.address());
    }

    private static Attachment tagged(final Attachment old, final int vlan) {
        return new Attachment(new Place(old.node(), old.port(), Optional.of(vlan)), old.mac(), old.address());
    }

    private static Attachment addressed(final Attachment old, final String address) {
        return new Attachment(old.place(), old.mac(), Optional.of(IpAddress.parse(address)));
    }

    private static Attachment unaddressed(final Attachment old) {
        return new Attachment(old.place(), old.mac(), Optional.empty());
    }

    private static Device limited(final Device device, final Optional<Long> maxSessions) {
        return new Device(
                device.name(),
                device.adminState(),
                device.weight(),
                device.backup(),
                maxSessions,
                device.ingress(),
                device.egress());
    }
}
