/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

/**
 * How often a device went down of late, after BGP route flap damping (RFC 2439, section 4.2): each time has a price,
 * which decays by half in {@value #HALF_LIFE_MILLIS} ms. A device that comes up with more than {@value #HOLD_DOWN} is
 * held down until {@value #REUSE} is left, which takes a minute at most.
 *
 * @param penalty the penalty at that time
 * @param at the time, in milliseconds
 * @param heldDown whether the device is held down
 */
record Flapping(double penalty, long at, boolean heldDown) {
    static final Flapping NONE = new Flapping(0, 0, false);
    static final double HALF_LIFE_MILLIS = 30_000;
    static final double HOLD_DOWN = 2000;
    static final double REUSE = 1000;

    private static final double OF_ONE = 1000;
    private static final double MOST = 4000;

    /** The device went down. */
    Flapping down(final long now) {
        return new Flapping(Math.min(MOST, at(now) + OF_ONE), now, false);
    }

    /** The device came up. */
    Flapping up(final long now) {
        return new Flapping(at(now), now, at(now) > HOLD_DOWN);
    }

    /** As time goes by. */
    Flapping pass(final long now) {
        return heldDown && now >= freeAt() ? new Flapping(at(now), now, false) : this;
    }

    /** When a device that is held down is free again. */
    long freeAt() {
        return at + (long) Math.ceil(HALF_LIFE_MILLIS * Math.log(penalty / REUSE) / Math.log(2));
    }

    private double at(final long now) {
        return penalty * Math.pow(2, (at - now) / HALF_LIFE_MILLIS);
    }
}
