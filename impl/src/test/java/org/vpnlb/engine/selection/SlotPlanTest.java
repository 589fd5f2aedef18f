/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

@Label("A slot that is to move")
class SlotPlanTest {
    private static final Predicate<String> ALL_LIVE = device -> true;
    private static final Slots OLD = new Slots(List.of("g1", "g2", "g1", "g2"));
    private static final Slots NEW = new Slots(List.of("g3", "g2", "g3", "g2"));
    private static final SlotPlan STILL = SlotPlan.of(OLD);

    @Example
    @Label("stays where it is while its clients are learned, from the switch's confirmation on, and then moves")
    void waitsForItsClients() {
        final SlotPlan asked = STILL.toward(NEW, ALL_LIVE);
        assertThat(asked.slots()).isEqualTo(OLD);
        assertThat(asked.waiting()).containsExactlyInAnyOrder(0, 2);
        assertThat(asked.isAsked()).isTrue();
        assertThat(asked.lastMove()).isEmpty();
        assertThat(asked.at(Long.MAX_VALUE)).isEqualTo(asked);

        final SlotPlan watched = asked.confirmed(100);
        assertThat(watched.firstMove()).hasValue(100);
        assertThat(watched.lastMove()).hasValue(100);
        assertThat(watched.at(99)).isEqualTo(watched);
        assertThat(watched.at(100)).isEqualTo(SlotPlan.of(NEW));
    }

    @Example
    @Label("moves at once when its device does not live, and others go on waiting")
    void movesAtOnceFromADeadDevice() {
        final SlotPlan watched = STILL.toward(NEW, ALL_LIVE).confirmed(100);
        final Slots wanted = new Slots(List.of("g3", "g3", "g3", "g3"));
        final SlotPlan failed = watched.toward(wanted, device -> !device.equals("g2"));
        assertThat(failed.slots().owners()).containsExactly("g1", "g3", "g1", "g3");
        assertThat(failed.waiting()).containsExactlyInAnyOrder(0, 2);
        assertThat(failed.lastMove()).hasValue(100);
    }

    @Example
    @Label("goes on being watched when it is to go to yet another device, and is watched no more when it is to stay")
    void changesItsMind() {
        final SlotPlan watched = STILL.toward(NEW, ALL_LIVE).confirmed(100);
        final Slots other = new Slots(List.of("g2", "g2", "g1", "g2"));
        final SlotPlan changed = watched.toward(other, ALL_LIVE);
        assertThat(changed.waiting()).isEqualTo(Set.of(0));
        assertThat(changed.at(100)).isEqualTo(SlotPlan.of(other));
        assertThat(watched.toward(OLD, ALL_LIVE)).isEqualTo(STILL);
    }

    @Example
    @Label("is watched anew when it is not known what was learned")
    void isWatchedAnew() {
        final SlotPlan again = STILL.toward(NEW, ALL_LIVE).confirmed(100).again();
        assertThat(again.at(200)).isEqualTo(again);
        assertThat(again.confirmed(300).at(299).slots()).isEqualTo(OLD);
        assertThat(again.confirmed(300).at(300).slots()).isEqualTo(NEW);
    }

    @Example
    @Label("waits too when no device is to have it")
    void waitsForNobody() {
        final SlotPlan watched = STILL.toward(Slots.NONE, ALL_LIVE).confirmed(100);
        assertThat(watched.slots()).isEqualTo(OLD);
        assertThat(watched.at(100).slots()).isEqualTo(Slots.NONE);
        assertThat(watched.at(100).toward(NEW, ALL_LIVE.negate()).slots()).isEqualTo(NEW);
    }

    @Example
    @Label("does not wait where the number of slots changes")
    void doesNotWaitForAnotherNumber() {
        final Slots fewer = new Slots(Collections.nCopies(2, "g1"));
        assertThat(STILL.toward(fewer, ALL_LIVE)).isEqualTo(SlotPlan.of(fewer));
    }
}
