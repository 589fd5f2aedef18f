/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

/**
 * A VPN gateway.
 *
 * @param name its name, unique in the service
 * @param adminState what the operator wants of it
 * @param weight its share of new clients beside the others'
 * @param backup whether it takes new sessions only when no other device does
 * @param maxSessions the most sessions it takes, or empty for no limit
 * @param drainDeadline the seconds after which a drain ends its sessions, or empty when it never does
 * @param clientPrefixes the inner addresses that are its clients' and nobody else's; the others are learned
 * @param ingress its clients' side
 * @param egress its servers' side
 */
public record Device(
        String name,
        AdminState adminState,
        int weight,
        boolean backup,
        Optional<Long> maxSessions,
        Optional<Long> drainDeadline,
        List<IpPrefix> clientPrefixes,
        Attachment ingress,
        Attachment egress) {
    public Device {
        clientPrefixes = clientPrefixes.stream().distinct().toList();
    }

    /** What the operator wants of a device. */
    public enum AdminState {
        /** Takes new sessions. */
        IN_SERVICE,
        /**
         * As in service, but it is not known yet whether the device lives: one that has slots keeps them, one without
         * gets none unless all are so. Nobody configures that; see
         * {@link org.vpnlb.engine.health.HealthMonitor#effective}.
         */
        ON_TRIAL,
        /** Takes no new sessions, keeps its old ones. */
        DRAINING,
        /** Has no sessions. */
        OUT_OF_SERVICE
    }

    /** A device all of whose clients are learned. */
    public Device(
            final String name,
            final AdminState adminState,
            final int weight,
            final boolean backup,
            final Optional<Long> maxSessions,
            final Optional<Long> drainDeadline,
            final Attachment ingress,
            final Attachment egress) {
        this(name, adminState, weight, backup, maxSessions, drainDeadline, List.of(), ingress, egress);
    }

    /** The same that drains until the operator ends that. */
    public Device(
            final String name,
            final AdminState adminState,
            final int weight,
            final boolean backup,
            final Optional<Long> maxSessions,
            final Attachment ingress,
            final Attachment egress) {
        this(name, adminState, weight, backup, maxSessions, Optional.empty(), ingress, egress);
    }

    /** The same device, wanted otherwise. */
    public Device with(final AdminState state) {
        return new Device(name, state, weight, backup, maxSessions, drainDeadline, clientPrefixes, ingress, egress);
    }

    /** The same device with a deadline for its drains, in seconds. */
    public Device withDrainDeadline(final long seconds) {
        return new Device(
                name, adminState, weight, backup, maxSessions, Optional.of(seconds), clientPrefixes, ingress, egress);
    }

    /** The same device, attached otherwise. */
    public Device at(final Attachment nextIngress, final Attachment nextEgress) {
        return new Device(
                name, adminState, weight, backup, maxSessions, drainDeadline, clientPrefixes, nextIngress, nextEgress);
    }

    /** The same device with other inner addresses of its own. */
    public Device withClientPrefixes(final List<IpPrefix> prefixes) {
        return new Device(name, adminState, weight, backup, maxSessions, drainDeadline, prefixes, ingress, egress);
    }

    /** The prefix of the device's clients that an inner address is in. */
    public Optional<IpPrefix> given(final IpAddress client) {
        return clientPrefixes.stream().filter(prefix -> prefix.contains(client)).findFirst();
    }

    /** Whether an inner address is one of those that the device has for its clients. */
    public boolean isGiven(final IpAddress client) {
        for (final IpPrefix prefix : clientPrefixes) {
            if (prefix.contains(client)) {
                return true;
            }
        }
        return false;
    }

    /** Where the device is attached on a side. */
    public Attachment on(final Side side) {
        return switch (side) {
            case INGRESS -> ingress;
            case EGRESS -> egress;
        };
    }

    /** Whether a side of the device with a MAC address is at a port of a switch. */
    public boolean isAt(final String node, final long port, final MacAddress mac) {
        return Stream.of(ingress, egress)
                .anyMatch(side -> side.node().equals(node)
                        && side.port() == port
                        && side.mac().equals(mac));
    }

    /** Whether sessions may be with the device. */
    public boolean keepsSessions() {
        return adminState != AdminState.OUT_OF_SERVICE;
    }

    /** Whether new clients may be given to the device. */
    public boolean takesSessions() {
        return adminState == AdminState.IN_SERVICE || adminState == AdminState.ON_TRIAL;
    }
}
