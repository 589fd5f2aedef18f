/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.reconcile.LaterLane;

/** What is on its way to a switch: what is urgent in its order, and behind all of that what is written later. */
final class ToSwitch {
    private final Deque<Effect> urgent = new ArrayDeque<>();
    private final LaterLane<Effect> later = new LaterLane<>();

    void add(final Effect effect) {
        switch (effect) {
            case Effect.AddLater add -> later.add(add.flow(), new Effect.AddFlow(add.flow()));
            case Effect.Confirm ask when ask.isLast() -> later.addMark(ask);
            default -> {
                later.overtakenBy(effect);
                urgent.add(effect);
            }
        }
    }

    boolean isEmpty() {
        return urgent.isEmpty() && later.size() == 0;
    }

    /** The number of entries that are written later. */
    int later() {
        return later.size();
    }

    Effect next() {
        return urgent.isEmpty() ? later.poll().orElseThrow() : urgent.remove();
    }

    void clear() {
        urgent.clear();
        later.clear();
    }

    /** What the agent has asked will not be answered. */
    void forgetQuestions() {
        urgent.removeIf(ToSwitch::isQuestion);
        final List<Effect> left = new ArrayList<>();
        while (later.size() > 0) {
            later.poll().ifPresent(left::add);
        }
        for (final Effect effect : left) {
            if (effect instanceof Effect.AddFlow add) {
                later.add(add.flow(), add);
            }
        }
    }

    private static boolean isQuestion(final Effect effect) {
        return effect instanceof Effect.Confirm
                || effect instanceof Effect.Audit
                || effect instanceof Effect.AuditCounts
                || effect instanceof Effect.ReadOthers
                || effect instanceof Effect.Reread
                || effect instanceof Effect.Count
                || effect instanceof Effect.CountDrops;
    }
}
