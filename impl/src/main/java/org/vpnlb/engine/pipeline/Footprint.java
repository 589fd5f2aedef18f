/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Arrays;

/** Where in a switch vpnlb's entries can be: the bands of its tables. */
public final class Footprint {
    private final Layout layout;

    /**
     * The footprint of a pipeline.
     *
     * @param base the number of table 0 of the pipeline in the switch
     */
    public Footprint(final int base) {
        layout = new Layout(base, Numbers.NONE);
    }

    /** Whether an entry of vpnlb's can have this table and this priority. */
    public boolean covers(final int table, final int priority) {
        return Arrays.stream(Table.values())
                .filter(ours -> layout.id(ours) == table)
                .anyMatch(ours -> Arrays.stream(Band.values()).anyMatch(band -> band.mayBeAt(ours, priority)));
    }
}
