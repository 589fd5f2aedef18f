/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.LinkedHashMap;
import java.util.Map;
import org.vpnlb.engine.net.IpAddress;

/**
 * Distinguishes a client that logs in elsewhere from an address that two devices send in turn: overlapping address
 * pools, or somebody who takes another client's address.
 *
 * <p>A client may move twice within seconds. The third move is a conflict: the session stays with its holder until the
 * holder, asked for by way of the switch, has been silent for some time.
 */
final class Conflicts {
    /** What to do with a frame of a device that does not hold the client's session. */
    enum Verdict {
        /** The client has moved. */
        MOVE,
        /** The client has moved too often: a conflict begins. */
        BEGIN,
        /** The conflict goes on. */
        STAY
    }

    /** The milliseconds within which moves are counted together. */
    static final long MOVES_MILLIS = 10_000;

    /** The milliseconds without a frame of another device after which a conflict is over. */
    static final long QUIET_MILLIS = 60_000;

    /** The milliseconds of silence that end a holder's claim: it may have got the session by a late frame. */
    static final long SILENCE_MILLIS = 5_000;

    /** The same for a holder that has answered once: two hosts do have the address. */
    static final long PROVEN_SILENCE_MILLIS = 30_000;

    private static final int MAX_MOVES = 2;
    /** The oldest is forgotten then: spoofed addresses must not fill the memory. */
    private static final int MAX = 10_000;

    private sealed interface Contest {
        /** The client moved lately. */
        record Moved(int moves, long at) implements Contest {}

        /**
         * Two devices send the address.
         *
         * @param claimant the name of the other device
         * @param askedAt when the switch was last told to send the holder's next frame
         * @param silence the milliseconds for which the holder has to be silent
         * @param at when another device sent the address last
         */
        record Conflict(String claimant, long askedAt, long silence, long at) implements Contest {}
    }

    private final Map<IpAddress, Contest> contests = new LinkedHashMap<>();

    /**
     * A device that does not hold the client's session sent the client's address.
     *
     * @param claimant the name of the device
     * @param isHolderAsked whether the switch sends the holder's next frame, and has not sent one since
     */
    Verdict claimed(final IpAddress client, final String claimant, final boolean isHolderAsked, final long now) {
        return switch (contests.get(client)) {
            case null -> moved(client, 1, now);
            case Contest.Moved moved when now - moved.at > MOVES_MILLIS -> moved(client, 1, now);
            case Contest.Moved moved when moved.moves < MAX_MOVES -> moved(client, moved.moves + 1, now);
            case Contest.Moved moved -> {
                put(client, new Contest.Conflict(claimant, now, SILENCE_MILLIS, now));
                yield Verdict.BEGIN;
            }
            case Contest.Conflict conflict when isOver(conflict, isHolderAsked, now) -> moved(client, 1, now);
            case Contest.Conflict conflict -> {
                final long askedAt = isHolderAsked ? conflict.askedAt : now;
                put(client, new Contest.Conflict(claimant, askedAt, conflict.silence, now));
                yield Verdict.STAY;
            }
        };
    }

    private static boolean isOver(final Contest.Conflict conflict, final boolean isHolderAsked, final long now) {
        return now - conflict.at > QUIET_MILLIS || isHolderAsked && now - conflict.askedAt >= conflict.silence;
    }

    /** The device that holds the client's session sent a frame. */
    void heard(final IpAddress client) {
        if (contests.get(client) instanceof Contest.Conflict conflict && conflict.silence != PROVEN_SILENCE_MILLIS) {
            put(client, new Contest.Conflict(conflict.claimant, conflict.askedAt, PROVEN_SILENCE_MILLIS, conflict.at));
        }
    }

    /** Forgets what is over by time alone. */
    void expire(final long now) {
        contests.values().removeIf(contest -> switch (contest) {
            case Contest.Moved moved -> now - moved.at > MOVES_MILLIS;
            case Contest.Conflict conflict -> now - conflict.at > QUIET_MILLIS;
        });
    }

    /** The device that sends each address that is in conflict, beside the one that holds the session. */
    Map<IpAddress, String> claimants() {
        final Map<IpAddress, String> claimants = new LinkedHashMap<>();
        contests.forEach((client, contest) -> {
            if (contest instanceof Contest.Conflict conflict) {
                claimants.put(client, conflict.claimant);
            }
        });
        return claimants;
    }

    private Verdict moved(final IpAddress client, final int moves, final long now) {
        put(client, new Contest.Moved(moves, now));
        return Verdict.MOVE;
    }

    private void put(final IpAddress client, final Contest contest) {
        if (contests.put(client, contest) == null && contests.size() > MAX) {
            contests.remove(contests.keySet().iterator().next());
        }
    }
}
