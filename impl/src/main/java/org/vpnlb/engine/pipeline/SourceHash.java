/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.vpnlb.engine.model.Device;
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
 * The method {@code source-hash}: masked matches of the source address find the slot (see {@link SlotBitStage}), an
 * entry for each slot notes its device, and an entry for each device leads to its group. While that device's port has
 * no link, its clients go by the select group, and so does a client whose slot has no entry.
 */
final class SourceHash implements Selector {
    private final Layout layout;
    private final SelectGroup selectGroup;

    SourceHash(final Layout layout, final SelectGroup selectGroup) {
        this.layout = layout;
        this.selectGroup = selectGroup;
    }

    @Override
    public List<Flow> flows(final Site site, final Service service, final Match newClient) {
        return List.of(layout.toTable(
                Band.SELECTED_BY_SOURCE,
                newClient,
                layout.cookie(Kind.SELECTION, service),
                List.of(),
                Table.SLOT_BIT_0));
    }

    @Override
    public List<Flow> slotFlows(final Service service, final SlotPlan plan) {
        final Map<String, Device> devices = SelectGroup.devices(service);
        final List<String> owners = plan.slots().owners();
        final List<Flow> flows = new ArrayList<>();
        for (int slot = 0; slot < owners.size(); slot++) {
            final Device owner = devices.get(owners.get(slot));
            if (owner != null) {
                flows.add(layout.ofSlot(service, slot, owner, false));
            }
        }
        return flows;
    }

    @Override
    public List<Flow> slotDevices(final Service service) {
        final List<Flow> flows = new ArrayList<>();
        service.devices().forEach(device -> flows.add(slotDevice(GroupId.Kind.SLOT, service, device, false)));
        flows.add(noSlotDevice(service));
        return flows;
    }

    /** Sends new clients whose slot is nobody's to the select group. */
    Flow noSlotDevice(final Service service) {
        return layout.flow(
                Band.NO_SLOT_DEVICE,
                layout.ofAnySlot(service),
                layout.cookie(Kind.SELECTION, service),
                List.of(new Action.ToGroup(others(service))));
    }

    /** Sends new clients whose slot is a device's to a group of it. */
    Flow slotDevice(final GroupId.Kind group, final Service service, final Device device, final boolean isWaiting) {
        return layout.flow(
                Band.SLOT_DEVICE,
                layout.ofSlots(service, device, isWaiting),
                layout.cookie(Kind.SELECTION, service),
                List.of(layout.toGroup(group, service, device)));
    }

    @Override
    public List<Group> groups(final Service service, final Slots slots) {
        final List<Group> groups = new ArrayList<>(selectGroup.groups(service, slots));
        service.devices().forEach(device -> groups.add(ofSlots(service, device)));
        return groups;
    }

    private Group ofSlots(final Service service, final Device device) {
        final long others = others(service);
        return new Group(
                layout.group(GroupId.Kind.SLOT, service, device),
                Group.Type.FAST_FAILOVER,
                List.of(
                        new Group.Bucket(
                                0,
                                device.ingress().port(),
                                List.of(layout.toGroup(GroupId.Kind.NEW_CLIENT, service, device))),
                        new Group.Bucket(0, null, others, List.of(new Action.ToGroup(others)))));
    }

    @Override
    public long others(final Service service) {
        return selectGroup.others(service);
    }

    /** By the entries of the slots, which decide; a slot without one is as the select group, written before, has it. */
    @Override
    public Optional<Slots> adopt(final Tables actual, final Service service) {
        final Map<Integer, String> devices = selectGroup.names(service);
        final Optional<Slots> ofGroup = selectGroup.adopt(actual, service);
        final List<Optional<String>> ofEntries = IntStream.range(
                        0, service.selection().slots())
                .mapToObj(slot -> Optional.ofNullable(actual.flows().get(layout.slotKey(service, slot)))
                        .filter(entry -> Layout.ownerOf(entry).isPresent())
                        .map(entry -> devices.getOrDefault(Layout.ownerOf(entry).getAsInt(), Slots.NOBODY)))
                .toList();
        if (ofEntries.stream().noneMatch(Optional::isPresent)) {
            return ofGroup;
        }
        final List<String> owners = new ArrayList<>();
        for (int slot = 0; slot < ofEntries.size(); slot++) {
            final int number = slot;
            owners.add(ofEntries
                    .get(slot)
                    .or(() -> ofGroup.map(Slots::owners)
                            .filter(all -> all.size() == ofEntries.size())
                            .map(all -> all.get(number)))
                    .orElse(Slots.NOBODY));
        }
        return Optional.of(new Slots(owners));
    }
}
