/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.OptionalLong;

/**
 * When a switch is audited, and how: every 10 s its entries are counted, those of many sessions more seldom, since a
 * switch goes through all of them to count them. They are read when they are not as many as they should be, when
 * somebody deleted one, and every few minutes; but never so often that reading many takes more than a sixtieth of the
 * time.
 */
public final class AuditClock {
    /** The milliseconds between two audits by counts. */
    public static final long COUNT_MILLIS = 10_000;

    /** The milliseconds between two audits that read all entries. */
    public static final long READ_MILLIS = 300_000;

    /** The milliseconds after which a question is asked again that the switch does not answer. */
    static final long MAX_ANSWER_MILLIS = 60_000;

    private static final long SOON_MILLIS = 1000;
    private static final long SHARE = 60;
    /** Nor is a reading put off for longer than this for each entry: a busy switch tells few of them late too. */
    private static final long MAX_MILLIS_FOR_EACH = 2;
    /** Only where so few are read: more cost the switch what they cost, however slow it is. */
    private static final int FEW = 4000;
    /** Entries of sessions are not counted faster than this: a switch may do nothing else meanwhile. */
    private static final long COUNTED_PER_MILLI = 5;

    /**
     * How often a switch is audited.
     *
     * @param countMillis the milliseconds between two counts, above 0
     * @param readMillis the milliseconds between two readings of all entries, not less than between two counts
     */
    public record Intervals(long countMillis, long readMillis) {
        /** The usual ones. */
        public static final Intervals DEFAULT = new Intervals(COUNT_MILLIS, READ_MILLIS);
    }

    /** Why the next question reads the entries, or that it need not. */
    private enum Suspicion {
        /** The counts were right when they were taken last. */
        NONE,
        /** The switch holds something else than it should. */
        DIFFERENCE,
        /** Something was lost on the way to the switch: it is read whatever is on its way. */
        DOUBT
    }

    private final Intervals intervals;
    private OptionalLong next = OptionalLong.empty();
    private OptionalLong askedAt = OptionalLong.empty();
    /** The change that the switch was to hold when it was asked. */
    private long change;

    private Suspicion suspicion = Suspicion.NONE;
    /** When the entries are read although nothing is wrong. */
    private long readAt;
    /** A wrong count makes them be read not before. */
    private long readFrom;

    /** Until then the entries of sessions are not counted. */
    private long sessionsFrom;

    private long nextDoubt = Long.MIN_VALUE;

    /** A clock with some intervals. */
    public AuditClock(final Intervals intervals) {
        this.intervals = intervals;
    }

    /** The switch was read just now. */
    public void start(final long now) {
        suspicion = Suspicion.NONE;
        readFrom = now;
        readAt = now + intervals.readMillis;
        next = OptionalLong.of(now + intervals.countMillis);
    }

    /** The switch is gone. */
    public void stop() {
        next = OptionalLong.empty();
        askedAt = OptionalLong.empty();
    }

    /** What is known of the switch may be wrong: look at once, but not at once again and again. */
    public void doubt(final long now) {
        if (next.isPresent() && (isWaiting() || !isDoubtful())) {
            suspicion = Suspicion.DOUBT;
            askedAt = OptionalLong.empty();
            // Later than what was lost: what is written after the question counts as there.
            final long at = Math.max(now + 1, nextDoubt);
            next = OptionalLong.of(at);
            nextDoubt = at + intervals.countMillis;
        }
    }

    /** Whether what is known of the switch may be wrong. */
    public boolean isDoubtful() {
        return suspicion == Suspicion.DOUBT;
    }

    /** Somebody changed the switch: it is worth a look. */
    public void hurry(final long now) {
        if (next.isPresent() && !isDoubtful()) {
            suspicion = Suspicion.DIFFERENCE;
            next = OptionalLong.of(Math.min(next.getAsLong(), now + SOON_MILLIS));
        }
    }

    /** The time of the next audit; empty while there is none. */
    public OptionalLong next() {
        return next;
    }

    /** Whether an audit is due. */
    public boolean isDue(final long now) {
        return next.isPresent() && next.getAsLong() <= now;
    }

    /** Whether the next audit reads the entries; else it counts them. */
    public boolean isToRead(final long now) {
        return suspicion != Suspicion.NONE || readAt <= now;
    }

    /** Whether the next audit, if it counts, counts the entries of sessions too. */
    public boolean isToCountSessions(final long now) {
        return sessionsFrom <= now;
    }

    /** So many entries of sessions are counted now. */
    public void countsSessions(final long entries, final long now) {
        sessionsFrom = now + entries / COUNTED_PER_MILLI;
    }

    /** The switch is being changed: look a little later. */
    public void postpone(final long now) {
        next = OptionalLong.of(now + SOON_MILLIS);
    }

    /**
     * The switch is asked; when no answer comes it is asked again.
     *
     * @param wanted the change that the switch is to hold
     */
    public void asked(final long wanted, final long now) {
        change = wanted;
        askedAt = OptionalLong.of(now);
        next = OptionalLong.of(now + MAX_ANSWER_MILLIS);
    }

    /** Whether an answer is awaited. */
    public boolean isWaiting() {
        return askedAt.isPresent();
    }

    /** Whether the switch was to hold another change when it was asked: what was read may be half of each. */
    public boolean isOutdated(final long wanted) {
        return change != wanted;
    }

    /** The switch could not be asked, or did not answer. */
    public void unanswered(final long now) {
        if (isWaiting()) {
            askedAt = OptionalLong.empty();
            next = OptionalLong.of(now + SOON_MILLIS);
        }
    }

    /**
     * The switch has counted its entries.
     *
     * @param isRight whether they are as many as they should be
     */
    public void counted(final boolean isRight, final long now) {
        askedAt = OptionalLong.empty();
        // What somebody changed meanwhile was perhaps not counted.
        if (isRight && suspicion == Suspicion.NONE) {
            next = OptionalLong.of(now + intervals.countMillis);
        } else {
            suspicion = Suspicion.DIFFERENCE;
            next = OptionalLong.of(Math.max(now, readFrom));
        }
    }

    /**
     * The switch has told its entries.
     *
     * @param entries how many they are
     * @return when it was asked
     */
    public long answered(final int entries, final long now) {
        final long asked = askedAt.orElse(now);
        askedAt = OptionalLong.empty();
        suspicion = Suspicion.NONE;
        final long share = SHARE * (now - asked);
        readFrom = now + (entries <= FEW ? Math.min(share, MAX_MILLIS_FOR_EACH * entries) : share);
        readAt = Math.max(now + intervals.readMillis, readFrom);
        next = OptionalLong.of(now + intervals.countMillis);
        return asked;
    }
}
