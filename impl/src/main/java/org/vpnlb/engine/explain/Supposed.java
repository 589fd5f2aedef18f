/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.explain;

import org.vpnlb.engine.openflow.Tables;

/** What comes of a {@link Supposition}. */
public sealed interface Supposed {
    /**
     * The tables that the switch would have.
     *
     * @param tables the tables
     */
    record Held(Tables tables) implements Supposed {}

    /**
     * It cannot be so, or says nothing about the packet.
     *
     * @param why the reason, in plain words
     */
    record Refused(String why) implements Supposed {}
}
