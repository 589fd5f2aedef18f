/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.neighbour;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.net.NeighbourMessage;
import org.vpnlb.engine.pipeline.Pipeline;

/**
 * Tells the hosts at a place, unasked, the MAC address of an address of ours: by ARP (RFC 5227, section 3), or by an
 * unsolicited neighbour advertisement (RFC 4861, section 7.2.6).
 *
 * @param place where
 * @param address the address
 * @param mac its MAC address
 */
record GratuitousArp(Place place, IpAddress address, MacAddress mac) {
    /**
     * All that the hosts around a switch are told. Not each host is told each of {@link Service#ownAddresses}: devices
     * are told the address that checks come from, clients the cluster addresses, servers the gateway address.
     */
    static Set<GratuitousArp> all(final String node, final List<Service> services, final Pipeline pipeline) {
        final Set<GratuitousArp> all = new HashSet<>();
        pipeline.checks(node, services).values().stream()
                .flatMap(List::stream)
                .filter(check -> check.target().sourceAddress() != null && pipeline.isSourceOurs(check.subject()))
                .map(check -> new GratuitousArp(
                        check.place(),
                        check.target().sourceAddress(),
                        check.target().sourceMac()))
                .forEach(all::add);
        for (final Service service : services) {
            service.ingressSwitch(node)
                    .ifPresent(uplinks -> uplinks.ports()
                            .forEach(port -> service.clusterAddresses()
                                    .forEach(cluster -> all.add(new GratuitousArp(
                                            Place.untagged(node, port), cluster, service.virtualMac())))));
            service.egressSwitch(node)
                    .ifPresent(servers -> servers.ports()
                            .forEach(port -> service.egress()
                                    .gatewayAddresses()
                                    .forEach(gateway -> all.add(new GratuitousArp(
                                            Place.untagged(node, port), gateway, service.virtualMac())))));
        }
        return all;
    }

    Effect.SendFrame toFrame() {
        return new Effect.SendFrame(place.port(), NeighbourMessage.announcement(address, mac));
    }
}
