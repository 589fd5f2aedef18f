/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.OptionalLong;
import org.vpnlb.engine.model.Device;

/**
 * A session: its device, and when each of its entries was written. Entries are numbered in the order in which they are
 * written. There may be very many sessions: no arrays, no boxes.
 */
sealed interface Session {
    /** When an entry was written that the switch does not hold. */
    long GONE = Long.MIN_VALUE;

    /** When an entry was written that the switch had already when it was read: at any time before. */
    long UNKNOWN = Long.MIN_VALUE / 2;

    /** The device. */
    Device device();

    /** When an entry was written, in milliseconds, or {@link #GONE}. */
    long writtenAt(int entry);

    /** Whether an entry was written so lately that frames from before may still come in. */
    default boolean isSettling(final int entry, final long now) {
        return writtenAt(entry) != GONE && now - writtenAt(entry) < SessionTable.SETTLE_MILLIS;
    }

    /** The same session, one entry of which was written then, or is {@link #GONE}. */
    Session written(int entry, long at);

    /** The same session with another device, or with its device as configured anew. */
    Session with(Device other);

    /** The number of its entries that the switch holds. */
    int entries();

    /** When the older of its entries was written, in milliseconds; empty where that is not known. */
    default OptionalLong since() {
        final long first = writtenAt(0) == GONE ? writtenAt(1) : writtenAt(0);
        final long at = writtenAt(1) == GONE ? first : Math.min(first, writtenAt(1));
        return at <= UNKNOWN ? OptionalLong.empty() : OptionalLong.of(at);
    }

    /** The same session, without the entries that were written before a time. */
    default Session withoutOlder(final long time) {
        final Session first = writtenAt(0) < time ? written(0, GONE) : this;
        return writtenAt(1) < time ? first.written(1, GONE) : first;
    }

    /** A session all of whose entries, one or two, were written at a time. */
    static Session of(final int entries, final Device device, final long at) {
        return entries == 1 ? new OneEntry(device, at) : new TwoEntries(device, at, at);
    }

    /** A session without a second entry, as most of the ingress side are. */
    record OneEntry(Device device, long at) implements Session {
        @Override
        public long writtenAt(final int entry) {
            return entry == 0 ? at : GONE;
        }

        @Override
        public Session written(final int entry, final long time) {
            if (entry == 0) {
                return new OneEntry(device, time);
            }
            return time == GONE ? this : new TwoEntries(device, at, time);
        }

        @Override
        public Session with(final Device other) {
            return new OneEntry(other, at);
        }

        @Override
        public int entries() {
            return at == GONE ? 0 : 1;
        }
    }

    /** A session with both entries, or with one left of them. */
    record TwoEntries(Device device, long firstAt, long secondAt) implements Session {
        @Override
        public long writtenAt(final int entry) {
            return entry == 0 ? firstAt : secondAt;
        }

        @Override
        public Session written(final int entry, final long time) {
            return entry == 0 ? new TwoEntries(device, time, secondAt) : new TwoEntries(device, firstAt, time);
        }

        @Override
        public Session with(final Device other) {
            return new TwoEntries(other, firstAt, secondAt);
        }

        @Override
        public int entries() {
            return (firstAt == GONE ? 0 : 1) + (secondAt == GONE ? 0 : 1);
        }
    }
}
