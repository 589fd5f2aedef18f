/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action.Output;
import org.vpnlb.engine.openflow.Action.OutputController;
import org.vpnlb.engine.openflow.Action.ToGroup;
import org.vpnlb.engine.openflow.Group.Bucket;
import org.vpnlb.engine.openflow.WalkResult.Outcome;
import org.vpnlb.engine.openflow.WalkStep.Stopped;

@DisplayName("A frame's way through the tables")
class TableWalkTest {
    private static final MacAddress DEVICE = MacAddress.parse("02:00:00:00:0a:01");
    private static final byte[] FRAME = TestFrames.udp("192.0.2.1", "10.0.0.100", 500);

    private final List<Flow> flows = new ArrayList<>();
    private final List<Group> groups = new ArrayList<>();

    @Test
    @DisplayName("ends where no entry matches, and it is dropped")
    void endsWhereNothingMatches() {
        final WalkResult way = walk();
        assertThat(way.outcome()).isEqualTo(Outcome.DROPPED);
        assertThat(way.steps()).hasSize(2).last().isInstanceOf(WalkStep.Dropped.class);
        assertThat(way.all(WalkStep.Missed.class)).singleElement().satisfies(miss -> {
            assertThat(miss.table()).isZero();
            assertThat(miss.fields().destinationPort()).isEqualTo(500);
        });
    }

    @Test
    @DisplayName("takes the entry of the highest priority, then its next table with the metadata that it writes")
    void takesTheHighestPriority() {
        flows.add(flow(0, 1, Match.ALL, List.of(), null, null));
        flows.add(flow(0, 2, Match.builder().inPort(1).build(), List.of(), 7L, 3));
        flows.add(flow(3, 1, Match.builder().metadata(7).build(), List.of(new Output(2)), null, null));
        final WalkResult way = walk();
        assertThat(way.all(WalkStep.Matched.class))
                .extracting(WalkStep.Matched::flow)
                .containsExactly(flows.get(1), flows.get(2));
        assertThat(sentTo(way)).containsExactly(2L);
        assertThat(way.isSure()).isTrue();
    }

    @Test
    @DisplayName("is not sure where two entries of one priority match and do different things")
    void isNotSureWhereEntriesOverlap() {
        flows.add(flow(0, 1, Match.builder().inPort(1).build(), List.of(new Output(2)), null, null));
        flows.add(flow(0, 1, Match.ip(IpAddress.Family.V4).build(), List.of(new Output(3)), null, null));
        final WalkResult way = walk();
        assertThat(way.isSure()).isFalse();
        assertThat(way.all(WalkStep.Matched.class)).singleElement().satisfies(matched -> {
            assertThat(matched.isOpen()).isTrue();
            assertThat(matched.rivals()).hasSize(1).doesNotContain(matched.flow());
        });
    }

    @Test
    @DisplayName("is sure where two entries of one priority do the same")
    void isSureWhereEntriesDoTheSame() {
        flows.add(flow(0, 1, Match.builder().inPort(1).build(), List.of(new Output(2)), null, null));
        flows.add(flow(0, 1, Match.ip(IpAddress.Family.V4).build(), List.of(new Output(2)), null, null));
        assertThat(walk().isSure()).isTrue();
    }

    @Test
    @DisplayName("shows what the controller gets: with which cookie, and how much")
    void showsWhatTheControllerGets() {
        flows.add(flow(0, 1, Match.ALL, List.of(new OutputController(20)), null, null));
        final WalkResult way = walk();
        assertThat(way.outcome()).isEqualTo(Outcome.PUNTED);
        assertThat(way.all(WalkStep.Punted.class)).singleElement().satisfies(punt -> {
            assertThat(punt.cookie()).isEqualTo(0xc0ffeeL);
            assertThat(punt.length()).isEqualTo(20);
            assertThat(punt.frame()).isEqualTo(Arrays.copyOf(FRAME, 20));
        });
    }

    @Test
    @DisplayName("ends at NORMAL, which knows where it goes")
    void endsAtNormal() {
        flows.add(flow(0, 1, Match.ALL, List.of(new Action.OutputNormal()), null, null));
        final WalkResult way = walk();
        assertThat(way.outcome()).isEqualTo(Outcome.NORMAL);
        assertThat(way.all(WalkStep.HandedToNormal.class))
                .singleElement()
                .satisfies(normal -> assertThat(normal.frame()).isEqualTo(FRAME));
    }

    @Test
    @DisplayName("leaves neither by a port without a link nor by its own, unless it is sent back")
    void doesNotLeaveByEveryPort() {
        flows.add(flow(0, 1, Match.ALL, List.of(new Output(1), new Output(9), new Action.OutputInPort()), null, null));
        final WalkResult way = walk();
        assertThat(way.all(WalkStep.NotSent.class))
                .containsExactly(
                        new WalkStep.NotSent(1, WalkStep.NotSent.Reason.IN_PORT),
                        new WalkStep.NotSent(9, WalkStep.NotSent.Reason.NOT_LIVE));
        assertThat(sentTo(way)).containsExactly(1L);
    }

