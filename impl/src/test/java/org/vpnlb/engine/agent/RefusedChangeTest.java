/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Group;

@DisplayName("A change that the switch refused in part")
class RefusedChangeTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final long OLD_UPLINK = 1;
    private static final long NEW_UPLINK = 2;
    private static final long MINUTE = 60_000;

    private final Service office = ServiceBuilder.office().build();
    private final Service moved =
            ServiceBuilder.like(office).ingress("sw1", NEW_UPLINK).build();
    private final Lab lab = Lab.of(office);

    @BeforeEach
    void fillTheFirstTable() {
        final InMemorySwitch sw1 = lab.network().datapath("sw1");
        lab.network().letRefuse("sw1");
        sw1.limit(0, (int)
                sw1.flows().stream().filter(flow -> flow.key().table() == 0).count());
    }

    @Test
    @DisplayName("takes nothing away that was to be replaced: clients are served where they were")
    void takesNothingAway() {
        lab.reconfigure(moved);
        assertThat(lab.clientVerdict(moved, Lab.outer(1), IKE, OLD_UPLINK).isDropped())
                .isFalse();
    }

    @Test
    @DisplayName("is told with what is refused, and is not confirmed until it is made")
    void isToldUntilItIsMade() {
        final long before = status().generation().wanted();
        assertThat(status().generation().isConfirmed()).isTrue();
        lab.reconfigure(moved);
        assertThat(status().generation().wanted()).isGreaterThan(before);
        assertThat(status().generation().isConfirmed()).isFalse();
        assertThat(status().refused()).isNotEmpty().allSatisfy(refused -> {
            assertThat(refused.what()).contains("in_port=" + NEW_UPLINK);
            assertThat(refused.why()).isEqualTo("OFPFMFC_TABLE_FULL");
        });
        lab.network().datapath("sw1").unlimited();
        new Accounts(lab).pass(MINUTE);
        assertThat(status().generation().isConfirmed()).isTrue();
        assertThat(status().refused()).isEmpty();
    }

    private SwitchStatus status() {
        return lab.network().agent("sw1").status();
    }

    @Test
    @DisplayName("is made when there is room again: clients are served where they are to be")
    void isMadeWhenThereIsRoom() {
        lab.reconfigure(moved);
        lab.network().datapath("sw1").unlimited();
        new Accounts(lab).pass(MINUTE);
        assertThat(lab.clientVerdict(moved, Lab.outer(1), IKE, NEW_UPLINK).isDropped())
                .isFalse();
    }

    @Test
    @DisplayName("is not made when another one came meanwhile: of a group the newest counts")
    void isNotMadeOverANewerOne() {
        final Group before = selection();
        lab.reconfigure(ServiceBuilder.like(office).without("g3").build());
        assertThat(selection().id()).isEqualTo(before.id());
        assertThat(lab.network().tell("sw1", new Event.Refused(new Effect.AddGroup(before), "it is there")))
                .doesNotContain(new Effect.ModifyGroup(before));
    }

    @Test
    @DisplayName("is told with the first error of a group, which is tried as a change then")
    void isToldWithTheFirstErrorOfAGroup() {
        final Group group = selection();
        final String outOfGroups = "OFPGMFC_OUT_OF_GROUPS";
        final SwitchAgent agent = lab.network().agent("sw1");
        assertThat(agent.handle(new Event.Refused(new Effect.AddGroup(group), outOfGroups)))
                .contains(new Effect.ModifyGroup(group));
        agent.handle(new Event.Refused(
                new Effect.ModifyGroup(group), "Device reported error type GROUPMODFAILED code UNKNOWNGROUP"));
        assertThat(status().refused())
                .singleElement()
                .satisfies(refused -> assertThat(refused.why()).isEqualTo(outOfGroups));
    }

    @Test
    @DisplayName("is told with the second error of a group that is there, which cannot be changed so")
    void isToldWithTheSecondErrorOfAGroupThatIsThere() {
        final Group group = selection();
        final String outOfBuckets = "OFPGMFC_OUT_OF_BUCKETS";
        final SwitchAgent agent = lab.network().agent("sw1");
        agent.handle(new Event.Refused(new Effect.AddGroup(group), "OFPGMFC_GROUP_EXISTS"));
        agent.handle(new Event.Refused(new Effect.ModifyGroup(group), outOfBuckets));
        assertThat(status().refused())
                .singleElement()
                .satisfies(refused -> assertThat(refused.why()).isEqualTo(outOfBuckets));
    }

    private Group selection() {
        return lab.network().datapath("sw1").ours().groups().values().stream()
                .filter(group -> group.type() == Group.Type.SELECT)
                .findFirst()
                .orElseThrow();
    }
}
