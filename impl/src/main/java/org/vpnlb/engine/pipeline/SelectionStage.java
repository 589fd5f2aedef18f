/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.selection.Slots;

/** Table 2: gives each new client a device, by the {@link Selector} of its service. */
final class SelectionStage implements Stage {
    private final Layout layout;
    private final LearnerEntriesByService learners;
    private final Set<String> bySource;
    private final SelectGroup selectGroup;
    private final SourceHash sourceHash;
    private final PinnedSourceHash pinned;
    private final ControllerChoice controller;

    /**
     * The table.
     *
     * @param bySource the services whose slots are found by the source
     */
    SelectionStage(
            final Layout layout,
            final Metering metering,
            final LearnerEntriesByService learners,
            final Set<String> bySource) {
        this.layout = layout;
        this.learners = learners;
        this.bySource = Set.copyOf(bySource);
        selectGroup = new SelectGroup(layout);
        sourceHash = new SourceHash(layout, selectGroup);
        pinned = new PinnedSourceHash(layout);
        controller = new ControllerChoice(layout, metering, selectGroup);
    }

    @Override
    public Table table() {
        return Table.SELECTION;
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        for (final Service service : site.at(Side.INGRESS)) {
            flows.addAll(
                    selector(service).flows(site, service, learners.of(service).frameOf(service)));
            if (isBySource(service)) {
                flows.add(layout.toTable(
                        Band.SLOT_OF_DESTINATION,
                        layout.toClients(service).build(),
                        layout.cookie(Kind.SELECTION, service),
                        List.of(),
                        Table.SLOT_BIT_0));
            }
        }
        return flows;
    }

    /** The groups of the selection, by the slots of each service. */
    List<Group> groups(final Site site, final Assignments slots) {
        return site.at(Side.INGRESS).stream()
                .flatMap(service -> selector(service).groups(service, slots.of(service)).stream())
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

    /** The services in a switch whose slots are found by the source. */
    List<Service> bySource(final Site site) {
        return site.at(Side.INGRESS).stream().filter(this::isBySource).toList();
    }

    /** Whether the slots of a service are found by the source. */
    boolean isBySource(final Service service) {
        return bySource.contains(service.name());
    }

    /** Whether the controller selects. While the switch still learns, it cannot know who is new: the switch goes on. */
    private boolean isByController(final Service service) {
        return service.selection().method() == Method.CONTROLLER
                && learners.of(service).copiesNewClients();
    }

    /** The method of a service. */
    Selector selector(final Service service) {
        if (isByController(service)) {
            return controller;
        }
        if (!isBySource(service)) {
            return selectGroup;
        }
        return service.ingress().sessions() == Sessions.PINNED ? pinned : sourceHash;
    }
}
