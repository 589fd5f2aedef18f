/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.config;

import java.util.Optional;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/**
 * Where one side of a device is connected.
 *
 * @param node the switch
 * @param port the switch's port
 * @param mac the device's MAC address on this side
 * @param vlanId the VLAN, or empty for untagged
 * @param address the device's own address on this side
 */
public record Attachment(
        String node, long port, MacAddress mac, Optional<Integer> vlanId, Optional<IpAddress> address) {}
