/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;

/**
 * Brings a switch from the tables that it has to those that it should have. It alone knows what is installed, sessions
 * excepted.
 */
public final class Reconciler {
    private Tables installed = Tables.EMPTY;

    /** The tables as far as this controller has written or read them. */
    public Tables installed() {
        return installed;
    }

    /** The switch holds these tables. */
    public void adopt(final Tables actual) {
        installed = actual;
    }

    /** The switch is gone: nothing is known of it. */
    public void forget() {
        installed = Tables.EMPTY;
    }

    /** An entry was written beside the desired tables, and will be one of them. */
    public void wrote(final Flow flow) {
        installed = installed.with(List.of(flow));
    }

    /** The switch removed an entry. */
    public void removed(final Flow.Key key) {
        installed = installed.without(key);
    }

    /**
     * Makes what is new, changes the sessions, and only then takes away what is old.
     *
     * @param desired the tables as they are to be
     * @param first entries of sessions that must be there before anything leads to them
     * @param sessions what changes the sessions
     * @param last what may happen only when the old entries are gone
     * @return the effects in their order, with barriers
     */
    public List<Effect> change(
            final Tables desired, final List<Effect> first, final List<Effect> sessions, final List<Effect> last) {
        final TableDiff diff = new TableDiff(desired, installed);
        final List<Effect> effects = new ArrayList<>(diff.prepare());
        afterBarrier(effects, first);
        afterBarrier(effects, diff.make());
        effects.addAll(sessions);
        afterBarrier(effects, diff.sweep());
        afterBarrier(effects, last);
        installed = desired;
        return effects;
    }

    private static void afterBarrier(final List<Effect> effects, final List<Effect> next) {
        if (!effects.isEmpty() && !next.isEmpty()) {
            effects.add(new Effect.Barrier());
        }
        effects.addAll(next);
    }
}
