/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import org.vpnlb.engine.openflow.Flow;

/**
 * One table of the pipeline, and the only place where its entries are made: a pure function of the configuration, which
 * knows of no session. Where an entry may lead, its {@link Table} says, and {@link Layout} sees to it.
 */
sealed interface Stage
        permits ClassifyStage,
                ClientSessionStage,
                SelectionStage,
                LearnedSourceStage,
                ReturnSessionStage,
                SwitchLearnedStage,
                SideStage,
                SlotBitStage,
                SlotStage,
                SlotDeviceStage,
                NewClientCopyStage {
    /** The table. */
    Table table();

    /**
     * The lasting entries of the table: all but what is written for a client or a neighbour.
     *
     * @param site the switch
     * @return the entries; of two with one key the later counts
     */
    List<Flow> flows(Site site);
}
