/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.agent.PuntHandler.SessionChange;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.session.SessionClearing;

/** Ends the sessions that an operator names. A client that is still there begins anew with its next packet. */
record Clearing(Plan plan, SwitchLearnedSessions switchLearned) {
    List<Effect> clear(final Event.Cleared event, final SessionChange sessions) {
        final Optional<ServiceHere> found = plan.services().named(event.service());
        if (found.isEmpty()) {
            return List.of();
        }
        final ServiceHere here = found.orElseThrow();
        if (switchLearned.learns(here.service())) {
            return LearnedEntry.of(here.service(), plan, event.learned())
                    .filter(learned -> event.filter().takes(learned.client(), learned.device()))
                    .<Effect>map(learned -> new Effect.DeleteFlow(
                            learned.flow().key(), learned.flow().cookie()))
                    .toList();
        }
        return sessions.make(
                here,
                () -> here.tables()
                        .flatMap(table -> SessionClearing.clear(table, event.filter(), here.tally()).stream())
                        .toList());
    }
}
