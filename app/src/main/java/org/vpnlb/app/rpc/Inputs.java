/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.net.HostAndPort;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpEndpoint;
import org.vpnlb.engine.net.IpPrefix;

/** Reads leaves of RPC inputs; one that cannot be is named with its value and what to write instead. */
final class Inputs {
    private static final String ABSENT = "absent";
    private static final int MAX_PORT = 0xffff;

    private Inputs() {}

    /** A leaf that must be there. */
    static <T> T present(final String leaf, final T value, final String fix) throws InvalidInputException {
        if (value == null) {
            throw new InvalidInputException(leaf, ABSENT, "the leaf is mandatory", fix);
        }
        return value;
    }

    /** The service of a name. */
    static Service service(final String name, final Collection<Service> services) throws InvalidInputException {
        final List<String> names = services.stream().map(Service::name).toList();
        present("service", name, "use one of " + names);
        return services.stream()
                .filter(service -> service.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new InvalidInputException("service", name, "there is no such service", "use one of " + names));
    }

    /** A device of a service must have this name, or it is null. */
    static void checkDevice(final String name, final Service service) throws InvalidInputException {
        final List<String> names = service.devices().stream().map(Device::name).toList();
        if (name != null && !names.contains(name)) {
            throw new InvalidInputException(
                    "device", name, "service " + service.name() + " has no such device", "use one of " + names);
        }
    }

    /** A switch that vpnlb knows must have this name. */
    static String node(final String node, final List<String> nodes) throws InvalidInputException {
        present("node", node, "use one of " + nodes);
        if (!nodes.contains(node)) {
            throw new InvalidInputException(
                    "node", node, "no service names such a switch, and none is connected", "use one of " + nodes);
        }
        return node;
    }

    /** A side by its name in the model. */
    static Side side(final String name) throws InvalidInputException {
        final String fix = "use ingress or egress";
        return switch (present("side", name, fix)) {
            case "ingress" -> Side.INGRESS;
            case "egress" -> Side.EGRESS;
            default -> throw new InvalidInputException("side", name, "there is no such side", fix);
        };
    }

    /** An address that must be there. */
    static IpAddress address(final String leaf, final String text) throws InvalidInputException {
        final String fix = "write one such as 192.0.2.1";
        try {
            return IpAddress.parse(present(leaf, text, fix));
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(leaf, text, "is not an IP address", fix, e);
        }
    }

    /** A client: an address that must be there, or an address and a port as {@link ClientKey} writes them. */
    static ClientKey client(final String leaf, final String text) throws InvalidInputException {
        try {
            final HostAndPort parts = HostAndPort.fromString(text);
            final IpAddress address = IpAddress.parse(parts.getHost());
            // Behind all protocols of that port: pages go on there.
            return parts.hasPort() ? new IpEndpoint(address, Integer.MAX_VALUE, parts.getPort()) : address;
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(leaf, text, "is no client", "write next-marker of the page before", e);
        }
    }

    /** A port, or none. */
    static OptionalInt port(final String leaf, final Uint32 port) throws InvalidInputException {
        if (port == null) {
            return OptionalInt.empty();
        }
        if (port.toJava() > MAX_PORT) {
            throw new InvalidInputException(leaf, port, "is no port", "use 0 to " + MAX_PORT);
        }
        return OptionalInt.of(port.intValue());
    }

    /** A prefix, or an address alone. */
    static IpPrefix prefix(final String leaf, final String text) throws InvalidInputException {
        try {
            return IpPrefix.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(leaf, text, "is not a prefix", "write one such as 192.0.2.0/24", e);
        }
    }

    /** Whether the tables that the switch holds are asked for, and not those that it should hold. */
    static boolean isOfHeld(final String tables) throws InvalidInputException {
        return switch (tables) {
            case null -> false;
            case "desired" -> false;
            case "held" -> true;
            default -> throw new InvalidInputException("tables", tables, "there are no such", "use desired or held");
        };
    }
}
