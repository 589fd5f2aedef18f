/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Group;

/**
 * The groups of each device. All entries that lead to a device lead to one of them, so a device that moves to another
 * port costs a change of its groups and not of its sessions.
 */
final class DeviceGroups {
    private final Layout layout;
    private final LearnerEntriesByService learners;
    private final SelectionStage selection;

    DeviceGroups(final Layout layout, final LearnerEntriesByService learners, final SelectionStage selection) {
        this.layout = layout;
        this.learners = learners;
        this.selection = selection;
    }

    /** The groups of all devices of the services in a switch. */
    List<Group> groups(final Site site) {
        final List<Group> groups = new ArrayList<>();
        for (final Service service : site.at(Side.INGRESS)) {
            final LearnerEntries learner = learners.of(service);
            for (final Device device : service.devices()) {
                groups.add(learner.toDevice(service, device, selection.others(service)));
                groups.add(learner.newClient(service, device));
            }
        }
        for (final Service service : site.at(Side.EGRESS)) {
            service.devices().forEach(device -> groups.add(returnToDevice(service, device)));
        }
        return groups;
    }

    private Group returnToDevice(final Service service, final Device device) {
        return new Group(
                layout.group(GroupId.Kind.RETURN_TO_DEVICE, service, device),
                Group.Type.INDIRECT,
                List.of(new Group.Bucket(0, null, Places.to(device.egress()))));
    }
}
