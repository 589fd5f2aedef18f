/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.SessionFilter;

/** Ends sessions that an operator names, with their entries. */
public final class SessionClearing {
    private SessionClearing() {}

    /**
     * Ends sessions of a table.
     *
     * @param table the sessions
     * @param filter which of them
     * @param now the time, in milliseconds
     * @return what deletes their entries; all sessions of a device go by one delete an entry
     */
    public static List<Effect> clear(final SessionTable table, final SessionFilter filter, final long now) {
        final SessionSide side = table.side();
        final List<SessionRow> rows = SessionRow.of(table)
                .filter(row -> filter.takes(row.client(), row.device()))
                .toList();
        final List<Effect> effects = new ArrayList<>();
        final Set<Device> whole = new LinkedHashSet<>();
        for (final SessionRow row : rows) {
            final Device device = table.get(row.client()).device();
            if (filter.takesAllOf(device.name())) {
                whole.add(device);
            } else {
                side.deleteEntries(row.client(), device, effects);
            }
        }
        whole.forEach(device -> side.deleteAllOf(device, effects));
        rows.forEach(row -> {
            table.history().purged(row.client(), table.get(row.client()), Stay.End.CLEARED, now);
            table.end(row.client());
        });
        effects.addAll(table.updateLimits());
        return effects;
    }
}
