/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.reconcile.AuditClock;

@DisplayName("A foreign group with an id that vpnlb needs")
class ForeignGroupTest {
    private final Service office = ServiceBuilder.office().build();
    private final Lab lab = Lab.of(office);
    private final InMemorySwitch sw1 = lab.network().datapath("sw1");
    private Group foreign;

    /** Somebody takes, while vpnlb has nothing in the switch, the id of a device's group. */
    @BeforeEach
    void putAForeignGroup() {
        final long id = sw1.ours().groups().keySet().stream()
                .filter(candidate -> GroupId.parse(candidate).orElseThrow().kind() == GroupId.Kind.TO_DEVICE)
                .findFirst()
                .orElseThrow();
        lab.reconfigure();
        lab.network().disconnect("sw1");
        foreign = new Group(id, Group.Type.SELECT, List.of(new Group.Bucket(1, null, List.of(new Action.Output(99)))));
        sw1.putForeign(foreign);
        lab.network().connect("sw1");
        lab.network().settle();
    }

    @Test
    @DisplayName("is left alone, and no entry of vpnlb's leads to it")
    void isLeftAlone() {
        lab.reconfigure(office);
        assertThat(sw1.group(foreign.id())).isEqualTo(foreign);
        assertThat(sw1.ours().flows().values())
                .noneMatch(flow -> flow.actions().contains(new Action.ToGroup(foreign.id())));
        assertThat(sw1.ours().groups().values())
                .noneMatch(group -> group.buckets().stream()
                        .anyMatch(bucket -> bucket.actions().contains(new Action.ToGroup(foreign.id()))));
    }

    @Test
    @DisplayName("is in the state, and still there when the service is gone")
    void isInTheState() {
        lab.reconfigure(office);
        assertThat(lab.network().status("sw1").inTheWay()).containsExactly("group 0x" + Long.toHexString(foreign.id()));
        lab.reconfigure();
        assertThat(sw1.group(foreign.id())).isEqualTo(foreign);
    }

    @Test
    @DisplayName("that comes while vpnlb has no group with that id is left alone too")
    void mayComeLater() {
        sw1.removeGroup(foreign.id());
        lab.reconfigure(office);
        lab.reconfigure();
        sw1.putForeign(foreign);
        audit();
        lab.reconfigure(office);
        assertThat(sw1.group(foreign.id())).isEqualTo(foreign);
    }

    @Test
    @DisplayName("makes room for vpnlb's when it goes: the next audit makes that")
    void makesRoom() {
        lab.reconfigure(office);
        sw1.removeGroup(foreign.id());
        audit();
        assertThat(sw1.group(foreign.id()).type()).isNotEqualTo(foreign.type());
        assertThat(lab.network().status("sw1").inTheWay()).isEmpty();
        lab.assertConsistent();
    }

    private void audit() {
        lab.network().advance(AuditClock.COUNT_MILLIS);
        lab.network().settle();
    }
}
