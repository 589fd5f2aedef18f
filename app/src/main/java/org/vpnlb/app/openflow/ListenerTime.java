/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time of the thread that brings the frames of all switches: about half of it may be spent on what agents do, so
 * that it has the other half to bring frames.
 */
final class ListenerTime {
    private static final int SHARE = 2;
    /** What may be spent at once: that of some tens of frames. */
    private static final long MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final LongSupplier nanos;
    /** What was spent lately beyond the share. Guarded by this, as the time is. */
    private long spent;

    private long lookedAt;

    /**
     * All of it is left.
     *
     * @param nanos the time, in nanoseconds, that only goes forward
     */
    ListenerTime(final LongSupplier nanos) {
        this.nanos = nanos;
        lookedAt = nanos.getAsLong();
    }

    /** Whether some is left. */
    synchronized boolean isLeft() {
        final long now = nanos.getAsLong();
        spent = Math.max(0, spent - (now - lookedAt) / SHARE);
        lookedAt = now;
        return spent < MAX_NANOS;
    }

    /** An agent has worked since the last look. */
    synchronized void spend() {
        spent += nanos.getAsLong() - lookedAt;
    }
}
