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
import org.vpnlb.engine.net.IpAddress;

/** The clients of the sessions that a switch has lost, and that have not been written again yet. */
public final class LostSessions {
    private final Set<IpAddress> clients = new LinkedHashSet<>();

    public void add(final Collection<IpAddress> lost) {
        clients.addAll(lost);
    }

    /** It has been written again, or is not to be. */
    public void remove(final IpAddress client) {
        clients.remove(client);
    }

    public void clear() {
        clients.clear();
    }

    public boolean contains(final IpAddress client) {
        return clients.contains(client);
    }

    public int count() {
        return clients.size();
    }

    public List<IpAddress> clients() {
        return List.copyOf(clients);
    }

    /**
     * Writes some of them again. Those of clients that send have been written by then, as those of new clients are.
     *
     * @param most the number of entries; a session more or less does not matter
     * @param write writes a client's session, which removes it from here
     */
    public List<Effect> restore(final int most, final Function<IpAddress, List<Effect>> write) {
        final List<Effect> effects = new ArrayList<>();
        while (effects.size() < most && !clients.isEmpty()) {
            effects.addAll(write.apply(clients.iterator().next()));
        }
        return effects;
    }
}
