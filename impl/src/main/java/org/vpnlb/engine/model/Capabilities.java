/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/**
 * What a switch can do beyond what every OpenFlow 1.3 switch must.
 *
 * @param learn whether it can learn sessions by itself (the {@code learn} action of Open vSwitch)
 */
public record Capabilities(boolean learn) {
    /** Only what every OpenFlow 1.3 switch can do. */
    public static final Capabilities BASIC = new Capabilities(false);

    /** What Open vSwitch can do. */
    public static final Capabilities OPEN_VSWITCH = new Capabilities(true);
}
