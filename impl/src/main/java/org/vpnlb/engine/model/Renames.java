/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/**
 * Which service or device of one configuration is which of the next. A service is the one with the same cluster
 * addresses and ingress switches, a device of it the one with the same switches and MAC addresses on both sides. If
 * these match nothing, the name decides, unless that name now belongs to another one.
 */
public final class Renames {
    /** The names of the next configuration by those of the one before. */
    private final Map<String, String> services;

    /** The same of the devices of a service, by its name before. */
    private final Map<String, Map<String, String>> devices = new HashMap<>();

    private record OfService(Set<IpAddress> clusterAddresses, Set<String> ingressNodes) {
        OfService(final Service service) {
            this(
                    Set.copyOf(service.clusterAddresses()),
                    service.ingress().switches().stream()
                            .map(Service.SwitchPorts::node)
                            .collect(Collectors.toSet()));
        }
    }

    private record OfSide(String node, MacAddress mac) {
        OfSide(final Attachment attachment) {
            this(attachment.node(), attachment.mac());
        }
    }

    private record OfDevice(OfSide ingress, OfSide egress) {
        OfDevice(final Device device) {
            this(new OfSide(device.ingress()), new OfSide(device.egress()));
        }
    }

    private Renames(final Collection<Service> before, final Collection<Service> after) {
        services = successors(before, after, Service::name, OfService::new);
        final Map<String, Service> next =
                after.stream().collect(Collectors.toMap(Service::name, Function.identity(), (one, other) -> one));
        for (final Service service : before) {
            service(service.name())
                    .map(next::get)
                    .ifPresent(successor -> devices.put(
                            service.name(),
                            successors(service.devices(), successor.devices(), Device::name, OfDevice::new)));
        }
    }

    /** What of a configuration is what of the one after it. */
    public static Renames between(final Collection<Service> before, final Collection<Service> after) {
        return new Renames(before, after);
    }

    private static <T> Map<String, String> successors(
            final Collection<T> before,
            final Collection<T> after,
            final Function<T, String> name,
            final Function<T, Object> identity) {
        final Map<Object, String> alone = alone(before, name, identity);
        final Map<Object, String> aloneNext = alone(after, name, identity);
        final Map<String, String> found = new LinkedHashMap<>();
        alone.forEach((same, old) -> Optional.ofNullable(aloneNext.get(same)).ifPresent(next -> found.put(old, next)));
        final Set<String> taken = new HashSet<>(found.values());
        final Set<String> names = after.stream().map(name).collect(Collectors.toSet());
        before.stream()
                .map(name)
                .filter(old -> !found.containsKey(old) && names.contains(old) && !taken.contains(old))
                .toList()
                .forEach(old -> found.put(old, old));
        return found;
    }

    /** The names by what only one of them has. */
    private static <T> Map<Object, String> alone(
            final Collection<T> all, final Function<T, String> name, final Function<T, Object> identity) {
        return all.stream().collect(Collectors.groupingBy(identity)).entrySet().stream()
                .filter(entry -> entry.getValue().size() == 1)
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> name.apply(entry.getValue().getFirst())));
    }

    /** The name of a service now; empty when it is gone. */
    public Optional<String> service(final String before) {
        return Optional.ofNullable(services.get(before));
    }

    /**
     * The name of a device now; empty when it is gone.
     *
     * @param service the name of its service before
     * @param before its own
     */
    public Optional<String> device(final String service, final String before) {
        return Optional.ofNullable(devices.getOrDefault(service, Map.of()).get(before));
    }

    /**
     * The name by which to speak of a device: the one that it has now, or had when it is gone; empty when another
     * device has that now.
     *
     * @param service the name of its service before
     * @param before its own
     */
    public Optional<String> nameOf(final String service, final String before) {
        final Map<String, String> ofService = devices.getOrDefault(service, Map.of());
        return ofService.containsKey(before) || !ofService.containsValue(before)
                ? Optional.of(ofService.getOrDefault(before, before))
                : Optional.empty();
    }

    /** The names that services have now, by those before; the services that are gone are not among them. */
    public Map<String, String> services() {
        return Map.copyOf(services);
    }

    /** The names that the devices of a service have now, by those before; those that are gone are not among them. */
    public Map<String, String> devices(final String serviceBefore) {
        return Map.copyOf(devices.getOrDefault(serviceBefore, Map.of()));
    }

    /** Some things by the names of services, by the names that these have now; those of services that are gone go. */
    public <T> Map<String, T> ofServices(final Map<String, T> before) {
        final Map<String, T> now = new HashMap<>();
        before.forEach((name, thing) -> service(name).ifPresent(next -> now.put(next, thing)));
        return now;
    }

    /** Some services, by the names that they have now. */
    public Set<String> ofServices(final Collection<String> before) {
        return before.stream().flatMap(name -> service(name).stream()).collect(Collectors.toUnmodifiableSet());
    }
}
