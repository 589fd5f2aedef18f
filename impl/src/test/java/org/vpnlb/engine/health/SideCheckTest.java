/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Health.State;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.probe.Answers;

class SideCheckTest {
    private static final int INTERVAL = 100;
    private static final int FALL = 3;
    private static final int RISE = 2;

    private long now = 5_000_000;
    private List<byte[]> asked = List.of();
    private boolean othersAnswer = true;
    private SideCheck check = of(Target.Kind.ICMP);

    @Test
    void nothingIsKnownBeforeTheFirstAnswer() {
        assertThat(check.health().state()).isEqualTo(State.UNKNOWN);
        silence(FALL - 1);
        assertThat(check.health().state()).isEqualTo(State.UNKNOWN);
    }

    @Test
    void oneAnswerIsEnoughForASideOfWhichNothingIsKnown() {
        ask();
        answer();
        assertThat(check.health()).isEqualTo(Health.ALIVE);
    }

    @Test
    void theTimeToAnswerIsSmoothed() {
        assertThat(check.answerMillis()).isEmpty();
        answersAfter(8);
        assertThat(check.answerMillis()).hasValue(8);
        answersAfter(16);
        assertThat(check.answerMillis()).hasValue(9);
        ask();
        assertThat(check.answerMillis()).as("silence is no time").hasValue(9);
    }

    private void answersAfter(final int millis) {
        ask();
        now += millis;
        answer();
    }

    @Test
    void aSideIsDownAfterSoManyQuestionsInARowWithoutAnAnswer() {
        lives();
        silence(FALL - 1);
        answer();
        silence(FALL);
        assertThat(check.health().state()).isEqualTo(State.UP);
        ask();
        assertThat(check.health().state()).isEqualTo(State.DOWN);
        assertThat(check.health().reason()).hasValue("no answer to ICMP at 10.0.0.1, ingress side, 3 times in a row");
    }

    @Test
    void aSideThatWasDownIsUpAfterSoManyAnswersInARow() {
        dies();
        ask();
        answer();
        silence(1);
        ask();
        answer();
        assertThat(check.health().state()).isEqualTo(State.DOWN);
        ask();
        answer();
        assertThat(check.health().state()).isEqualTo(State.UP);
    }

    @Test
    void aSideThatDiesIsDownWithinSoManyIntervalsAndOne() {
        for (int i = 0; i < 100; i++) {
            check = of(Target.Kind.ICMP, new Random(i));
            lives();
            final long death = now;
            while (check.health().state() != State.DOWN) {
                ask();
            }
            assertThat(now - death).isLessThanOrEqualTo((FALL + 1) * INTERVAL);
        }
    }

    @Test
    void checksThatBeginTogetherDoNotBeatTogether() {
        final List<Long> first = new ArrayList<>();
        final var random = new Random(1);
        for (int i = 0; i < 510; i++) {
            first.add(of(Target.Kind.ICMP, random).due() - now);
        }
        for (int tenth = 0; tenth < INTERVAL; tenth += INTERVAL / 10) {
            final int from = tenth;
            assertThat(first)
                    .filteredOn(at -> at >= from && at < from + INTERVAL / 10)
                    .hasSizeBetween(20, 100);
        }
    }

    @Test
    void questionsNeverComeMoreSeldomThanConfiguredNorTwiceAsOften() {
        ask();
        for (int i = 0; i < 1000; i++) {
            final long before = now;
            ask();
            assertThat(now - before).isBetween(INTERVAL * 9L / 10, (long) INTERVAL);
        }
    }

    @Test
    void whoIsLateHimselfLooksForAnswersBeforeHeCountsAMiss() {
        lives();
        ask();
        for (int i = 0; i < FALL; i++) {
            now = check.due() + 10 * INTERVAL;
            assertThat(check.ask(now, () -> othersAnswer))
                    .as("frames of a late tick")
                    .isEmpty();
            answer();
            ask();
        }
        assertThat(check.health().state()).isEqualTo(State.UP);
    }

    @Test
    void whoIsAlwaysLateStillSeesDeath() {
        lives();
        for (int i = 0; i < 3 * FALL; i++) {
            now = check.due() + INTERVAL;
            asked = check.ask(now, () -> othersAnswer);
        }
        assertThat(check.health().state()).isEqualTo(State.DOWN);
    }

    @Test
    void anAnswerCountsOnce() {
        dies();
        ask();
        answer();
        answer();
        answer();
        assertThat(check.health().state()).isEqualTo(State.DOWN);
    }

    @Test
    void aSwitchThatWasAwayTeachesNothing() {
        lives();
        for (int i = 0; i < 2 * FALL; i++) {
            ask();
            now += 60_000;
            check.resume(now);
        }
        assertThat(check.health().state()).isEqualTo(State.UP);
    }

    @Test
    void whatIsKnownOutlivesAnotherQuestion() {
        dies();
        check.configure(check(Target.Kind.ICMP, "10.0.0.2"), now);
        assertThat(check.health().state()).isEqualTo(State.DOWN);
        ask();
        answer();
        ask();
        answer();
        assertThat(check.health().state()).isEqualTo(State.UP);
    }

