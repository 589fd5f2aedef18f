/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.selection.SlotPlan;
import org.vpnlb.engine.selection.Slots;

/**
 * The controller selects: it gets the whole frame of a new client, and sends it on to the device. The select group
 * stays for clients of a device whose port has no link, which cannot wait.
 */
final class ControllerChoice implements Selector {
    private final Layout layout;
    private final Metering metering;
    private final SelectGroup selectGroup;

    ControllerChoice(final Layout layout, final Metering metering, final SelectGroup selectGroup) {
        this.layout = layout;
        this.metering = metering;
        this.selectGroup = selectGroup;
    }

    /** An entry for each uplink, as each has a meter of its own. */
    @Override
    public List<Flow> flows(final Site site, final Service service, final Match newClient) {
        return site.uplinks(service).stream()
                .map(uplink -> metering.bound(
                        layout.flow(
                                Band.SELECTED_BY_CONTROLLER,
                                newClient.at(uplink.port()),
                                layout.cookie(Kind.SELECTION, service),
                                toController(service)),
                        layout.meter(MeterId.Kind.NEW_CLIENT, service, uplink.port())))
                .toList();
    }

    /** What a neighbour sends to another address than ours is a new client's too, and not yet any device's. */
    private static List<Action> toController(final Service service) {
        return List.of(new Action.SetDestinationMac(service.virtualMac()), PuntLength.WHOLE_FRAME.action());
    }

    @Override
    public List<Flow> slotDevices(final Service service) {
        return List.of();
    }

    @Override
    public List<Flow> slotFlows(final Service service, final SlotPlan plan) {
        return List.of();
    }

    @Override
    public List<Group> groups(final Service service, final Slots slots) {
        return selectGroup.groups(service, slots);
    }

    @Override
    public long others(final Service service) {
        return selectGroup.others(service);
    }

    @Override
    public Optional<Slots> adopt(final Tables actual, final Service service) {
        return selectGroup.adopt(actual, service);
    }
}
