/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.List;
import java.util.stream.Stream;

/**
 * A flow entry (OpenFlow 1.3, section 5.2).
 *
 * @param key what makes it this entry and no other
 * @param cookie vpnlb's mark; see {@link Cookie}
 * @param timeouts when the switch removes it by itself
 * @param actions applied at once, in order; none = nothing is sent here
 * @param metadata the metadata to write, or null
 * @param metadataMask the bits of the metadata that are written, or null: all 64
 * @param nextTable the table that comes next, or null
 * @param meter the id of the meter that frames must pass before anything else is done, or null
 */
public record Flow(
        Key key,
        long cookie,
        Timeouts timeouts,
        List<Action> actions,
        Long metadata,
        Long metadataMask,
        Integer nextTable,
        Long meter) {
    /**
     * What tells flow entries of one switch apart.
     *
     * @param table the table's id, 0 to 254
     * @param priority 0 to 65535, the highest wins
     * @param match what it matches
     */
    public record Key(int table, int priority, Match match) {}

    /**
     * When the switch removes an entry by itself.
     *
     * @param idle the seconds without a packet, 1 to 65535; 0 = never
     * @param hard the seconds of life, 1 to 65535; 0 = no end
     * @param report whether the switch tells of the entry's removal
     */
    public record Timeouts(int idle, int hard, boolean report) {
        /** The entry stays until it is deleted. */
        public static final Timeouts NONE = new Timeouts(0, 0, false);

        /** The entry ends, and the switch tells, after this number of seconds without a packet. */
        public static Timeouts idle(final int seconds) {
            return new Timeouts(seconds, 0, true);
        }

        /** The entry ends silently after this number of seconds. */
        public static Timeouts hard(final int seconds) {
            return new Timeouts(0, seconds, false);
        }
    }

    public Flow {
        actions = List.copyOf(actions);
    }

    /** An entry without a meter. */
    public Flow(
            final Key key,
            final long cookie,
            final Timeouts timeouts,
            final List<Action> actions,
            final Long metadata,
            final Long metadataMask,
            final Integer nextTable) {
        this(key, cookie, timeouts, actions, metadata, metadataMask, nextTable, null);
    }

    /** An entry without a meter that writes all of the metadata, or nothing of it. */
    public Flow(
            final Key key,
            final long cookie,
            final Timeouts timeouts,
            final List<Action> actions,
            final Long metadata,
            final Integer nextTable) {
        this(key, cookie, timeouts, actions, metadata, null, nextTable);
    }

    /** The same entry with a meter. */
    public Flow metered(final long id) {
        return new Flow(key, cookie, timeouts, actions, metadata, metadataMask, nextTable, id);
    }

    /** The ids of all meters that the entry names: its own, and those of its actions. */
    public List<Long> meters() {
        return Stream.concat(
                        Stream.ofNullable(meter),
                        actions.stream()
                                .filter(Action.CopyToController.class::isInstance)
                                .map(action -> ((Action.CopyToController) action).meter()))
                .toList();
    }

    /** Whether a frame ends here, and nobody gets it. */
    public boolean drops() {
        return actions.isEmpty() && metadata == null && nextTable == null;
    }

    /**
     * The metadata of a frame behind this entry.
     *
     * @param before the metadata before
     */
    public long writeMetadata(final long before) {
        if (metadata == null) {
            return before;
        }
        return metadataMask == null ? metadata : before & ~metadataMask | metadata & metadataMask;
    }

    @Override
    public String toString() {
        return "table=%d priority=%d %s cookie=0x%x %s%s%s%s%s"
                .formatted(
                        key.table(),
                        key.priority(),
                        key.match(),
                        cookie,
                        meter == null ? "" : "meter:0x" + Long.toHexString(meter) + " ",
                        actions.isEmpty() ? "" : actions,
                        metadata == null ? "" : " write_metadata:0x" + Long.toHexString(metadata),
                        metadataMask == null ? "" : "/0x" + Long.toHexString(metadataMask),
                        nextTable == null ? "" : " goto:" + nextTable);
    }
}
