/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;

/** Names that bear on the numbers that {@link Numbers} makes of them. */
public final class Names {
    private Names() {}

    /** Two names of services that have one number when each is alone, in the order of the names. */
    public static List<String> ofServicesThatMeet() {
        final Map<Integer, String> byNumber = new HashMap<>();
        for (int i = 0; ; i++) {
            final String name = "service-" + i;
            final Service service = ServiceBuilder.service(name).build();
            final String other =
                    byNumber.putIfAbsent(Numbers.of(List.of(service)).of(service), name);
            if (other != null) {
                return List.of(name, other).stream().sorted().toList();
            }
        }
    }

    /** Two names of devices that have one number when each is alone in a service of this name, in their order. */
    public static List<String> ofDevicesThatMeet(final String service) {
        final Map<Integer, String> byNumber = new HashMap<>();
        for (int i = 0; ; i++) {
            final Device device = named("device-" + i);
            final Service alone = ServiceBuilder.service(service).device(device).build();
            final String other = byNumber.putIfAbsent(Numbers.of(List.of(alone)).of(alone, device), device.name());
            if (other != null) {
                return List.of(device.name(), other).stream().sorted().toList();
            }
        }
    }

    /** A device of this name. */
    public static Device named(final String name) {
        final Device device = ServiceBuilder.gateway(1);
        return new Device(
                name,
                device.adminState(),
                device.weight(),
                device.backup(),
                device.maxSessions(),
                device.ingress(),
                device.egress());
    }
}
