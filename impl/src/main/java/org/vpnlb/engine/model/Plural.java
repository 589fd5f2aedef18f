/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/** Numbers of things in messages: 1 entry, 2 entries. */
public final class Plural {
    private Plural() {}

    /** A number of things whose plural has an s: {@code "request"}. */
    public static String of(final long number, final String one) {
        return of(number, one, one + "s");
    }

    /** A number, with the words for one and for any other number. */
    public static String of(final long number, final String one, final String others) {
        return number + " " + (number == 1 ? one : others);
    }
}
