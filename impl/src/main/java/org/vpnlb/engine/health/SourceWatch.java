/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import org.vpnlb.engine.model.SourceConflict;

/**
 * Whether an address that checks come from is free, found by ARP probes (RFC 5227, section 2.1.1) or duplicate
 * address detection (RFC 4862, section 5.4). The intervals are
 * shorter than those that the RFC has for all networks, as those of a switch are: clients wait for the first checks.
 */
sealed interface SourceWatch {
    /** So many probes without an answer, as in the RFC. */
    int PROBES = 3;
    /** The milliseconds between two probes. */
    long PROBE_MILLIS = 500;
    /** The milliseconds for an answer to the last. */
    long LAST_PROBE_MILLIS = 1000;
    /** The milliseconds after which somebody who has the address is asked again. */
    long AGAIN_MILLIS = 20_000;

    /**
     * Nobody is known to have it.
     *
     * @param asked the probes that have been sent
     * @param due when the next is sent, or the address is taken
     */
    record Asking(int asked, long due) implements SourceWatch {}

    /** vpnlb has it. */
    record Claimed() implements SourceWatch {}

    /**
     * Somebody has it.
     *
     * @param conflict who
     * @param asked the probes that have been sent since that one was heard
     * @param due when the next is sent, or the address is taken
     */
    record Somebodys(SourceConflict conflict, int asked, long due) implements SourceWatch {}

    /** The switch is connected. An address whose entries it holds is in use, and is not asked for. */
    default SourceWatch connected(final boolean isHeld, final long now) {
        return isHeld
                ? new Claimed()
                : switch (this) {
                    case Asking asking -> new Asking(0, now);
                    case Claimed claimed -> new Asking(0, now);
                    case Somebodys somebodys -> new Somebodys(somebodys.conflict, 0, now);
                };
    }

    /** A frame shows that somebody has it. */
    default SourceWatch heard(final SourceConflict conflict, final long now) {
        return new Somebodys(conflict, 0, now + AGAIN_MILLIS);
    }

    /** When something is due; never where vpnlb has it. */
    default long next() {
        return switch (this) {
            case Asking asking -> asking.due;
            case Claimed claimed -> Long.MAX_VALUE;
            case Somebodys somebodys -> somebodys.due;
        };
    }

    /** What is due: a probe is sent, or after the last one the address is taken. */
    default SourceWatch proceed(final long now) {
        return switch (this) {
            case Asking asking when asking.asked < PROBES -> new Asking(asking.asked + 1, dueAfter(asking.asked, now));
            case Somebodys found
            when found.asked < PROBES -> new Somebodys(found.conflict, found.asked + 1, dueAfter(found.asked, now));
            case Asking asking -> new Claimed();
            case Somebodys found -> new Claimed();
            case Claimed claimed -> claimed;
        };
    }

    private static long dueAfter(final int asked, final long now) {
        return now + (asked + 1 < PROBES ? PROBE_MILLIS : LAST_PROBE_MILLIS);
    }
}
