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
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Health;

/** Asks the sides of devices at one switch, each in its time. */
public final class Prober {
    private final RandomGenerator random;
    private final CheckSources sources;
    /** By the cookie of the entries that send the answers. */
    private final Map<Long, SideCheck> checks = new HashMap<>();
    /** The same, whose turn is next first. */
    private final TreeSet<Turn> turns = new TreeSet<>();
    /** Those that have no address to come from. */
    private final Set<Check.Subject> paused = new HashSet<>();

    private record Turn(long due, long cookie) implements Comparable<Turn> {
        private static final Comparator<Turn> ORDER =
                Comparator.comparingLong(Turn::due).thenComparingLong(Turn::cookie);

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
    }

    /** The addresses that checks come from. */
    public CheckSources sources() {
        return sources;
    }

    /**
     * From now on these are to be checked, each with its cookie; those that have no address to come from wait.
     *
     * @return what is to be told of those whose address is somebody's
     */
    public List<Effect> configure(final Map<Long, Check> wanted, final long now) {
        final Map<Check.Subject, SideCheck> before = new HashMap<>();
        checks.values().forEach(check -> before.put(check.check().subject(), check));
        checks.clear();
        wanted.forEach((cookie, check) -> {
            final SideCheck known = before.get(check.subject());
            if (known == null) {
                checks.put(cookie, new SideCheck(check, random, now));
            } else {
                known.configure(check, now);
                checks.put(cookie, known);
            }
        });
        paused.retainAll(wanted.values().stream().map(Check::subject).collect(Collectors.toSet()));
        order(now);
        final List<Effect> effects = new ArrayList<>();
        checks.values()
                .forEach(check -> sources.conflict(check.check().subject()).ifPresent(conflict -> {
                    final Health known = check.health();
                    check.pause("not checked: " + conflict);
                    tell(check, known, List.of(), effects);
                }));
        return effects;
    }

    /** The switch is there again. */
    public void resume(final long now) {
        checks.values().forEach(check -> check.resume(now));
        order(now);
    }

    private void order(final long now) {
        turns.clear();
        checks.forEach((cookie, check) -> {
            final Check.Subject subject = check.check().subject();
            if (!mayAsk(check)) {
                paused.add(subject);
            } else {
                if (paused.remove(subject)) {
                    check.resume(now);
                }
                turns.add(new Turn(check.due(), cookie));
            }
        });
    }

    private boolean mayAsk(final SideCheck check) {
        return sources.isClaimed(check.check().subject());
    }

    /** When {@link #tick} is to be called next. */
    public OptionalLong wakeAt() {
        final OptionalLong asked = sources.wakeAt();
        return turns.isEmpty()
                        || asked.isPresent()
                                && asked.getAsLong() < turns.first().due()
                ? asked
                : OptionalLong.of(turns.first().due());
    }

    /** Asks those whose time has come. */
    public List<Effect> tick(final long now) {
        final List<Effect> effects = new ArrayList<>(sources.tick(now));
        while (!turns.isEmpty() && turns.first().due() <= now) {
            final long cookie = turns.pollFirst().cookie();
            final SideCheck check = checks.get(cookie);
            final Health before = check.health();
            final List<byte[]> frames = check.ask(now, () -> othersAnswer(check));
            turns.add(new Turn(check.due(), cookie));
            tell(check, before, frames, effects);
        }
        return effects;
    }

    /** Whether others answer, so that silence is the device's own; where no other is thought to live none can. */
    private boolean othersAnswer(final SideCheck silent) {
        boolean none = true;
        for (final SideCheck other : checks.values()) {
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

    /** A frame came in by an entry that sends answers. */
    public List<Effect> receive(final long cookie, final byte[] frame, final long now) {
        final List<Effect> effects = new ArrayList<>();
        final SideCheck check = checks.get(cookie);
        if (check != null) {
            final Health before = check.health();
            tell(check, before, check.receive(frame, now), effects);
        }
        return effects;
    }

    private static void tell(
            final SideCheck check, final Health before, final List<byte[]> frames, final List<Effect> effects) {
        frames.forEach(frame -> effects.add(new Effect.SendFrame(check.check().port(), frame)));
        if (!check.health().equals(before)) {
            effects.add(new Effect.Tell(new Notice.Checked(check.check().subject(), check.health())));
        }
    }
}
