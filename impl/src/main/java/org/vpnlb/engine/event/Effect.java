/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.event;

import java.util.Set;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Meter;

/**
 * What an agent wants done to its switch. Effects are carried out in the order in which the agent returned them, but
 * for {@link SendFrame} and {@link SendByGroup}, which wait for nothing before them.
 */
public sealed interface Effect {
    /**
     * Writes a flow entry; one with the same key is replaced.
     *
     * @param flow the entry
     */
    record AddFlow(Flow flow) implements Effect {}

    /**
     * Writes a flow entry when nothing else waits: very many sessions are rewritten so, and the entries that they have
     * serve them meanwhile. What comes after overtakes it. A later effect on the same entry takes its place.
     *
     * @param flow the entry
     */
    record AddLater(Flow flow) implements Effect {}

    /**
     * Deletes the flow entry with this key, if it has this cookie.
     *
     * @param key the entry's key
     * @param cookie the entry's cookie
     */
    record DeleteFlow(Flow.Key key, long cookie) implements Effect {}

    /**
     * Deletes all flow entries, of all tables, with this cookie.
     *
     * @param cookie the cookie, all 64 bits
     */
    record DeleteFlows(long cookie) implements Effect {}

    /**
     * Makes a group that the switch does not have.
     *
     * @param group the group
     */
    record AddGroup(Group group) implements Effect {}

    /**
     * Replaces a group that the switch has.
     *
     * @param group the group
     */
    record ModifyGroup(Group group) implements Effect {}

    /**
     * Deletes a group.
     *
     * @param group the group
     */
    record DeleteGroup(Group group) implements Effect {}

    /**
     * Makes a meter that the switch does not have.
     *
     * @param meter the meter
     */
    record AddMeter(Meter meter) implements Effect {}

    /**
     * Deletes a meter, and with it the flow entries that name it; entries that name it in an action may stay.
     *
     * @param id the meter's id
     */
    record DeleteMeter(long id) implements Effect {}

    /** What came before is done in the switch before anything that comes after (OpenFlow 1.3, section 6.2). */
    record Barrier() implements Effect {}

    /**
     * Sends a frame.
     *
     * @param port the port to send it out of
     * @param frame the frame
     */
    record SendFrame(long port, byte[] frame) implements Effect {}

    /**
     * Sends a frame by a group, as if it had come in at a port.
     *
     * @param inPort the port
     * @param group the group's id
     * @param frame the frame
     */
    record SendByGroup(long inPort, long group, byte[] frame) implements Effect {}

    /**
     * Counts the flow entries with this cookie; {@link Event.Counted} is the answer.
     *
     * @param cookie the cookie, all 64 bits
     */
    record Count(long cookie) implements Effect {}

    /**
     * Asks how many frames the switch has dropped, by vpnlb's meters and by entries, and what went by its groups;
     * {@link Event.Drops} is the answer.
     *
     * @param cookies the cookies of the entries, all 64 bits of each
     */
    record CountDrops(Set<Long> cookies) implements Effect {
        public CountDrops {
            cookies = Set.copyOf(cookies);
        }
    }

    /**
     * Asks the switch to tell when all that came before is done; {@link Event.Confirmed} is the answer.
     *
     * @param round tells the answers apart
     * @param isLast whether it waits for what is written later ({@link AddLater}) too
     */
    record Confirm(long round, boolean isLast) implements Effect {
        /** The round of the sessions that are restored; the {@code Reconciler} counts from 1. */
        public static final long RESTORED = 0;

        /** The round of what was written later. */
        public static final long WRITTEN_LATER = -1;

        /** Waits for nothing that is written later. */
        public Confirm(final long round) {
            this(round, false);
        }
    }

    /** Reads vpnlb's flow entries in the switch; {@link Event.Reread} is the answer. */
    record Reread() implements Effect {}

    /** Reads somebody else's flow entries in the switch; {@link Event.OthersRead} is the answer. */
    record ReadOthers() implements Effect {}

    /** Reads vpnlb's flow entries, groups and meters in the switch, to compare; {@link Event.Audited} is the answer. */
    record Audit() implements Effect {}

    /**
     * Counts the flow entries in some tables of the switch, and reads its groups, to compare;
     * {@link Event.AuditCounted} is the answer.
     *
     * @param tables the numbers of the tables
     */
    record AuditCounts(Set<Integer> tables) implements Effect {
        public AuditCounts {
            tables = Set.copyOf(tables);
        }
    }

    /**
     * Tells someone other than the switch.
     *
     * @param notice what
     */
    record Tell(Notice notice) implements Effect {}
}
