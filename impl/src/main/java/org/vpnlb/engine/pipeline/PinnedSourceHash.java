/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.selection.SlotPlan;
import org.vpnlb.engine.selection.Slots;

/**
 * The method {@code source-hash} where only pinned clients are learned: a slot leads straight to its device, and while
 * it waits to move to the group by which new clients are learned.
 */
final class PinnedSourceHash implements Selector {
    private final Layout layout;
    private final SourceHash sourceHash;
    private final SelectGroup others;

    PinnedSourceHash(final Layout layout) {
        this.layout = layout;
        others = new SelectGroup(layout, GroupId.Kind.FAILED_OVER);
        sourceHash = new SourceHash(layout, others);
    }

    @Override
    public List<Flow> flows(final Site site, final Service service, final Match newClient) {
        return sourceHash.flows(site, service, newClient);
    }

    @Override
    public List<Flow> slotFlows(final Service service, final SlotPlan plan) {
        final Map<String, Device> devices = SelectGroup.devices(service);
        final Set<Integer> waiting = plan.waiting();
        final List<Flow> flows = new ArrayList<>();
        final List<String> owners = plan.slots().owners();
        for (int slot = 0; slot < owners.size(); slot++) {
            final Device owner = devices.get(owners.get(slot));
            if (owner != null) {
                flows.add(layout.ofSlot(service, slot, owner, waiting.contains(slot)));
            }
        }
        return flows;
    }

    @Override
    public List<Flow> slotDevices(final Service service) {
        final List<Flow> flows = new ArrayList<>();
        for (final Device device : service.devices()) {
            flows.add(sourceHash.slotDevice(GroupId.Kind.STILL_SLOT, service, device, false));
            flows.add(sourceHash.slotDevice(GroupId.Kind.SLOT, service, device, true));
        }
        flows.add(sourceHash.noSlotDevice(service));
        return flows;
    }

    @Override
    public List<Group> groups(final Service service, final Slots slots) {
        final List<Group> groups = new ArrayList<>(sourceHash.groups(service, slots));
        for (final Device device : service.devices()) {
            groups.add(new Group(
                    layout.group(GroupId.Kind.FAILED_OVER, service, device),
                    Group.Type.INDIRECT,
                    List.of(new Group.Bucket(0, null, Places.to(device.ingress())))));
            groups.add(still(service, device));
        }
        return groups;
    }

    private Group still(final Service service, final Device device) {
        final long failedOver = others(service);
        return new Group(
                layout.group(GroupId.Kind.STILL_SLOT, service, device),
                Group.Type.FAST_FAILOVER,
                List.of(
                        new Group.Bucket(0, device.ingress().port(), Places.to(device.ingress())),
                        new Group.Bucket(0, null, failedOver, List.of(new Action.ToGroup(failedOver)))));
    }

    @Override
    public long others(final Service service) {
        return others.others(service);
    }

    @Override
    public Optional<Slots> adopt(final Tables actual, final Service service) {
        return sourceHash.adopt(actual, service);
    }
}
