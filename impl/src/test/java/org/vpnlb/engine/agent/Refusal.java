/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

/** What a real switch answers with an error message. It fails a test that does not ask for a switch that refuses. */
final class Refusal extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final String error;

    Refusal(final String error, final Object what) {
        super(error + ": " + what);
        this.error = error;
    }

    /** What the switch says, as the controller hears it. */
    String error() {
        return error;
    }

    static void unless(final boolean holds, final String error, final Object what) {
        if (!holds) {
            throw new Refusal(error, what);
        }
    }
}
