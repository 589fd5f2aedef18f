/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.OptionalLong;

/**
 * A session that a client had with a device, and has no more.
 *
 * @param device the device, by the name that it has now; when it is gone, by its last one
 * @param since when this controller wrote the session, in milliseconds; empty where that is not known
 * @param until when it ended, in milliseconds
 * @param end why it ended
 */
public record Stay(String device, OptionalLong since, long until, End end) {
    /** Why a session ended. */
    public enum End {
        /** It idled out. */
        IDLE("no packet came for the idle-timeout"),
        /** An operator moved the client to the device of its slot. */
        REBALANCED("an operator moved the client to the device of its slot, by rebalance"),
        /** Another device sends the client's address. */
        CLAIMED("another device sent the client's address"),
        /** An operator ended it. */
        CLEARED("an operator ended the session, by clear-sessions"),
        /** The device keeps no sessions. */
        DEVICE_OUT("the device went down, was taken out of service, or its drain-deadline passed"),
        /** The service has the device no more. */
        DEVICE_REMOVED("the device was removed from the service"),
        /** The service has no sessions of such clients any more. */
        NOT_ALLOWED("the service was changed, and has no session for such a client any more"),
        /** The switch lost its entry. */
        DELETED("the switch had its entry no more, and vpnlb had not deleted it");

        private final String words;

        End(final String words) {
            this.words = words;
        }

        /** The reason as operators are told it. */
        public String words() {
            return words;
        }
    }
}
