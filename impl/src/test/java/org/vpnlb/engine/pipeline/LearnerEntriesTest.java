/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.Label;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;

@Label("Where")
class LearnerEntriesTest {
    private final Made byController = Made.byController(ServiceBuilder.office().build());
    private final Made bySwitch = Made.bySwitch(ServiceBuilder.office().build());
    private final Device device = byController.device();

    @Example
    @Label("the controller learns, a new client's frame goes to the device, and a copy names the device")
    void controllerGetsACopy() {
        final Group group = byController.group(GroupId.Kind.NEW_CLIENT, device).orElseThrow();
        final var toDevice = new Action.SetDestinationMac(device.ingress().mac());
        assertThat(group.type()).isEqualTo(Group.Type.ALL);
        assertThat(group.buckets())
                .extracting(Group.Bucket::actions)
                .containsExactly(
                        List.of(toDevice, new Action.Output(device.ingress().port())),
                        List.of(toDevice, PuntLength.HEADERS.action()));
    }

    @Example
    @Label("the controller learns, a lost link sends a device's clients to others at once")
    void lostLinkSendsToOthers() {
        final Group group = byController.group(GroupId.Kind.TO_DEVICE, device).orElseThrow();
        final long others = byController.layout().group(GroupId.Kind.SELECTION, byController.service());
        assertThat(group.type()).isEqualTo(Group.Type.FAST_FAILOVER);
        assertThat(group.buckets().getFirst().watchPort())
                .isEqualTo(device.ingress().port());
        assertThat(group.buckets().getLast().actions()).containsExactly(new Action.ToGroup(others));
    }

    @Example
    @Label("the controller learns, no switch has an entry that learns or looks into what was learned")
    void controllerLearnsAlone() {
        assertThat(List.of("sw1", "sw2"))
                .flatExtracting(node -> byController.tables(node).flows().values())
                .noneMatch(flow -> SwitchLearnedFormat.learns(flow) || SwitchLearnedFormat.looksUp(flow));
    }

    @Example
    @Label("the switch learns, no session's frame goes to the controller, and no group leads back to the selection")
    void switchLearnsAlone() {
        assertThat(bySwitch.tables("sw1").groups().values())
                .allMatch(group -> group.type() == Group.Type.SELECT || group.type() == Group.Type.INDIRECT)
                .flatExtracting(Group::buckets)
                .flatExtracting(Group.Bucket::actions)
                .doesNotContain(PuntLength.HEADERS.action());
        assertThat(bySwitch.group(GroupId.Kind.TO_DEVICE, device)
                        .orElseThrow()
                        .buckets()
                        .getFirst()
                        .actions())
                .noneMatch(Action.ToGroup.class::isInstance);
        assertThat(bySwitch.flows(Band.SERVICE_TRAFFIC)).allMatch(SwitchLearnedFormat::looksUp);
        assertThat(bySwitch.flows(Band.TO_CLIENT)).allMatch(SwitchLearnedFormat::looksUp);
    }

    @Example
    @Label("the switch learns, it learns a client as the controller expects, and marks its frames with the device")
    void switchLearnsWhatIsExpected() {
        final Flow learned = bySwitch.pipeline().learnedFormat().learnedClient(bySwitch.service(), device, Made.OUTER);
        assertThat(bySwitch.flows(Band.SWITCH_LEARNED_CLIENT))
                .flatExtracting(Flow::actions)
                .filteredOn(Action.Learn.class::isInstance)
                .extracting(action -> ((Action.Learn) action).entry(Made.OUTER))
                .hasSize(3)
                .contains(learned);
        assertThat(learned.actions())
                .containsExactly(new Action.SetMetadata(bySwitch.layout().metadata(bySwitch.service(), device)));
        assertThat(bySwitch.pipeline().learnedFormat().isLearned(learned.key().table()))
                .isTrue();
    }

    @Example
    @Label("the switch is to learn no more of a device, its frames still pass")
    void fullSwitchLearnsNoMore() {
        final Made full = Made.bySwitchThatIsFull(bySwitch.service());
        assertThat(full.flows(Band.LEARNER_FULL))
                .hasSize(1)
                .noneMatch(SwitchLearnedFormat::learns)
                .allMatch(flow -> flow.nextTable() == full.layout().id(Table.RETURN_SESSIONS));
        assertThat(full.flows(Band.LEARNER)).hasSize(2).allMatch(SwitchLearnedFormat::learns);
        assertThat(full.flows(Band.SWITCH_LEARNED_CLIENT))
                .hasSize(3)
                .allMatch(flow -> flow.actions().getLast() instanceof Action.ToGroup)
                .filteredOn(SwitchLearnedFormat::learns)
                .hasSize(2);
    }

    @Example
    @Label("the switch learns, sessions are kept by devices that may keep them")
    void sessionsAreKeptByKeepers() {
        final Made without = Made.bySwitch(ServiceBuilder.office()
                .device("g1", g1 -> g1.with(Device.AdminState.OUT_OF_SERVICE))
                .build());
        final int number = without.layout().number(without.service(), without.device());
        assertThat(without.pipeline().learnedFormat().keeper(without.service(), number))
                .isEmpty();
        assertThat(without.flows(Band.LEARNER)).hasSize(2);
        assertThat(without.flows(Band.RETURN_SESSION)).hasSize(2);
    }
}