    @Test
    @DisplayName("leaves with the fields that were written before, and no others")
    void leavesAsItWasRewritten() {
        flows.add(flow(
                0,
                1,
                Match.ALL,
                List.of(
                        new Output(2),
                        new Action.SetDestinationMac(DEVICE),
                        new Action.SetArpOperation(2),
                        new Output(3)),
                null,
                null));
        final List<WalkStep.Sent> sent = walk().all(WalkStep.Sent.class);
        assertThat(sent.get(0).frame()).isEqualTo(FRAME);
        final byte[] rewritten = FRAME.clone();
        System.arraycopy(DEVICE.toBytes(), 0, rewritten, 0, 6);
        assertThat(sent.get(1).frame()).isEqualTo(rewritten);
    }

    @Test
    @DisplayName("through a select group takes the bucket that is chosen for it among the live ones")
    void takesTheChosenBucket() {
        groups.add(new Group(
                5,
                Group.Type.SELECT,
                List.of(
                        new Bucket(1, 9L, List.of(new Output(9))),
                        new Bucket(1, 2L, List.of(new Output(2))),
                        new Bucket(1, 3L, List.of(new Output(3))))));
        flows.add(flow(0, 1, Match.ALL, List.of(new ToGroup(5)), null, null));
        final WalkResult way = walk();
        assertThat(way.all(WalkStep.EnteredGroup.class)).containsExactly(new WalkStep.EnteredGroup(groups.get(0)));
        assertThat(way.all(WalkStep.ChoseBucket.class)).containsExactly(new WalkStep.ChoseBucket(5, 2));
        assertThat(sentTo(way)).containsExactly(3L);
    }

    @Test
    @DisplayName("through a fast failover group takes the first bucket that is alive, by a port or by a group")
    void takesTheFirstLiveBucket() {
        groups.add(new Group(5, Group.Type.SELECT, List.of(new Bucket(1, 9L, List.of(new Output(9))))));
        groups.add(new Group(6, Group.Type.SELECT, List.of(new Bucket(1, 3L, List.of(new Output(3))))));
        groups.add(new Group(
                7,
                Group.Type.FAST_FAILOVER,
                List.of(
                        new Bucket(0, 9L, List.of(new Output(9))),
                        new Bucket(0, null, 5L, List.of(new ToGroup(5))),
                        new Bucket(0, null, 6L, List.of(new ToGroup(6))))));
        flows.add(flow(0, 1, Match.ALL, List.of(new ToGroup(7)), null, null));
        final WalkResult way = walk();
        assertThat(way.all(WalkStep.ChoseBucket.class))
                .containsExactly(new WalkStep.ChoseBucket(7, 2), new WalkStep.ChoseBucket(6, 0));
        assertThat(sentTo(way)).containsExactly(3L);
    }

    @Test
    @DisplayName("through a group of all goes in copies; what a bucket does ends with it")
    void goesInCopies() {
        groups.add(new Group(
                5,
                Group.Type.ALL,
                List.of(
                        new Bucket(0, null, List.of(new Action.SetDestinationMac(DEVICE), new Output(2))),
                        new Bucket(0, null, List.of(new Output(3))))));
        flows.add(flow(0, 1, Match.ALL, List.of(new ToGroup(5)), null, null));
        final List<WalkStep.Sent> sent = walk().all(WalkStep.Sent.class);
        assertThat(sent).extracting(WalkStep.Sent::port).containsExactly(2L, 3L);
        assertThat(sent.get(1).frame()).isEqualTo(FRAME);
    }

    @Test
    @DisplayName("does the actions of a bucket as the set that they are: fields first, and one output, the last")
    void doesABucketAsASet() {
        groups.add(new Group(
                5,
                Group.Type.INDIRECT,
                List.of(new Bucket(
                        0, null, List.of(new Output(2), new Output(3), new Action.SetDestinationMac(DEVICE))))));
        flows.add(flow(0, 1, Match.ALL, List.of(new ToGroup(5)), null, null));
        assertThat(walk().all(WalkStep.Sent.class)).singleElement().satisfies(sent -> {
            assertThat(sent.port()).isEqualTo(3);
            assertThat(MacAddress.read(sent.frame(), 0)).isEqualTo(DEVICE);
        });
    }

    @Test
    @DisplayName("ends at a group that is not there, or has no bucket that is alive")
    void endsAtAGroupThatLeadsNowhere() {
        groups.add(new Group(5, Group.Type.SELECT, List.of(new Bucket(1, 9L, List.of(new Output(9))))));
        flows.add(flow(0, 1, Match.ALL, List.of(new ToGroup(5), new ToGroup(6)), null, null));
        final WalkResult way = walk();
        assertThat(way.steps())
                .contains(new WalkStep.FoundNoBucket(5), new WalkStep.FoundNoGroup(6), new WalkStep.Dropped());
        assertThat(way.isSure()).isFalse();
    }

