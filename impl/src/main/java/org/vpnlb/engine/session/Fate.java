/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.net.ClientKey;

/**
 * What becomes of the sessions of a device when the configuration changes.
 *
 * @param keeper the device as it is then; empty when it keeps no session
 * @param isRewritten whether its sessions have other entries then
 * @param end why its sessions end, where it keeps none
 */
record Fate(Optional<Device> keeper, boolean isRewritten, Stay.End end) {
    /**
     * The fate of a device.
     *
     * @param anyClient a client of its, whose entries differ as those of all
     */
    static Fate of(final Device device, final ClientKey anyClient, final SessionSide before, final SessionSide next) {
        // It is the device with the same number, whatever its name.
        final Optional<Device> keeper = Optional.ofNullable(next.byCookie(0).get(before.cookie(0, device)));
        return new Fate(
                keeper,
                keeper.filter(kept -> IntStream.range(0, next.kinds().size())
                                .anyMatch(i ->
                                        !next.entry(i, kept, anyClient).equals(before.entry(i, device, anyClient))))
                        .isPresent(),
                next.service().devices().stream().anyMatch(there -> next.cookie(0, there) == before.cookie(0, device))
                        ? Stay.End.DEVICE_OUT
                        : Stay.End.DEVICE_REMOVED);
    }

    /** The names that devices have then, by those of before. */
    static Map<String, String> names(final Map<String, Fate> fates) {
        final Map<String, String> names = new HashMap<>();
        fates.forEach((before, fate) -> fate.keeper().ifPresent(then -> names.put(before, then.name())));
        return names;
    }
}
