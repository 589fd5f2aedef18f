/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@Label("ARP")
class ArpTest {
    private static final String HOST = "10.0.200.7";

    private final Service office = ServiceBuilder.office().build();
    private final Lab lab = Lab.of(office);

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.any();
    }

    @Property
    @Label("requests for the cluster address are answered with the virtual MAC address, to the asking port only")
    void theClusterAddressIsAnswered(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (final Service service : shaped.enabled()) {
            for (final long uplink : service.ingress().switches().get(0).ports()) {
                assertAnswered(shaped, Lab.ingress(service), uplink, service.clusterAddress(), service.virtualMac());
            }
        }
    }

    @Property
    @Label("requests for the gateway address are answered with the virtual MAC address, to the asking port only")
    void theGatewayAddressIsAnswered(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (final Service service : shaped.enabled()) {
            service.egress().gatewayAddresses().forEach(gateway -> {
                assertAnswered(shaped, Lab.egress(service), Shape.SERVER_PORT, gateway, service.virtualMac());
                service.devices()
                        .forEach(device -> assertAnswered(
                                shaped, Lab.egress(service), device.egress().port(), gateway, service.virtualMac()));
            });
        }
    }

    @Example
    @Label("requests of a host that asked before are answered while no controller is there")
    void aHostThatAskedBeforeIsAnsweredWithoutController() {
        assertAnswered(lab, "sw1", 1, office.clusterAddress(), office.virtualMac());
        lab.network().disconnect("sw1");
        lab.network().advance(3_599_000);
        assertAnswered(lab, "sw1", 1, office.clusterAddress(), office.virtualMac());
        lab.network().replaceAgent("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        lab.assertConsistent();
        assertAnswered(lab, "sw1", 1, office.clusterAddress(), office.virtualMac());
    }

    @Example
    @Label("requests of a host that asked before are answered as the configuration is now")
    void aHostThatAskedBeforeIsAnsweredAsItIsNow() {
        assertAnswered(lab, "sw1", 1, office.clusterAddress(), office.virtualMac());
        final Service changed =
                ServiceBuilder.like(office).virtualMac("02:00:00:00:0c:01").build();
        lab.reconfigure(changed);
        assertThat(ask("sw1", "10.0.0.100").punts()).isZero();
        assertAnswered(lab, "sw1", 1, changed.clusterAddress(), changed.virtualMac());
        lab.reconfigure(ServiceBuilder.like(office).clusterAddress("10.0.0.101").build());
        assertThat(ask("sw1", "10.0.0.100").normal()).isTrue();
        lab.assertConsistent();
    }

    @Example
    @Label("requests of a host that has not asked for an hour are the controller's to answer again")
    void aHostThatStoppedAskingIsForgotten() {
        ask("sw1", "10.0.0.100");
        lab.network().settle();
        lab.network().advance(3_600_000);
        lab.network().settle();
        assertThat(ask("sw1", "10.0.0.100").punts()).isEqualTo(1);
        lab.network().settle();
        assertThat(ask("sw1", "10.0.0.100").punts()).isZero();
        lab.assertConsistent();
    }

    @Example
    @Label("requests of many hosts do not fill the switch")
    void manyHostsDoNotFillTheSwitch() {
        for (int i = 0; i < 3000; i++) {
            final var mac = new MacAddress(0x0600_0000_0000L + i);
            lab.network().receive("sw1", 1, Frames.arpRequest(mac, HOST, "10.0.0.100"));
            lab.network().settle();
            lab.network().advance(10);
        }
        assertThat(lab.network().datapath("sw1").flows()).hasSizeLessThan(1100);
        assertThat(lab.network().spoken()).hasSizeGreaterThan(2999);
    }

    @Example
    @Label("requests that do not say who asks, or lie about it, are answered by the controller each time")
    void aProbeIsAnsweredByTheController() {
        final int before = lab.network().datapath("sw1").flows().size();
        for (final byte[] request : List.of(
                Frames.arpRequest(Lab.ROUTER_MAC, "0.0.0.0", "10.0.0.100"),
                lying(Frames.arpRequest(Lab.ROUTER_MAC, HOST, "10.0.0.100")))) {
            assertThat(lab.network().receive("sw1", 1, request).punts()).isEqualTo(1);
            lab.network().settle();
            assertThat(lab.network().receive("sw1", 1, request).punts()).isEqualTo(1);
            lab.network().settle();
        }
        assertThat(lab.network().datapath("sw1").flows()).hasSize(before);
    }

    @Property
    @Label("requests for any other address are forwarded, and nobody else is asked")
    void otherAddressesAreForwarded(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (final Service service : shaped.enabled()) {
            final Verdict verdict = shaped.network()
                    .receive(Lab.ingress(service), 1, Frames.arpRequest(Lab.ROUTER_MAC, HOST, "10.0.200.8"));
            shaped.assertForwarded(verdict, Lab.ingress(service));
            assertThat(verdict.punts()).isZero();
        }
    }

    @Property
    @Label("of a device never tells a client that the cluster address is at the device")
    void aDeviceNeverClaimsTheClusterAddress(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (final Service service : shaped.enabled()) {
            final String cluster = service.clusterAddress().toString();
            for (final Device device : service.devices()) {
                final MacAddress mac = device.ingress().mac();
                for (final byte[] claim : List.of(
                        Frames.arpReply(mac, cluster, Lab.ROUTER_MAC, HOST),
                        Frames.arpReply(mac, cluster, MacAddress.BROADCAST, cluster),
                        Frames.arpRequest(mac, cluster, cluster))) {
                    final Verdict verdict = shaped.network()
                            .receive(Lab.ingress(service), device.ingress().port(), claim);
                    assertThat(verdict.isDropped()).isTrue();
                    assertThat(verdict.punts()).isZero();
                }
            }
        }
    }

    @Property
    @Label("requests of a device in the cluster address's name leave in its own name, or not at all")
    void aDeviceAsksInItsOwnName(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (final Service service : shaped.enabled()) {
            for (final Device device : service.devices()) {
                final byte[] request = Frames.arpRequest(
                        device.ingress().mac(), service.clusterAddress().toString(), HOST);
                final Verdict verdict = shaped.network()
                        .receive(Lab.ingress(service), device.ingress().port(), request);
                final Optional<IpAddress> own = device.ingress().address();
                assertThat(verdict.normal()).isEqualTo(own.isPresent() && !shaped.hasBothSides(Lab.ingress(service)));
                assertThat(verdict.sent().isEmpty()).isEqualTo(own.isEmpty());
                final byte[] renamed = own.map(
                                address -> Frames.arpRequest(device.ingress().mac(), address.toString(), HOST))
                        .orElse(request);
                assertThat(verdict.sent())
                        .allSatisfy(sent -> assertThat(sent.frame()).isEqualTo(renamed));
            }
        }
    }

    @Property
    @Label("requests of a device for the cluster address reach neither the other devices nor the controller")
    void aDeviceDoesNotFindTheOthers(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (final Service service : shaped.enabled()) {
            for (final Device device : service.devices()) {
                final Verdict verdict = shaped.network()
                        .receive(
                                Lab.ingress(service),
                                device.ingress().port(),
                                Frames.arpRequest(
                                        device.ingress().mac(),
                                        "10.0.0.1",
                                        service.clusterAddress().toString()));
                assertThat(verdict.isDropped()).isTrue();
                assertThat(verdict.punts()).isZero();
            }
        }
    }

    @Property
    @Label("announcements tell uplinks and servers at each connection where the virtual MAC address is")
    void theVirtualMacIsAnnounced(@ForAll("configurations") final Shape shape) {
        final Lab shaped = Lab.of(shape, 1);
        for (int connection = 0; connection < 2; connection++) {
            final List<SimulatedNetwork.Spoken> spoken = shaped.network().spoken();
            for (final Service service : shaped.enabled()) {
                for (final long uplink : service.ingress().switches().get(0).ports()) {
                    assertAnnounced(spoken, Lab.ingress(service), uplink, service.clusterAddress(), service);
                }
                service.egress()
                        .gatewayAddresses()
                        .forEach(gateway ->
                                assertAnnounced(spoken, Lab.egress(service), Shape.SERVER_PORT, gateway, service));
            }
            shaped.network().names().forEach(node -> {
                shaped.network().disconnect(node);
                shaped.network().connect(node);
            });
            shaped.network().settle();
        }
    }

    @Example
    @Label("announcements follow a change of the cluster address, once")
    void aChangeIsAnnounced() {
        lab.network().spoken();
        final Service moved =
                ServiceBuilder.like(office).clusterAddress("10.0.0.101").build();
        lab.reconfigure(moved);
        final List<SimulatedNetwork.Spoken> spoken = lab.network().spoken();
        assertThat(spoken).hasSize(1);
        assertAnnounced(spoken, "sw1", 1, moved.clusterAddress(), moved);
        lab.reconfigure(moved);
        assertThat(lab.network().spoken()).isEmpty();
        assertAnswered(lab, "sw1", 1, moved.clusterAddress(), moved.virtualMac());
    }

    private Verdict ask(final String node, final String asked) {
        return lab.network().receive(node, 1, Frames.arpRequest(Lab.ROUTER_MAC, HOST, asked));
    }

    /** The same request from another station than it says. */
    private static byte[] lying(final byte[] request) {
        final byte[] copy = request.clone();
        copy[11]++;
        return copy;
    }

    /** The first answer may be the controller's, all later ones are the switch's own; and all are the same. */
    private static void assertAnswered(
            final Lab lab, final String node, final long port, final IpAddress asked, final MacAddress answer) {
        for (int i = 0; i < 3; i++) {
            lab.network().spoken();
            final Verdict verdict =
                    lab.network().receive(node, port, Frames.arpRequest(Lab.ROUTER_MAC, HOST, asked.toString()));
            lab.network().settle();
            assertThat(verdict.normal()).isFalse();
            assertThat(i == 0 || verdict.punts() == 0).isTrue();
            final List<Verdict.Sent> answers = Stream.concat(
                            verdict.sent().stream(),
                            lab.network().spoken().stream()
                                    .filter(spoken -> spoken.node().equals(node))
                                    .map(SimulatedNetwork.Spoken::sent))
                    .toList();
            assertThat(answers).singleElement().satisfies(sent -> {
                assertThat(sent.port()).isEqualTo(port);
                assertThat(sent.frame()).isEqualTo(Frames.arpReply(answer, asked.toString(), Lab.ROUTER_MAC, HOST));
            });
        }
    }

    private static void assertAnnounced(
            final List<SimulatedNetwork.Spoken> spoken,
            final String node,
            final long port,
            final IpAddress address,
            final Service service) {
        final byte[] announcement = Frames.arpRequest(service.virtualMac(), address.toString(), address.toString());
        assertThat(spoken)
                .filteredOn(frame -> frame.node().equals(node)
                        && frame.sent().port() == port
                        && Arrays.equals(frame.sent().frame(), announcement))
                .hasSize(1);
    }
}
