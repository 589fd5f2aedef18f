/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.MacAddress;

/** Asks the sides of devices at one switch, each in its time. */
public final class Prober {
    private final RandomGenerator random;
    private final CheckSources sources;
    private final PathTest paths;
    private final List<SideCheck> checks = new ArrayList<>();
    /** The same, by the cookie of the entries that send the answers: those of one side of a device have one. */
    private final Map<Long, List<SideCheck>> byCookie = new HashMap<>();
    /** The same, by their numbers in the list; whose turn is next first. */
    private final TreeSet<Turn> turns = new TreeSet<>();
    /** Those that have no address to come from. */
    private final Set<Check.Subject> paused = new HashSet<>();

    /** Who is asked what, whatever the names: the answers are the host's. */
    private record Asked(Side side, MacAddress mac, String question) {
        static Asked by(final Check check) {
            return new Asked(
                    check.subject().side(),
                    check.target().targetMac(),
                    check.subject().question());
        }
    }

    private record Turn(long due, int number) implements Comparable<Turn> {
        private static final Comparator<Turn> ORDER =
                Comparator.comparingLong(Turn::due).thenComparingInt(Turn::number);

        @Override
        public int compareTo(final Turn other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * No check yet.
     *
     * @param node the switch
     * @param random the source of unpredictable probe tokens
     */
    public Prober(final String node, final RandomGenerator random) {
        this.random = random;
        sources = new CheckSources(node);
        paths = new PathTest(random);
    }

    /** The addresses that checks come from. */
    public CheckSources sources() {
        return sources;
    }

    /**
     * From now on these are to be checked, by the cookies of their answers; those without an address to come from wait.
     *
     * @return what is to be told of those that have another name now, and of those whose address is somebody's
     */
    public List<Effect> configure(final Map<Long, List<Check>> wanted, final long now) {
        final Map<Asked, SideCheck> before = new HashMap<>();
        checks.forEach(check -> before.put(Asked.by(check.check()), check));
        final List<Effect> effects = new ArrayList<>();
        checks.clear();
        byCookie.clear();
        wanted.forEach((cookie, asked) -> asked.forEach(check -> {
            final SideCheck known = before.get(Asked.by(check));
            if (known != null) {
                final boolean isRenamed = !known.check().subject().equals(check.subject());
                known.configure(check, now);
                if (isRenamed) {
                    // What was told lately may have come after the names had changed.
                    effects.add(new Effect.Tell(new Notice.Checked(check.subject(), known.health())));
                }
            }
            final SideCheck next = known == null ? new SideCheck(check, random, now) : known;
            checks.add(next);
            byCookie.computeIfAbsent(cookie, answers -> new ArrayList<>()).add(next);
        }));
        paused.retainAll(checks.stream().map(check -> check.check().subject()).collect(Collectors.toSet()));
        order(now);
        checks.forEach(check -> sources.conflict(check.check().subject()).ifPresent(conflict -> {
            final Health known = check.health();
            check.pause("not checked: " + conflict);
            tell(check, known, List.of(), effects);
        }));
        return effects;
    }

    /**
     * Asks devices once more, for an operator.
     *
     * @param orders the questions, and how each gets to its device
     * @param millis how long an answer is waited for
     */
    public List<Effect> ask(final List<PathTest.Order> orders, final long millis, final long now) {
        paths.begin(orders, millis, now);
        return paths.tick(now);
    }

    /** The switch is there again. */
    public void resume(final long now) {
        paths.forget();
        checks.forEach(check -> check.resume(now));
        order(now);
    }

    private void order(final long now) {
        turns.clear();
        for (int number = 0; number < checks.size(); number++) {
            final SideCheck check = checks.get(number);
            final Check.Subject subject = check.check().subject();
            if (!mayAsk(check)) {
                paused.add(subject);
            } else {
                if (paused.remove(subject)) {
                    check.resume(now);
                }
                turns.add(new Turn(check.due(), number));
            }
        }
    }

    private boolean mayAsk(final SideCheck check) {
        return sources.isClaimed(check.check().subject());
    }

    /** When {@link #tick} is to be called next. */
    public OptionalLong wakeAt() {
        final OptionalLong asked = earlier(sources.wakeAt(), paths.wakeAt());
        return turns.isEmpty()
                ? asked
                : earlier(asked, OptionalLong.of(turns.first().due()));
    }

    private static OptionalLong earlier(final OptionalLong one, final OptionalLong other) {
        return one.isEmpty() || other.isPresent() && other.getAsLong() < one.getAsLong() ? other : one;
    }

    /** Asks those whose time has come. */
    public List<Effect> tick(final long now) {
        final List<Effect> effects = new ArrayList<>(sources.tick(now));
        effects.addAll(paths.tick(now));
        while (!turns.isEmpty() && turns.first().due() <= now) {
            final int number = turns.pollFirst().number();
            final SideCheck check = checks.get(number);
            final Health before = check.health();
            final List<byte[]> frames = check.ask(now, () -> othersAnswer(check));
            turns.add(new Turn(check.due(), number));
            tell(check, before, frames, effects);
        }
        return effects;
    }

    /** Whether others answer, so that silence is the device's own; where no other is thought to live none can. */
    private boolean othersAnswer(final SideCheck silent) {
        boolean none = true;
        for (final SideCheck other : checks) {
            if (isOfSameDevice(other, silent) || other.health().state() == Health.State.DOWN || !mayAsk(other)) {
                continue;
            }
            if (other.answeredQuestionAt() >= silent.askedAt()) {
                return true;
            }
            none = false;
        }
        return none;
    }

    private static boolean isOfSameDevice(final SideCheck one, final SideCheck two) {
        final Check.Subject first = one.check().subject();
        final Check.Subject second = two.check().subject();
        return first.service().equals(second.service()) && first.device().equals(second.device());
    }

    /** A frame came in by an entry that sends answers: each question to that side knows whether it is its answer. */
    public List<Effect> receive(final long cookie, final byte[] frame, final long now) {
        final List<Effect> effects = new ArrayList<>(paths.receive(cookie, frame, now));
        for (final SideCheck check : byCookie.getOrDefault(cookie, List.of())) {
            final Health before = check.health();
            tell(check, before, check.receive(frame, now), effects);
        }
        return effects;
    }

    /** The milliseconds that a device takes to answer on the clients' side, the mean of its checks; empty before. */
    public OptionalDouble answerMillis(final Service service, final Device device) {
        return checks.stream()
                .filter(check -> isOf(check.check().subject(), service, device))
                .flatMapToDouble(check -> check.answerMillis().stream())
                .average();
    }

    private static boolean isOf(final Check.Subject subject, final Service service, final Device device) {
        return subject.side() == Side.INGRESS
                && subject.service().equals(service.name())
                && subject.device().equals(device.name());
    }

    private static void tell(
            final SideCheck check, final Health before, final List<byte[]> frames, final List<Effect> effects) {
        frames.forEach(frame -> effects.add(new Effect.SendFrame(check.check().port(), frame)));
        if (!check.health().equals(before)) {
            effects.add(new Effect.Tell(new Notice.Checked(check.check().subject(), check.health())));
        }
    }
}
