/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import org.vpnlb.engine.openflow.Action;

/** How much of a frame the switch sends to the controller. Nothing else of the pipeline makes such an action. */
enum PuntLength {
    /** Ethernet, a VLAN tag, and ARP or an IPv6 header; rounded up. Enough to learn who sent it. */
    HEADERS(128),
    /** All of it, for the controller to answer it or to send it on. */
    WHOLE_FRAME(Action.OutputController.WHOLE_FRAME);

    private final int maxLength;

    PuntLength(final int maxLength) {
        this.maxLength = maxLength;
    }

    /** The action. */
    Action action() {
        return new Action.OutputController(maxLength);
    }

    /** The action for a copy of which a meter takes what is too much; only Open vSwitch has it. */
    Action metered(final long meter) {
        return new Action.CopyToController(maxLength, meter);
    }
}
