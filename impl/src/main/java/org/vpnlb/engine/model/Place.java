/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Optional;

/**
 * Where something is attached to a switch.
 *
 * @param node the switch
 * @param port the switch's port
 * @param vlan the VLAN, 1 to 4094, or empty for untagged
 */
public record Place(String node, long port, Optional<Integer> vlan) {
    /** An untagged place. */
    public static Place untagged(final String node, final long port) {
        return new Place(node, port, Optional.empty());
    }
}
