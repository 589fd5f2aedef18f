/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * The table of the copies of new clients' frames, where those are metered: a bucket cannot name a meter, an entry that
 * it looks up can. Nothing leads on from here.
 */
final class NewClientCopyStage implements Stage {
    private final Layout layout;
    private final Metering metering;
    private final LearnerEntriesByService learners;
    private final SelectionStage selection;

    NewClientCopyStage(
            final Layout layout,
            final Metering metering,
            final LearnerEntriesByService learners,
            final SelectionStage selection) {
        this.layout = layout;
        this.metering = metering;
        this.learners = learners;
        this.selection = selection;
    }

    @Override
    public Table table() {
        return Table.NEW_CLIENT_COPIES;
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        if (metering.boundsCopies()) {
            for (final Service service : site.at(Side.INGRESS)) {
                if (learners.of(service).copiesNewClients()) {
                    site.uplinks(service).forEach(uplink -> flows.add(copy(service, uplink)));
                }
            }
        }
        return flows;
    }

    private Flow copy(final Service service, final Place uplink) {
        return layout.flow(
                Band.NEW_CLIENT_COPY,
                frameOf(service).at(uplink.port()),
                layout.cookie(Kind.SELECTION, service),
                List.of(metering.copy(
                        PuntLength.HEADERS, layout.meter(MeterId.Kind.NEW_CLIENT, service, uplink.port()))));
    }

    /** Where slots are found by the source, the metadata has the slot; another switch may take no masked match. */
    private Match frameOf(final Service service) {
        return selection.isBySource(service)
                ? layout.ofAnySlot(service)
                : Match.builder().metadata(layout.metadata(service)).build();
    }

    /** Sends a copy of a new client's frame, in a bucket. */
    static Action toController(final Layout layout, final Metering metering) {
        return metering.boundsCopies()
                ? layout.lookUp(Table.SELECTION, Table.NEW_CLIENT_COPIES)
                : PuntLength.HEADERS.action();
    }
}
