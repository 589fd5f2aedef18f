/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.net.IpAddress;

/** Which two devices have inner addresses in common: the last address of each two, since there may be very many. */
final class PairConflicts {
    private record Devices(String owner, String claimant) {}

    /** The last time that both had an address. */
    private record Last(IpAddress client, long at) {}

    private final Map<Devices, Last> pairs = new HashMap<>();

    /**
     * Two devices have an address.
     *
     * @return whether that is news of the two
     */
    boolean claimed(final IpAddress client, final String owner, final String claimant, final long now) {
        return pairs.put(new Devices(owner, claimant), new Last(client, now)) == null;
    }

    /** Forgets what is a conflict no more. */
    void keep(final Predicate<AddressConflict> isOne) {
        pairs.entrySet().removeIf(pair -> !isOne.test(conflict(pair)));
    }

    /** Forgets what is over. */
    void expire(final long now) {
        pairs.values().removeIf(last -> now - last.at > Conflicts.QUIET_MILLIS);
    }

    /** The last address of each two devices, with its owner first. */
    List<AddressConflict> all() {
        return pairs.entrySet().stream().map(PairConflicts::conflict).toList();
    }

    private static AddressConflict conflict(final Map.Entry<Devices, Last> pair) {
        return new AddressConflict(pair.getValue().client, pair.getKey().owner, pair.getKey().claimant);
    }
}
