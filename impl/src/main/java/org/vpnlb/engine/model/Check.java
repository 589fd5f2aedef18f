/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Target.Kind;
import org.vpnlb.engine.net.IpAddress;

/**
 * What is asked of one side of a device.
 *
 * @param subject the side
 * @param place where the side is attached
 * @param target whom and what
 * @param policy how often, and what follows from the answers
 */
public record Check(Subject subject, Place place, Target target, HealthCheck policy) {
    /**
     * A side of a device.
     *
     * @param service the service's name
     * @param device the device's name
     * @param side the side
     */
    public record Subject(String service, String device, Side side) {}

    /** The switch through which it is asked. */
    public String node() {
        return place.node();
    }

    /** The switch's port. */
    public long port() {
        return place.port();
    }

    /** The checks of a device; none where its links tell all. */
    public static List<Check> of(final Service service, final Device device) {
        return service.healthCheck()
                .filter(policy -> service.enabled() && policy.type() != Type.LINK)
                .map(policy -> Stream.of(Side.values())
                        .flatMap(side -> ofSide(service, device, side, policy).stream())
                        .toList())
                .orElse(List.of());
    }

    /** In whose name devices are asked on a side; the gateway address does where no other is configured. */
    public static Optional<IpAddress> source(final Service service, final Side side) {
        return service.healthCheck()
                .filter(policy -> policy.type() != Type.LINK)
                .flatMap(policy -> side == Side.INGRESS
                        ? policy.ingressSource()
                        : policy.egressSource().or(() -> service.egress().gatewayAddress()));
    }

    private static Optional<Check> ofSide(
            final Service service, final Device device, final Side side, final HealthCheck policy) {
        // The cluster address is what clients use: a gateway may listen there only. It speaks no VPN to servers.
        final boolean asClients = side == Side.INGRESS && policy.type().hasPort();
        final Attachment attachment = side == Side.INGRESS ? device.ingress() : device.egress();
        final Kind kind = asClients || policy.type() == Type.ICMP
                ? Kind.valueOf(policy.type().name())
                : Kind.ARP;
        return (asClients ? Optional.of(service.clusterAddress()) : attachment.address())
                .map(asked -> new Check(
                        new Subject(service.name(), device.name(), side),
                        attachment.place(),
                        new Target(
                                kind,
                                service.virtualMac(),
                                source(service, side).orElse(null),
                                attachment.mac(),
                                asked,
                                asClients ? policy.port().orElse(HealthCheck.IKE_PORT) : 0),
                        policy));
    }

    /** What is asked, in the words of an operator. */
    public String describe() {
        final String port = target.port() == 0 ? "" : " port " + target.port();
        return target.kind() + " at " + target.targetAddress() + port + ", "
                + subject.side().modelName() + " side";
    }
}
