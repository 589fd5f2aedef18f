/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.engine.config.Attachment;
import org.vpnlb.engine.config.Device;

/**
 * What is known of a device.
 *
 * @param state whether it lives
 * @param reason why it is not up, or empty
 */
public record Health(State state, Optional<String> reason) {
    /** Whether a device lives. */
    public enum State {
        /** Both sides are seen to live. */
        UP,
        /** A side is seen to be dead. */
        DOWN,
        /** Not enough is known. */
        UNKNOWN
    }

    /** A device of a service that does not check its devices. */
    public static final Health UNCHECKED = new Health(State.UNKNOWN, Optional.of("devices are not checked"));

    /** What is not asked yet. */
    public static final Health NOT_ASKED = new Health(State.UNKNOWN, Optional.of("not checked yet"));

    /** What lives. */
    public static final Health ALIVE = new Health(State.UP, Optional.empty());

    /** What both together tell: dead if one is dead, alive if both live. */
    public Health and(final Health other) {
        return order() <= other.order() ? this : other;
    }

    private int order() {
        return switch (state) {
            case DOWN -> 0;
            case UNKNOWN -> 1;
            case UP -> 2;
        };
    }

    /** What the links of a device's ports tell: it lives when both are up, and is dead when one is down. */
    public static Health of(final Device device, final Links links) {
        final Optional<Attachment> dead = attachments(device)
                .filter(side -> links.of(port(side)).filter(up -> !up).isPresent())
                .findFirst();
        if (dead.isPresent()) {
            return new Health(State.DOWN, Optional.of(describe(dead.orElseThrow()) + " is down"));
        }
        return attachments(device)
                .filter(side -> links.of(port(side)).isEmpty())
                .findFirst()
                .map(side -> new Health(State.UNKNOWN, Optional.of(describe(side) + " is not known")))
                .orElse(ALIVE);
    }

    private static Stream<Attachment> attachments(final Device device) {
        return Stream.of(device.ingress(), device.egress());
    }

    private static Links.Port port(final Attachment attachment) {
        return new Links.Port(attachment.node(), attachment.port());
    }

    private static String describe(final Attachment attachment) {
        return "port " + attachment.port() + " of " + attachment.node();
    }
}
