/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.engine.net.IpAddress;

/**
 * How the devices of a service are checked. The links of their ports are watched by every type.
 *
 * @param type what the devices are asked; the other questions are more of that
 * @param port the port of a TCP or UDP check, or of an IKE check that does not use {@value #IKE_PORT}; else empty
 * @param interval the milliseconds between two questions to one side of a device, 100 to 60000
 * @param fall the questions in a row without an answer after which a side is down, 1 to 100
 * @param rise the answers in a row after which a side that was down is up, 1 to 100
 * @param ingressSource who asks on the clients' side
 * @param egressSource who asks on the servers' side
 * @param additional what the devices are asked beside that, in their order; a device is up when it answers all
 */
public record HealthCheck(
        Type type,
        Optional<Integer> port,
        int interval,
        int fall,
        int rise,
        Optional<IpAddress> ingressSource,
        Optional<IpAddress> egressSource,
        List<Question> additional) {
    /** What devices are asked. */
    public enum Type {
        /** Nothing: the links of their ports tell. */
        LINK,
        /** ARP, for the address of each side. */
        ARP,
        /** An ICMP echo, at the address of each side. */
        ICMP,
        /** An IKE_SA_INIT at the cluster address; ARP on the servers' side. */
        IKE,
        /** A TCP connection at the cluster address; ARP on the servers' side. */
        TCP,
        /** A datagram at the cluster address; ARP on the servers' side. */
        UDP;

        /** The type as the model names it. */
        public String modelName() {
            return ModelName.of(this);
        }

        /** Whether the operator may choose the port that it asks at. */
        public boolean hasPort() {
            return this == IKE || this == TCP || this == UDP;
        }
    }

    /** The name of the question that type and port say. */
    public static final String FIRST = "health-check";

    /**
     * One thing that devices are asked.
     *
     * @param name its name, no other's of the service
     * @param type what is asked
     * @param port as that of the health check
     */
    public record Question(String name, Type type, Optional<Integer> port) {}

    public HealthCheck {
        additional = List.copyOf(additional);
    }

    /** A check of one question. */
    public HealthCheck(
            final Type type,
            final Optional<Integer> port,
            final int interval,
            final int fall,
            final int rise,
            final Optional<IpAddress> ingressSource,
            final Optional<IpAddress> egressSource) {
        this(type, port, interval, fall, rise, ingressSource, egressSource, List.of());
    }

    /** The same with more questions. */
    public HealthCheck with(final List<Question> more) {
        return new HealthCheck(type, port, interval, fall, rise, ingressSource, egressSource, more);
    }

    /** All that devices are asked; first what type and port say. */
    public List<Question> questions() {
        return Stream.concat(Stream.of(new Question(FIRST, type, port)), additional.stream())
                .toList();
    }

    /** Only the links of the devices' ports are watched. */
    public static final HealthCheck LINKS = new HealthCheck(
            Type.LINK,
            Optional.empty(),
            Defaults.CHECK_INTERVAL,
            Defaults.CHECK_FALL,
            Defaults.CHECK_RISE,
            Optional.empty(),
            Optional.empty());

    /** The UDP port of IKE (RFC 7296, section 2). */
    public static final int IKE_PORT = 500;
}
