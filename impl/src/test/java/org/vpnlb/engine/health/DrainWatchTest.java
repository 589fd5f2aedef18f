/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.health.DrainWatch.Count;
import org.vpnlb.engine.health.DrainWatch.Finished;
import org.vpnlb.engine.health.DrainWatch.How;
import org.vpnlb.engine.health.DrainWatch.Key;
import org.vpnlb.engine.health.DrainWatch.Seen;
import org.vpnlb.engine.model.Drain;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;

class DrainWatchTest {
    private static final Key G1 = new Key("office", "g1");
    private static final long LAG = 5000;

    private final DrainWatch watch = new DrainWatch();
    private long now = 1_000_000;
    private Optional<Drain> drain = Optional.empty();

    @Test
    void aDrainIsFinishedOnceWhenTheLastSessionHasEnded() {
        inService(3);
        begin();
        assertThat(look(3)).isEmpty();
        assertThat(look(1)).isEmpty();
        assertThat(look(0)).containsExactly(new Finished(G1, How.EMPTY, 0));
        assertThat(look(0)).isEmpty();
    }

    @Test
    void aDeviceWithoutASessionIsDrainedAtOnceAndThatIsToldToo() {
        inService(0);
        begin();
        assertThat(look(0)).containsExactly(new Finished(G1, How.EMPTY, 0));
    }

    @Test
    void aSessionThatComesLateIsNoSecondDrain() {
        begin();
        assertThat(look(0)).hasSize(1);
        assertThat(look(1)).isEmpty();
        assertThat(look(0)).isEmpty();
    }

    @Test
    void theNextDrainIsToldAgain() {
        begin();
        assertThat(look(0)).hasSize(1);
        inService(0);
        begin();
        assertThat(look(0)).hasSize(1);
        // In service for so short a time that nobody has looked.
        begin();
        assertThat(look(0)).hasSize(1);
    }

    @Test
    void aDrainThatTheOperatorEndsIsNotFinished() {
        inService(3);
        begin();
        look(3);
        inService(0);
        assertThat(look(0)).isEmpty();
    }

    @Test
    void whatTheDeadlineEndedIsTold() {
        inService(9);
        begin();
        assertThat(look(7)).isEmpty();
        deadline();
        assertThat(look(0)).containsExactly(new Finished(G1, How.DEADLINE, 7));
    }

    @Test
    void aDeadlineThatComesBeforeTheFirstLookEndsWhatTheDeviceHadInService() {
        inService(9);
        begin();
        deadline();
        assertThat(look(0)).containsExactly(new Finished(G1, How.DEADLINE, 9));
    }

    @Test
    void aDeadlineIsOverOnlyWhenItsSessionsAre() {
        inService(9);
        begin();
        look(7);
        deadline();
        assertThat(look(7)).isEmpty();
        assertThat(look(2)).isEmpty();
        assertThat(look(0)).containsExactly(new Finished(G1, How.DEADLINE, 7));
    }

    @Test
    void aDeadlineThatFindsNoSessionEndsNone() {
        begin();
        assertThat(look(0)).containsExactly(new Finished(G1, How.EMPTY, 0));
        deadline();
        assertThat(look(0)).isEmpty();
    }

    @Test
    void whileNewClientsMayComeADrainIsNotFinished() {
        begin();
        assertThat(look(new Count(0, true, false, 0))).isEmpty();
        assertThat(look(0)).hasSize(1);
    }

    @Test
    void whileASwitchIsAwayADrainIsNotFinished() {
        begin();
        assertThat(look(new Count(0, false, true, 0))).isEmpty();
        assertThat(look(2)).isEmpty();
        assertThat(look(0)).hasSize(1);
    }

    @Test
    void aNumberThatMayBeOldIsBelievedWhenItStays() {
        begin();
        assertThat(look(new Count(0, true, true, LAG))).isEmpty();
        now += LAG - 1000;
        assertThat(look(new Count(1, true, true, LAG))).isEmpty();
        assertThat(look(new Count(0, true, true, LAG))).isEmpty();
        now += LAG - 1001;
        assertThat(look(new Count(0, true, true, LAG))).isEmpty();
        assertThat(look(new Count(0, true, true, LAG))).hasSize(1);
    }

    @Test
    void aDeviceThatIsRemovedIsForgotten() {
        inService(9);
        watch.look(Map.of(), now);
        begin();
        deadline();
        assertThat(look(0))
                .as("the sessions of before were ended by the removal")
                .containsExactly(new Finished(G1, How.EMPTY, 0));
    }

