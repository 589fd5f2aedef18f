/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

/** The same failures and changes, where the switches learn the sessions by themselves. */
class FailoverLearnedBySwitchIT extends FailoverIT {
    @Override
    String learning() {
        return "switch";
    }
}
