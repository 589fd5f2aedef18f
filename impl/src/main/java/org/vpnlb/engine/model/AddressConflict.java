/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import org.vpnlb.engine.net.IpAddress;

/**
 * An inner address that two devices send in turn.
 *
 * @param client the address
 * @param device the name of the device that keeps the session
 * @param other the name of the one that sent the address last beside it
 */
public record AddressConflict(IpAddress client, String device, String other) {}
