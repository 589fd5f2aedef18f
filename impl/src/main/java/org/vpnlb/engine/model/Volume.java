/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/**
 * How much was sent.
 *
 * @param packets the number of frames
 * @param bytes their octets, as the switch counts them
 */
public record Volume(long packets, long bytes) {
    /** Nothing. */
    public static final Volume NONE = new Volume(0, 0);

    /** Both. */
    public Volume plus(final Volume other) {
        return new Volume(packets + other.packets, bytes + other.bytes);
    }

    /** What came after an earlier count; all of it where the count has begun anew. */
    public Volume since(final Volume earlier) {
        return packets < earlier.packets || bytes < earlier.bytes
                ? this
                : new Volume(packets - earlier.packets, bytes - earlier.bytes);
    }
}
