/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/** Which clients of a service have an entry of their own in an ingress switch. */
public enum Sessions {
    /** Every client that has sent something lately. */
    ALL,
    /** Those alone who are not where their slot is; the slots forward all others. */
    PINNED
}
