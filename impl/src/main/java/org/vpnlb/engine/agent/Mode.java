/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Optional;
import org.vpnlb.engine.event.Event;

/** How an agent stands to its switch. */
sealed interface Mode {
    /**
     * No configuration has come yet.
     *
     * @param early a connection that came before it and waits: without a configuration every entry would look stale
     */
    record Unconfigured(Optional<Event.Connected> early) implements Mode {}

    /** The switch is not connected, or another controller masters it. */
    record Away() implements Mode {}

    /**
     * The switch is connected.
     *
     * @param pendingReads the read-backs that have been asked for and not come; while there is one frames teach nothing
     */
    record Here(int pendingReads) implements Mode {
        /** Whether what the switch holds is being read. */
        boolean isReading() {
            return pendingReads > 0;
        }
    }
}
