/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/**
 * A host that asked by ARP or neighbour discovery for an address of ours.
 *
 * @param place where it is attached
 * @param mac its MAC address
 * @param address its address
 * @param asked the address that it asked for
 */
public record Neighbour(Place place, MacAddress mac, IpAddress address, IpAddress asked) {}
