/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a {@link TableWalk} needs to know of a switch. */
public interface SwitchView {
    /**
     * The entries of one table.
     *
     * @param table the table's id, 0 to 254
     * @return its entries, in any order
     */
    Iterable<Flow> table(int table);

    /**
     * A group.
     *
     * @param id the group's id
     * @return the group; empty when the switch has none of this id
     */
    Optional<Group> group(long id);

    /**
     * Whether a frame can leave by a port.
     *
     * @param port the port's number
     * @return true when the switch has the port, and its link is up
     */
    boolean isLive(long port);

    /**
     * Whether a meter lets a frame pass. One that keeps no account of time lets all pass.
     *
     * @param meter the meter's id
     * @return false when the meter drops the frame
     */
    default boolean passes(final long meter) {
        return true;
    }

    /**
     * A switch that holds these tables.
     *
     * @param tables its flow entries and groups
     * @param livePorts the ports whose link is up
     * @return the view
     */
    static SwitchView of(final Tables tables, final Set<Long> livePorts) {
        final Map<Integer, List<Flow>> flows = tables.flows().values().stream()
                .sorted(Comparator.comparing(flow -> -flow.key().priority()))
                .collect(Collectors.groupingBy(flow -> flow.key().table()));
        return new SwitchView() {
            @Override
            public Iterable<Flow> table(final int table) {
                return flows.getOrDefault(table, List.of());
            }

            @Override
            public Optional<Group> group(final long id) {
                return Optional.ofNullable(tables.groups().get(id));
            }

            @Override
            public boolean isLive(final long port) {
                return livePorts.contains(port);
            }
        };
    }
}
