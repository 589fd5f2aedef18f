/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.Icmp;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * What of table 0 is about ICMP for our addresses. Only the controller can look into what an error quotes, and send it
 * on to the device of its client; and it answers echo requests, since no action of OpenFlow 1.3 exchanges addresses.
 */
final class IcmpEntries {
    private final Layout layout;
    private final Metering metering;

    IcmpEntries(final Layout layout, final Metering metering) {
        this.layout = layout;
        this.metering = metering;
    }

    /** The entries for the addresses of all services in a switch. */
    List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        for (final Service service : site.at(Side.INGRESS)) {
            for (final Place uplink : site.uplinks(service)) {
                for (final IpAddress cluster : service.clusterAddresses()) {
                    flows.addAll(errors(service, uplink, cluster));
                    if (!takesEchoItself(service, cluster.family())) {
                        flows.add(echoAtPort(service, cluster, uplink.port()));
                    }
                }
            }
        }
        for (final Service service : site.at(Side.EGRESS)) {
            service.egress().gatewayAddresses().forEach(gateway -> flows.addAll(echoAtServers(site, service, gateway)));
        }
        return flows;
    }

    /** Whether the devices get echo requests for the cluster address, as the service's own traffic. */
    private static boolean takesEchoItself(final Service service, final IpAddress.Family family) {
        return service.traffic().stream()
                .map(Traffic::ipProtocol)
                .anyMatch(protocol -> protocol == null || protocol == Icmp.protocol(family));
    }

    private List<Flow> errors(final Service service, final Place uplink, final IpAddress cluster) {
        return Icmp.errors(cluster.family()).stream()
                .map(type -> metering.bound(
                        layout.flow(
                                Band.ICMP_ERROR,
                                Places.at(uplink, to(cluster, type)).build(),
                                layout.cookie(Kind.ICMP_ERROR, service),
                                List.of(PuntLength.WHOLE_FRAME.action())),
                        layout.errorMeter(service, uplink.port())))
                .toList();
    }

    /** In a switch of both sides nobody at the clients' side is answered for an address of the servers' side. */
    private List<Flow> echoAtServers(final Site site, final Service service, final IpAddress gateway) {
        return site.hasBothSides()
                ? site.egressPorts(service).stream()
                        .map(port -> echoAtPort(service, gateway, port))
                        .toList()
                : metering.boundByPort(
                        MeterId.Kind.ICMP, service, site.egressPorts(service), port -> echo(service, gateway, port));
    }

    private Flow echoAtPort(final Service service, final IpAddress address, final long port) {
        return metering.bound(
                echo(service, address, OptionalLong.of(port)), layout.meter(MeterId.Kind.ICMP, service, port));
    }

    private Flow echo(final Service service, final IpAddress address, final OptionalLong port) {
        final Match request = to(address, Icmp.echo(address.family()))
                .etherDestination(service.virtualMac())
                .build();
        return layout.flow(
                port.isPresent() ? Band.ECHO_REQUEST_AT_PORT : Band.ECHO_REQUEST,
                port.isPresent() ? request.at(port.getAsLong()) : request,
                layout.cookie(Kind.ECHO_REQUEST, service),
                List.of(PuntLength.WHOLE_FRAME.action()));
    }

    private static Match.Builder to(final IpAddress address, final int type) {
        return Match.ip(address.family())
                .ipProtocol(Icmp.protocol(address.family()))
                .icmpType(type)
                .ipDestination(IpPrefix.of(address));
    }
}
