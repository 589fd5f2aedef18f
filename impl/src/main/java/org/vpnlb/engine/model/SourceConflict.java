/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import org.vpnlb.engine.net.MacAddress;

/**
 * Somebody has the address that devices are to be asked from.
 *
 * @param source the address
 * @param mac who has it
 * @param node the switch that heard of it
 * @param port the port at which that one's frame came in
 */
public record SourceConflict(CheckSource source, MacAddress mac, String node, long port) {
    @Override
    public String toString() {
        return ("%s %s is the address of %s at port %d of %s: devices are not asked on the %s side;"
                        + " configure a free address, or take it from that host")
                .formatted(
                        source.leaf(),
                        source.address(),
                        mac,
                        port,
                        node,
                        source.side().modelName());
    }
}