    @Test
    void aDrainGoesOnByAnotherName() {
        final Service office = ServiceBuilder.office().build();
        final Key g2 = new Key("office", "g2");
        final Optional<Drain> begun = Optional.of(new Drain(now, Optional.empty(), false));
        final Seen nine = new Seen(begun, new Count(9, true, true, 0));
        final Seen none = new Seen(begun, new Count(0, true, true, 0));
        assertThat(watch.look(Map.of(G1, nine, g2, none), now)).containsExactly(new Finished(g2, How.EMPTY, 0));
        // They exchange their names.
        watch.rename(Renames.between(
                List.of(office),
                List.of(ServiceBuilder.like(office)
                        .device("g1", device -> ServiceBuilder.named(device, "x"))
                        .device("g2", device -> ServiceBuilder.named(device, "g1"))
                        .device("x", device -> ServiceBuilder.named(device, "g2"))
                        .build())));
        assertThat(watch.look(Map.of(G1, none, g2, nine), now)).isEmpty();
        assertThat(watch.progress(G1).orElseThrow().finishedAt()).isPresent();
        assertThat(watch.progress(g2).orElseThrow().atBegin()).hasValue(9);
    }

    @Test
    void theSessionsAtTheBeginningAreThoseOfTheLookBefore() {
        inService(9);
        begin();
        look(7);
        assertThat(progress().atBegin()).hasValue(9);
        assertThat(progress().left()).isEqualTo(7);
    }

    @Test
    void whileNewClientsMayComeTheBeginningLasts() {
        inService(2);
        begin();
        look(new Count(12, true, false, 0));
        look(new Count(11, true, true, 0));
        look(13);
        assertThat(progress().atBegin()).hasValue(12);
    }

    @Test
    void whatCannotBeCountedIsNotTold() {
        begin();
        look(new Count(3, false, true, 0));
        assertThat(progress().atBegin()).isEmpty();
        look(5);
        assertThat(progress().atBegin()).hasValue(5);
        look(new Count(3, false, true, 0));
        assertThat(progress().left()).isEqualTo(5);
    }

    @Test
    void whatEndedInTheLastMinuteSaysWhenNoneIsLeft() {
        inService(100);
        begin();
        for (int second = 1; second <= 60; second++) {
            look(100 - second);
        }
        assertThat(progress().endedLately()).isEqualTo(60);
        assertThat(progress().emptyIn()).hasValue(40);
        for (int second = 1; second <= 30; second++) {
            look(40);
        }
        assertThat(progress().endedLately()).isEqualTo(30);
        assertThat(progress().emptyIn()).hasValue(80);
        for (int second = 1; second <= 30; second++) {
            look(40);
        }
        assertThat(progress().endedLately()).isZero();
        assertThat(progress().emptyIn()).isEmpty();
    }

    @Test
    void theFirstSecondsDoNotSayWhenNoneIsLeft() {
        inService(10);
        begin();
        for (int second = 1; second < 10; second++) {
            look(9);
            assertThat(progress().emptyIn()).isEmpty();
        }
        look(9);
        assertThat(progress().emptyIn()).hasValue(90);
        look(0);
        assertThat(progress().emptyIn()).as("none is left").isEmpty();
    }

    @Test
    void aDrainTellsWhenItWasFinished() {
        begin();
        look(1);
        assertThat(progress().finishedAt()).isEmpty();
        look(0);
        final long finished = now;
        look(0);
        assertThat(progress().finishedAt()).hasValue(finished);
        inService(0);
        assertThat(watch.progress(G1)).isEmpty();
    }

    private DrainWatch.Progress progress() {
        return watch.progress(G1).orElseThrow();
    }

    private void begin() {
        now += 100;
        drain = Optional.of(new Drain(now, Optional.of(60L), false));
    }

    private void deadline() {
        final Drain begun = drain.orElseThrow();
        drain = Optional.of(new Drain(begun.begunAt(), begun.deadline(), true));
    }

    private void inService(final int sessions) {
        drain = Optional.empty();
        assertThat(look(new Count(sessions, true, false, 0))).isEmpty();
    }

    /** A second later, when no new client comes and all switches tell. */
    private List<Finished> look(final int sessions) {
        return look(new Count(sessions, true, true, 0));
    }

    private List<Finished> look(final Count count) {
        now += 1000;
        return watch.look(Map.of(G1, new Seen(drain, count)), now);
    }
}
