/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.event.Effect;

/** Whether late writes are unconfirmed: until none is, the switch holds old entries. */
final class LaterWrites {
    private int unconfirmed;

    /** What an event made the agent want, with the question for the end of what is written later. */
    List<Effect> confirmed(final List<Effect> effects) {
        if (effects.stream().noneMatch(Effect.AddLater.class::isInstance)) {
            return effects;
        }
        unconfirmed++;
        final List<Effect> asked = new ArrayList<>(effects);
        asked.add(new Effect.Confirm(Effect.Confirm.WRITTEN_LATER, true));
        return asked;
    }

    /** The switch has confirmed what was written later by one event. */
    void onConfirmed() {
        unconfirmed--;
    }

    boolean isPending() {
        return unconfirmed > 0;
    }

    /** Nothing of it will be confirmed. */
    void forget() {
        unconfirmed = 0;
    }
}
