/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

/**
 * Whether a limit is reached. Once it is, it stays so until a tenth below it is free again: what follows from it must
 * not come and go with each client.
 */
final class Limit {
    private boolean reached;

    /**
     * Updates the count.
     *
     * @return true when the limit has just been reached
     */
    boolean update(final long count, final long max) {
        final boolean before = reached;
        reached = wouldBeReached(count, max);
        return reached && !before;
    }

    /** Whether the limit would be reached by this count. */
    boolean wouldBeReached(final long count, final long max) {
        return count >= max || reached && count >= max - max / 10;
    }

    /** Whether the limit is reached. */
    boolean isReached() {
        return reached;
    }
}
