/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.vpnlb.engine.net.ClientKey;

/**
 * Which client has which login by IKE, so that one who comes back from another address is known. Only what a new
 * client's first packet tells is known, and nothing after a restart of the controller.
 */
final class KnownLogins {
    /** So many may be kept beyond the live ones before these are looked for. */
    private static final int SPARE = 1024;

    private final Map<Long, ClientKey> clients = new HashMap<>();

    /** The address that a login was seen from last; empty when it was not seen. */
    Optional<ClientKey> client(final OptionalLong login) {
        return login.isPresent() ? Optional.ofNullable(clients.get(login.getAsLong())) : Optional.empty();
    }

    /**
     * A login is seen from the address of a new session.
     *
     * @param sessions the number of sessions
     * @param hasSession whether a client has one
     */
    void seen(
            final OptionalLong login,
            final ClientKey client,
            final int sessions,
            final Predicate<ClientKey> hasSession) {
        if (login.isEmpty()) {
            return;
        }
        clients.put(login.getAsLong(), client);
        if (clients.size() > 2 * sessions + SPARE) {
            clients.values().removeIf(hasSession.negate());
        }
    }

    /** The number of logins that are known. */
    int size() {
        return clients.size();
    }
}