    @Test
    @DisplayName("comes back from a table that it is resubmitted to, with that table's metadata and the old cookie")
    void comesBackFromAResubmission() {
        flows.add(flow(0, 1, Match.ALL, List.of(new Action.Resubmit(4), new OutputController(64)), null, 5));
        flows.add(new Flow(
                new Flow.Key(4, 1, Match.ALL),
                0xbeefL,
                Flow.Timeouts.NONE,
                List.of(new Action.SetMetadata(9)),
                null,
                null));
        flows.add(flow(5, 1, Match.builder().metadata(9).build(), List.of(new Output(2)), null, null));
        final WalkResult way = walk();
        assertThat(sentTo(way)).containsExactly(2L);
        assertThat(way.all(WalkStep.Punted.class))
                .singleElement()
                .satisfies(punt -> assertThat(punt.cookie()).isEqualTo(0xc0ffeeL));
    }

    @Test
    @DisplayName("tells what is learned at once, so that it is in effect for what comes next")
    void tellsWhatIsLearnedAtOnce() {
        final Flow template = flow(
                4,
                1,
                Match.ip(IpAddress.Family.V4).metadata(7).build(),
                List.of(new Action.SetMetadata(9)),
                null,
                null);
        flows.add(flow(
                0,
                1,
                Match.ALL,
                List.of(
                        new Action.SetMetadata(7),
                        new Action.Learn(template, Action.Learn.Field.SOURCE, 0),
                        new Action.Resubmit(4)),
                null,
                null));
        final List<Flow> learned = new ArrayList<>();
        final SwitchView view = new SwitchView() {
            @Override
            public Iterable<Flow> table(final int table) {
                return table == 4 ? List.copyOf(learned) : flows;
            }

            @Override
            public Optional<Group> group(final long id) {
                return Optional.empty();
            }

            @Override
            public boolean isLive(final long port) {
                return true;
            }
        };
        final WalkResult way = new TableWalk(view, (group, live, fields) -> 0).walk(1, FRAME, step -> {
            if (step instanceof WalkStep.Learned entry) {
                learned.add(entry.entry());
            }
        });
        assertThat(learned)
                .singleElement()
                .satisfies(entry ->
                        assertThat(entry.key().match().ipSource().address()).isEqualTo(IpAddress.parse("192.0.2.1")));
        assertThat(way.all(WalkStep.Matched.class)).hasSize(2);
    }

    @Test
    @DisplayName("comes to an end in a loop of groups, of resubmissions, or of tables")
    void comesToAnEnd() {
        groups.add(new Group(
                5,
                Group.Type.ALL,
                List.of(new Bucket(0, null, List.of(new ToGroup(5))), new Bucket(0, null, List.of(new ToGroup(5))))));
        flows.add(flow(0, 1, Match.ALL, List.of(new ToGroup(5)), null, null));
        assertStopped(Stopped.Reason.TOO_LONG);

        flows.set(0, flow(0, 1, Match.ALL, List.of(new Action.Resubmit(0)), null, null));
        assertStopped(Stopped.Reason.TOO_DEEP);

        flows.set(0, flow(0, 1, Match.ALL, List.of(), null, 0));
        assertStopped(Stopped.Reason.GOTO_BACK);
    }

    @Test
    @DisplayName("is none where there is no Ethernet header")
    void isNoneWithoutAHeader() {
        flows.add(flow(0, 1, Match.ALL, List.of(new Output(2)), null, null));
        final WalkResult way = new TableWalk(view(), (group, live, fields) -> 0).walk(1, new byte[13]);
        assertThat(way.steps()).containsExactly(new WalkStep.FoundNoHeader(13), new WalkStep.Dropped());
    }

    private void assertStopped(final Stopped.Reason reason) {
        final WalkResult way = walk();
        assertThat(way.steps()).contains(new Stopped(reason));
        assertThat(way.steps()).hasSizeLessThan(20_000);
        assertThat(way.isSure()).isFalse();
    }

    /** The frame comes in at port 1; of several live buckets the last is chosen. */
    private WalkResult walk() {
        return new TableWalk(view(), (group, live, fields) -> live.getLast()).walk(1, FRAME);
    }

    private SwitchView view() {
        return SwitchView.of(Tables.of(flows, groups), Set.of(1L, 2L, 3L));
    }

    private static List<Long> sentTo(final WalkResult way) {
        return way.all(WalkStep.Sent.class).stream().map(WalkStep.Sent::port).toList();
    }

    private static Flow flow(
            final int table,
            final int priority,
            final Match match,
            final List<Action> actions,
            final Long metadata,
            final Integer next) {
        return new Flow(new Flow.Key(table, priority, match), 0xc0ffeeL, Flow.Timeouts.NONE, actions, metadata, next);
    }
}
