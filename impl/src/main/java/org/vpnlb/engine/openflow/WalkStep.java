/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.List;
import java.util.Objects;

/** One thing that a switch does with a frame; see {@link TableWalk}. */
public sealed interface WalkStep {
    /**
     * A table was looked up, and an entry matched.
     *
     * @param fields what the switch saw of the frame
     * @param metadata the metadata at that time
     * @param flow the entry
     * @param rivals the other entries of the same priority that match too; OpenFlow leaves open which of them wins
     */
    record Matched(PacketFields fields, long metadata, Flow flow, List<Flow> rivals) implements WalkStep {
        public Matched {
            rivals = List.copyOf(rivals);
        }

        /** Whether another entry may win as well, and does something else. */
        public boolean isOpen() {
            return rivals.stream().anyMatch(rival -> !doTheSame(flow, rival));
        }
    }

    /**
     * A meter was asked whether the frame, or its copy for the controller, may pass.
     *
     * @param meter the meter's id
     * @param passed whether it may
     */
    record Metered(long meter, boolean passed) implements WalkStep {}

    /**
     * A table was looked up, and no entry matched.
     *
     * @param table the table's id
     * @param fields what the switch saw of the frame
     * @param metadata the metadata at that time
     */
    record Missed(int table, PacketFields fields, long metadata) implements WalkStep {}

    /**
     * An action changed the frame or its metadata, or looks the frame up in another table.
     *
     * @param action the action
     */
    record Applied(Action action) implements WalkStep {}

    /**
     * An action had the switch write an entry by itself.
     *
     * @param action the action
     * @param entry the entry
     */
    record Learned(Action.Learn action, Flow entry) implements WalkStep {}

    /**
     * The frame entered a group.
     *
     * @param group the group
     */
    record EnteredGroup(Group group) implements WalkStep {}

    /**
     * A bucket of the group that was entered last gets the frame, or a copy.
     *
     * @param group the group's id
     * @param bucket the bucket's position in the group, from 0
     */
    record ChoseBucket(long group, int bucket) implements WalkStep {}

    /**
     * No bucket of the group that was entered last is alive.
     *
     * @param group the group's id
     */
    record FoundNoBucket(long group) implements WalkStep {}

    /**
     * An entry or a bucket leads to a group that the switch does not have.
     *
     * @param group the group's id
     */
    record FoundNoGroup(long group) implements WalkStep {}

    /**
     * The frame left by a port.
     *
     * @param port the port's number
     * @param frame the frame as it left
     */
    record Sent(long port, byte[] frame) implements WalkStep {}

    /**
     * The frame was to leave by a port, and could not.
     *
     * @param port the port's number
     * @param reason why
     */
    record NotSent(long port, Reason reason) implements WalkStep {
        /** Why a frame cannot leave by a port. */
        public enum Reason {
            /** It came in there; only OFPP_IN_PORT sends it back (OpenFlow 1.3, section 4.5). */
            IN_PORT,
            /** There is no such port, or its link is down. */
            NOT_LIVE
        }
    }

    /**
     * The controller got a copy.
     *
     * @param cookie the cookie of the entry that sent it
     * @param frame the frame, or its beginning
     */
    record Punted(long cookie, byte[] frame) implements WalkStep {
        /** The number of octets that the controller got. */
        public int length() {
            return frame.length;
        }
    }

    /**
     * The frame was handed to the switch's own forwarding (OFPP_NORMAL), which knows by which ports it leaves.
     *
     * @param frame the frame as it was handed over
     */
    record HandedToNormal(byte[] frame) implements WalkStep {}

    /**
     * The walk ended here, since it would not come to an end by itself.
     *
     * @param reason why
     */
    record Stopped(Reason reason) implements WalkStep {
        /** Why a walk ended. */
        public enum Reason {
            /** Groups and resubmissions are nested more than {@value TableWalk#MAX_DEPTH} deep. */
            TOO_DEEP,
            /** There were more than {@value TableWalk#MAX_VISITS} tables and groups on the way. */
            TOO_LONG,
            /** An entry goes to its own table, or to one before. */
            GOTO_BACK
        }
    }

    /**
     * The frame is shorter than an Ethernet header.
     *
     * @param length its octets
     */
    record FoundNoHeader(int length) implements WalkStep {}

    /** Nobody got the frame. */
    record Dropped() implements WalkStep {}

    /**
     * Whether it does not matter which of two entries a frame hits: they do the same, and where the controller may hear
     * of it, they have the same cookie.
     *
     * @param one an entry
     * @param other another entry
     * @return whether they are the same to a frame
     */
    static boolean doTheSame(final Flow one, final Flow other) {
        final boolean mayTell = one.actions().stream().anyMatch(action -> !(action instanceof Action.OutputNormal));
        return one.actions().equals(other.actions())
                && Objects.equals(one.metadata(), other.metadata())
                && Objects.equals(one.metadataMask(), other.metadataMask())
                && Objects.equals(one.nextTable(), other.nextTable())
                && Objects.equals(one.meter(), other.meter())
                && (!mayTell || one.cookie() == other.cookie());
    }
}
