/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

/**
 * Something that a switch holds otherwise than it should.
 *
 * @param kind how it differs
 * @param isSession whether it is an entry of a session, which may end at any moment
 * @param id what tells it apart from all others
 * @param wanted how it should be, in one line; empty when it should not be there
 * @param held how it is, in one line; empty when it is not there
 */
public record Difference(Kind kind, boolean isSession, Object id, String wanted, String held) {
    /** How something differs. */
    public enum Kind {
        /** It should be in the switch, and is not. */
        MISSING,
        /** vpnlb's, in the switch, and should not be. */
        EXTRA,
        /** It is in the switch, and is not as it should be. */
        DIFFERENT,
        /** Somebody else's is where it should be, and is left alone. */
        IN_THE_WAY
    }
}
