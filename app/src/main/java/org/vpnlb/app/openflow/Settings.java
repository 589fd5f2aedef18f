/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import org.vpnlb.engine.pipeline.Table;
import org.vpnlb.engine.reconcile.AuditClock;

/**
 * What is set for all switches in {@code etc/org.vpnlb.cfg}.
 *
 * @param tableBase the number of the switches' table that is table 0 of the pipeline
 * @param audits how often a switch is audited
 * @param learned the frames of clients without a session that a port may send to the controller in a second
 */
public record Settings(int tableBase, AuditClock.Intervals audits, int learned) {
    private static final int HIGHEST_BASE = 254 - (Table.values().length - 1);
    private static final int MAX_COUNT_SECONDS = 3600;
    private static final int MAX_READ_SECONDS = 86_400;
    private static final int MAX_LEARNED = 50_000;
    private static final long MILLIS = 1000;

    /**
     * Settings as they are written in the file.
     *
     * @param countSeconds the seconds between two counts of a switch's entries, 1 to 3,600
     * @param readSeconds the seconds between two readings of all entries, not less than between two counts, to 86,400
     * @param learned the frames in a second, 1 to 50,000
     * @throws IllegalArgumentException if one is out of range; says which, and what to use
     */
    public static Settings of(final int tableBase, final int countSeconds, final int readSeconds, final int learned) {
        check("table-base", tableBase, 0, HIGHEST_BASE);
        check("audit-count-seconds", countSeconds, 1, MAX_COUNT_SECONDS);
        check("audit-read-seconds", readSeconds, countSeconds, MAX_READ_SECONDS);
        check("learned-per-second", learned, 1, MAX_LEARNED);
        return new Settings(tableBase, new AuditClock.Intervals(MILLIS * countSeconds, MILLIS * readSeconds), learned);
    }

    private static void check(final String name, final int value, final int min, final int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "etc/org.vpnlb.cfg: %s = %d: is out of range; use %d to %d".formatted(name, value, min, max));
        }
    }
}
