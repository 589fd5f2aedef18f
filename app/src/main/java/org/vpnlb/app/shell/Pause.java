/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

/** Lets time pass. */
interface Pause {
    void sleep(long millis) throws InterruptedException;
}
