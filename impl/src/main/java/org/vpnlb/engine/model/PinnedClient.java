/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Objects;
import org.vpnlb.engine.net.ClientKey;

/**
 * A client whose session is not where its slot is.
 *
 * @param client its outer address, with the port where that is its own
 * @param from the name of its session's device
 * @param to the name of its slot's device
 */
public record PinnedClient(ClientKey client, String from, String to) {
    public PinnedClient {
        Objects.requireNonNull(client);
        if (from.equals(to)) {
            throw new IllegalArgumentException(client + " is where its slot is: " + to);
        }
    }
}
