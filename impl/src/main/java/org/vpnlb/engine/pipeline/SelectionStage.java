/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.selection.Slots;

/** Table 2: gives each new client a device, by the {@link Selector} of its service. */
final class SelectionStage implements Stage {
    private final Learners learners;
    private final SelectGroup selectGroup;

    SelectionStage(final Layout layout, final Learners learners) {
        this.learners = learners;
        selectGroup = new SelectGroup(layout);
    }

    @Override
    public Table table() {
        return Table.SELECTION;
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        for (final Service service : site.at(Side.INGRESS)) {
            flows.addAll(selector(service).flows(service, learners.of(service).frameOf(service)));
        }
        return flows;
    }

    /** The groups of the selection, by the slots of each service. */
    List<Group> groups(final Site site, final Map<String, Slots> slots) {
        return site.at(Side.INGRESS).stream()
                .flatMap(service -> selector(service).groups(service, slots.get(service.name())).stream())
                .toList();
    }

    /** The id of the group that gives any client of a service to a device that lives. */
    long others(final Service service) {
        return selector(service).others(service);
    }

    /** The slots of a service as a switch has them; empty when it has none. */
    Optional<Slots> adopt(final Tables actual, final Service service) {
        return selector(service).adopt(actual, service);
    }

    private Selector selector(final Service service) {
        return switch (service.selection().method()) {
            // The validator refuses the others.
            case SELECT_GROUP, SOURCE_HASH, CONTROLLER -> selectGroup;
        };
    }
}
