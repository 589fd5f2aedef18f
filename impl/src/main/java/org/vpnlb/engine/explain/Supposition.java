/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.explain;

/**
 * What is supposed of a packet's client that need not be so.
 *
 * @param what what is supposed
 * @param service the service's name
 * @param device the device's name
 */
public record Supposition(What what, String service, String device) {
    /** What can be supposed. */
    public enum What {
        /** The client has no session, and the device is the one that is selected for it. */
        SELECTED,
        /** The client has a session with the device, and with no other. */
        SESSION
    }
}
