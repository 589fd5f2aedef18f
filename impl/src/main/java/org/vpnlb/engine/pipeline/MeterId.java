/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Optional;
import org.vpnlb.engine.openflow.Meter;

/**
 * The ids of vpnlb's meters: 0x76 in the highest octet, then three bits of kind and 21 bits of number. A meter with
 * another id is somebody else's.
 *
 * @param kind what the meter bounds
 * @param number whose frames it bounds: the device's number (checks), the port (unknown sources), or a hash of service
 *     and port; two whose hashes meet share a meter
 */
public record MeterId(Kind kind, int number) {
    /** The number of bits of a number. */
    public static final int NUMBER_BITS = 21;

    private static final long PREFIX = 0x76L << 24;

    /** What a meter bounds. */
    public enum Kind {
        /** A device's answers to checks on the clients' side, which come ten times in a second at most. */
        INGRESS_CHECK(100, 100),
        /** A device's answers to checks on the servers' side. */
        EGRESS_CHECK(100, 100),
        /** Requests for an address of ours: twice what the controller answers in a second, all neighbours at once. */
        ADDRESS_ASKED(400, 2000),
        /** Copies of new clients' frames. */
        NEW_CLIENT,
        /** Copies of a device's own frames: inside with a source that is not known, outside to another's client. */
        UNKNOWN_SOURCE,
        /** Frames to clients without a session. */
        NO_RETURN,
        /** Copies of frames at a device's port that are not the device's: few tell what is wrong there. */
        STRAY_SOURCE(100, 100),
        /** ICMP errors for a cluster address, and echo requests for an address of ours; each has its own meters. */
        ICMP(200, 400);

        private final int rate;
        private final int burst;

        Kind(final int rate, final int burst) {
            this.rate = rate;
            this.burst = burst;
        }

        /** Who sends such frames teaches sessions: the rate is configured. */
        Kind() {
            this(0, 0);
        }
    }

    /** The id of no meter of vpnlb's, though it begins like theirs: with it a switch is tried. */
    public static final long TRIAL = PREFIX | 0xff_ffffL;

    /** At once fewer than make OpenFlowPlugin drop everybody's, 64,000. */
    private static final int MAX_BURST = 60_000;

    /** Reads an id; empty when it is not vpnlb's. */
    public static Optional<MeterId> parse(final long value) {
        final int kind = (int) (value >>> NUMBER_BITS & 7);
        return value >>> 24 != 0x76 || value == TRIAL || kind >= Kind.values().length
                ? Optional.empty()
                : Optional.of(new MeterId(Kind.values()[kind], (int) (value & (1 << NUMBER_BITS) - 1)));
    }

    /** The 32 bits of the id. */
    public long value() {
        return PREFIX | (long) kind.ordinal() << NUMBER_BITS | number;
    }

    /**
     * The meter as vpnlb makes it.
     *
     * @param learned the frames of clients without a session that pass in a second, and twice as many after silence
     */
    public Meter meter(final int learned) {
        return kind.rate > 0
                ? new Meter(value(), kind.rate, kind.burst)
                : new Meter(value(), learned, Math.min(2 * learned, MAX_BURST));
    }
}
