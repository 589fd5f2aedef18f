/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vpnlb.engine.model.HealthCheck.Question;
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
     * A side of a device, and one of the things that it is asked.
     *
     * @param service the service's name
     * @param device the device's name
     * @param side the side
     * @param question the name of what is asked
     */
    public record Subject(String service, String device, Side side, String question) {}

    /** The switch through which it is asked. */
    public String node() {
        return place.node();
    }

    /** The switch's port. */
    public long port() {
        return place.port();
    }

    /** The checks of a device; none where its links tell all. What two questions ask alike on a side is asked once. */
    public static List<Check> of(final Service service, final Device device) {
        return service.healthCheck()
                .filter(policy -> service.enabled() && policy.type() != Type.LINK)
                .map(policy -> all(service, device, policy))
                .orElse(List.of());
    }

    private static List<Check> all(final Service service, final Device device, final HealthCheck policy) {
        final Map<Target, Check> byTarget = new LinkedHashMap<>();
        for (final Side side : Side.values()) {
            for (final Question question : policy.questions()) {
                ofSide(service, device, side, policy, question)
                        .ifPresent(check -> byTarget.putIfAbsent(check.target(), check));
            }
        }
        return List.copyOf(byTarget.values());
    }

    /** In whose name devices are asked on a side; the gateway address does where no other is configured. */
    public static Optional<IpAddress> source(final Service service, final Side side) {
        return service.healthCheck()
                .filter(policy -> policy.type() != Type.LINK)
                .flatMap(policy -> side == Side.INGRESS
                        ? policy.ingressSource()
                        : policy.egressSource()
                                .or(() -> service.egress().gatewayAddresses().stream()
                                        .findFirst()));
    }

    private static Optional<Check> ofSide(
            final Service service,
            final Device device,
            final Side side,
            final HealthCheck policy,
            final Question question) {
        // The cluster address is what clients use: a gateway may listen there only. It speaks no VPN to servers.
        final Type type = question.type();
        final boolean asClients = side == Side.INGRESS && type.hasPort();
        final Attachment attachment = side == Side.INGRESS ? device.ingress() : device.egress();
        final Kind kind = asClients || type == Type.ICMP ? Kind.valueOf(type.name()) : Kind.ARP;
        return (asClients ? Optional.of(service.clusterAddress()) : attachment.address())
                .map(asked -> new Check(
                        new Subject(service.name(), device.name(), side, question.name()),
                        attachment.place(),
                        new Target(
                                kind,
                                service.virtualMac(),
                                source(service, side).orElse(null),
                                attachment.mac(),
                                asked,
                                asClients ? question.port().orElse(HealthCheck.IKE_PORT) : 0),
                        policy));
    }

    /** What is asked, in the words of an operator. */
    public String describe() {
        final String port = target.port() == 0 ? "" : " port " + target.port();
        return target.kind() + " at " + target.targetAddress() + port + ", "
                + subject.side().modelName() + " side";
    }
}
