/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;

import com.google.common.util.concurrent.AsyncFunction;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetNodeConnectorStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetNodeConnectorStatisticsInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNode;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableStatisticsGatheringStatus;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.snapshot.gathering.status.grouping.SnapshotGatheringStatusEnd;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.Nodes;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeKey;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.concepts.Registration;
import org.vpnlb.engine.event.Event.Audited.Described;
import org.vpnlb.engine.event.Event.Others;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Footprint;

/** Reads vpnlb's flow entries, groups and meters back from a switch. */
final class SwitchReader {
    private static final long MAX_SNAPSHOT_SECONDS = 5;
    /** What Open vSwitch says of its hardware. */
    private static final String OPEN_VSWITCH = "Open vSwitch";

    private static final long MAX_METERS = Capabilities.OPEN_VSWITCH.meters().max();

    private final RpcService rpcs;
    private final DataBroker broker;
    private final ScheduledExecutorService timer;
    private final GroupReader groups;
    private final EntryCounter entryCounter;
    private final EntryReader entryReader;
    private final ForeignReader foreignReader;
    private final MeterReader meters;
    private final DropReader dropReader;
    private final int learned;

    /**
     * A reader.
     *
     * @param groups reads the groups
     * @param footprint where vpnlb's entries can be
     * @param learned the frames of clients without a session that a port may send to the controller in a second
     */
    SwitchReader(
            final RpcService rpcs,
            final DataBroker broker,
            final ScheduledExecutorService timer,
            final GroupReader groups,
            final Footprint footprint,
            final int learned) {
        this.rpcs = rpcs;
        this.broker = broker;
        this.timer = timer;
        this.groups = groups;
        entryCounter = new EntryCounter(rpcs);
        entryReader = new EntryReader(rpcs, entryCounter, footprint);
        foreignReader = new ForeignReader(rpcs, entryCounter, footprint);
        this.learned = learned;
        meters = new MeterReader(rpcs, learned);
        dropReader = new DropReader(rpcs, meters, groups);
    }

    /**
     * What a switch is.
     *
     * @param tables what it holds of vpnlb
     * @param others somebody else's entries
     * @param capabilities what it can do
     */
    record Reading(Tables tables, Others others, Capabilities capabilities) {}

    /**
     * Reads what the switch holds of vpnlb. The switch itself tells its flow entries and which groups and meters it
     * has. What these do is read from the operational datastore, where OpenFlowPlugin writes it when the switch
     * connects; if it is told not to, the groups are missing here. The datastore alone is not enough: after a short
     * disconnection it still has the old groups.
     *
     * @param node the switch, mastered by this controller
     * @param since when the connection began: a snapshot in the datastore that is older is of an earlier one
     * @return what it holds, and what it can do
     */
    ListenableFuture<Reading> read(final String node, final Instant since) {
        final var path = path(node);
        return FluentFuture.from(snapshotDone(path, since))
                .transformAsync(done -> portStatsStored(path), directExecutor())
                .transformAsync(done -> groups.node(path), directExecutor())
                .transformAsync(
                        // The entries last: OpenFlowPlugin drops what the switch tells of its entries before this.
                        described -> Futures.transform(
                                held(node, meters::connected), held -> reading(held, described), directExecutor()),
                        directExecutor());
    }

    /**
     * What a switch holds.
     *
     * @param flows vpnlb's flow entries
     * @param groups the ids of all groups
     * @param described what the groups with an id of vpnlb's did, as OpenFlowPlugin has read it last
     * @param others somebody else's entries
     * @param meters its meters
     */
    record Held(
            List<Flow> flows,
            Set<Long> groups,
            Optional<Described> described,
            Others others,
            MeterReader.Held meters) {}

    /** Reads a switch to compare it with what it should hold; vpnlb's entries last. */
    ListenableFuture<Held> held(final String node) {
        return held(node, meters::held);
    }

    private ListenableFuture<Held> held(
            final String node,
            final AsyncFunction<DataObjectIdentifier.WithKey<Node, NodeKey>, MeterReader.Held> readMeters) {
        final var path = path(node);
        final var described = groups.described(path);
        final var there = Futures.transformAsync(described, told -> groups.there(path), directExecutor());
        final var foreign =
                Futures.transformAsync(there, ids -> foreignReader.read(new NodeRef(path)), directExecutor());
        final var metered = Futures.transformAsync(foreign, keys -> readMeters.apply(path), directExecutor());
        return FluentFuture.from(metered)
                .transformAsync(read -> flows(node), directExecutor())
                .transform(
                        flows -> new Held(
                                flows,
                                Futures.getUnchecked(there),
                                Futures.getUnchecked(described),
                                Futures.getUnchecked(foreign),
                                Futures.getUnchecked(metered)),
                        directExecutor());
    }

