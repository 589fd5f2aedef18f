/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.net.NeighbourMessage;

@Label("Neighbour discovery:")
class NeighbourDiscoveryTest {
    private static final String CLUSTER = "2001:db8::100";
    private static final String HOST = "2001:db8::7";
    private static final String OTHER = "2001:db8::8";
    private static final String ROUTER = "fe80::1";
    private static final String ALL_NODES = "ff02::1";
    private static final MacAddress ALL_NODES_MAC = MacAddress.parse("33:33:00:00:00:01");
    private static final MacAddress GROUP_MAC = MacAddress.parse("33:33:ff:00:01:00");
    private static final MacAddress THIEF = MacAddress.parse("02:00:00:00:02:66");
    private static final long UPLINK = 1;

    private final Service office = ServiceBuilder.office().outerV6(CLUSTER).build();
    private final Lab lab = Lab.of(office);

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.any().map(shape -> shape.with(Family.V6, false));
    }

    @Property(tries = 200)
    @Label("who asks for the cluster address is answered with the virtual MAC address, at the asking port only")
    void theClusterAddressIsAnswered(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (final Service service : shaped.enabled()) {
            final String cluster = service.clusterAddress().toString();
            for (final String asker : List.of(HOST, ROUTER)) {
                shaped.network().spoken();
                final Verdict verdict =
                        shaped.network().receive(Lab.ingress(service), UPLINK, asks(Lab.ROUTER_MAC, asker, cluster));
                shaped.network().settle();
                assertThat(verdict.normal()).isFalse();
                assertThat(verdict.sent()).isEmpty();
                assertThat(shaped.network().spoken()).singleElement().satisfies(spoken -> {
                    assertThat(spoken.node()).isEqualTo(Lab.ingress(service));
                    assertThat(spoken.sent().port()).isEqualTo(UPLINK);
                    assertThat(spoken.sent().frame())
                            .isEqualTo(Frames.advertisement(
                                    Lab.ROUTER_MAC, service.virtualMac(), cluster, asker, cluster));
                });
            }
        }
    }

    @Example
    @Label("who is about to take the cluster address is told, as all are, that it is taken")
    void whoIsAboutToTakeItIsTold() {
        lab.network().spoken();
        lab.network().receive("sw1", UPLINK, NeighbourMessage.probe(office.clusterAddress(), THIEF));
        lab.network().settle();
        assertThat(lab.network().spoken())
                .singleElement()
                .extracting(spoken -> spoken.sent().frame())
                .isEqualTo(Frames.advertisement(ALL_NODES_MAC, office.virtualMac(), CLUSTER, ALL_NODES, CLUSTER));
    }

    @Property(tries = 200)
    @Label("nobody is heard who speaks in the cluster address's name, be it a device or a host")
    void nobodySpeaksAsTheClusterAddress(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (final Service service : shaped.enabled()) {
            final String cluster = service.clusterAddress().toString();
            final List<Long> ports = Stream.concat(
                            service.ingress().switches().getFirst().ports().stream(),
                            service.devices().stream()
                                    .map(device -> device.ingress().port()))
                    .toList();
            for (final long port : ports) {
                for (final MacAddress mac : macs(service)) {
                    for (final byte[] claim : claims(mac, cluster)) {
                        final Verdict verdict = shaped.network().receive(Lab.ingress(service), port, claim);
                        assertThat(verdict.isDropped()).isTrue();
                        assertThat(verdict.punts()).isZero();
                    }
                }
            }
        }
    }

    @Property(tries = 200)
    @Label("a device that asks for the cluster address finds neither the other devices nor the controller")
    void aDeviceDoesNotFindTheOthers(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (final Service service : shaped.enabled()) {
            for (final Device device : service.devices()) {
                final Verdict verdict = shaped.network()
                        .receive(
                                Lab.ingress(service),
                                device.ingress().port(),
                                asks(
                                        device.ingress().mac(),
                                        HOST,
                                        service.clusterAddress().toString()));
                assertThat(verdict.isDropped()).isTrue();
                assertThat(verdict.punts()).isZero();
            }
        }
    }

    @Example
    @Label("what is no question for an address of ours is forwarded: routers, groups, the others' questions")
    void allElseIsForwarded() {
        for (final byte[] frame : List.of(
                asks(Lab.ROUTER_MAC, HOST, OTHER),
                Frames.advertisement(GROUP_MAC, Lab.ROUTER_MAC, OTHER, ALL_NODES, OTHER),
                Frames.discovery(133, 0, 1, ALL_NODES_MAC, Lab.ROUTER_MAC, ROUTER, "ff02::2", HOST),
                Frames.discovery(134, 0, 1, ALL_NODES_MAC, Lab.ROUTER_MAC, ROUTER, ALL_NODES, HOST),
                Frames.discovery(143, 0, 1, ALL_NODES_MAC, Lab.ROUTER_MAC, ROUTER, "ff02::16", HOST))) {
            final Verdict verdict = lab.network().receive("sw1", UPLINK, frame);
            assertThat(verdict.normal()).isTrue();
            assertThat(verdict.punts()).isZero();
        }
    }

    @Example
    @Label("uplinks are told at each connection, unasked, to use the virtual MAC address from now on")
    void theVirtualMacIsAnnounced() {
        for (int connection = 0; connection < 2; connection++) {
            assertThat(lab.network().spoken())
                    .filteredOn(spoken -> spoken.node().equals("sw1"))
                    .singleElement()
                    .satisfies(spoken -> {
                        assertThat(spoken.sent().port()).isEqualTo(UPLINK);
                        assertThat(spoken.sent().frame())
                                .isEqualTo(Frames.advertisement(
                                        ALL_NODES_MAC, office.virtualMac(), CLUSTER, ALL_NODES, CLUSTER));
                    });
            lab.network().disconnect("sw1");
            lab.network().connect("sw1");
            lab.network().settle();
        }
    }

    @Example
    @Label("a device that asks for the address that it is checked from is answered, though checks are ICMPv6 too")
    void theCheckedDeviceFindsTheAskingAddress() {
        final Service checked = ServiceBuilder.office()
                .outerV6(CLUSTER)
                .healthCheck(HealthCheck.Type.ICMP)
                .build();
        final Lab asked = Lab.of(checked);
        claimSources(asked);
        final Device gateway = checked.devices().getFirst();
        asked.network().spoken();
        // Not to the group: it knows the MAC address, and asks whether that is still right.
        final byte[] question = Frames.solicitation(
                checked.virtualMac(), gateway.ingress().mac(), "2001:db8::1", "2001:db8::250", "2001:db8::250");
        asked.network().receive("sw1", gateway.ingress().port(), question);
        asked.network().settle();
        assertThat(asked.network().spoken())
                .extracting(spoken -> spoken.sent().frame())
                .contains(Frames.advertisement(
                        gateway.ingress().mac(),
                        checked.virtualMac(),
                        "2001:db8::250",
                        "2001:db8::1",
                        "2001:db8::250"));
    }

    @Example
    @Label("an address that checks are to come from is somebody's when he answers the probe, to all")
    void anAddressIsSomebodys() {
        final Lab asked = Lab.of(ServiceBuilder.office()
                .outerV6(CLUSTER)
                .healthCheck(HealthCheck.Type.ICMP)
                .build());
        asked.network()
                .receive(
                        "sw1",
                        UPLINK,
                        Frames.advertisement(ALL_NODES_MAC, THIEF, "2001:db8::250", ALL_NODES, "2001:db8::250"));
        asked.network().settle();
        claimSources(asked);
        assertThat(asked.network().status("sw1").services().get("office").sourceConflicts())
                .singleElement()
                .satisfies(conflict -> {
                    assertThat(conflict.mac()).isEqualTo(THIEF);
                    assertThat(conflict.source().address()).isEqualTo(IpAddress.parse("2001:db8::250"));
                });
        final Verdict verdict = asked.network().receive("sw1", UPLINK, asks(Lab.ROUTER_MAC, HOST, "2001:db8::250"));
        assertThat(verdict.normal()).isTrue();
    }

    /** Time for the probes of the addresses that checks come from. */
    private static void claimSources(final Lab lab) {
        for (int i = 0; i < 50; i++) {
            lab.network().advance(50);
            lab.network().wake();
            lab.network().settle();
        }
    }

    private static byte[] asks(final MacAddress mac, final String asker, final String target) {
        return Frames.solicitation(GROUP_MAC, mac, asker, "ff02::1:ff00:100", target);
    }

    private static List<MacAddress> macs(final Service service) {
        return Stream.concat(
                        Stream.of(THIEF),
                        service.devices().stream()
                                .map(device -> device.ingress().mac()))
                .toList();
    }

    /** An advertisement to all, one to somebody, and all that is sent from the address with the sender's MAC. */
    private static List<byte[]> claims(final MacAddress mac, final String address) {
        final List<byte[]> claims = new ArrayList<>(List.of(
                Frames.advertisement(ALL_NODES_MAC, mac, address, ALL_NODES, address),
                Frames.advertisement(Lab.ROUTER_MAC, mac, ROUTER, HOST, address)));
        for (final int type : List.of(133, 134, 135, 137)) {
            claims.add(Frames.discovery(type, 0, 1, ALL_NODES_MAC, mac, address, ALL_NODES, HOST));
        }
        return claims;
    }
}
