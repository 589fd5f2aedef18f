/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.PathAnswer;
import org.vpnlb.engine.model.PathAnswer.Result;
import org.vpnlb.engine.model.PathQuestion;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.probe.Probe;
import org.vpnlb.engine.probe.Verdict;

/**
 * Asks devices at one switch for an operator, by the groups by which clients' packets come to them. What they answer
 * comes in by the entries of the checks. Nothing is learned from either.
 *
 * <p>Each question is asked up to {@value #TRIES} times, and {@value #AT_ONCE} questions at a time. Each time has marks
 * of its own, so that no answer to a check counts, but for ARP, which has no room for any.
 */
public final class PathTest {
    static final int TRIES = 3;
    static final int AT_ONCE = 20;
    static final long PAUSE_MILLIS = 20;
    private static final long LATE_MILLIS = 10_000;

    private final RandomGenerator random;
    private final List<Asked> asked = new ArrayList<>();

    /**
     * A question, and how it gets to the device.
     *
     * @param test the number of the test
     * @param question the question
     * @param cookie the cookie of the entries that send the answers
     * @param inPort the port at which the packets of those come in for whom it stands
     * @param group the group that leads to the device
     * @param place where the device is, in the words of an operator
     */
    public record Order(long test, PathQuestion question, long cookie, long inPort, long group, String place) {}

    private record Sent(Probe probe, long at) {}

    private static final class Asked {
        private final Order order;
        private final long millis;
        private final long end;
        private final List<Sent> sent = new ArrayList<>();
        private long due;
        private boolean isOpen = true;
        private OptionalLong hostAnswered = OptionalLong.empty();

        Asked(final Order order, final long millis, final long begin) {
            this.order = order;
            this.millis = millis;
            end = begin + millis;
            due = begin;
        }
    }

    PathTest(final RandomGenerator random) {
        this.random = random;
    }

    /**
     * Asks.
     *
     * @param millis how long an answer is waited for
     */
    void begin(final List<Order> orders, final long millis, final long now) {
        for (int i = 0; i < orders.size(); i++) {
            asked.add(new Asked(orders.get(i), millis, now + i / AT_ONCE * PAUSE_MILLIS));
        }
    }

    /** The connection is a new one: who asked is told so by nobody, and waits no longer than he said. */
    void forget() {
        asked.clear();
    }

    /** When to call {@link #tick} next; empty when nothing waits. */
    OptionalLong wakeAt() {
        if (asked.isEmpty()) {
            return OptionalLong.empty();
        }
        return asked.stream()
                .filter(one -> one.isOpen)
                .mapToLong(one -> Math.min(one.due, one.end))
                .min();
    }

    /** Sends what is due, and ends what has waited long enough. */
    List<Effect> tick(final long now) {
        // What is over is kept for a while, to take leave of who answers late.
        asked.removeIf(one -> !one.isOpen && one.end + LATE_MILLIS <= now);
        final List<Effect> effects = new ArrayList<>();
        for (final Asked one : asked) {
            if (one.isOpen && one.end <= now) {
                effects.add(conclude(one, silence(one)));
            } else if (one.isOpen && one.due <= now) {
                final Probe probe = Probe.of(one.order.question().target(), random.nextLong());
                one.sent.add(new Sent(probe, now));
                one.due = one.sent.size() < TRIES ? now + one.millis / TRIES : one.end;
                send(one, probe.request(), effects);
            }
        }
        return effects;
    }

    private static PathAnswer silence(final Asked one) {
        final Target target = one.order.question().target();
        return one.hostAnswered.isPresent()
                ? new PathAnswer(
                        Result.HOST_ANSWERED,
                        one.hostAnswered,
                        "its host answers and does not refuse %s; a daemon that answers only whom it knows is silent"
                                .formatted(describe(target)))
                : new PathAnswer(
                        Result.SILENT,
                        "no answer to %s within %d ms: see the cable at %s, its MAC address %s, and the daemon"
                                .formatted(describe(target), one.millis, one.order.place(), target.targetMac()));
    }

    /** A frame came in by an entry that sends answers. */
    List<Effect> receive(final long cookie, final byte[] frame, final long now) {
        final List<Effect> effects = new ArrayList<>();
        for (final Asked one : asked) {
            if (one.order.cookie() == cookie) {
                for (final Sent sent : one.sent) {
                    judge(one, sent.probe.judge(frame), now - sent.at, effects);
                    send(one, sent.probe.goodbye(frame), effects);
                }
            }
        }
        return effects;
    }

    private static void judge(final Asked one, final Verdict verdict, final long millis, final List<Effect> effects) {
        if (!one.isOpen) {
            return;
        }
        final Target target = one.order.question().target();
        switch (verdict) {
            case ALIVE ->
                effects.add(conclude(
                        one,
                        new PathAnswer(
                                Result.ANSWERED, OptionalLong.of(millis), "%s answers".formatted(describe(target)))));
            case REFUSED ->
                effects.add(conclude(
                        one,
                        new PathAnswer(
                                Result.REFUSED,
                                OptionalLong.of(millis),
                                "%s is refused: its host is there, the daemon is not".formatted(describe(target)))));
            case HOST_ALIVE -> {
                if (one.hostAnswered.isEmpty()) {
                    one.hostAnswered = OptionalLong.of(millis);
                }
            }
            default -> {
                // Somebody else's answer.
            }
        }
    }

    private static Effect conclude(final Asked one, final PathAnswer answer) {
        one.isOpen = false;
        return new Effect.Tell(new Notice.PathAnswered(one.order.test(), one.order.question(), answer));
    }

    /** As those send whom it stands for: to the virtual MAC address. */
    private static void send(final Asked one, final List<byte[]> frames, final List<Effect> effects) {
        frames.forEach(frame -> effects.add(new Effect.SendByGroup(
                one.order.inPort(),
                one.order.group(),
                EthernetFrame.withDestination(
                        frame, one.order.question().target().sourceMac()))));
    }

    private static String describe(final Target target) {
        return target.kind() + " at " + target.targetAddress() + (target.port() == 0 ? "" : " port " + target.port());
    }
}
