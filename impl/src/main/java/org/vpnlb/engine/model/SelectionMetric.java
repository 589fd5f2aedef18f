/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/** What the controller goes by when it selects the device of a new client. */
public enum SelectionMetric {
    /** The fewest client sessions relative to the weight. */
    LEAST_SESSIONS,
    /** The devices in turn. */
    ROUND_ROBIN,
    /** At random, in proportion to the weights. */
    WEIGHTED_RANDOM,
    /** The shortest time to answer health checks, on the clients' side. */
    RESPONSE_TIME
}
