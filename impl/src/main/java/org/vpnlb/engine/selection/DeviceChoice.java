/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.SelectionMetric;
import org.vpnlb.engine.net.ClientKey;

/** Which device the controller gives a new client to, by the metric of the service. */
public final class DeviceChoice {
    private final RandomGenerator random;
    private List<Device> devices = List.of();
    private List<Device> owners = List.of();
    private String last = Slots.NOBODY;

    /**
     * No device yet.
     *
     * @param random for the metric that goes by chance
     */
    public DeviceChoice(final RandomGenerator random) {
        this.random = random;
    }

    /**
     * The configuration changed, or who takes clients.
     *
     * @param takers the devices that take new clients
     * @param slots the name of the owner of each slot
     * @param all all devices of the service
     */
    public void configure(final List<Device> takers, final List<String> slots, final List<Device> all) {
        devices = takers.stream().sorted(Comparator.comparing(Device::name)).toList();
        final Map<String, Device> byName = all.stream().collect(Collectors.toMap(Device::name, device -> device));
        owners = slots.stream().map(byName::get).filter(Objects::nonNull).toList();
    }

    /**
     * The device for a new client; empty when none takes any.
     *
     * @param sessions the number of a device's client sessions
     * @param answerMillis how long a device takes to answer; empty where that is not known
     */
    public Optional<Device> next(
            final SelectionMetric metric,
            final ToIntFunction<Device> sessions,
            final Function<Device, OptionalDouble> answerMillis) {
        if (devices.isEmpty()) {
            return Optional.empty();
        }
        final Device chosen = switch (metric) {
            case LEAST_SESSIONS -> least(device -> (double) sessions.applyAsInt(device) / device.weight());
            case ROUND_ROBIN -> afterLast();
            case WEIGHTED_RANDOM -> byChance();
            case RESPONSE_TIME -> least(device -> answerMillis.apply(device).orElse(Double.MAX_VALUE));
        };
        last = chosen.name();
        return Optional.of(chosen);
    }

    /**
     * The device for a client of whom nothing will be known: that of a slot that its address tells, in each controller
     * the same. Few such clients move when a device comes or goes.
     */
    public Optional<Device> steady(final ClientKey client) {
        return owners.isEmpty()
                ? Optional.empty()
                : Optional.of(owners.get((int) Long.remainderUnsigned(spread(client), owners.size())));
    }

    /** Mixes all bits of an address and a port (the finalizer of SplitMix64, Steele, Lea and Flood, 2014). */
    private static long spread(final ClientKey client) {
        long bits =
                client.address().high() * 0x9e3779b97f4a7c15L + client.address().low();
        bits = bits * 0x9e3779b97f4a7c15L + client.port();
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        return bits ^ bits >>> 31;
    }

    /** Of equals the one after the last chosen, so that not all go to one. */
    private Device least(final ToDoubleFunction<Device> measure) {
        Device best = null;
        double least = Double.POSITIVE_INFINITY;
        final int first = devices.indexOf(afterLast());
        for (int i = 0; i < devices.size(); i++) {
            final Device device = devices.get((first + i) % devices.size());
            final double found = measure.applyAsDouble(device);
            if (found < least) {
                least = found;
                best = device;
            }
        }
        return best;
    }

    private Device afterLast() {
        return devices.stream()
                .filter(device -> device.name().compareTo(last) > 0)
                .findFirst()
                .orElseGet(devices::getFirst);
    }

    private Device byChance() {
        int left = random.nextInt(devices.stream().mapToInt(Device::weight).sum());
        for (final Device device : devices) {
            left -= device.weight();
            if (left < 0) {
                return device;
            }
        }
        throw new IllegalStateException("The weights have a sum");
    }
}
