/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Knows which ports of the switches are down. Safe for several threads. */
public final class LinksDown {
    private final Map<String, Set<Long>> down = new ConcurrentHashMap<>();

    /**
     * A switch has listed its ports.
     *
     * @param node the switch
     * @param ports all of its ports, by number, and whether the link of each is up
     */
    public void ports(final String node, final Map<Long, Boolean> ports) {
        down.put(
                node,
                ports.entrySet().stream()
                        .filter(port -> !port.getValue())
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    /** The ports of a switch whose link is down. */
    Set<Long> of(final String node) {
        return down.getOrDefault(node, Set.of());
    }
}
