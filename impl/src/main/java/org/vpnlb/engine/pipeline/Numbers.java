/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Tables;

/**
 * The numbers that stand for services and devices in cookies, metadata and group ids.
 *
 * <p>A number is a hash of the name, so that it is the same on every controller without being stored. Names whose
 * hashes meet are told apart by the next free number, in the order of the names. A device or a service keeps its number
 * when it is renamed, so no entry of a switch changes. After a restart the switch tells which numbers its devices have,
 * by the MAC addresses in their groups.
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
        return keeping(configured, Map.of(), Map.of(), Set.of(), Set.of());
    }

    /** The number of a service, 1 to 2^20 - 1. */
    public int of(final Service service) {
        return services.get(service.name());
    }

    /** The number of a device, 1 to 2^21 - 1; no two devices of all services have the same. */
    public int of(final Service service, final Device device) {
        return devices.get(new DeviceName(service.name(), device.name()));
    }

    /**
     * The numbers of the next configuration: whoever goes on keeps its number, and the number of a removed device is
     * not reused at once.
     *
     * @param configured all services of the next configuration
     * @param renames what of this one is what of that
     */
    public Numbers next(final Collection<Service> configured, final Renames renames) {
        final Map<DeviceName, Integer> kept = new HashMap<>();
        devices.forEach((name, number) -> renames.service(name.service)
                .ifPresent(service -> renames.device(name.service, name.device)
                        .ifPresent(device -> kept.put(new DeviceName(service, device), number))));
        return keeping(configured, renames.ofServices(services), kept, services.values(), devices.values());
    }

    /**
     * The same, where the devices and services that a switch has entries for have the numbers that they have there.
     *
     * @param configured all services
     * @param node the switch
     * @param actual what it holds
     */
    public Numbers asHeld(final Collection<Service> configured, final String node, final Tables actual) {
        final var held = new HeldNumbers(node, actual);
        final Map<String, Integer> ofServices =
                claim(configured.stream().collect(Collectors.toMap(Service::name, held::of)), services);
        final Map<DeviceName, Map<Integer, Long>> found = new HashMap<>();
        for (final Service service : configured) {
            final int number = ofServices.getOrDefault(service.name(), of(service));
            for (final Device device : service.devices()) {
                found.put(new DeviceName(service.name(), device.name()), held.of(device, number));
            }
        }
        final Map<DeviceName, Integer> ofDevices = claim(found, devices);
        return services.entrySet().containsAll(ofServices.entrySet())
                        && devices.entrySet().containsAll(ofDevices.entrySet())
                ? this
                : keeping(
                        configured,
                        withOthers(ofServices, services),
                        withOthers(ofDevices, devices),
                        Set.of(),
                        Set.of());
    }

    /**
     * Who has which number: first whoever finds the own one; then whoever finds one that nobody has, by most of it.
     *
     * @param found the numbers that each may have, and what speaks for them
     * @param now the numbers that each has now
     */
    private static <K> Map<K, Integer> claim(final Map<K, Map<Integer, Long>> found, final Map<K, Integer> now) {
        final Map<K, Integer> claimed = new HashMap<>();
        found.forEach((who, numbers) -> {
            if (numbers.containsKey(now.get(who))) {
                claimed.put(who, now.get(who));
            }
        });
        final Set<Integer> taken = new HashSet<>(claimed.values());
        record Claim<K>(K who, int number, long votes) {}
        found.entrySet().stream()
                .filter(entry -> !claimed.containsKey(entry.getKey()))
                .flatMap(entry -> entry.getValue().entrySet().stream()
                        .map(vote -> new Claim<>(entry.getKey(), vote.getKey(), vote.getValue())))
                .sorted(Comparator.comparingLong((Claim<K> claim) -> -claim.votes)
                        .thenComparing(claim -> claim.number)
                        .thenComparing(claim -> claim.who.toString()))
                .forEach(claim -> {
                    if (!claimed.containsKey(claim.who) && taken.add(claim.number)) {
                        claimed.put(claim.who, claim.number);
                    }
                });
        return claimed;
    }

    /** The numbers that were found, and those of before of all others, where nobody has these now. */
    private static <K> Map<K, Integer> withOthers(final Map<K, Integer> claimed, final Map<K, Integer> before) {
        final Map<K, Integer> all = new HashMap<>(before);
        all.values().removeAll(claimed.values());
        all.putAll(claimed);
        return all;
    }

    private static Numbers keeping(
            final Collection<Service> configured,
            final Map<String, Integer> keptServices,
            final Map<DeviceName, Integer> keptDevices,
            final Collection<Integer> usedByServices,
            final Collection<Integer> usedByDevices) {
        final Map<String, Integer> services = number(
                configured.stream().map(Service::name).toList(), Cookie.SERVICE_BITS, keptServices, usedByServices);
        final Map<String, DeviceName> names = new HashMap<>();
        for (final Service service : configured) {
            for (final Device device : service.devices()) {
                final var name = new DeviceName(service.name(), device.name());
                names.put(name.key(), name);
            }
        }
        final Map<String, Integer> kept = new HashMap<>();
        keptDevices.forEach((name, number) -> kept.put(name.key(), number));
        final Map<DeviceName, Integer> devices = new HashMap<>();
        number(names.keySet(), GroupId.NUMBER_BITS, kept, usedByDevices)
                .forEach((key, number) -> devices.put(names.get(key), number));
        return new Numbers(services, devices);
    }

    private static Map<String, Integer> number(
            final Collection<String> names,
            final int bits,
            final Map<String, Integer> kept,
            final Collection<Integer> used) {
        final int highest = (1 << bits) - 1;
        final Set<Integer> taken = new HashSet<>();
        final Map<String, Integer> numbers = new HashMap<>();
        final Set<String> all = new TreeSet<>(names);
        for (final String name : all) {
            final Integer number = kept.get(name);
            if (number != null && taken.add(number)) {
                numbers.put(name, number);
            }
        }
        taken.addAll(used);
        all.removeAll(numbers.keySet());
        for (final String name : all) {
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