    @Test
    void whenNobodyAnswersSilenceHasToLastLonger() {
        lives();
        othersAnswer = false;
        silence(SideCheck.DOUBT * FALL);
        assertThat(check.health().state()).isEqualTo(State.UP);
        silence(1);
        assertThat(check.health().state()).isEqualTo(State.DOWN);
    }

    @Test
    void silenceBeforeOthersAnswerAgainDoesNotCount() {
        lives();
        othersAnswer = false;
        silence(FALL + 1);
        othersAnswer = true;
        silence(FALL - 1);
        assertThat(check.health().state()).isEqualTo(State.UP);
        silence(1);
        assertThat(check.health().state()).isEqualTo(State.DOWN);
    }

    @Test
    void aShorterIntervalBeginsAtOnce() {
        check = of(Target.Kind.ICMP, 100 * INTERVAL);
        ask();
        check.configure(check(Target.Kind.ICMP, "10.0.0.1", INTERVAL), now);
        assertThat(check.due() - now).isLessThanOrEqualTo(INTERVAL);
    }

    @Test
    void aRefusalNeedsNoOthers() {
        check = of(Target.Kind.TCP);
        othersAnswer = false;
        for (int i = 0; i < FALL; i++) {
            ask();
            check.receive(Answers.refusal(asked), now);
        }
        assertThat(check.health().state()).isEqualTo(State.DOWN);
    }

    @Test
    void aRefusalCountsAtOnce() {
        check = of(Target.Kind.TCP);
        for (int i = 0; i < FALL; i++) {
            ask();
            assertThat(check.health().state()).isNotEqualTo(State.DOWN);
            check.receive(Answers.refusal(asked), now);
        }
        assertThat(check.health().state()).isEqualTo(State.DOWN);
        assertThat(check.health().reason().orElseThrow()).startsWith("refused: TCP at 10.0.0.1 port 1194");
    }

    @Test
    void aDatagramThatIsNotRefusedIsLifeWhenTheHostAnswers() {
        check = of(Target.Kind.UDP);
        ask();
        answer();
        assertThat(check.health().state()).as("it may yet be refused").isEqualTo(State.UNKNOWN);
        ask();
        assertThat(check.health().state()).isEqualTo(State.UP);
    }

    @Test
    void aRefusedDatagramIsRememberedSinceHostsRefuseSeldom() {
        check = of(Target.Kind.UDP);
        ask();
        check.receive(Answers.refusal(asked), now);
        final long refused = now;
        while (now - refused < SideCheck.REFUSAL_MILLIS - INTERVAL) {
            ask();
            answer();
            assertThat(check.health().state()).isNotEqualTo(State.UP);
        }
        assertThat(check.health().state()).isEqualTo(State.DOWN);
        for (int i = 0; i < RISE + 2; i++) {
            ask();
            answer();
        }
        assertThat(check.health().state()).isEqualTo(State.UP);
    }

    @Test
    void aConnectionIsNotLeftHalfOpenHoweverLateItsAnswerIs() {
        check = of(Target.Kind.TCP);
        ask();
        assertThat(check.receive(Answers.of(asked), now)).hasSize(1);
        assertThat(check.receive(Answers.of(asked), now)).hasSize(1);
    }

    private void ask() {
        now = check.due();
        asked = check.ask(now, () -> othersAnswer);
    }

    private void answer() {
        check.receive(Answers.of(asked), now);
    }

    /** So many questions, none of them answered, and the next one asked. */
    private void silence(final int times) {
        for (int i = 0; i < times; i++) {
            ask();
        }
    }

    private void lives() {
        ask();
        answer();
        assertThat(check.health().state()).isEqualTo(State.UP);
    }

    private void dies() {
        silence(FALL + 1);
        assertThat(check.health().state()).isEqualTo(State.DOWN);
    }

    private SideCheck of(final Target.Kind kind) {
        return of(kind, new Random(0));
    }

    private SideCheck of(final Target.Kind kind, final Random random) {
        return new SideCheck(check(kind, "10.0.0.1"), random, now);
    }

    private SideCheck of(final Target.Kind kind, final int interval) {
        return new SideCheck(check(kind, "10.0.0.1", interval), new Random(0), now);
    }

    private static Check check(final Target.Kind kind, final String address) {
        return check(kind, address, INTERVAL);
    }

    private static Check check(final Target.Kind kind, final String address, final int interval) {
        return new Check(
                new Check.Subject("office", "g1", Side.INGRESS, HealthCheck.FIRST),
                Place.untagged("sw1", 11),
                new Target(
                        kind,
                        MacAddress.parse("02:00:00:00:0c:01"),
                        IpAddress.parse("10.0.0.250"),
                        MacAddress.parse("02:00:00:00:0a:01"),
                        IpAddress.parse(address),
                        kind == Target.Kind.ICMP ? 0 : 1194),
                new HealthCheck(
                        HealthCheck.Type.valueOf(kind.name()),
                        Optional.empty(),
                        interval,
                        FALL,
                        RISE,
                        Optional.empty(),
                        Optional.empty()));
    }
}
