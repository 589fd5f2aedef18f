/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vpnlb.engine.model.Drain;

/** One drain of a device, from one count of its sessions to the next. */
final class DrainProgress {
    /** For how long it is remembered that sessions ended. */
    static final long WINDOW_MILLIS = 60_000;

    /** The milliseconds after which what has ended tells something of what will. */
    private static final long MIN_WINDOW_MILLIS = 10_000;

    private static final double MILLIS = 1000;

    private final long begunAt;
    /** What ended between two counts of the last {@link #WINDOW_MILLIS}, at most one for each count. */
    private final Deque<Ended> lately = new ArrayDeque<>();

    private OptionalInt atBegin;
    /** Whether no new client could come, so that the number of sessions at the beginning is known. */
    private boolean isClosed;
    /** Empty until they could be counted. */
    private OptionalInt sessions;
    /** Since when they are counted. */
    private OptionalLong countedSince;

    private boolean isOver;
    private int endedByDeadline;
    /** When it was first seen so, without a session seen since. */
    private OptionalLong emptySince = OptionalLong.empty();

    private OptionalLong finishedAt = OptionalLong.empty();

    private record Ended(long at, int number) {}

    /**
     * A drain that begins.
     *
     * @param begunAt when
     * @param sessions the sessions of the device then; empty when that is not known
     */
    DrainProgress(final long begunAt, final OptionalInt sessions) {
        this.begunAt = begunAt;
        this.sessions = sessions;
        atBegin = sessions;
        countedSince = sessions.isPresent() ? OptionalLong.of(begunAt) : OptionalLong.empty();
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
        forget(now);
        if (!count.isTold()) {
            emptySince = OptionalLong.empty();
            return OptionalInt.empty();
        }
        if (drain.isOver() && !isOver) {
            isOver = true;
            endedByDeadline = sessions.orElse(0);
        }
        count(count, now);
        if (count.sessions() > 0 || !count.isClosed()) {
            emptySince = OptionalLong.empty();
            return OptionalInt.empty();
        }
        if (emptySince.isEmpty()) {
            emptySince = OptionalLong.of(now);
        }
        if (finishedAt.isPresent() || emptySince.getAsLong() + count.lag() > now) {
            return OptionalInt.empty();
        }
        finishedAt = OptionalLong.of(now);
        return OptionalInt.of(endedByDeadline);
    }

    /** How far it is at the time of the last look. */
    DrainWatch.Progress progress(final long now) {
        final int ended = lately.stream().mapToInt(Ended::number).sum();
        final int left = sessions.orElse(0);
        return new DrainWatch.Progress(atBegin, left, ended, emptyIn(left, ended, now), finishedAt);
    }

    private OptionalLong emptyIn(final int left, final int ended, final long now) {
        final long window = countedSince.isPresent() ? Math.min(WINDOW_MILLIS, now - countedSince.getAsLong()) : 0;
        return left == 0 || ended == 0 || window < MIN_WINDOW_MILLIS
                ? OptionalLong.empty()
                : OptionalLong.of((long) Math.ceil(left * (window / MILLIS) / ended));
    }

    private void count(final DrainWatch.Count count, final long now) {
        final int before = sessions.orElse(count.sessions());
        if (count.sessions() < before) {
            lately.add(new Ended(now, before - count.sessions()));
        }
        sessions = OptionalInt.of(count.sessions());
        if (countedSince.isEmpty()) {
            countedSince = OptionalLong.of(now);
        }
        if (!isClosed) {
            atBegin = OptionalInt.of(Math.max(atBegin.orElse(0), count.sessions()));
            isClosed = count.isClosed();
        }
    }

    private void forget(final long now) {
        while (!lately.isEmpty() && lately.element().at() <= now - WINDOW_MILLIS) {
            lately.remove();
        }
    }
}
