/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.Label;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.selection.SlotPlan;
import org.vpnlb.engine.selection.Slots;

@Label("A slot, where only pinned clients have sessions,")
class PinnedSourceHashTest {
    private final Made office = Made.bySource(ServiceBuilder.office()
            .method(Method.SOURCE_HASH)
            .slots(4)
            .sessions(Sessions.PINNED)
            .build());
    private final Service service = office.service();
    private final Slots slots = new Slots(List.of("g1", "g2", "g3", "g1"));

    @Example
    @Label("leads straight to its device, and to the group by which clients are learned while it waits to move")
    void leadsStraightToItsDevice() {
        final Device first = office.device();
        final SlotPlan waiting = SlotPlan.of(slots).toward(new Slots(List.of("g1", "g2", "g3", "g2")), device -> true);
        final Tables tables = tables(waiting);
        assertThat(slot(tables, 0)).containsExactly(office.layout().toGroup(GroupId.Kind.STILL_SLOT, service, first));
        assertThat(slot(tables, 3)).containsExactly(office.layout().toGroup(GroupId.Kind.SLOT, service, first));
        assertThat(office.pipeline()
                        .adopt(tables, List.of(service), Assignments.NONE)
                        .of(service))
                .isEqualTo(slots);
    }

    @Example
    @Label("whose device has no link leads to the others, and nothing is told to the controller")
    void leadsToTheOthersWithoutALink() {
        final Device device = office.device();
        final long others = office.layout().group(GroupId.Kind.SELECTION, service);
        assertThat(office.group(GroupId.Kind.STILL_SLOT, device).orElseThrow().buckets())
                .containsExactly(
                        new Group.Bucket(0, device.ingress().port(), Places.to(device.ingress())),
                        new Group.Bucket(0, null, others, List.of(new Action.ToGroup(others))));
        assertThat(tables(SlotPlan.of(slots)).groups().get(others).buckets())
                .extracting(Group.Bucket::actions)
                .containsExactly(failedOver(0), failedOver(1), failedOver(2), failedOver(0));
        assertThat(office.group(GroupId.Kind.FAILED_OVER, device).orElseThrow().buckets())
                .containsExactly(new Group.Bucket(0, null, Places.to(device.ingress())));
    }

    @Example
    @Label("that is nobody's has no entry")
    void hasNoEntryWhenItIsNobodys() {
        final Tables tables = tables(SlotPlan.of(new Slots(List.of("g1", Slots.NOBODY, "g3", "g1"))));
        assertThat(tables.flows()).doesNotContainKey(office.layout().slotKey(service, 1));
    }

    private List<Action> failedOver(final int device) {
        return List.of(office.layout()
                .toGroup(GroupId.Kind.FAILED_OVER, service, service.devices().get(device)));
    }

    /** What is done with a new client of a slot, by way of the slot's device. */
    private List<Action> slot(final Tables tables, final int slot) {
        final Flow flow = tables.flows().get(office.layout().slotKey(service, slot));
        final long metadata = flow.writeMetadata(office.layout().metadata(service));
        return tables.flows().values().stream()
                .filter(ofDevice -> office.isOf(ofDevice, Band.SLOT_DEVICE))
                .filter(ofDevice -> {
                    final Match match = ofDevice.key().match();
                    return (metadata & match.metadataMask()) == match.metadata();
                })
                .flatMap(ofDevice -> ofDevice.actions().stream())
                .toList();
    }

    private Tables tables(final SlotPlan plan) {
        return office.pipeline().tables("sw1", List.of(service), new Assignments(Map.of(service.name(), plan)));
    }
}
