/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Optional;
import org.vpnlb.engine.openflow.Group;

/**
 * The ids of vpnlb's groups: 0x76 in the highest octet, then three bits of kind and 21 bits of number.
 *
 * @param kind what the group does
 * @param number the number of the service (a selection) or of the device (all others)
 */
public record GroupId(Kind kind, int number) {
    /** The number of bits of a number. */
    public static final int NUMBER_BITS = 21;

    private static final long PREFIX = 0x76L << 24;

    /** What a group does. */
    public enum Kind {
        /** Selects a device for a new client: a slot a bucket. */
        SELECTION,
        /** Sends a new client's packet to the device, and its headers to the controller. */
        NEW_CLIENT,
        /** Sends a client's packet to the device. */
        TO_DEVICE,
        /** Sends a packet of the servers to the device. */
        RETURN_TO_DEVICE,
        /** Sends the packet of a new client whose slot is the device's there, as a new client's. */
        SLOT,
        /** Sends the packet of a client whose slot is the device's there, where only pinned clients are learned. */
        STILL_SLOT,
        /** Sends the packet of a client there whose own device has no link, where only pinned clients are learned. */
        FAILED_OVER
    }

    /** Reads an id; empty when it is not vpnlb's. */
    public static Optional<GroupId> parse(final long value) {
        final int kind = (int) (value >>> NUMBER_BITS & 7);
        return value >>> 24 != 0x76 || kind >= Kind.values().length
                ? Optional.empty()
                : Optional.of(new GroupId(Kind.values()[kind], (int) (value & (1 << NUMBER_BITS) - 1)));
    }

    /** Whether vpnlb makes groups of this kind and that type: another one is somebody else's. */
    public boolean mayHave(final Group.Type type) {
        return switch (kind) {
            case SELECTION -> type == Group.Type.SELECT;
            case NEW_CLIENT -> type == Group.Type.ALL || type == Group.Type.INDIRECT;
            case SLOT, STILL_SLOT -> type == Group.Type.FAST_FAILOVER;
            case TO_DEVICE -> type == Group.Type.FAST_FAILOVER || type == Group.Type.INDIRECT;
            case RETURN_TO_DEVICE, FAILED_OVER -> type == Group.Type.INDIRECT;
        };
    }

    /** The 32 bits of the id. */
    public long value() {
        return PREFIX | (long) kind.ordinal() << NUMBER_BITS | number;
    }
}
