/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.session.Stay;

/**
 * Where the packets of an address go in one switch, and why there.
 *
 * @param service the service
 * @param side the side of the service
 * @param client the address, with its port where that tells clients apart and is known
 * @param basis what decides
 * @param device the device; empty where none is known
 * @param since when this controller wrote the session, in milliseconds; empty where there is none, or it is not known
 * @param slot the slot of the address; empty at the egress side, and where the switch's own hash selects
 * @param why the same in a sentence
 * @param before the sessions that the client had before in this switch, the last first, as far as they are remembered
 */
public record Sighting(
        String service,
        Side side,
        ClientKey client,
        Basis basis,
        Optional<String> device,
        OptionalLong since,
        Optional<Slot> slot,
        String why,
        List<Stay> before) {
    public Sighting {
        before = List.copyOf(before);
    }

    /** One of a client of which nothing is remembered. */
    Sighting(
            final String service,
            final Side side,
            final ClientKey client,
            final Basis basis,
            final Optional<String> device,
            final OptionalLong since,
            final Optional<Slot> slot,
            final String why) {
        this(service, side, client, basis, device, since, slot, why, List.of());
    }

    /** The same of a client that had these sessions before. */
    Sighting after(final List<Stay> stays) {
        return new Sighting(service, side, client, basis, device, since, slot, why, stays);
    }

    /** What decides where packets go. */
    public enum Basis {
        /** A session. */
        SESSION,
        /** No session: the slot of the address. */
        SLOT,
        /** No session: the configuration. */
        GIVEN,
        /** Nothing that is known beforehand. */
        NOTHING
    }

    /**
     * The slot of an address.
     *
     * @param number its number
     * @param device the device that has it; empty when none has
     */
    public record Slot(int number, Optional<String> device) {}

    /** Whether the session is pinned: its slot is another device's. */
    public boolean isPinned() {
        return basis == Basis.SESSION
                && slot.filter(found -> !found.device().equals(device)).isPresent();
    }
}
