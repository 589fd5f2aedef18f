/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.MacAddress;

/** The devices of a service by what they are known by in a switch: the switch and the MAC address. */
final class Attachments {
    private final List<Device> devices;
    private final Map<Key, List<Integer>> positions = new HashMap<>();

    private record Key(String node, MacAddress mac) {
        static Key of(final Attachment attachment) {
            return new Key(attachment.node(), attachment.mac());
        }
    }

    Attachments(final Service service) {
        devices = service.devices();
        for (int i = 0; i < devices.size(); i++) {
            add(devices.get(i).ingress(), i);
            add(devices.get(i).egress(), i);
        }
    }

    private void add(final Attachment attachment, final int position) {
        positions.computeIfAbsent(Key.of(attachment), key -> new ArrayList<>()).add(position);
    }

    /** The devices that have an attachment in common with one of another service, in the order of the configuration. */
    List<Device> sharedWith(final Device other) {
        final SortedSet<Integer> shared = new TreeSet<>();
        shared.addAll(positions.getOrDefault(Key.of(other.ingress()), List.of()));
        shared.addAll(positions.getOrDefault(Key.of(other.egress()), List.of()));
        return shared.stream().map(devices::get).toList();
    }
}
