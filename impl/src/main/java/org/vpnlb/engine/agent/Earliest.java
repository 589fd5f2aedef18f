/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.OptionalLong;

/** The earlier one of two times. Asked after each frame: no stream, which allocates. */
final class Earliest {
    private Earliest() {}

    static OptionalLong of(final OptionalLong one, final OptionalLong other) {
        return one.isEmpty() || other.isPresent() && other.getAsLong() < one.getAsLong() ? other : one;
    }
}
