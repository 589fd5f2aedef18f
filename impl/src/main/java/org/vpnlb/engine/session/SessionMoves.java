/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.net.ClientKey;

/** Moves sessions that an operator names to other devices. */
public final class SessionMoves {
    private SessionMoves() {}

    /**
     * Moves sessions of a table. What the old device still sends to such a client does not bring it back, since the
     * client has a session elsewhere.
     *
     * @param table the sessions
     * @param moves the device that each client gets; each has a session with another one
     * @param now the time, in milliseconds
     * @return what changes their entries
     */
    public static List<Effect> move(final SessionTable table, final Map<ClientKey, Device> moves, final long now) {
        final List<Effect> effects = new ArrayList<>();
        moves.forEach((client, device) -> effects.addAll(table.move(client, device, Stay.End.REBALANCED, now)));
        effects.addAll(table.updateLimits());
        return effects;
    }
}
