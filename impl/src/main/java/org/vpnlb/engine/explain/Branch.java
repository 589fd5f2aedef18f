/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.explain;

import java.util.List;
import org.vpnlb.engine.openflow.WalkResult;

/**
 * A way that a packet can take. There are several where the switch chooses by a hash of its own.
 *
 * @param choice what leads here, in plain words; empty when there is one way only
 * @param steps the steps, in their order
 * @param result the same as the switch's tables have it
 */
public record Branch(String choice, List<Step> steps, WalkResult result) {
    public Branch {
        steps = List.copyOf(steps);
    }
}
