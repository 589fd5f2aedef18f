/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.EnumMap;
import java.util.Map;
import org.vpnlb.engine.model.ModelName;

/**
 * What happened to a service in a switch since the service was configured or enabled at this controller.
 *
 * @param created sessions made
 * @param moved sessions that went to another device
 * @param expired sessions that ended by idling
 * @param purged sessions that the configuration ended
 * @param rejected sessions not made because there were too many
 * @param punts frames sent to the controller
 * @param ignored those of them that were to teach a session and did not, by reason
 */
public record Counters(
        long created, long moved, long expired, long purged, long rejected, long punts, Map<Ignored, Long> ignored) {
    /** Nothing happened. */
    public static final Counters ZERO = new Counters(0, 0, 0, 0, 0, 0, Map.of());

    /** Why a punted frame taught nothing. */
    public enum Ignored {
        /** No device has the MAC address: the source's on the servers' side, the destination's on the clients'. */
        UNKNOWN_MAC,
        /** The source MAC address is a device's, at another port. */
        WRONG_PORT,
        /** The source is not within the client prefixes, or is the device itself. */
        NOT_A_CLIENT,
        /** The device is out of service. */
        OUT_OF_SERVICE,
        /** The session is there already; the frame was on its way. */
        ALREADY_KNOWN,
        /** The address is another device's client, which lives. */
        CONFLICT,
        /** A server's frame to a client that has no session. */
        NO_SESSION,
        /** Hosts at the port ask for our addresses faster than the controller answers. */
        TOO_MANY_REQUESTS,
        /** The frame makes no sense. */
        MALFORMED;

        /** The reason as the operational tree writes it. */
        public String modelName() {
            return ModelName.of(this);
        }
    }

    public Counters {
        ignored = Map.copyOf(ignored);
    }

    /** Both together. */
    public Counters plus(final Counters other) {
        final Map<Ignored, Long> sum = new EnumMap<>(Ignored.class);
        sum.putAll(ignored);
        other.ignored.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
        return new Counters(
                created + other.created,
                moved + other.moved,
                expired + other.expired,
                purged + other.purged,
                rejected + other.rejected,
                punts + other.punts,
                sum);
    }

    /** Counts, one at a time; confined to its agent. */
    public static final class Tally {
        private final long[] ignored = new long[Ignored.values().length];
        private long created;
        private long moved;
        private long expired;
        private long purged;
        private long rejected;
        private long punts;

        public void created() {
            created++;
        }

        public void moved() {
            moved++;
        }

        public void expired() {
            expired++;
        }

        public void purged() {
            purged++;
        }

        public void rejected() {
            rejected++;
        }

        public void punted() {
            punts++;
        }

        public void ignored(final Ignored reason) {
            ignored[reason.ordinal()]++;
        }

        public Counters read() {
            final Map<Ignored, Long> byReason = new EnumMap<>(Ignored.class);
            for (final Ignored reason : Ignored.values()) {
                if (ignored[reason.ordinal()] > 0) {
                    byReason.put(reason, ignored[reason.ordinal()]);
                }
            }
            return new Counters(created, moved, expired, purged, rejected, punts, byReason);
        }
    }
}
