/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.time.Duration;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetGroupStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetGroupStatisticsInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetGroupStatisticsOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNode;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableStatisticsGatheringStatus;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeKey;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.vpnlb.engine.event.Event.Audited.Described;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.pipeline.GroupId;

/**
 * Reads the groups of a switch. The switch itself tells which there are; what they do is in the operational datastore,
 * where OpenFlowPlugin writes it when a switch connects and each time that it polls the groups.
 */
final class GroupReader {
    private final RpcService rpcs;
    private final DataBroker broker;
    private final LongSupplier clock;
    private final InstantSource time;

    /**
     * A reader.
     *
     * @param clock the time, in milliseconds, that only goes forward
     * @param time the time of day, OpenFlowPlugin's too
     */
    GroupReader(final RpcService rpcs, final DataBroker broker, final LongSupplier clock, final InstantSource time) {
        this.rpcs = rpcs;
        this.broker = broker;
        this.clock = clock;
        this.time = time;
    }

    /** The ids of the groups that there are. */
    ListenableFuture<Set<Long>> there(final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        return Futures.transform(
                rpcs.getRpc(GetGroupStatistics.class)
                        .invoke(new GetGroupStatisticsInputBuilder()
                                .setNode(new NodeRef(path))
                                .build()),
                GroupReader::ids,
                MoreExecutors.directExecutor());
    }

    private static Set<Long> ids(final RpcResult<GetGroupStatisticsOutput> result) {
        if (!result.isSuccessful()) {
            throw new IllegalStateException("The switch does not tell its groups: " + result.getErrors());
        }
        return result.getResult().nonnullGroupStats().keySet().stream()
                .map(key -> key.getGroupId().getValue().toJava())
                .collect(Collectors.toSet());
    }

    /** What OpenFlowPlugin has read of a switch. */
    ListenableFuture<Optional<FlowCapableNode>> node(final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        try (var transaction = broker.newReadOnlyTransaction()) {
            return transaction.read(
                    LogicalDatastoreType.OPERATIONAL,
                    path.toBuilder().augmentation(FlowCapableNode.class).build());
        }
    }

    /** Those groups that can be vpnlb's. */
    static List<Group> groups(final FlowCapableNode node) {
        return node.nonnullGroup().values().stream()
                .filter(group ->
                        GroupId.parse(group.getGroupId().getValue().toJava()).isPresent())
                .map(GroupCodec::read)
                .toList();
    }

    /**
     * What the groups with an id of vpnlb's did when OpenFlowPlugin polled them last. Empty while it polls, since it
     * marks the end only then, and where that has failed.
     */
    ListenableFuture<Optional<Described>> described(final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        // The state of the poll first: groups that are younger than it do no harm.
        try (var transaction = broker.newReadOnlyTransaction()) {
            final ListenableFuture<Optional<FlowCapableStatisticsGatheringStatus>> polled = transaction.read(
                    LogicalDatastoreType.OPERATIONAL,
                    path.toBuilder()
                            .augmentation(FlowCapableStatisticsGatheringStatus.class)
                            .build());
            return Futures.transformAsync(
                    polled,
                    status -> status.flatMap(this::polledAt)
                            .map(at -> described(path, at))
                            .orElseGet(() -> Futures.immediateFuture(Optional.empty())),
                    MoreExecutors.directExecutor());
        }
    }

    private ListenableFuture<Optional<Described>> described(
            final DataObjectIdentifier.WithKey<Node, NodeKey> path, final long at) {
        return Futures.transform(
                node(path),
                node -> node.map(found -> new Described(groups(found), MeterReader.meters(found), at)),
                MoreExecutors.directExecutor());
    }

    /** When the last poll that has ended well began. */
    private Optional<Long> polledAt(final FlowCapableStatisticsGatheringStatus status) {
        final var start = status.getSnapshotGatheringStatusStart();
        final var end = status.getSnapshotGatheringStatusEnd();
        if (start == null || end == null || !Boolean.TRUE.equals(end.getSucceeded())) {
            return Optional.empty();
        }
        final Duration age = Duration.between(
                OffsetDateTime.parse(start.requireBegin().getValue()).toInstant(), time.instant());
        return Optional.of(clock.getAsLong() - age.toMillis());
    }
}
