/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import org.vpnlb.engine.model.Side;

/**
 * The tables of the pipeline, in their order, and where each may send a frame on. The ordinal is the table's number,
 * counted from the base.
 */
public enum Table {
    /** What a frame is, and whose. */
    CLASSIFY,
    /** Where a known client's frames go; and which clients are known to be a device's, by what it sends to them. */
    CLIENT_SESSIONS,
    /** Which device a new client gets. */
    SELECTION,
    /** Who is behind a device. */
    LEARNED_SOURCES,
    /** Where the servers' frames to a client go. */
    RETURN_SESSIONS,
    /** Which device a client has, as the switch itself has learned. */
    SWITCH_LEARNED_CLIENTS,
    /** Which device the way back takes, as the switch itself has learned. */
    SWITCH_LEARNED_RETURNS,
    /** Where a frame goes that stays at its side; only in a switch that has both. */
    SIDES,
    /** The lowest bit of a client's slot, by its address; the tables of the other bits follow. */
    SLOT_BIT_0,
    SLOT_BIT_1,
    SLOT_BIT_2,
    SLOT_BIT_3,
    SLOT_BIT_4,
    SLOT_BIT_5,
    SLOT_BIT_6,
    SLOT_BIT_7,
    /** Which device has a slot. */
    SLOTS,
    /** How the controller hears of a new client. */
    NEW_CLIENT_COPIES,
    /** Where a new client goes, by the device of its slot; whether a device sends to a client of its own slot. */
    SLOT_DEVICES;

    /** The table of a bit of the slots, 0 = the lowest. */
    static Table ofSlotBit(final int bit) {
        return values()[SLOT_BIT_0.ordinal() + bit];
    }

    /** Whether it is the table of a bit of the slots. */
    boolean isSlotBit() {
        return compareTo(SLOT_BIT_0) >= 0 && compareTo(SLOTS) < 0;
    }

    /** The table of a side to which table 0 sends the frames of a service. */
    static Table after(final Side side) {
        return switch (side) {
            case INGRESS -> CLIENT_SESSIONS;
            case EGRESS -> LEARNED_SOURCES;
        };
    }

    /** Whether an entry here may end with a goto to a table. OpenFlow allows only those behind (1.3, section 5.1). */
    boolean mayLeadTo(final Table next) {
        return switch (this) {
            case CLASSIFY -> next == CLIENT_SESSIONS || next == LEARNED_SOURCES || next == SIDES;
            case CLIENT_SESSIONS -> next == SELECTION || next == SLOT_DEVICES;
            case LEARNED_SOURCES -> next == RETURN_SESSIONS;
            case RETURN_SESSIONS -> next == SIDES;
            case SELECTION -> next == SLOT_BIT_0;
            case SLOT_BIT_0, SLOT_BIT_1, SLOT_BIT_2, SLOT_BIT_3, SLOT_BIT_4, SLOT_BIT_5, SLOT_BIT_6, SLOT_BIT_7 ->
                next.ordinal() == ordinal() + 1 || next == SLOTS;
            case SLOTS -> next == SLOT_DEVICES;
            case SWITCH_LEARNED_CLIENTS, SWITCH_LEARNED_RETURNS, SIDES, NEW_CLIENT_COPIES, SLOT_DEVICES -> false;
        };
    }

    /** Whether an entry here, or a group that it leads to, may look a frame up in a table and then go on. */
    boolean mayLookInto(final Table other) {
        return switch (this) {
            case CLASSIFY -> other == SWITCH_LEARNED_CLIENTS || other == SWITCH_LEARNED_RETURNS;
            case CLIENT_SESSIONS -> other == SWITCH_LEARNED_CLIENTS;
            case SELECTION, SLOT_DEVICES -> other == SWITCH_LEARNED_CLIENTS || other == NEW_CLIENT_COPIES;
            default -> false;
        };
    }
}
