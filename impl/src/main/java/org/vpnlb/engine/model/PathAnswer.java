/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.OptionalLong;

/**
 * What came of a step of a test of the path.
 *
 * @param result what came of it
 * @param millis the milliseconds from the question to the answer; empty without an answer
 * @param text the same in plain words, and what to do
 */
public record PathAnswer(Result result, OptionalLong millis, String text) {
    /** What came of a step. */
    public enum Result {
        /** The device answered. */
        ANSWERED(true),
        /** The device's host answered and refused nothing; the daemon answers nobody whom it does not know. */
        HOST_ANSWERED(true),
        /** No packet was sent: the tables that the switch holds lead to the device, and back. */
        WALKED(true),
        /** It does not concern this device. */
        NOT_APPLICABLE(true),
        /** The device said that nobody is there. */
        REFUSED(false),
        /** Nothing came back. */
        SILENT(false),
        /** The tables that the switch holds lead elsewhere. */
        ASTRAY(false),
        /** It could not be tried. */
        NOT_SENT(false);

        private final boolean isGood;

        Result(final boolean isGood) {
            this.isGood = isGood;
        }

        /** Whether nothing is wrong by it. */
        public boolean isGood() {
            return isGood;
        }

        /** Whether it shows that a packet came to the device, and one back. */
        public boolean isProof() {
            return this == ANSWERED || this == HOST_ANSWERED;
        }
    }

    /** Without an answer. */
    public PathAnswer(final Result result, final String text) {
        this(result, OptionalLong.empty(), text);
    }
}
