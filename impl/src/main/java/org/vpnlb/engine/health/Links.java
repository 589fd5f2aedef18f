/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Place;

/**
 * The links of switch ports, as last heard of. Not known is not down: a controller that has just started takes nothing
 * out of service, and while a switch is not connected what it said last holds.
 *
 * @param up whether the link of a port is up
 */
public record Links(Map<Port, Boolean> up) {
    /** Nothing is known. */
    public static final Links UNKNOWN = new Links(Map.of());

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
    }

    public Links {
        up = Map.copyOf(up);
    }

    /** The same, with what a switch has told of a port. */
    public Links with(final Port port, final boolean isUp) {
        final Map<Port, Boolean> next = new HashMap<>(up);
        next.put(port, isUp);
        return new Links(next);
    }

    /** Whether the link of a port is up; empty when it is not known. */
    public Optional<Boolean> of(final Port port) {
        return Optional.ofNullable(up.get(port));
    }

    /** What the links of a device's ports tell: it lives when both are up, and is dead when one is down. */
    public Health of(final Device device) {
        final Optional<Attachment> dead = attachments(device)
                .filter(side -> of(port(side)).filter(isUp -> !isUp).isPresent())
                .findFirst();
        if (dead.isPresent()) {
            return new Health(Health.State.DOWN, Optional.of(describe(dead.orElseThrow()) + " is down"));
        }
        return attachments(device)
                .filter(side -> of(port(side)).isEmpty())
                .findFirst()
                .map(side -> new Health(Health.State.UNKNOWN, Optional.of(describe(side) + " is not known")))
                .orElse(Health.ALIVE);
    }

    private static Stream<Attachment> attachments(final Device device) {
        return Stream.of(device.ingress(), device.egress());
    }

    private static Port port(final Attachment attachment) {
        return Port.of(attachment.place());
    }

    private static String describe(final Attachment attachment) {
        return "port " + attachment.port() + " of " + attachment.node();
    }
}
