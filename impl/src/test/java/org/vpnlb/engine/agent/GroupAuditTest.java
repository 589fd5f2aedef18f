/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice.SwitchRepaired;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.reconcile.AuditClock;

@DisplayName("A group that somebody changed")
class GroupAuditTest {
    private final Service office = ServiceBuilder.office().build();
    private final Lab lab = Lab.of(office);
    private final InMemorySwitch sw1 = lab.network().datapath("sw1");
    private Tables whole;
    private Group selection;

    @BeforeEach
    void settle() {
        lab.network().notices();
        whole = sw1.ours();
        selection = whole.groups().values().stream()
                .filter(group -> group.type() == Group.Type.SELECT)
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("is found by its buckets, made as it was, and told of")
    void isMadeAsItWas() {
        sw1.putForeign(new Group(
                selection.id(),
                selection.type(),
                selection.buckets().subList(0, selection.buckets().size() / 2)));
        audit();
        assertThat(sw1.ours()).isEqualTo(whole);
        assertToldOfOne();
    }

    @Test
    @DisplayName("to have no bucket any more is made as it was")
    void mayBeEmpty() {
        sw1.putForeign(new Group(selection.id(), selection.type(), List.of()));
        audit();
        assertThat(sw1.ours()).isEqualTo(whole);
        assertToldOfOne();
    }

    @Test
    @DisplayName("to be of another type is made as it was: it was vpnlb's")
    void mayHaveAnotherType() {
        sw1.putForeign(new Group(
                selection.id(), Group.Type.ALL, List.of(new Group.Bucket(0, null, List.of(new Action.Output(99))))));
        audit();
        assertThat(sw1.ours()).isEqualTo(whole);
        assertThat(lab.network().status("sw1").inTheWay()).isEmpty();
        assertToldOfOne();
    }

    @Test
    @DisplayName("is changed only once")
    void isChangedOnce() {
        sw1.putForeign(new Group(selection.id(), selection.type(), List.of()));
        audit();
        assertToldOfOne();
        audit();
        assertThat(lab.network().notices()).isEmpty();
    }

    @Test
    @DisplayName("to be there though it should not is deleted")
    void mayBeTooMany() {
        final Group stray = new Group(
                new GroupId(GroupId.Kind.RETURN_TO_DEVICE, 77).value(),
                Group.Type.INDIRECT,
                List.of(new Group.Bucket(0, null, List.of(new Action.Output(11)))));
        sw1.putForeign(stray);
        audit();
        assertThat(sw1.ours()).isEqualTo(whole);
    }

    @Test
    @DisplayName("while the switch was away is made as it was, though it was read as it had been when that came back")
    void mayHaveBeenReadTooEarly() {
        lab.network().disconnect("sw1");
        sw1.putForeign(
                new Group(selection.id(), selection.type(), selection.buckets().subList(0, 1)));
        lab.network().connect("sw1", whole);
        lab.network().settle();
        audit();
        assertThat(sw1.ours()).isEqualTo(whole);
        assertToldOfOne();
    }

    @Test
    @DisplayName(
            "to what an older configuration made of it, while the switch was away, is made anew when that comes back")
    void mayBeOfAnOlderConfiguration() {
        lab.reconfigure(ServiceBuilder.like(office).without("g3").build());
        final Group older = sw1.ours().groups().get(selection.id());
        lab.reconfigure(office);
        lab.network().disconnect("sw1");
        sw1.putForeign(older);
        lab.network().connect("sw1");
        lab.network().settle();
        lab.assertConsistent();
        assertThat(lab.ingressStatus(office).devices().values())
                .allSatisfy(device -> assertThat(device.slots()).isPositive());
    }

    @Test
    @DisplayName("is not one that vpnlb changed itself after its buckets were read")
    void wasNotChangedByVpnlb() {
        final Collection<Group> before = whole.groups().values();
        final long readAt = lab.network().now();
        lab.reconfigure(ServiceBuilder.like(office).without("g3").build());
        assertThat(answer(before, readAt)).isEmpty();
    }

    @Test
    @DisplayName("is not one that is gone, of which OpenFlowPlugin goes on telling: nothing is read for that")
    void isNotOneThatIsGone() {
        final Collection<Group> before = whole.groups().values();
        lab.reconfigure(ServiceBuilder.like(office).without("g3").build());
        final Tables now = sw1.ours();
        final SwitchAgent agent = lab.network().agent("sw1");
        final long later = lab.network().now() + AuditClock.COUNT_MILLIS;
        assertThat(agent.handle(new Event.Tick(later))).hasAtLeastOneElementOfType(Effect.AuditCounts.class);
        final List<Group> told = new ArrayList<>(now.groups().values());
        told.addAll(gone(before, now));
        assertThat(agent.handle(new Event.AuditCounted(
                        AuditTest.byTable(now),
                        Map.of(),
                        now.groups().keySet(),
                        Optional.of(new Event.Audited.Described(told, List.of(), later)),
                        later)))
                .doesNotHaveAnyElementsOfTypes(Effect.Audit.class);
    }

    private static List<Group> gone(final Collection<Group> before, final Tables now) {
        final List<Group> gone = before.stream()
                .filter(group -> !now.groups().containsKey(group.id()))
                .toList();
        assertThat(gone).isNotEmpty();
        return gone;
    }

    @Test
    @DisplayName("is not one whose buckets are not known")
    void wasNotChangedAsFarAsIsKnown() {
        lab.network().advance(AuditClock.COUNT_MILLIS - 1);
        assertThat(answer(Optional.empty())).isEmpty();
    }

    /** What the agent does when it is told that groups were like this at a time. */
    private List<Effect> answer(final Collection<Group> groups, final long at) {
        return answer(Optional.of(new Event.Audited.Described(groups, List.of(), at)));
    }

    private List<Effect> answer(final Optional<Event.Audited.Described> described) {
        final SwitchAgent agent = lab.network().agent("sw1");
        agent.handle(new Event.Tick(lab.network().now() + AuditClock.COUNT_MILLIS));
        final Tables now = sw1.ours();
        return Lab.changes(agent.handle(new Event.Audited(
                now.flows().values(),
                now.groups().keySet(),
                described,
                Event.Others.NONE,
                sw1.ours().meters().keySet(),
                lab.network().now() + AuditClock.COUNT_MILLIS)));
    }

    private void assertToldOfOne() {
        assertThat(lab.network().notices()).singleElement().isInstanceOfSatisfying(SwitchRepaired.class, told -> {
            assertThat(told.missing()).isEqualTo(1);
            assertThat(told.example()).contains(Long.toString(selection.id()));
        });
    }

    private void audit() {
        lab.network().advance(AuditClock.COUNT_MILLIS);
        lab.network().settle();
    }
}