    /**
     * How many entries a switch holds.
     *
     * @param entries the number of entries in each table that was counted
     * @param groups the ids of all groups
     * @param described what the groups with an id of vpnlb's did, as OpenFlowPlugin has read it last
     */
    record Counts(EntryCounter.InTables entries, Set<Long> groups, Optional<Described> described) {}

    /** Counts what a switch holds in some tables. */
    ListenableFuture<Counts> counts(final String node, final Set<Integer> tables) {
        final var path = path(node);
        final var described = groups.described(path);
        final var there = Futures.transformAsync(described, told -> groups.there(path), directExecutor());
        return FluentFuture.from(there)
                .transformAsync(ids -> entryCounter.inTables(new NodeRef(path), tables), directExecutor())
                .transform(
                        entries -> new Counts(entries, Futures.getUnchecked(there), Futures.getUnchecked(described)),
                        directExecutor());
    }

    /** Reads somebody else's flow entries in a switch. */
    ListenableFuture<Others> others(final String node) {
        return foreignReader.read(new NodeRef(path(node)));
    }

    /** The services are these. */
    void configured(final Collection<Service> services) {
        entryReader.configured(services);
    }

    /** Reads vpnlb's flow entries in a switch. */
    ListenableFuture<List<Flow>> flows(final String node) {
        return entryReader.read(new NodeRef(path(node)));
    }

    /**
     * Asks a switch how many frames it has dropped, and what went by its groups.
     *
     * @param cookies the cookies of the entries that may have
     */
    ListenableFuture<DropReader.Drops> drops(final String node, final Set<Long> cookies) {
        return dropReader.read(path(node), cookies);
    }

    /** Counts the flow entries with a cookie in a switch. */
    ListenableFuture<Integer> count(final String node, final long cookie) {
        return entryCounter.withCookie(new NodeRef(path(node)), cookie);
    }

    private static DataObjectIdentifier.WithKey<Node, NodeKey> path(final String node) {
        return DataObjectIdentifier.builder(Nodes.class)
                .child(Node.class, new NodeKey(new NodeId(node)))
                .build();
    }

    private Reading reading(final Held held, final Optional<FlowCapableNode> described) {
        final boolean isOpenVswitch = described
                .map(FlowCapableNode::getHardware)
                .filter(OPEN_VSWITCH::equals)
                .isPresent();
        return new Reading(
                Tables.of(
                        held.flows(),
                        described.map(GroupReader::groups).orElse(List.of()).stream()
                                .filter(group -> held.groups().contains(group.id()))
                                .toList(),
                        meters.meters(described, held.meters().dropped().keySet())),
                held.others(),
                // How many meters another switch can have nobody says; one that has too few would refuse its entries.
                new Capabilities(
                        isOpenVswitch,
                        isOpenVswitch && held.meters().isAny()
                                ? new Capabilities.Meters(MAX_METERS, true, learned)
                                : Capabilities.Meters.NONE));
    }

    /** Completes after OpenFlowPlugin's snapshot of the switch, or after {@value #MAX_SNAPSHOT_SECONDS} s. */
    private ListenableFuture<Void> snapshotDone(
            final DataObjectIdentifier.WithKey<Node, NodeKey> path, final Instant since) {
        final SettableFuture<Void> completed = SettableFuture.create();
        final Registration listening = broker.registerDataListener(
                LogicalDatastoreType.OPERATIONAL,
                path.toBuilder()
                        .augmentation(FlowCapableStatisticsGatheringStatus.class)
                        .child(SnapshotGatheringStatusEnd.class)
                        .build(),
                end -> {
                    if (end != null && !isEarlier(end, since)) {
                        completed.set(null);
                    }
                });
        timer.schedule(() -> completed.set(null), MAX_SNAPSHOT_SECONDS, TimeUnit.SECONDS);
        completed.addListener(listening::close, directExecutor());
        return completed;
    }

    /** Whether OpenFlowPlugin finished its snapshot before a time; it writes milliseconds. */
    private static boolean isEarlier(final SnapshotGatheringStatusEnd end, final Instant since) {
        return OffsetDateTime.parse(end.requireEnd().getValue())
                .toInstant()
                .isBefore(since.truncatedTo(ChronoUnit.MILLIS));
    }

    /**
     * Makes OpenFlowPlugin write the statistics of a switch's ports to the datastore. It asks a new switch for its
     * groups twice; if a group was added in between, the datastore refuses its write. If that is still its last write
     * when the switch disconnects, OpenFlowPlugin does not accept the switch again until the controller restarts.
     */
    private ListenableFuture<?> portStatsStored(final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        return rpcs.getRpc(GetNodeConnectorStatistics.class)
                .invoke(new GetNodeConnectorStatisticsInputBuilder()
                        .setNode(new NodeRef(path))
                        .setStoreStats(true)
                        .build());
    }
}
