/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.neighbour;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Neighbour;
import org.vpnlb.engine.net.IpAddress;

/** Those whom a switch answers by itself, by what they ask for and where: many in one place drop nobody elsewhere. */
final class KnownNeighbours {
    /** An address of ours, and a port at which hosts ask for it. */
    private record Asked(IpAddress address, long port) {
        static Asked by(final Neighbour neighbour) {
            return new Asked(neighbour.asked(), neighbour.place().port());
        }
    }

    /** A port at which hosts ask for the addresses of a service. */
    private record Port(String service, long port) {}

    /** Of each, the one who asked the controller last is the last. */
    private final Map<Asked, Set<Neighbour>> known = new LinkedHashMap<>();

    private int size;

    int size() {
        return size;
    }

    Stream<Neighbour> all() {
        return known.values().stream().flatMap(Set::stream);
    }

    void add(final Neighbour neighbour) {
        size += known.computeIfAbsent(Asked.by(neighbour), asked -> new LinkedHashSet<>())
                        .add(neighbour)
                ? 1
                : 0;
    }

    /** Whether it was known. */
    boolean remove(final Neighbour neighbour) {
        final Asked asked = Asked.by(neighbour);
        final Set<Neighbour> hosts = known.get(asked);
        if (hosts == null || !hosts.remove(neighbour)) {
            return false;
        }
        size--;
        if (hosts.isEmpty()) {
            known.remove(asked);
        }
        return true;
    }

    /** Forgets those who asked for what is not ours any more. */
    void keep(final Predicate<IpAddress> isOurs) {
        known.keySet().removeIf(asked -> !isOurs.test(asked.address()));
        size = known.values().stream().mapToInt(Set::size).sum();
    }

    /**
     * Removes the one who has not asked for longest, of the address that has most at the port that has most of the
     * service that has most. So a flood takes others' places until it has as many as they.
     *
     * @param owner the name of the service that answers for an address
     */
    Neighbour removeOldest(final Function<IpAddress, String> owner) {
        final Map<String, Integer> ofService = new HashMap<>();
        final Map<Port, Integer> ofPort = new HashMap<>();
        known.forEach((asked, hosts) -> {
            final String service = owner.apply(asked.address());
            ofService.merge(service, hosts.size(), Integer::sum);
            ofPort.merge(new Port(service, asked.port()), hosts.size(), Integer::sum);
        });
        final Asked most = Collections.max(
                known.keySet(),
                Comparator.comparingInt((Asked asked) -> ofService.get(owner.apply(asked.address())))
                        .thenComparingInt(asked -> ofPort.get(new Port(owner.apply(asked.address()), asked.port())))
                        .thenComparingInt(asked -> known.get(asked).size()));
        final Neighbour oldest = known.get(most).iterator().next();
        remove(oldest);
        return oldest;
    }
}
