/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

/**
 * Whether a limit is reached. Once it is, it stays so until a tenth below there is room again: what follows from it
 * must not come and go with each client.
 */
public final class Limit {
    private boolean reached;

    /**
     * The number is this now.
     *
     * @return whether the limit has just been reached
     */
    public boolean reaches(final long count, final long most) {
        final boolean before = reached;
        reached = count >= most || reached && count >= most - most / 10;
        return reached && !before;
    }

    /** Whether the limit is reached. */
    public boolean isReached() {
        return reached;
    }
}
