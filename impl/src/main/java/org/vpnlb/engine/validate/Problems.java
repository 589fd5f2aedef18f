/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

/** Collects what is wrong with a configuration, with the rules that single values have. */
final class Problems {
    /** What is wrong with something that will be supported one day. */
    static final String NOT_YET = "is not supported yet";

    private static final int MAX_TIMEOUT = 65535;

    /** What does not leave its host or link (RFC 4291, section 2.5). */
    private static final List<IpPrefix> NEAR = List.of(IpPrefix.parse("::1/128"), IpPrefix.parse("fe80::/10"));

    private final List<Problem> found = new ArrayList<>();

    /** All problems, in the order in which they were found. */
    List<Problem> found() {
        return List.copyOf(found);
    }

    /** Must be the address of a host outside, of either family. */
    void outer(final String path, final IpAddress address) {
        address(path, address, "clients");
    }

    /** Must be the address of a host inside, of either family. */
    void inner(final String path, final IpAddress address) {
        address(path, address, "servers");
    }

    private void address(final String path, final IpAddress address, final String others) {
        if (!address.isHost()) {
            problem(path, address, "is not the address of a host", "use a unicast address");
        } else if (NEAR.stream().anyMatch(prefix -> prefix.contains(address))) {
            problem(
                    path,
                    address,
                    "is a loopback or link-local address",
                    "use one that %s can reach".formatted(others));
        }
    }

    /** Must be the address of a station. */
    void mac(final String path, final MacAddress mac) {
        if (!mac.isStation()) {
            problem(path, mac, "is not the address of a station", "use a unicast MAC address");
        }
    }

    /** Must be a port that frames can be sent to. */
    void port(final String path, final long port) {
        if (port < 1 || port > Validator.MAX_PORT) {
            problem(path, port, "is not an OpenFlow port", "use 1 to " + Validator.MAX_PORT);
        }
    }

    /** Must be a timeout of OpenFlow. */
    void idleTimeout(final String path, final int seconds) {
        if (seconds < 1 || seconds > MAX_TIMEOUT) {
            problem(
                    path + "/idle-timeout",
                    seconds,
                    "is not a timeout of OpenFlow",
                    "use 1 to " + MAX_TIMEOUT + " seconds");
        }
    }

    /** Must be at least 1. */
    void positive(final String path, final long value, final String fix) {
        if (value < 1) {
            problem(path, value, "must be positive", fix);
        }
    }

    /** Must be within a range. */
    void between(final String path, final int value, final int least, final int most, final String unit) {
        if (value < least || value > most) {
            problem(path, value, "is out of range", "use " + least + " to " + most + unit);
        }
    }

    /** Must be nobody else's. */
    <T> void unique(final String path, final T value, final Map<T, String> taken, final String owner) {
        final String other = taken.putIfAbsent(value, owner);
        if (other != null) {
            problem(path, value, "is already that of " + other, "give each its own");
        }
    }

    /** Notes a problem. */
    void problem(final String path, final Object value, final String reason, final String fix) {
        found.add(new Problem(path, String.valueOf(value), reason, fix));
    }
}
