/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/** Finds the services that have an IP or MAC address in common; only such can contradict each other. */
final class SharedAddresses {
    private final Map<IpAddress, List<Integer>> byIp = new HashMap<>();
    private final Map<MacAddress, List<Integer>> byMac = new HashMap<>();
    private int size;

    /**
     * Adds a service.
     *
     * @param service the service
     * @return the numbers of those added before, counted from 0, that have an address in common with it, in order
     */
    SortedSet<Integer> add(final Service service) {
        final SortedSet<Integer> shared = new TreeSet<>();
        final int number = size++;
        service.ownAddresses().forEach(ip -> enter(byIp.computeIfAbsent(ip, key -> new ArrayList<>()), number, shared));
        macs(service).forEach(mac -> enter(byMac.computeIfAbsent(mac, key -> new ArrayList<>()), number, shared));
        return shared;
    }

    private static void enter(final List<Integer> owners, final int number, final Set<Integer> shared) {
        shared.addAll(owners);
        owners.add(number);
    }

    private static Set<MacAddress> macs(final Service service) {
        final Set<MacAddress> all = new HashSet<>();
        all.add(service.virtualMac());
        for (final Device device : service.devices()) {
            all.add(device.ingress().mac());
            all.add(device.egress().mac());
        }
        return all;
    }
}
