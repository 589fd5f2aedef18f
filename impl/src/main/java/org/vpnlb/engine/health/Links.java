/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Place;

/**
 * The ports of switches and their links, as each switch last listed them. Not known is not down: a controller that has
 * just started takes nothing out of service, and while a switch is not connected what it said last holds. A port that
 * is missing in the list of its switch is gone.
 *
 * @param listed by the name of a switch, its ports, by number, and whether the link of each is up
 * @param numbers by the name of a switch, the numbers of its ports, by name
 */
public record Links(Map<String, Map<Long, Boolean>> listed, Map<String, Map<String, Long>> numbers) {
    /** Nothing is known. */
    public static final Links UNKNOWN = new Links(Map.of(), Map.of());

    /**
     * A port of a switch.
     *
     * @param node the switch
     * @param number the port's number
     */
    public record Port(String node, long number) {
        /** The port of a place. */
        static Port of(final Place place) {
            return new Port(place.node(), place.port());
        }

        @Override
        public String toString() {
            return "port " + number + " of " + node;
        }
    }

    /** What is known of a port. */
    public enum State {
        /** Its link is up. */
        UP,
        /** Its link is down. */
        DOWN,
        /** Its switch does not have it. */
        GONE,
        /** Its switch has never listed its ports. */
        UNKNOWN
    }

    public Links {
        listed = Map.copyOf(listed);
        numbers = Map.copyOf(numbers);
    }

    /**
     * The same, with what a switch has told.
     *
     * @param node the switch
     * @param ports all of its ports, by number, and whether the link of each is up
     * @param named the numbers of its ports, by name
     */
    public Links with(final String node, final Map<Long, Boolean> ports, final Map<String, Long> named) {
        final Map<String, Map<Long, Boolean>> nextListed = new HashMap<>(listed);
        nextListed.put(node, Map.copyOf(ports));
        final Map<String, Map<String, Long>> nextNumbers = new HashMap<>(numbers);
        nextNumbers.put(node, Map.copyOf(named));
        return new Links(nextListed, nextNumbers);
    }

    /** What is known of a port. */
    public State of(final Port port) {
        final Map<Long, Boolean> ports = listed.get(port.node());
        if (ports == null) {
            return State.UNKNOWN;
        }
        final Boolean isUp = ports.get(port.number());
        return isUp == null ? State.GONE : isUp ? State.UP : State.DOWN;
    }

    /** What the links of a device's ports tell: it lives when both are up, and is dead when one is down or gone. */
    public Health of(final Device device) {
        final List<Port> ports = attachments(device)
                .flatMap(attachment -> numbered(attachment).stream())
                .map(Attachment::place)
                .map(Port::of)
                .distinct()
                .toList();
        return Stream.of(
                        withoutPort(device),
                        in(ports, State.GONE, Health.State.DOWN, " is gone"),
                        in(ports, State.DOWN, Health.State.DOWN, " is down"),
                        in(ports, State.UNKNOWN, Health.State.UNKNOWN, " is not known"),
                        unnumbered(device))
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(Health.ALIVE);
    }

    /** The health of a device that is attached by a name that no port of its switch has; empty for any other. */
    Optional<Health> withoutPort(final Device device) {
        return attachments(device)
                .filter(attachment -> numbers.containsKey(attachment.node())
                        && numbered(attachment).isEmpty())
                .map(attachment -> new Health(Health.State.DOWN, Optional.of("no port named " + name(attachment))))
                .findFirst();
    }

    /** The same for a switch that has never listed its ports. */
    private Optional<Health> unnumbered(final Device device) {
        return attachments(device)
                .filter(attachment -> numbered(attachment).isEmpty())
                .map(attachment ->
                        new Health(Health.State.UNKNOWN, Optional.of("port " + name(attachment) + " is not known")))
                .findFirst();
    }

    private static String name(final Attachment attachment) {
        return attachment.portName().orElseThrow() + " of " + attachment.node();
    }

    private Optional<Attachment> numbered(final Attachment attachment) {
        return attachment.numbered(numbers.getOrDefault(attachment.node(), Map.of()));
    }

    /** The attachments of a device, that of the clients' side first. */
    static Stream<Attachment> attachments(final Device device) {
        return Stream.of(device.ingress(), device.egress());
    }

    private Optional<Health> in(
            final List<Port> ports, final State state, final Health.State health, final String reason) {
        return ports.stream()
                .filter(port -> of(port) == state)
                .findFirst()
                .map(port -> new Health(health, Optional.of(port + reason)));
    }
}
