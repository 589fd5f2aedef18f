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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.statistics.buckets.BucketCounter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.statistics.reply.GroupStats;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeKey;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.vpnlb.engine.event.Event.Audited.Described;
import org.vpnlb.engine.event.Event.Drops.BucketId;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.pipeline.GroupId;

/**
 * Reads the groups of a switch. The switch itself tells which there are; what they do is in the operational datastore,
 * where OpenFlowPlugin writes it when a switch connects and each time that it polls the groups.
 */
final class GroupReader {
    /** What a switch tells in OpenFlow 1.3 of a counter that it does not have. */
    private static final long NOT_COUNTED = -1;

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
        return Futures.transform(statistics(path), GroupReader::ids, MoreExecutors.directExecutor());
    }

    /**
     * What went by the buckets of the groups with an id of vpnlb's, each since it was made or changed; nothing of a
     * bucket that the switch does not count.
     */
    ListenableFuture<Map<BucketId, Volume>> sent(final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        return Futures.transform(statistics(path), GroupReader::sent, MoreExecutors.directExecutor());
    }

    private static Map<BucketId, Volume> sent(final RpcResult<GetGroupStatisticsOutput> result) {
        final Map<BucketId, Volume> sent = new HashMap<>();
        for (final GroupStats group : told(result).nonnullGroupStats().values()) {
            final long id = group.requireGroupId().getValue().toJava();
            if (GroupId.parse(id).isPresent() && group.getBuckets() != null) {
                group.getBuckets()
                        .nonnullBucketCounter()
                        .values()
                        .forEach(bucket -> volume(bucket)
                                .ifPresent(volume -> sent.put(
                                        new BucketId(
                                                id,
                                                bucket.requireBucketId()
                                                        .getValue()
                                                        .intValue()),
                                        volume)));
            }
        }
        return sent;
    }

    private static Optional<Volume> volume(final BucketCounter bucket) {
        if (bucket.getPacketCount() == null || bucket.getByteCount() == null) {
            return Optional.empty();
        }
        final long packets = bucket.getPacketCount().getValue().longValue();
        final long bytes = bucket.getByteCount().getValue().longValue();
        return packets == NOT_COUNTED || bytes == NOT_COUNTED
                ? Optional.empty()
                : Optional.of(new Volume(packets, bytes));
    }

    private static GetGroupStatisticsOutput told(final RpcResult<GetGroupStatisticsOutput> result) {
        if (!result.isSuccessful()) {
            throw new IllegalStateException("The switch does not tell its groups: " + result.getErrors());
        }
        return result.getResult();
    }

    private ListenableFuture<RpcResult<GetGroupStatisticsOutput>> statistics(
            final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        return rpcs.getRpc(GetGroupStatistics.class)
                .invoke(new GetGroupStatisticsInputBuilder()
                        .setNode(new NodeRef(path))
                        .build());
    }

    private static Set<Long> ids(final RpcResult<GetGroupStatisticsOutput> result) {
        return told(result).nonnullGroupStats().keySet().stream()
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
