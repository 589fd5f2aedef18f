/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.net.ClientKey;

/** The clients whose sessions the switch has lost, and that have not been written again yet. */
final class PendingRestore {
    private final Set<ClientKey> clients = new LinkedHashSet<>();

    void add(final Collection<ClientKey> lost) {
        clients.addAll(lost);
    }

    /** Whether the switch has lost the session of a client. */
    void set(final ClientKey client, final boolean isLost) {
        if (isLost) {
            clients.add(client);
        } else {
            clients.remove(client);
        }
    }

    /** The session has been written again, or is not to be. */
    void remove(final ClientKey client) {
        clients.remove(client);
    }

    void clear() {
        clients.clear();
    }

    int count() {
        return clients.size();
    }

    List<ClientKey> clients() {
        return List.copyOf(clients);
    }

    /**
     * Writes some of them again. Those of clients that send have been written by then, as those of new clients are.
     *
     * @param max the number of entries; a session more or less does not matter
     * @param write writes a client's session, which removes it from here
     */
    List<Effect> restore(final int max, final Function<ClientKey, List<Effect>> write) {
        final List<Effect> effects = new ArrayList<>();
        while (effects.size() < max && !clients.isEmpty()) {
            effects.addAll(write.apply(clients.iterator().next()));
        }
        return effects;
    }
}
