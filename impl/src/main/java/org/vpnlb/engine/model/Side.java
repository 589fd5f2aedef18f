/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/** A side of a device. */
public enum Side {
    /** The clients' side. */
    INGRESS,
    /** The servers' side. */
    EGRESS;

    /** The side as the model names it. */
    public String modelName() {
        return ModelName.of(this);
    }
}
