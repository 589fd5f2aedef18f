/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/** An action of OpenFlow 1.3 (section 5.12), as far as vpnlb uses them. */
public sealed interface Action {
    /**
     * Sends the frame out of a port.
     *
     * @param port the port's number
     */
    record Output(long port) implements Action {}

    /** Sends the frame out of the port at which it came in (OFPP_IN_PORT). */
    record OutputInPort() implements Action {}

    /** Forwards the frame as an ordinary learning switch does (OFPP_NORMAL). */
    record OutputNormal() implements Action {}

    /**
     * Sends the frame to the controller.
     *
     * @param maxLength the most octets of the frame that are sent; {@link #WHOLE_FRAME} for all
     */
    record OutputController(int maxLength) implements Action {
        /** The length that means the whole frame, unbuffered (OFPCML_NO_BUFFER). */
        public static final int WHOLE_FRAME = 0xffff;
    }

    /**
     * Processes the frame by a group.
     *
     * @param id the group's id
     */
    record ToGroup(long id) implements Action {}

    /**
     * Replaces the destination MAC address.
     *
     * @param mac the new one
     */
    record SetDestinationMac(MacAddress mac) implements Action {}

    /**
     * Replaces the source MAC address.
     *
     * @param mac the new one
     */
    record SetSourceMac(MacAddress mac) implements Action {}

    /**
     * Replaces the operation of an ARP packet.
     *
     * @param operation the new one
     */
    record SetArpOperation(int operation) implements Action {}

    /**
     * Replaces the sender's hardware address of an ARP packet.
     *
     * @param mac the new one
     */
    record SetArpSenderMac(MacAddress mac) implements Action {}

    /**
     * Replaces the sender's protocol address of an ARP packet.
     *
     * @param address the new one
     */
    record SetArpSender(IpAddress address) implements Action {}

    /**
     * Replaces the target's hardware address of an ARP packet.
     *
     * @param mac the new one
     */
    record SetArpTargetMac(MacAddress mac) implements Action {}

    /**
     * Replaces the target's protocol address of an ARP packet.
     *
     * @param address the new one
     */
    record SetArpTarget(IpAddress address) implements Action {}
}
