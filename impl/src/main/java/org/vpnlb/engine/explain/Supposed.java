/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.explain;

import java.util.List;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.openflow.WalkStep;

/** What comes of a {@link Supposition}. */
public sealed interface Supposed {
    /**
     * The tables that the switch would have.
     *
     * @param tables the tables
     * @param deciding what of them a packet must meet for the supposition to matter; empty where none need be met
     */
    record Held(Tables tables, Tables deciding) implements Supposed {
        /** Whether a packet that takes these ways meets what is supposed. */
        public boolean isMet(final List<Branch> ways) {
            return deciding.flows().isEmpty() && deciding.groups().isEmpty()
                    || ways.stream()
                            .flatMap(way -> way.result().steps().stream())
                            .anyMatch(this::isDeciding);
        }

        private boolean isDeciding(final WalkStep step) {
            return switch (step) {
                case WalkStep.Matched matched ->
                    deciding.flows().containsKey(matched.flow().key());
                case WalkStep.EnteredGroup entered ->
                    deciding.groups().containsKey(entered.group().id());
                default -> false;
            };
        }
    }

    /**
     * It cannot be so, or says nothing about the packet.
     *
     * @param why the reason, in plain words
     */
    record Refused(String why) implements Supposed {}
}
