/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.selection.Assignments;

/** The table of the slots, where they are found by the source: an entry for each slot notes its device. */
final class SlotStage implements Stage {
    private final Layout layout;
    private final SelectionStage selection;

    SlotStage(final Layout layout, final SelectionStage selection) {
        this.layout = layout;
        this.selection = selection;
    }

    @Override
    public Table table() {
        return Table.SLOTS;
    }

    @Override
    public List<Flow> flows(final Site site) {
        return selection.bySource(site).stream().map(layout::ofNoSlot).toList();
    }

    /** The entries of the slots, by the slots of each service. */
    List<Flow> flows(final Site site, final Assignments slots) {
        return site.at(Side.INGRESS).stream()
                .flatMap(service -> selection.selector(service).slotFlows(service, slots.plan(service)).stream())
                .toList();
    }
}
