/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Optional;

/**
 * The cookie of vpnlb's flow entries: what an entry is, and whose.
 *
 * <pre>
 *  63           48 47  44 43               24 23                 0
 * +---------------+------+-------------------+--------------------+
 * | prefix 0x7670 | kind |      service      |       device       |
 * +---------------+------+-------------------+--------------------+
 * </pre>
 *
 * <p>One delete with a device's whole cookie of a kind purges all its entries of that kind.
 *
 * @param kind what the entry is
 * @param service the service's number, 0 = the entry serves all; see {@link org.vpnlb.engine.pipeline.Numbers}
 * @param device the device's number, 0 = none
 */
public record Cookie(Kind kind, int service, int device) {
    /** The prefix of every cookie, in its place. */
    public static final long PREFIX = 0x7670L << 48;

    /** The bits of the prefix. */
    public static final long PREFIX_MASK = 0xffffL << 48;

    /** A cookie of vpnlb's that no entry has: its kind is none. */
    public static final long OF_NOTHING = PREFIX;

    /** Every bit. */
    public static final long EXACT_MASK = -1L;

    /** The number of bits of a service's number. */
    public static final int SERVICE_BITS = 20;

    private static final int DEVICE_BITS = 24;

    /** The greatest number of a device. */
    public static final long MAX_DEVICE = (1L << DEVICE_BITS) - 1;

    /** The bits of the prefix and the kind. */
    public static final long KIND_MASK = PREFIX_MASK | 0xfL << SERVICE_BITS + DEVICE_BITS;

    /** The bits of the prefix, the kind and the service. */
    public static final long SERVICE_MASK = ~MAX_DEVICE;

    /** The bits of the prefix and of the device: with those of the prefix alone, the entries that are no device's. */
    public static final long DEVICE_MASK = PREFIX_MASK | MAX_DEVICE;

    /** What an entry is. */
    public enum Kind {
        /** An entry of table 0. */
        CLASSIFY(1),
        /** A client session, or table 1's miss. */
        CLIENT_SESSION(2),
        /** The way into a select group. */
        SELECTION(3),
        /** A learned source, or table 3's misses. */
        LEARNED_SOURCE(4),
        /** A return session, or table 4's misses. */
        RETURN_SESSION(5),
        /** Suppresses punts: a short-lived entry that keeps the same frame from being punted again and again. */
        SUPPRESSION(6),
        /** An ARP answer for a host that has asked before. */
        ADDRESS_ANSWER(7),
        /** Sends the answers to a device's checks on the clients' side to the controller. */
        INGRESS_CHECK(8),
        /** Sends the answers to a device's checks on the servers' side to the controller. */
        EGRESS_CHECK(9),
        /** Where a device's frames go without a session of the controller's, learned by the switch or given. */
        DEVICE(10),
        /** Forwards what stays at its side. */
        SIDE(11),
        /** Sends ICMP errors for a cluster address to the controller. */
        ICMP_ERROR(12),
        /** Sends echo requests for an address of ours to the controller. */
        ECHO_REQUEST(13),
        /** Who a device's client is, by what the device sends to it; and what is done with the rest of that. */
        TO_CLIENT(14),
        /** For a short while says what is learned of an inner address that two devices may send. */
        CONTESTED(15);

        private final int code;

        Kind(final int code) {
            this.code = code;
        }

        /** Whether what such an entry sends is an answer to a check. */
        public boolean isCheck() {
            return this == INGRESS_CHECK || this == EGRESS_CHECK;
        }

        private static Optional<Kind> of(final int code) {
            for (final Kind kind : values()) {
                if (kind.code == code) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }

    /** A cookie that belongs to no service and no device. */
    public static Cookie of(final Kind kind) {
        return new Cookie(kind, 0, 0);
    }

    /** Reads a cookie; empty when it is not vpnlb's. */
    public static Optional<Cookie> parse(final long value) {
        return (value & PREFIX_MASK) != PREFIX
                ? Optional.empty()
                : Kind.of((int) (value >>> SERVICE_BITS + DEVICE_BITS & 0xf))
                        .map(kind -> new Cookie(kind, (int) (value >>> DEVICE_BITS & (1 << SERVICE_BITS) - 1), (int)
                                (value & (1 << DEVICE_BITS) - 1)));
    }

    /** The 64 bits of the cookie. */
    public long value() {
        return PREFIX | (long) kind.code << SERVICE_BITS + DEVICE_BITS | (long) service << DEVICE_BITS | device;
    }
}
