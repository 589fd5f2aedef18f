/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

/** The main job, where the switches learn the sessions by themselves. */
class SandwichLearnedBySwitchIT extends SandwichIT {
    @Override
    String learning() {
        return "switch";
    }
}
