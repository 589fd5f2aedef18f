/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import java.util.function.UnaryOperator;

/** Whose a slot is, and whether it waits to move: first its clients are learned, so that they stay where they are. */
public sealed interface SlotState {
    /** The name of its device; {@link Slots#NOBODY} when it has none. */
    String owner();

    /** The name of the device that has it in the end. */
    String to();

    /** The same, where the devices have other names. */
    SlotState renamed(UnaryOperator<String> name);

    /** The slot stays where it is. */
    record Still(String owner) implements SlotState {
        @Override
        public SlotState renamed(final UnaryOperator<String> name) {
            return new Still(name.apply(owner));
        }

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
    record Asked(String owner, String to) implements SlotState {
        @Override
        public SlotState renamed(final UnaryOperator<String> name) {
            return new Asked(name.apply(owner), name.apply(to));
        }
    }

    /**
     * The slot's clients are learned.
     *
     * @param until when it moves
     * @param to the device that gets it
     */
    record Watched(String owner, long until, String to) implements SlotState {
        @Override
        public SlotState renamed(final UnaryOperator<String> name) {
            return new Watched(name.apply(owner), until, name.apply(to));
        }
    }
}
