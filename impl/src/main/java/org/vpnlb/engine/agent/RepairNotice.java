/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;

/** Says what an audit has changed. */
final class RepairNotice {
    private RepairNotice() {}

    /**
     * The notice of a repair.
     *
     * @param effects what the audit made the agent do
     * @param ended how many sessions fewer there are than were thought to be
     * @return empty when the switch held what it should
     */
    static Optional<Effect> of(final List<Effect> effects, final String node, final int ended) {
        final List<Effect> made = effects.stream().filter(RepairNotice::isMake).toList();
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
