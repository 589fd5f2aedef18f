/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vpnlb.engine.config.Service;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/**
 * What hosts at a port are told without having asked: an address that the switch answers for.
 *
 * @param port the port
 * @param address the address
 * @param mac the MAC address to reach it by
 */
record Announcement(long port, IpAddress address, MacAddress mac) {
    /** All that are due in a switch. */
    static Set<Announcement> all(final String node, final List<Service> services, final Pipeline pipeline) {
        final Set<Announcement> all = new HashSet<>();
        pipeline.checks(node, services).values().stream()
                .filter(check -> check.target().sourceAddress() != null)
                .map(check -> new Announcement(
                        check.switchPort(),
                        check.target().sourceAddress(),
                        check.target().sourceMac()))
                .forEach(all::add);
        for (final Service service : services) {
            service.ingressSwitch(node)
                    .ifPresent(uplinks -> uplinks.ports()
                            .forEach(port ->
                                    all.add(new Announcement(port, service.clusterAddress(), service.virtualMac()))));
            service.egressSwitch(node)
                    .ifPresent(servers -> service.egress()
                            .gatewayAddress()
                            .ifPresent(gateway -> servers.ports()
                                    .forEach(port -> all.add(new Announcement(port, gateway, service.virtualMac())))));
        }
        return all;
    }

    /** The frame that tells it. */
    Effect.SendFrame toFrame() {
        return new Effect.SendFrame(port, ArpPacket.announcement(address, mac).toFrame());
    }
}
