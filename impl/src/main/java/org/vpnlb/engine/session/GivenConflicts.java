/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;

/** Which devices send addresses that are in the client prefix of another one: an address of each two devices. */
final class GivenConflicts {
    private record Devices(String owner, String claimant) {}

    /** The last such frame. */
    private record Frame(IpAddress client, long at) {}

    private final Map<Devices, Frame> frames = new HashMap<>();

    /**
     * A device sent an address that another one is given.
     *
     * @return whether that is news of the two
     */
    boolean claimed(final IpAddress client, final String owner, final String claimant, final long now) {
        return frames.put(new Devices(owner, claimant), new Frame(client, now)) == null;
    }

    /** The configuration changed: forgets what is a conflict no more. */
    void configure(final Service service) {
        frames.entrySet()
                .removeIf(found -> !isOwner(service, found.getKey().owner, found.getValue().client)
                        || service.devices().stream()
                                .noneMatch(device -> device.name().equals(found.getKey().claimant)));
    }

    private static boolean isOwner(final Service service, final String owner, final IpAddress client) {
        return service.givenTo(client)
                .filter(device -> device.name().equals(owner))
                .isPresent();
    }

    /** Forgets what is over. */
    void expire(final long now) {
        frames.values().removeIf(frame -> now - frame.at > Conflicts.QUIET_MILLIS);
    }

    /** The last address of each two devices; the one that is given it comes first. */
    List<AddressConflict> all() {
        return frames.entrySet().stream()
                .map(found ->
                        new AddressConflict(found.getValue().client, found.getKey().owner, found.getKey().claimant))
                .toList();
    }
}
