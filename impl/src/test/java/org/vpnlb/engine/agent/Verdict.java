/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import org.vpnlb.engine.net.MacAddress;

/**
 * What became of a frame in a switch.
 *
 * @param sent what left the switch, the copies for the controller left out
 * @param normal whether it was forwarded as an ordinary switch does
 * @param punts the number of copies for the controller
 */
record Verdict(List<Sent> sent, boolean normal, int punts) {
    /**
     * A frame that left the switch.
     *
     * @param port the port
     * @param frame the frame
     */
    record Sent(long port, byte[] frame) {
        MacAddress destination() {
            return MacAddress.read(frame, 0);
        }
    }

    Verdict {
        sent = List.copyOf(sent);
    }

    boolean isDropped() {
        return sent.isEmpty() && !normal;
    }
}
