/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
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

/** The method {@code select-group}: the switch's own hash selects a bucket, and a bucket is a slot. */
final class SelectGroup implements Selector {
    private final Layout layout;
    private final GroupId.Kind toDevice;

    SelectGroup(final Layout layout) {
        this(layout, GroupId.Kind.NEW_CLIENT);
    }

    /**
     * The same, whose buckets lead elsewhere.
     *
     * @param toDevice the kind of the group of a device to which its buckets lead
     */
    SelectGroup(final Layout layout, final GroupId.Kind toDevice) {
        this.layout = layout;
        this.toDevice = toDevice;
    }

    @Override
    public List<Flow> flows(final Site site, final Service service, final Match newClient) {
        return List.of(layout.flow(
                Band.SELECTED,
                newClient,
                layout.cookie(Kind.SELECTION, service),
                List.of(new Action.ToGroup(others(service)))));
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
        final Map<String, Device> devices = devices(service);
        return List.of(new Group(
                others(service),
                Group.Type.SELECT,
                slots.owners().stream()
                        .map(devices::get)
                        .filter(Objects::nonNull)
                        .map(device -> new Group.Bucket(
                                1, device.ingress().port(), List.of(layout.toGroup(toDevice, service, device))))
                        .toList()));
    }

    @Override
    public long others(final Service service) {
        return layout.group(GroupId.Kind.SELECTION, service);
    }

    @Override
    public Optional<Slots> adopt(final Tables actual, final Service service) {
        final Map<Integer, String> devices = names(service);
        return Optional.ofNullable(actual.groups().get(others(service)))
                .map(group -> new Slots(group.buckets().stream()
                        .map(bucket -> ownerOf(bucket.actions(), devices))
                        .toList()));
    }

    /** The devices of a service by their names. */
    static Map<String, Device> devices(final Service service) {
        return service.devices().stream().collect(Collectors.toMap(Device::name, device -> device));
    }

    /** The names of a service's devices by their numbers. */
    Map<Integer, String> names(final Service service) {
        return service.devices().stream()
                .collect(Collectors.toMap(device -> layout.number(service, device), Device::name));
    }

    /** The device to whose group actions lead; nobody when they lead to none. */
    static String ownerOf(final List<Action> actions, final Map<Integer, String> devices) {
        return actions.stream()
                .filter(Action.ToGroup.class::isInstance)
                .map(action -> GroupId.parse(((Action.ToGroup) action).id()))
                .flatMap(Optional::stream)
                .map(id -> devices.get(id.number()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(Slots.NOBODY);
    }
}
