/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.selection.SlotPlan;
import org.vpnlb.engine.selection.Slots;

/** One method of {@code selection/method}: by which entries and groups a new client comes to the device of its slot. */
sealed interface Selector permits SelectGroup, SourceHash, PinnedSourceHash, ControllerChoice {
    /**
     * The entries of the selection's table.
     *
     * @param newClient matches the frames of the service's new clients
     */
    List<Flow> flows(Site site, Service service, Match newClient);

    /** The entries that lead new clients to a group by the device of their slot; none where slots have no entries. */
    List<Flow> slotDevices(Service service);

    /**
     * The entries that note the device of each slot; none where the switch's hash is in a group.
     *
     * @param plan the owner of each slot, a device of the service, and which slots wait to move
     */
    List<Flow> slotFlows(Service service, SlotPlan plan);

    /**
     * The groups of the selection. The slots are in them and in {@link #slotFlows}, and nowhere else.
     *
     * @param slots the owner of each slot, a device of the service
     */
    List<Group> groups(Service service, Slots slots);

    /** The id of the group that gives any client to a device that lives; where the clients of a lost link go. */
    long others(Service service);

    /** The slots that a switch has; empty when it has none of the service. A slot whose owner is no device has "". */
    Optional<Slots> adopt(Tables actual, Service service);
}
