/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.selection.Slots;

/**
 * What another configuration would make of one service in one switch.
 *
 * @param service the service
 * @param slots whose each slot would be when all have moved
 * @param moves how many slots would go from which device to which, those that go at once first
 * @param lookup which clients without a session may come to another device
 * @param waitMillis for how long slots would wait before they move, at most, in milliseconds from when the switch has
 *     confirmed that it lets their clients be learned; empty when none would wait
 * @param ends how many sessions would end
 * @param ending the first of these, in the order of their addresses
 * @param staying the number of sessions that would go on at their device
 * @param pinned those of the clients' side among them whose slot would be another device's; empty where nobody knows,
 *     since the switch's own hash selects
 */
public record Forecast(
        String service,
        Slots slots,
        List<Move> moves,
        Lookup lookup,
        OptionalLong waitMillis,
        List<End> ends,
        List<Ending> ending,
        int staying,
        OptionalInt pinned) {
    /**
     * Slots that would move.
     *
     * @param from the device that has them; {@link Slots#NOBODY} when none has
     * @param to the device that would get them; {@link Slots#NOBODY} when none would
     * @param isWaiting whether they would move once their clients have been learned, so that these stay; else at once
     * @param count the number of slots, at least 1
     */
    public record Move(String from, String to, boolean isWaiting, int count) {
        Move times(final int number) {
            return new Move(from, to, isWaiting, number);
        }
    }

    /** Which clients without a session may come to another device than now. */
    public enum Lookup {
        /** None. */
        NONE,
        /** Those of the slots that would move. */
        MOVED_SLOTS,
        /** All: the slots would be others, or be found otherwise. */
        ALL
    }

    /** Why a session would end. */
    public enum Why {
        /** The switch would not serve its side of the service any more. */
        SERVICE_LEAVES,
        /** The device would not be there. */
        DEVICE_REMOVED,
        /** The device would be out of service, or is down. */
        DEVICE_OUT_OF_SERVICE,
        /** The cluster address would be of another family than the client's. */
        OTHER_FAMILY,
        /** The client's inner address would be in no client prefix. */
        OUTSIDE_PREFIXES,
        /** The client's inner address would be in the client prefix of a device, and needs no session. */
        GIVEN
    }

    /**
     * Sessions that would end.
     *
     * @param side the side
     * @param device their device
     * @param why why they would end
     * @param count their number, at least 1
     */
    public record End(Side side, String device, Why why, int count) {
        End times(final int number) {
            return new End(side, device, why, number);
        }
    }

    /**
     * A session that would end.
     *
     * @param side the side
     * @param client the client, of its side
     * @param device its device
     * @param why why it would end
     */
    public record Ending(Side side, ClientKey client, String device, Why why) {}

    public Forecast {
        moves = List.copyOf(moves);
        ends = List.copyOf(ends);
        ending = List.copyOf(ending);
    }
}
