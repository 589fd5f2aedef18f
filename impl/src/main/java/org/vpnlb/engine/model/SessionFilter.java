/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Optional;
import java.util.OptionalInt;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;

/**
 * Which sessions are meant: those that meet all conditions that are there.
 *
 * @param device the name of their device
 * @param prefix where their clients' addresses are
 * @param port the port that is their clients', where that tells clients apart
 */
public record SessionFilter(Optional<String> device, Optional<IpPrefix> prefix, OptionalInt port) {
    /** All sessions. */
    public static final SessionFilter ALL = new SessionFilter(Optional.empty(), Optional.empty());

    /** The sessions of all ports. */
    public SessionFilter(final Optional<String> device, final Optional<IpPrefix> prefix) {
        this(device, prefix, OptionalInt.empty());
    }

    /** The sessions of one address. */
    public static SessionFilter of(final IpAddress client) {
        return new SessionFilter(Optional.empty(), Optional.of(IpPrefix.of(client)));
    }

    /** Whether a session is meant. */
    public boolean takes(final ClientKey client, final String deviceName) {
        return device.filter(name -> !name.equals(deviceName)).isEmpty()
                && prefix.filter(found -> !found.contains(client.address())).isEmpty()
                && (port.isEmpty() || port.getAsInt() == client.port());
    }

    /** Whether all sessions of a device are meant, if any. */
    public boolean takesAllOf(final String deviceName) {
        return prefix.isEmpty()
                && port.isEmpty()
                && device.filter(name -> !name.equals(deviceName)).isEmpty();
    }
}
