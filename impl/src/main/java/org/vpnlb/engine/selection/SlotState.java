/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

/** Whose a slot is, and whether it waits to move: first its clients are learned, so that they stay where they are. */
public sealed interface SlotState {
    /** The name of its device; {@link Slots#NOBODY} when it has none. */
    String owner();

    /** The name of the device that has it in the end. */
    String to();

    /** The slot stays where it is. */
    record Still(String owner) implements SlotState {
        @Override
        public String to() {
            return owner;
        }
    }

    /**
     * The slot is to move, and its clients are to be learned before; the switch has not confirmed yet that they are.
     *
     * @param to the device that gets it
     */
    record Asked(String owner, String to) implements SlotState {}

    /**
     * The slot's clients are learned.
     *
     * @param until when it moves
     * @param to the device that gets it
     */
    record Watched(String owner, long until, String to) implements SlotState {}
}
