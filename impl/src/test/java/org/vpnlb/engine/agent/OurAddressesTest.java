/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@Label("An address of ours is nobody else's:")
class OurAddressesTest {
    private static final IpAddress GATEWAY = IpAddress.parse("172.16.0.254");
    private static final String OTHER_SERVER = "172.16.0.77";
    private static final MacAddress THIEF = MacAddress.parse("02:00:00:00:02:66");
    private static final long UPLINK = 1;
    private static final long SERVERS = 1;

    private final Service office =
            ServiceBuilder.office().healthCheck(HealthCheck.Type.ICMP).build();
    private final Device gateway1 = office.devices().get(0);
    private final Lab lab = Lab.of(office);

    @Example
    @Label("who announces the cluster address is not heard")
    void theClusterAddressIsNotClaimed() {
        assertIsNotHeard("sw1", UPLINK, claim(office.clusterAddress().toString()));
    }

    @Example
    @Label("a server that announces the gateway address is not heard")
    void theGatewayAddressIsNotClaimedByAServer() {
        assertIsNotHeard("sw2", SERVERS, claim(GATEWAY.toString()));
    }

    @Example
    @Label("a device that announces the gateway address is not heard")
    void theGatewayAddressIsNotClaimedByADevice() {
        assertIsNotHeard("sw2", gateway1.egress().port(), claim(GATEWAY.toString()));
    }

    @Example
    @Label("a server that asks in the name of the gateway address is not heard")
    void nobodyAsksAsTheGatewayAddress() {
        assertIsNotHeard("sw2", SERVERS, Frames.arpRequest(THIEF, GATEWAY.toString(), OTHER_SERVER));
    }

    @Property(tries = 8)
    @Label("a device's frame from one is no client's, also where any address may be a client's")
    void nobodyInsideHasOne(@ForAll final boolean isLearnedBySwitch, @ForAll final boolean isGateway) {
        final Service any = ServiceBuilder.like(office)
                .clientPrefixes()
                .learning(isLearnedBySwitch ? Learning.SWITCH : Learning.CONTROLLER)
                .build();
        final var open = Lab.of(any);
        final IpAddress address = isGateway ? GATEWAY : any.clusterAddress();
        open.deviceVerdict(gateway1, address);
        open.network().settle();
        open.count();
        assertThat(open.returnSession(any, address)).isEmpty();
        assertThat(open.egressStatus(any).devices().get(gateway1.name()).returnSessions())
                .isZero();
    }

    @Example
    @Label("what comes from the virtual MAC address is dropped, since that is nobody's source")
    void theVirtualMacIsNobodysSource() {
        final byte[] frame = Frames.ip(Lab.ROUTER_MAC, office.virtualMac(), Lab.SERVER, Lab.outer(1), Frames.Kind.PING);
        assertIsNotHeard("sw1", UPLINK, frame);
        assertIsNotHeard("sw2", SERVERS, frame);
    }

    @Example
    @Label("what a device sends to the virtual MAC address, and is for no client, is flooded to nobody")
    void framesOfADeviceToTheVirtualMacAreNotFlooded() {
        assertIsNotHeard(
                "sw2",
                gateway1.egress().port(),
                Frames.ip(
                        office.virtualMac(),
                        gateway1.egress().mac(),
                        gateway1.egress().address().orElseThrow(),
                        GATEWAY,
                        Frames.Kind.PING));
    }

    @Example
    @Label("what a client sends through its device to the gateway address is flooded to nobody")
    void framesOfAClientToTheGatewayAddressAreNotFlooded() {
        assertIsNotHeard(
                "sw2",
                gateway1.egress().port(),
                Frames.ip(
                        office.virtualMac(), gateway1.egress().mac(), Lab.inner(office, 1), GATEWAY, Frames.Kind.PING));
    }

    private void assertIsNotHeard(final String node, final long port, final byte[] frame) {
        assertThat(lab.network().receive(node, port, frame).sent()).isEmpty();
    }

    private static byte[] claim(final String address) {
        return Frames.arp(2, MacAddress.BROADCAST, THIEF, address, MacAddress.BROADCAST, address);
    }
}
