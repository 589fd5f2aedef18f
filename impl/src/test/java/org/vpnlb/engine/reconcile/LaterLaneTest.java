/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;

@DisplayName("What is written later")
class LaterLaneTest {
    private static final long SOME = 7;
    private static final long OTHER = 8;

    private final LaterLane<String> lane = new LaterLane<>();

    @Test
    @DisplayName("is written in its order")
    void isWrittenInOrder() {
        lane.add(flow(1, SOME), "one");
        lane.add(flow(2, SOME), "two");
        assertThat(all()).containsExactly("one", "two");
    }

    @Test
    @DisplayName("is written once, as it was wanted last, and behind what came before that")
    void isWrittenOnce() {
        lane.add(flow(1, SOME), "one");
        lane.add(flow(2, SOME), "two");
        lane.add(flow(1, SOME), "one again");
        assertThat(all()).containsExactly("two", "one again");
    }

    @Test
    @DisplayName("is not written after it has been deleted")
    void isNotWrittenAfterItsDelete() {
        lane.add(flow(1, SOME), "one");
        lane.add(flow(2, SOME), "two");
        lane.overtakenBy(new Effect.DeleteFlow(flow(1, SOME).key(), SOME));
        assertThat(all()).containsExactly("two");
    }

    @Test
    @DisplayName("is not written after all with its cookie have been deleted")
    void isNotWrittenAfterAPurge() {
        lane.add(flow(1, SOME), "one");
        lane.add(flow(2, OTHER), "two");
        lane.overtakenBy(new Effect.DeleteFlows(SOME));
        assertThat(all()).containsExactly("two");
    }

    @Test
    @DisplayName("is written though another one's entry with its key is deleted")
    void isWrittenAfterAnothersDelete() {
        lane.add(flow(1, SOME), "one");
        lane.overtakenBy(new Effect.DeleteFlow(flow(1, SOME).key(), OTHER));
        assertThat(all()).containsExactly("one");
    }

    @Test
    @DisplayName("is not written over a newer entry with its key")
    void isNotWrittenOverANewerEntry() {
        lane.add(flow(1, SOME), "one");
        lane.overtakenBy(new Effect.AddFlow(flow(1, OTHER)));
        assertThat(all()).isEmpty();
    }

    @Test
    @DisplayName("has been written when its mark comes, whatever was overtaken")
    void isMarked() {
        lane.add(flow(1, SOME), "one");
        lane.add(flow(2, SOME), "two");
        lane.addMark("mark");
        lane.add(flow(3, SOME), "three");
        lane.overtakenBy(new Effect.DeleteFlow(flow(2, SOME).key(), SOME));
        lane.overtakenBy(new Effect.Barrier());
        assertThat(lane.size()).isEqualTo(3);
        assertThat(all()).containsExactly("one", "mark", "three");
    }

    private List<String> all() {
        final List<String> all = new ArrayList<>();
        while (lane.size() > 0) {
            lane.poll().ifPresent(all::add);
        }
        return all;
    }

    private static Flow flow(final int port, final long cookie) {
        return new Flow(
                new Flow.Key(1, 100, Match.builder().inPort(port).build()),
                cookie,
                Flow.Timeouts.NONE,
                List.of(),
                null,
                null);
    }
}
