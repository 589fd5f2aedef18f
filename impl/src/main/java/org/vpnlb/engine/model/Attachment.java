/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Optional;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/**
 * How one side of a device is attached.
 *
 * @param place where
 * @param mac the device's MAC address on this side
 * @param address the device's own address on this side
 */
public record Attachment(Place place, MacAddress mac, Optional<IpAddress> address) {
    /** The switch. */
    public String node() {
        return place.node();
    }

    /** The switch's port. */
    public long port() {
        return place.port();
    }
}
