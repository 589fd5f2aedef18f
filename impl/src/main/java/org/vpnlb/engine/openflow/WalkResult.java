/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.List;

/**
 * The way of a frame through a switch.
 *
 * @param inPort the port at which it came in
 * @param steps what happened, in this order
 */
public record WalkResult(long inPort, List<WalkStep> steps) {
    /** What became of a frame. Of several the first counts. */
    public enum Outcome {
        /** It left by a port that the tables say. */
        SENT,
        /** The switch's own forwarding has it. */
        NORMAL,
        /** Only the controller got it, or its beginning. */
        PUNTED,
        /** Nobody got it. */
        DROPPED
    }

    public WalkResult {
        steps = List.copyOf(steps);
    }

    /** What became of the frame. */
    public Outcome outcome() {
        if (!all(WalkStep.Sent.class).isEmpty()) {
            return Outcome.SENT;
        }
        if (!all(WalkStep.HandedToNormal.class).isEmpty()) {
            return Outcome.NORMAL;
        }
        return all(WalkStep.Punted.class).isEmpty() ? Outcome.DROPPED : Outcome.PUNTED;
    }

    /**
     * Whether every OpenFlow 1.3 switch with these tables would do the same: it is not open which entry matches, there
     * is every group, and the walk came to its end.
     */
    public boolean isSure() {
        return steps.stream().noneMatch(step -> switch (step) {
            case WalkStep.Matched matched -> matched.isOpen();
            case WalkStep.FoundNoGroup none -> true;
            case WalkStep.Stopped stopped -> true;
            default -> false;
        });
    }

    /**
     * The steps of one kind.
     *
     * @param kind the kind
     * @param <T> the kind
     * @return the steps, in their order
     */
    public <T extends WalkStep> List<T> all(final Class<T> kind) {
        return steps.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
