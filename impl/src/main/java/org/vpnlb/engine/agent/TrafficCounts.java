/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.vpnlb.engine.event.Event.Drops.BucketId;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.pipeline.GroupId;

/**
 * Counts what the switch sends to each device: on the ingress side what comes from clients, on the egress side what
 * comes from servers. All of it goes by a bucket of one of the device's groups that sends to its port, whoever learns
 * and however is selected, so these few are asked for and no session. What was sent before this controller's first
 * answer is not counted.
 */
final class TrafficCounts {
    private Map<BucketId, Volume> before = Map.of();
    private boolean isFirst = true;

    private record Target(ServiceHere here, String device) {}

    /** The switch has told what went by the buckets of vpnlb's groups, each since it was made. */
    void counted(final Map<BucketId, Volume> buckets, final Plan plan, final Collection<Group> installed) {
        if (!isFirst) {
            final Map<Integer, Target> targets = targets(plan);
            installed.forEach(group -> GroupId.parse(group.id())
                    .filter(id -> id.kind() != GroupId.Kind.SELECTION && targets.containsKey(id.number()))
                    .ifPresent(id -> counted(group, id.kind(), targets.get(id.number()), buckets)));
        }
        before = Map.copyOf(buckets);
        isFirst = false;
    }

    private void counted(
            final Group group, final GroupId.Kind kind, final Target target, final Map<BucketId, Volume> buckets) {
        final Side side = kind == GroupId.Kind.RETURN_TO_DEVICE ? Side.EGRESS : Side.INGRESS;
        for (int i = 0; i < group.buckets().size(); i++) {
            final var id = new BucketId(group.id(), i);
            // Others lead to a group that counts too, or to the controller.
            if (buckets.containsKey(id)
                    && group.buckets().get(i).actions().stream().anyMatch(Action.Output.class::isInstance)) {
                final Volume sent = buckets.get(id).since(before.getOrDefault(id, Volume.NONE));
                target.here.traffic(side).merge(target.device, sent, Volume::plus);
            }
        }
    }

    private static Map<Integer, Target> targets(final Plan plan) {
        final Map<Integer, Target> targets = new HashMap<>();
        for (final ServiceHere here : plan.services().all()) {
            for (final Device device : here.service().devices()) {
                targets.put(plan.numbers().of(here.service(), device), new Target(here, device.name()));
            }
        }
        return targets;
    }
}
