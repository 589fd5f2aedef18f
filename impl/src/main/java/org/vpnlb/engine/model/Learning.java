/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/** Who is to learn the sessions of a service, as its leaf {@code learning} says. */
public enum Learning {
    /** The controller, from a copy of each session's first frame. */
    CONTROLLER,
    /** The switch by itself. */
    SWITCH,
    /** The switch where it can, the controller elsewhere. */
    AUTO
}
