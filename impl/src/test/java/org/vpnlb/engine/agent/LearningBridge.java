/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.vpnlb.engine.net.MacAddress;

/** The ports of a switch, and what it does by itself where the tables say NORMAL. */
final class LearningBridge {
    private final Set<Long> ports;
    private final Set<Long> down = new HashSet<>();
    private final Map<MacAddress, Long> stations = new HashMap<>();

    LearningBridge(final Set<Long> ports) {
        this.ports = new TreeSet<>(ports);
    }

    /** The link of a port comes or goes. */
    void link(final long port, final boolean up) {
        if (up) {
            down.remove(port);
        } else {
            down.add(port);
        }
    }

    boolean has(final long port) {
        return ports.contains(port);
    }

    boolean isLive(final long port) {
        return ports.contains(port) && !down.contains(port);
    }

    /** Forgets which station is where. */
    void forget() {
        stations.clear();
    }

    /** The frame in copies, each with its port: to its station where that is known, else to all. Never back. */
    List<Verdict.Sent> forward(final long inPort, final byte[] frame) {
        final MacAddress source = MacAddress.read(frame, MacAddress.LENGTH);
        if (source.isStation()) {
            stations.put(source, inPort);
        }
        final Long known = stations.get(MacAddress.read(frame, 0));
        final Collection<Long> to = known == null ? ports : List.of(known);
        return to.stream()
                .filter(port -> port != inPort && isLive(port))
                .map(port -> new Verdict.Sent(port, frame.clone()))
                .toList();
    }
}
