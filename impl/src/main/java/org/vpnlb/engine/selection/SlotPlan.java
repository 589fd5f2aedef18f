/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The slots of a service in a switch: whose each is, and what becomes of it.
 *
 * @param states the slots in their order; empty when there is no device
 */
public record SlotPlan(List<SlotState> states) {
    /** No slot is anybody's. */
    public static final SlotPlan NONE = new SlotPlan(List.of());

    public SlotPlan {
        states = List.copyOf(states);
    }

    /** Slots that stay where they are. */
    public static SlotPlan of(final Slots slots) {
        return new SlotPlan(
                slots.owners().stream().<SlotState>map(SlotState.Still::new).toList());
    }

    /**
     * The same slots, whose devices have other names now.
     *
     * @param name the name that a device has now; {@link Slots#NOBODY} for one that is gone
     */
    public SlotPlan renamed(final UnaryOperator<String> name) {
        return new SlotPlan(states.stream().map(state -> state.renamed(name)).toList());
    }

    /** Whose the slots are now. */
    public Slots slots() {
        return slots(SlotState::owner);
    }

    private Slots slots(final Function<SlotState, String> device) {
        final List<String> owners = states.stream().map(device).toList();
        return owners.stream().allMatch(Slots.NOBODY::equals) ? Slots.NONE : new Slots(owners);
    }

    /** Whose the slots are when all that wait have moved. */
    public Slots finalSlots() {
        return slots(SlotState::to);
    }

    /**
     * The slots are to be others' now. Where their number changes they are so at once.
     *
     * @param wanted whose they are to be
     * @param mayWait whether a device lives, so that its clients are learned before a slot of theirs moves
     */
    public SlotPlan toward(final Slots wanted, final Predicate<String> mayWait) {
        final List<String> next =
                wanted.owners().isEmpty() ? Collections.nCopies(states.size(), Slots.NOBODY) : wanted.owners();
        if (next.size() != states.size()) {
            return of(wanted);
        }
        final List<SlotState> all = new ArrayList<>();
        for (int slot = 0; slot < next.size(); slot++) {
            all.add(toward(states.get(slot), next.get(slot), mayWait));
        }
        return new SlotPlan(all);
    }

    private static SlotState toward(final SlotState state, final String to, final Predicate<String> mayWait) {
        final String owner = state.owner();
        if (owner.equals(to) || !mayWait.test(owner)) {
            return new SlotState.Still(to);
        }
        return state instanceof SlotState.Watched watched
                ? new SlotState.Watched(owner, watched.until(), to)
                : new SlotState.Asked(owner, to);
    }

    /** What was learned may lack somebody: the slots that wait are watched anew. */
    public SlotPlan again() {
        return each(state -> state instanceof SlotState.Watched watched
                ? new SlotState.Asked(watched.owner(), watched.to())
                : state);
    }

    /** The switch has confirmed that it lets the clients of all slots that wait be learned. */
    public SlotPlan confirmed(final long until) {
        return each(state -> state instanceof SlotState.Asked asked
                ? new SlotState.Watched(asked.owner(), until, asked.to())
                : state);
    }

    /** Time has passed: what was watched for long enough moves. */
    public SlotPlan at(final long now) {
        return each(state -> state instanceof SlotState.Watched watched && watched.until() <= now
                ? new SlotState.Still(watched.to())
                : state);
    }

    private SlotPlan each(final UnaryOperator<SlotState> change) {
        return isStill() ? this : new SlotPlan(states.stream().map(change).toList());
    }

    /** Whether no slot waits to move. */
    public boolean isStill() {
        return states.stream().allMatch(SlotState.Still.class::isInstance);
    }

    /** The slots whose clients are learned before they move. */
    public Set<Integer> waiting() {
        return IntStream.range(0, states.size())
                .filter(slot -> !(states.get(slot) instanceof SlotState.Still))
                .boxed()
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether the switch has yet to confirm that clients are learned. */
    public boolean isAsked() {
        return states.stream().anyMatch(SlotState.Asked.class::isInstance);
    }

    /** When the next slot moves; empty when none does by time alone. */
    public OptionalLong firstMove() {
        return moves().min();
    }

    /** When all slots have moved; empty while that is not known, or when none waits. */
    public OptionalLong lastMove() {
        return isAsked() ? OptionalLong.empty() : moves().max();
    }

    private LongStream moves() {
        return states.stream()
                .filter(SlotState.Watched.class::isInstance)
                .mapToLong(state -> ((SlotState.Watched) state).until());
    }
}
