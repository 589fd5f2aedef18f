/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;

/** Says what an audit has changed. */
final class RepairNotice {
    private RepairNotice() {}

    /**
     * The notice of a repair.
     *
     * @param effects what the audit made the agent do
     * @param refused what the switch had refused before: to try it again repairs nothing
     * @param ended how many sessions fewer there are than were thought to be
     * @return empty when the switch held what it should
     */
    static Optional<Effect> of(
            final List<Effect> effects, final List<Event.Refused> refused, final String node, final int ended) {
        final Set<Effect> tried = refused.stream().flatMap(RepairNotice::tried).collect(Collectors.toSet());
        final List<Effect> made = effects.stream()
                .filter(RepairNotice::isMake)
                .filter(effect -> !tried.contains(effect))
                .toList();
        final List<Effect> deleted =
                effects.stream().filter(RepairNotice::isDelete).toList();
        if (made.isEmpty() && deleted.isEmpty() && ended <= 0) {
            return Optional.empty();
        }
        final String example = made.isEmpty() && deleted.isEmpty()
                ? ""
                : (made.isEmpty() ? deleted : made).get(0).toString();
        return Optional.of(new Effect.Tell(
                new Notice.SwitchRepaired(node, made.size(), deleted.size(), Math.max(0, ended), example)));
    }

    /** A group that was refused as a change too is tried anew as an addition. */
    private static Stream<Effect> tried(final Event.Refused refused) {
        return refused.effect() instanceof Effect.ModifyGroup modify
                ? Stream.of(modify, new Effect.AddGroup(modify.group()))
                : Stream.of(refused.effect());
    }

    private static boolean isMake(final Effect effect) {
        return effect instanceof Effect.AddFlow
                || effect instanceof Effect.AddLater
                || effect instanceof Effect.AddGroup
                || effect instanceof Effect.AddMeter
                || effect instanceof Effect.ModifyGroup;
    }

    private static boolean isDelete(final Effect effect) {
        return effect instanceof Effect.DeleteFlow
                || effect instanceof Effect.DeleteGroup
                || effect instanceof Effect.DeleteMeter;
    }
}
