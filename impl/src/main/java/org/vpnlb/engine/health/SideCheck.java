/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Health.State;
import org.vpnlb.engine.probe.Probe;
import org.vpnlb.engine.probe.Verdict;

/**
 * Asks one side of a device again and again, and counts the answers. It is told the time and does nothing by itself; it
 * is not safe for use by several threads.
 *
 * <p>A question is lost when the next one is due. Each interval is shortened by up to 10 % at random, so that the
 * checks of several devices do not synchronise, and {@code fall} questions never take longer than {@code fall}
 * intervals. Where no other device answers either, silence has to last {@value #DOUBT} times as long.
 */
public final class SideCheck {
    /** Hosts send one ICMP error a second at most (Linux, icmp_ratelimit): silence is no answer for that long. */
    static final long REFUSAL_MILLIS = 2000;

    /** How much longer silence must last when nobody answers: the asker is then more likely at fault. */
    static final int DOUBT = 3;

    private static final long NEVER = Long.MIN_VALUE / 2;
    private static final double JITTER = 0.1;
    /** How much a new answer counts (RFC 6298, section 2.3). */
    private static final double SMOOTHING = 1.0 / 8;

    private final RandomGenerator random;
    private Check check;
    private Health health = Health.NOT_ASKED;
    private int failures;
    private int certainFailures;
    private int successes;
    private long due;
    private boolean waited;
    private long refusedAt = NEVER;
    /** The last question; null before the first. */
    private Probe probe;
    /** Whether nothing has been counted for it yet. */
    private boolean open;

    private boolean hostAnswered;
    private long askedAt = NEVER;
    private long answeredQuestionAt = NEVER;
    private OptionalDouble answerMillis = OptionalDouble.empty();

    /** A check that begins within the next interval, at a random time. */
    public SideCheck(final Check check, final RandomGenerator random, final long now) {
        this.check = check;
        this.random = random;
        resume(now);
    }

    /** What is known of the side. */
    public Health health() {
        return health;
    }

    /** What is asked. */
    public Check check() {
        return check;
    }

    /** When to call {@link #ask} next. */
    public long due() {
        return due;
    }

    /** When the last question was asked. */
    public long askedAt() {
        return askedAt;
    }

    /** When the last question was asked to which anything came back. */
    public long answeredQuestionAt() {
        return answeredQuestionAt;
    }

    /** The smoothed milliseconds from a question to its answer; empty before the first. */
    OptionalDouble answerMillis() {
        return answerMillis;
    }

    /**
     * From now on this is to be asked. What is known stays so until other answers tell otherwise. The next question
     * comes within the new interval.
     */
    public void configure(final Check next, final long now) {
        if (next.equals(check)) {
            return;
        }
        check = next;
        forgetQuestion();
        if (due - now > check.policy().interval()) {
            due = randomlyDue(now);
        }
    }

    /** The switch is there again: what was asked before will not be answered any more. */
    public void resume(final long now) {
        forgetQuestion();
        due = randomlyDue(now);
    }

    /** It cannot be asked for now. What is dead stays so, since nothing shows that it lives. */
    void pause(final String why) {
        forgetQuestion();
        if (health.state() != State.DOWN) {
            health = new Health(State.UNCHECKED, Optional.of(why));
        }
    }

    /** Some time within the next interval, so that checks that begin together do not beat together. */
    private long randomlyDue(final long now) {
        return now + (long) (check.policy().interval() * random.nextDouble());
    }

    private void forgetQuestion() {
        open = false;
        failures = 0;
        certainFailures = 0;
        successes = 0;
    }

    /**
     * The next question is due.
     *
     * @param now the time
     * @param othersAnswer whether another device has answered a question that was asked after this one's last
     * @return frames to send to the device
     */
    public List<byte[]> ask(final long now, final BooleanSupplier othersAnswer) {
        final int interval = check.policy().interval();
        if (open && now - due > interval / 2 && !waited) {
            // The tick is late: answers that came in time may still be queued.
            waited = true;
            due = now + interval / 2;
            return List.of();
        }
        waited = false;
        if (open) {
            conclude(now, othersAnswer);
        }
        hostAnswered = false;
        askedAt = now;
        probe = Probe.of(check.target(), random.nextLong());
        open = true;
        final long next = due + (long) (interval * (1 - JITTER * random.nextDouble()));
        due = next > now ? next : now + interval;
        return probe.request();
    }

    private void conclude(final long now, final BooleanSupplier othersAnswer) {
        if (!hostAnswered) {
            failed("no answer to", othersAnswer.getAsBoolean());
        } else if (now - refusedAt < REFUSAL_MILLIS) {
            failed("refused:", true);
        } else {
            succeeded();
        }
    }

    /**
     * The device sent a frame.
     *
     * @return frames to send to the device
     */
    public List<byte[]> receive(final byte[] frame, final long now) {
        if (probe == null) {
            return List.of();
        }
        if (open) {
            judge(probe.judge(frame), now);
        }
        return probe.goodbye(frame);
    }

    private void judge(final Verdict verdict, final long now) {
        if (verdict != Verdict.UNRELATED) {
            answeredQuestionAt = askedAt;
        }
        switch (verdict) {
            case ALIVE -> {
                open = false;
                refusedAt = NEVER;
                answered(now - askedAt);
                succeeded();
            }
            case REFUSED -> {
                open = false;
                refusedAt = now;
                failed("refused:", true);
            }
            case HOST_ALIVE -> {
                if (!hostAnswered) {
                    answered(now - askedAt);
                }
                hostAnswered = true;
            }
            default -> {}
        }
    }

    private void answered(final long millis) {
        final double before = answerMillis.orElse(millis);
        answerMillis = OptionalDouble.of(before + SMOOTHING * (millis - before));
    }

    private void succeeded() {
        failures = 0;
        certainFailures = 0;
        successes++;
        if (health.state() == State.UNKNOWN
                || health.state() == State.UNCHECKED
                || successes >= check.policy().rise()) {
            health = Health.ALIVE;
        }
    }

    private void failed(final String how, final boolean isCertain) {
        final int fall = check.policy().fall();
        successes = 0;
        failures++;
        certainFailures += isCertain ? 1 : 0;
        if ((certainFailures >= fall || failures >= DOUBT * fall) && health.state() != State.DOWN) {
            health = new Health(
                    State.DOWN,
                    Optional.of("%s %s, %s"
                            .formatted(how, check.describe(), failures == 1 ? "once" : failures + " times in a row")));
        }
    }
}
