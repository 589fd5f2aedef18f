/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.vpnlb.engine.model.ModelName;
import org.vpnlb.engine.pipeline.Cookie;

/**
 * What happened to a service in a switch since the service was configured or enabled at this controller.
 *
 * @param created sessions made
 * @param moved sessions that went to another device
 * @param expired sessions that ended by idling
 * @param purged sessions that the configuration ended
 * @param rejected sessions not made because there were too many
 * @param punted frames sent to the controller, by reason
 * @param overMeter frames that were to go to the controller and were above a meter's rate, by reason
 * @param ignored frames sent to the controller with which it did nothing, by reason
 * @param dropped frames that the switch dropped, by the band of the entry
 */
public record Counters(
        long created,
        long moved,
        long expired,
        long purged,
        long rejected,
        Map<Punt, Long> punted,
        Map<Punt, Long> overMeter,
        Map<Ignored, Long> ignored,
        Map<String, Long> dropped) {
    /** Nothing happened. */
    public static final Counters ZERO = new Counters(0, 0, 0, 0, 0, Map.of(), Map.of(), Map.of(), Map.of());

    /** Why the switch sends a frame to the controller. */
    public enum Punt {
        /** It is a device's answer to a check. */
        CHECK_ANSWER,
        /** It asks for an address of ours. */
        ADDRESS_ASKED,
        /** It is a device's answer for a client that was searched for. */
        CLIENT_FOUND,
        /** It is a client's without a session. */
        NEW_CLIENT,
        /** It goes from a device to a client whose slot is another device's. */
        TO_CLIENT,
        /** It comes from a device, and its source is not known. */
        UNKNOWN_SOURCE,
        /** It is for a client without a session. */
        NO_RETURN,
        /** It is an ICMP error for a cluster address. */
        ICMP_ERROR,
        /** It is an echo request for an address of ours. */
        ECHO_REQUEST,
        /** An entry that sends nothing to the controller has sent it: somebody changed it. */
        OTHER;

        /** The reason of the frames that an entry sends. */
        public static Punt of(final Cookie.Kind kind) {
            return switch (kind) {
                case INGRESS_CHECK, EGRESS_CHECK -> CHECK_ANSWER;
                case CLASSIFY -> ADDRESS_ASKED;
                case SELECTION -> NEW_CLIENT;
                case TO_CLIENT -> TO_CLIENT;
                case LEARNED_SOURCE, CONTESTED -> UNKNOWN_SOURCE;
                case RETURN_SESSION -> NO_RETURN;
                case ICMP_ERROR -> ICMP_ERROR;
                case ECHO_REQUEST -> ECHO_REQUEST;
                case CLIENT_SESSION, SUPPRESSION, ADDRESS_ANSWER, DEVICE, SIDE -> OTHER;
            };
        }

        /** The reason as the operational tree writes it. */
        public String modelName() {
            return ModelName.of(this);
        }
    }

    /** Why the controller did nothing with a punted frame. */
    public enum Ignored {
        /** No device has the MAC address: the source's on the servers' side, the destination's on the clients'. */
        UNKNOWN_MAC,
        /** The source MAC address is a device's, at another port. */
        WRONG_PORT,
        /**
         * The source is not within the client prefixes, or is the device itself; of ICMP, no host has it. Or a device
         * sends, in the service's name, where no client is.
         */
        NOT_A_CLIENT,
        /** The source is within the client prefix of another device, which alone has it. */
        GIVEN_TO_ANOTHER,
        /** The device is out of service, or that of the prefix to which a server sends; of an echo request, all are. */
        OUT_OF_SERVICE,
        /** The session is there already; the frame was on its way. */
        ALREADY_KNOWN,
        /** The address is another device's client, which lives. */
        CONFLICT,
        /** A server's frame to a client without a session that was not found, or an ICMP error about one. */
        NO_SESSION,
        /** The ICMP error is not about a packet from the address to which it was sent. */
        FOREIGN_QUOTE,
        /** Too many clients without a session are searched for, or those of one server. */
        TOO_MANY_SEARCHES,
        /** The device answers for an address for which nobody asks, or no more. */
        NOT_ASKED,
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
        punted = Map.copyOf(punted);
        overMeter = Map.copyOf(overMeter);
        ignored = Map.copyOf(ignored);
        dropped = Map.copyOf(dropped);
    }

    /** The number of all frames sent to the controller. */
    public long punts() {
        return punted.values().stream().mapToLong(count -> count).sum();
    }

    private static <K> Map<K, Long> sum(final Map<K, Long> some, final Map<K, Long> others) {
        final Map<K, Long> sum = new HashMap<>(some);
        others.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
        return sum;
    }

    /** Both together. */
    public Counters plus(final Counters other) {
        return new Counters(
                created + other.created,
                moved + other.moved,
                expired + other.expired,
                purged + other.purged,
                rejected + other.rejected,
                sum(punted, other.punted),
                sum(overMeter, other.overMeter),
                sum(ignored, other.ignored),
                sum(dropped, other.dropped));
    }

    /** Counts, one at a time; confined to its agent. */
    public static final class Tally {
        private final long[] punted = new long[Punt.values().length];
        private final long[] ignored = new long[Ignored.values().length];
        private final Map<Punt, Long> overMeter = new EnumMap<>(Punt.class);
        private final Map<String, Long> dropped = new HashMap<>();
        private long created;
        private long moved;
        private long expired;
        private long purged;
        private long rejected;

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

        public void punted(final Punt reason) {
            punted[reason.ordinal()]++;
        }

        public void overMeter(final Punt reason, final long frames) {
            add(overMeter, reason, frames);
        }

        public void dropped(final String reason, final long frames) {
            add(dropped, reason, frames);
        }

        private static <K> void add(final Map<K, Long> counts, final K reason, final long frames) {
            if (frames > 0) {
                counts.merge(reason, frames, Long::sum);
            }
        }

        public void ignored(final Ignored reason) {
            ignored[reason.ordinal()]++;
        }

        public Counters read() {
            return new Counters(
                    created,
                    moved,
                    expired,
                    purged,
                    rejected,
                    byReason(Punt.values(), punted),
                    overMeter,
                    byReason(Ignored.values(), ignored),
                    dropped);
        }

        private static <E extends Enum<E>> Map<E, Long> byReason(final E[] reasons, final long[] counts) {
            final Map<E, Long> byReason = new HashMap<>();
            for (final E reason : reasons) {
                if (counts[reason.ordinal()] > 0) {
                    byReason.put(reason, counts[reason.ordinal()]);
                }
            }
            return byReason;
        }
    }
}
