/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.SwitchView;
import org.vpnlb.engine.openflow.TableWalk;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.openflow.WalkResult;

/** Explains the way of a packet through a switch, every way where the switch chooses by a hash of its own. */
public final class Explainer {
    private final SwitchView view;
    private final Narrator narrator;

    /** The first select group on a packet's way, and its buckets that are alive. */
    private record Choice(Group group, List<Integer> live) {}

    /**
     * Explains what is in these tables.
     *
     * @param tables the switch's tables
     * @param down the ports whose link is down, or that are not there
     * @param narrator puts it into words
     */
    public Explainer(final Tables tables, final Set<Long> down, final Narrator narrator) {
        this.narrator = narrator;
        final SwitchView all = SwitchView.of(tables, Set.of());
        view = new SwitchView() {
            @Override
            public Iterable<Flow> table(final int table) {
                return all.table(table);
            }

            @Override
            public Optional<Group> group(final long id) {
                return all.group(id);
            }

            @Override
            public boolean isLive(final long port) {
                return !down.contains(port);
            }
        };
    }

    /**
     * A packet comes in. Its way begins at the first of vpnlb's tables.
     *
     * @param inPort the port at which it comes in
     * @param frame the frame, whole
     * @return each way that it can take
     */
    public List<Branch> explain(final long inPort, final byte[] frame) {
        final List<Choice> choices = new ArrayList<>();
        final WalkResult first = new TableWalk(
                        view,
                        (group, live, fields) -> {
                            choices.add(new Choice(group, live));
                            return live.getFirst();
                        },
                        narrator.origins().base())
                .walk(inPort, frame);
        if (choices.isEmpty()) {
            return List.of(branch("", first));
        }
        final Choice choice = choices.getFirst();
        final Map<List<Action>, List<Integer>> ways = buckets(choice);
        if (ways.size() == 1) {
            return List.of(branch("", first));
        }
        final List<Branch> branches = new ArrayList<>();
        ways.forEach((actions, buckets) -> {
            final WalkResult result = new TableWalk(
                            view,
                            (group, live, fields) ->
                                    group.id() == choice.group.id() ? buckets.getFirst() : live.getFirst(),
                            narrator.origins().base())
                    .walk(inPort, frame);
            branches.add(branch(
                    "%d of %d buckets: the switch chooses by a hash of its own"
                            .formatted(buckets.size(), choice.live.size()),
                    result));
        });
        return branches;
    }

    /** The buckets that are alive, by what they do. */
    private static Map<List<Action>, List<Integer>> buckets(final Choice choice) {
        final Map<List<Action>, List<Integer>> buckets = new LinkedHashMap<>();
        choice.live.forEach(bucket -> buckets.computeIfAbsent(
                        choice.group.buckets().get(bucket).actions(), actions -> new ArrayList<>())
                .add(bucket));
        return buckets;
    }

    private Branch branch(final String choice, final WalkResult result) {
        return new Branch(choice, result.steps().stream().map(narrator::tell).toList(), result);
    }
}
