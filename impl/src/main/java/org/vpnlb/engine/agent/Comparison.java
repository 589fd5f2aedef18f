/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a switch holds beside what it should hold.
 *
 * @param flows the number of vpnlb's entries that it holds
 * @param groups the number of groups with an id of vpnlb's that it holds
 * @param areGroupsDescribed whether it is known what the groups do, so that they were compared too
 * @param isQuiet whether nothing is on its way to the switch; else a difference may be only that
 * @param differences what differs
 */
public record Comparison(
        int flows, int groups, boolean areGroupsDescribed, boolean isQuiet, List<Difference> differences) {
    public Comparison {
        differences = List.copyOf(differences);
    }

    /** Whether a second look is needed: a session may have begun or ended just between question and answer. */
    public boolean isDoubtful() {
        return differences.stream().anyMatch(Difference::isSession);
    }

    /** The same, with only those differing sessions that differ at a second look too. */
    public Comparison confirmedBy(final Comparison second) {
        final Set<Object> still = second.differences.stream()
                .filter(Difference::isSession)
                .map(Difference::id)
                .collect(Collectors.toSet());
        return new Comparison(
                flows,
                groups,
                areGroupsDescribed,
                isQuiet,
                differences.stream()
                        .filter(difference -> !difference.isSession() || still.contains(difference.id()))
                        .toList());
    }
}
