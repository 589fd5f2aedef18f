/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Pipeline;

/** The services of one switch, and which of them a cookie, an address, a port or a MAC address belongs to. */
final class ServicesHere {
    /** No service. */
    static final ServicesHere NONE = new ServicesHere("", List.of(), Numbers.NONE);

    /**
     * A side of a device.
     *
     * @param here its service
     * @param device the device
     */
    record DeviceSide(ServiceHere here, Device device) {}

    private final List<Service> configured;
    private final Map<String, ServiceHere> byName = new LinkedHashMap<>();
    private final Map<Integer, ServiceHere> byNumber = new HashMap<>();
    private final Map<IpAddress, ServiceHere> byAddress = new HashMap<>();
    private final Map<Long, ServiceHere> byPort = new HashMap<>();
    private final Map<MacAddress, List<DeviceSide>> byIngressMac = new HashMap<>();
    private final Map<MacAddress, List<DeviceSide>> byEgressMac = new HashMap<>();

    /**
     * The services of a switch.
     *
     * @param all the services; where two have one address or port, the first is its owner
     */
    ServicesHere(final String node, final List<ServiceHere> all, final Numbers numbers) {
        configured = all.stream().map(ServiceHere::service).toList();
        for (final ServiceHere here : all) {
            final Service service = here.service();
            byName.put(service.name(), here);
            byNumber.put(numbers.of(service), here);
            service.ownAddresses(node).forEach(address -> byAddress.putIfAbsent(address, here));
            for (final Device device : service.devices()) {
                if (device.egress().node().equals(node)) {
                    byPort.putIfAbsent(device.egress().port(), here);
                }
                if (here.clients().isPresent()) {
                    byIngressMac.merge(
                            device.ingress().mac(), List.of(new DeviceSide(here, device)), ServicesHere::both);
                }
                if (here.returns().isPresent()) {
                    byEgressMac.merge(device.egress().mac(), List.of(new DeviceSide(here, device)), ServicesHere::both);
                }
            }
        }
    }

    private static List<DeviceSide> both(final List<DeviceSide> some, final List<DeviceSide> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    /** The services as they are configured, in the order of their names. */
    List<Service> configured() {
        return configured;
    }

    /** All services, in the order of their names. */
    Collection<ServiceHere> all() {
        return byName.values();
    }

    Optional<ServiceHere> named(final String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** The service whose entry has a cookie. */
    Optional<ServiceHere> of(final Cookie cookie) {
        return numbered(cookie.service());
    }

    /** The service that has a number. */
    Optional<ServiceHere> numbered(final int number) {
        return Optional.ofNullable(byNumber.get(number));
    }

    /** The service that answers for an address. */
    Optional<ServiceHere> answering(final IpAddress address) {
        return Optional.ofNullable(byAddress.get(address));
    }

    /** A service that has a device at a port of the egress side. */
    Optional<ServiceHere> at(final long port) {
        return Optional.ofNullable(byPort.get(port));
    }

    /** The devices with a MAC address on the ingress side. */
    List<DeviceSide> withIngressMac(final MacAddress mac) {
        return byIngressMac.getOrDefault(mac, List.of());
    }

    /** The devices with a MAC address on the egress side. */
    List<DeviceSide> withEgressMac(final MacAddress mac) {
        return byEgressMac.getOrDefault(mac, List.of());
    }

    /** Forgets what is over by time alone. */
    List<Effect> expire(final Pipeline pipeline, final long now) {
        return all().stream()
                .flatMap(here -> here.expire(pipeline, now).stream())
                .toList();
    }

    /** When {@link #expire} is to be called next. */
    OptionalLong wakeAt() {
        return all().stream()
                .map(ServiceHere::wakeAt)
                .flatMapToLong(OptionalLong::stream)
                .min();
    }

    /** Writes some of the sessions that the switch has lost, at most so many entries. */
    List<Effect> restore(final int max, final long now) {
        final List<Effect> effects = new ArrayList<>();
        // The ingress side first: there a frame without a session can come to a device that does not know its client.
        for (final Side side : Side.values()) {
            all().forEach(here -> here.table(side)
                    .ifPresent(sessions -> effects.addAll(sessions.restore(max - effects.size(), now))));
        }
        return effects;
    }
}
