/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * How the drain of a device stands.
 *
 * @param begunAt when it began, in milliseconds
 * @param deadline the seconds after which it ends, or empty when it goes on until the operator ends it
 * @param isOver whether it has ended by its deadline
 */
public record Drain(long begunAt, Optional<Long> deadline, boolean isOver) {
    private static final long MILLIS = 1000;

    /** The drain as it stands at a time. */
    public Drain at(final long now) {
        return new Drain(begunAt, deadline, endsAt().stream().anyMatch(end -> end <= now));
    }

    /** When its deadline ends it, in milliseconds; empty when it has none. */
    public OptionalLong endsAt() {
        return deadline.stream()
                .mapToLong(seconds -> begunAt + MILLIS * seconds)
                .findFirst();
    }
}
