/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import java.util.List;
import java.util.stream.Collectors;
import org.vpnlb.engine.validate.Problem;

/** A leaf of an RPC's input cannot be what it is. */
final class InvalidInputException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidInputException(final String leaf, final Object value, final String reason, final String fix) {
        this(leaf, value, reason, fix, null);
    }

    /** The configuration in the input cannot be: the same is said at its commit. */
    InvalidInputException(final List<Problem> problems, final Throwable cause) {
        super(problems.stream().map(Problem::message).collect(Collectors.joining("\n")), cause);
    }

    InvalidInputException(
            final String leaf, final Object value, final String reason, final String fix, final Throwable cause) {
        super(new Problem("input/" + leaf, String.valueOf(value), reason, fix).message(), cause);
    }
}
