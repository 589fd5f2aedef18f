/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Optional;

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
        /** Not enough is known yet. */
        UNKNOWN,
        /** It cannot be asked; nothing is known against it. */
        UNCHECKED
    }

    /** A device of a service that does not check its devices. */
    public static final Health UNCHECKED = new Health(State.UNCHECKED, Optional.of("devices are not checked"));

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
            case UNCHECKED -> 2;
            case UP -> 3;
        };
    }
}
