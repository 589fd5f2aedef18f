/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.OptionalLong;

/**
 * When a switch is audited: every 10 s, but so seldom where there are very many entries that reading never takes more
 * than a sixtieth of the time.
 */
public final class AuditClock {
    /** The milliseconds between two audits of a switch with few entries. */
    public static final long PERIOD_MILLIS = 10_000;

    private static final long SOON_MILLIS = 1000;
    private static final long SHARE = 60;

    private OptionalLong next = OptionalLong.empty();
    private OptionalLong askedAt = OptionalLong.empty();
    /** The change that the switch was to hold when it was asked. */
    private long change;

    /** Whether what is known of the switch may be wrong, so that it is read whatever is on its way. */
    private boolean isDoubtful;

    private long nextDoubt = Long.MIN_VALUE;

    /** The switch was read just now. */
    public void start(final long now) {
        next = OptionalLong.of(now + PERIOD_MILLIS);
        isDoubtful = false;
    }

    /** The switch is gone. */
    public void stop() {
        next = OptionalLong.empty();
        askedAt = OptionalLong.empty();
    }

    /** What is known of the switch may be wrong: look at once, but not at once again and again. */
    public void doubt(final long now) {
        if (next.isPresent() && (isWaiting() || !isDoubtful)) {
            isDoubtful = true;
            askedAt = OptionalLong.empty();
            // Later than what was lost: what is written after the question counts as there.
            final long at = Math.max(now + 1, nextDoubt);
            next = OptionalLong.of(at);
            nextDoubt = at + PERIOD_MILLIS;
        }
    }

    /** Whether what is known of the switch may be wrong. */
    public boolean isDoubtful() {
        return isDoubtful;
    }

    /** Somebody changed the switch: it is worth a look. */
    public void hurry(final long now) {
        if (next.isPresent() && next.getAsLong() > now + SOON_MILLIS) {
            next = OptionalLong.of(now + SOON_MILLIS);
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
        next = OptionalLong.of(now + SHARE * PERIOD_MILLIS);
    }

    /** Whether an answer is awaited. */
    public boolean isWaiting() {
        return askedAt.isPresent();
    }

    /** Whether the switch was to hold another change when it was asked: what was read may be half of each. */
    public boolean isOutdated(final long wanted) {
        return change != wanted;
    }

    /**
     * The answer came.
     *
     * @return when it was asked for
     */
    public long answered(final long now) {
        final long asked = askedAt.orElse(now);
        askedAt = OptionalLong.empty();
        isDoubtful = false;
        next = OptionalLong.of(now + Math.max(PERIOD_MILLIS, SHARE * (now - asked)));
        return asked;
    }
}
