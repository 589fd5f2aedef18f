/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vpnlb.engine.model.Drain;

/** One drain of a device, from one count of its sessions to the next. */
final class DrainProgress {
    private final long begunAt;
    /** Empty until they could be counted. */
    private OptionalInt sessions;

    private boolean isOver;
    private int endedByDeadline;
    /** When it was first seen so, without a session seen since. */
    private OptionalLong emptySince = OptionalLong.empty();

    private boolean isFinished;

    /**
     * A drain that begins.
     *
     * @param begunAt when
     * @param sessions the sessions of the device then; empty when that is not known
     */
    DrainProgress(final long begunAt, final OptionalInt sessions) {
        this.begunAt = begunAt;
        this.sessions = sessions;
    }

    /** When it began. */
    long begunAt() {
        return begunAt;
    }

    /**
     * The sessions are counted.
     *
     * @return when the drain has just finished, the number of sessions that its deadline ended
     */
    OptionalInt look(final Drain drain, final DrainWatch.Count count, final long now) {
        if (!count.isKnown()) {
            emptySince = OptionalLong.empty();
            return OptionalInt.empty();
        }
        if (drain.isOver() && !isOver) {
            isOver = true;
            endedByDeadline = sessions.orElse(0);
        }
        sessions = OptionalInt.of(count.sessions());
        if (count.sessions() > 0 || !count.isClosed()) {
            emptySince = OptionalLong.empty();
            return OptionalInt.empty();
        }
        if (emptySince.isEmpty()) {
            emptySince = OptionalLong.of(now);
        }
        if (isFinished || emptySince.getAsLong() + count.lag() > now) {
            return OptionalInt.empty();
        }
        isFinished = true;
        return OptionalInt.of(endedByDeadline);
    }
}
