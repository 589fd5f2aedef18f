/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;

/**
 * The numbers that stand for services and devices in cookies, metadata and group ids.
 *
 * <p>A number is a hash of the name, so that it is the same after a restart and on every controller without being
 * stored. Names whose hashes meet are told apart by the next free number, in the order of the names.
 */
public final class Numbers {
    /** The numbers of no service. */
    public static final Numbers NONE = of(List.of());

    private final Map<String, Integer> services;
    private final Map<DeviceName, Integer> devices;

    private record DeviceName(String service, String device) {
        String key() {
            // A zero cannot be in a YANG string, so two different pairs never make one key.
            return service + '\0' + device;
        }
    }

    private Numbers(final Map<String, Integer> services, final Map<DeviceName, Integer> devices) {
        this.services = services;
        this.devices = devices;
    }

    /**
     * Numbers services and their devices.
     *
     * @param configured all services
     * @return their numbers
     */
    public static Numbers of(final Collection<Service> configured) {
        final Map<String, Integer> services =
                number(configured.stream().map(Service::name).toList(), Cookie.SERVICE_BITS);
        final Map<String, DeviceName> names = new HashMap<>();
        for (final Service service : configured) {
            for (final Device device : service.devices()) {
                final var name = new DeviceName(service.name(), device.name());
                names.put(name.key(), name);
            }
        }
        final Map<DeviceName, Integer> devices = new HashMap<>();
        number(names.keySet(), GroupId.NUMBER_BITS).forEach((key, number) -> devices.put(names.get(key), number));
        return new Numbers(services, devices);
    }

    /** The number of a service, 1 to 2^20 - 1. */
    public int of(final Service service) {
        return services.get(service.name());
    }

    /** The number of a device, 1 to 2^21 - 1; no two devices of all services have the same. */
    public int of(final Service service, final Device device) {
        return devices.get(new DeviceName(service.name(), device.name()));
    }

    private static Map<String, Integer> number(final Collection<String> names, final int bits) {
        final int highest = (1 << bits) - 1;
        final Set<Integer> taken = new HashSet<>();
        final Map<String, Integer> numbers = new HashMap<>();
        for (final String name : new TreeSet<>(names)) {
            final int hash =
                    Hashing.sha256().hashString(name, StandardCharsets.UTF_8).asInt();
            int number = Integer.remainderUnsigned(hash, highest) + 1;
            while (!taken.add(number)) {
                number = number % highest + 1;
            }
            numbers.put(name, number);
        }
        return numbers;
    }
}
