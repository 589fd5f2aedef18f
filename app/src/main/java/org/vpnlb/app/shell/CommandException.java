/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

/** A command cannot do what it was told; the shell prints the message, and its client's exit status is not 0. */
final class CommandException extends Exception {
    private static final long serialVersionUID = 1L;

    CommandException(final String message) {
        super(message);
    }

    CommandException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
