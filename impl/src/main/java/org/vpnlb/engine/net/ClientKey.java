/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

import java.util.Comparator;

/** What tells one client from others: its address, or the address of a translator and the port that it has there. */
public sealed interface ClientKey permits IpAddress, IpEndpoint {
    /** By address, then by port. An address alone comes before its ports. */
    Comparator<ClientKey> ORDER = Comparator.comparing(ClientKey::address)
            .thenComparingInt(ClientKey::port)
            .thenComparingInt(ClientKey::protocol);

    /** The port, or the protocol, of a client that is an address. Not 0, which is a port that a sender can write. */
    int NONE = -1;

    /** The address. */
    IpAddress address();

    /** The source port of what the client sends, 0 to 65535; {@link #NONE} where all ports are the client's. */
    int port();

    /** The IP protocol of the port, mostly 17; {@link #NONE} where all are the client's. */
    int protocol();

    /** The family of the address. */
    IpAddress.Family family();
}
