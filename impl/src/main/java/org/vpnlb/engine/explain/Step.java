/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.explain;

import java.util.Optional;
import java.util.OptionalInt;
import org.vpnlb.engine.pipeline.Origin;

/**
 * A step of a packet's way through a switch.
 *
 * @param kind what happens
 * @param text the same in plain words
 * @param table the table, where one is looked up
 * @param entry the flow entry or group that does it, in one line; empty where none does
 * @param origin why there is that entry or group; empty where there is none
 */
public record Step(Kind kind, String text, OptionalInt table, Optional<String> entry, Optional<Origin> origin) {
    /** What happens in a step. */
    public enum Kind {
        /** An entry of a table matches. */
        MATCH,
        /** No entry of a table matches. */
        MISS,
        /** The packet or its metadata is changed, or it is looked up in another table. */
        ACTION,
        /** The switch writes an entry by itself. */
        LEARN,
        /** A group handles the packet. */
        GROUP,
        /** A bucket of the group gets the packet. */
        BUCKET,
        /** The packet leaves by a port. */
        SENT,
        /** The packet cannot leave by a port. */
        NOT_SENT,
        /** The controller gets a copy. */
        PUNTED,
        /** The switch forwards the packet as an ordinary switch does. */
        NORMAL,
        /** The walk cannot go on. */
        STOPPED,
        /** Nobody gets the packet. */
        DROPPED
    }
}
