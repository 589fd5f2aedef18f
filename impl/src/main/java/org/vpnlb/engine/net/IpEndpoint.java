/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.net;

/**
 * One of many clients behind one address.
 *
 * @param address the address, of a translator
 * @param protocol the IP protocol, 6 for TCP or 17 for UDP
 * @param port the port, 0 to 65535
 */
public record IpEndpoint(IpAddress address, int protocol, int port) implements ClientKey {
    @Override
    public IpAddress.Family family() {
        return address.family();
    }

    /** As in a URI (RFC 3986, section 3.2.2). */
    @Override
    public String toString() {
        return switch (address.family()) {
            case V4 -> address + ":" + port;
            case V6 -> "[" + address + "]:" + port;
        };
    }
}
