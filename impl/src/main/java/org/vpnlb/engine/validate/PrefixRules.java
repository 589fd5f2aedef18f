/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;

/** What the inner addresses must be that devices have for their clients alone. */
final class PrefixRules {
    /** Unspecified and loopback, link-local, multicast and broadcast (RFC 6890, RFC 4291). */
    private static final List<IpPrefix> NO_CLIENTS = Stream.of(
                    "0.0.0.0/8",
                    "127.0.0.0/8",
                    "169.254.0.0/16",
                    "224.0.0.0/3",
                    "::/128",
                    "::1/128",
                    "fe80::/10",
                    "ff00::/8")
            .map(IpPrefix::parse)
            .toList();

    private final Problems problems;

    PrefixRules(final Problems problems) {
        this.problems = problems;
    }

    /** An inner address is one device's, whatever the order of the devices. */
    private record Taken(IpPrefix prefix, Device device) {}

    /** Where inner addresses are learned: of IPv6 nothing but what clients may have. */
    private void clients(final Service service) {
        service.egress().clientPrefixes().stream()
                .filter(prefix -> prefix.address().family() == Family.V6)
                .forEach(prefix -> clientsAlone(Paths.of(service) + "/egress/client-prefix", prefix, service));
    }

    private void noClients(final String path, final IpPrefix prefix) {
        problems.problem(
                path, prefix, "has addresses that no client has", "use addresses that devices give out to clients");
    }

    void check(final Service service) {
        clients(service);
        final List<Taken> taken = new ArrayList<>();
        for (final Device device : service.devices()) {
            final String path = Paths.of(service, device) + "/client-prefix";
            for (final IpPrefix prefix : device.clientPrefixes()) {
                within(path, prefix, service.egress().clientPrefixes());
                clientsAlone(path, prefix, service);
                taken.stream()
                        .filter(other -> other.prefix.overlaps(prefix))
                        .findFirst()
                        .ifPresent(other -> problems.problem(
                                path,
                                prefix,
                                "overlaps with client-prefix %s of device '%s'"
                                        .formatted(other.prefix, other.device.name()),
                                "give each device inner addresses of its own"));
            }
            device.clientPrefixes().forEach(prefix -> taken.add(new Taken(prefix, device)));
        }
    }

    /** Where the service has prefixes of the family, nothing beside them is a client's. */
    private void within(final String path, final IpPrefix prefix, final List<IpPrefix> all) {
        final List<IpPrefix> clients = all.stream()
                .filter(client -> client.address().family() == prefix.address().family())
                .toList();
        if (!clients.isEmpty() && clients.stream().noneMatch(client -> client.contains(prefix))) {
            problems.problem(
                    path,
                    prefix,
                    "is not within egress/client-prefix " + clients,
                    "use a part of one of these, or add it there");
        }
    }

    /** What goes to the prefix goes to the device, so nobody else may have an address there. */
    private void clientsAlone(final String path, final IpPrefix prefix, final Service service) {
        if (NO_CLIENTS.stream().anyMatch(prefix::overlaps)) {
            noClients(path, prefix);
            return;
        }
        Stream.concat(
                        service.neverClients().stream(),
                        service.devices().stream().flatMap(PrefixRules::own))
                .filter(prefix::contains)
                .findFirst()
                .ifPresent(other -> problems.problem(
                        path,
                        prefix,
                        "has %s in it, which is vpnlb's or a device's own".formatted(other),
                        "use the addresses that the device gives out to clients"));
    }

    private static Stream<IpAddress> own(final Device device) {
        return Stream.of(device.ingress(), device.egress()).flatMap(side -> side.address().stream());
    }
}
