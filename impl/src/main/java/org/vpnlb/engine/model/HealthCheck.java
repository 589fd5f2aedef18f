/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Optional;
import org.vpnlb.engine.net.IpAddress;

/**
 * How the devices of a service are checked. The links of their ports are watched by every type.
 *
 * @param type what the devices are asked
 * @param port the port of a TCP or UDP check, or of an IKE check that does not use {@value #IKE_PORT}; else empty
 * @param interval the milliseconds between two questions to one side of a device, 100 to 60000
 * @param fall the questions in a row without an answer after which a side is down, 1 to 100
 * @param rise the answers in a row after which a side that was down is up, 1 to 100
 * @param ingressSource who asks on the clients' side
 * @param egressSource who asks on the servers' side
 */
public record HealthCheck(
        Type type,
        Optional<Integer> port,
        int interval,
        int fall,
        int rise,
        Optional<IpAddress> ingressSource,
        Optional<IpAddress> egressSource) {
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
