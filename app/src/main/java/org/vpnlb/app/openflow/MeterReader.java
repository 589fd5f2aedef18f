/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetMeterStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetMeterStatisticsInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetMeterStatisticsOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNode;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeKey;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.AddMeter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.RemoveMeter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.statistics.reply.MeterStats;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.pipeline.MeterId;

/**
 * Reads a switch's meters: whether it has any, which of vpnlb's there are, and what they have dropped.
 *
 * <p>Whether it has any is tried, by a meter that is taken away at once: OpenFlowPlugin asks a switch for its meter
 * features, but 0.20.1 does not write them to the datastore, since they are of another type than its writer takes.
 */
final class MeterReader {
    private static final Meter TRIAL = new Meter(MeterId.TRIAL, 1, 1);

    private final RpcService rpcs;
    private final int learned;
    private final Set<DataObjectIdentifier<Node>> metered = ConcurrentHashMap.newKeySet();

    /**
     * A reader.
     *
     * @param learned the rate of those meters of vpnlb for which it is configured
     */
    MeterReader(final RpcService rpcs, final int learned) {
        this.rpcs = rpcs;
        this.learned = learned;
    }

    /**
     * The meters of a switch.
     *
     * @param isAny whether it has meters
     * @param dropped the frames that each of vpnlb's has dropped since it was made
     */
    record Held(boolean isAny, Map<Long, Long> dropped) {
        static final Held NONE = new Held(false, Map.of());
    }

    /** Reads a switch that has just connected: makes a meter and deletes it again, to see whether it can. */
    ListenableFuture<Held> connected(final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        // It may still be there from a controller that ended in between; a switch without meters may refuse this, too.
        return FluentFuture.from(remove(path))
                .transformAsync(removed -> add(path), MoreExecutors.directExecutor())
                .transformAsync(
                        added -> {
                            if (!added.isSuccessful()) {
                                metered.remove(path);
                                return Futures.immediateFuture(Held.NONE);
                            }
                            metered.add(path);
                            return Futures.transformAsync(
                                    remove(path), removed -> held(path), MoreExecutors.directExecutor());
                        },
                        MoreExecutors.directExecutor());
    }

    private ListenableFuture<? extends RpcResult<?>> remove(final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        return rpcs.getRpc(RemoveMeter.class).invoke(MeterCodec.remove(new NodeRef(path), TRIAL.id()));
    }

    private ListenableFuture<? extends RpcResult<?>> add(final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        return rpcs.getRpc(AddMeter.class).invoke(MeterCodec.add(new NodeRef(path), TRIAL));
    }

    /** Asks a switch that was read before on its connection. */
    ListenableFuture<Held> held(final DataObjectIdentifier.WithKey<Node, NodeKey> path) {
        return !metered.contains(path)
                ? Futures.immediateFuture(Held.NONE)
                : Futures.transform(
                        rpcs.getRpc(GetMeterStatistics.class)
                                .invoke(new GetMeterStatisticsInputBuilder()
                                        .setNode(new NodeRef(path))
                                        .build()),
                        result -> new Held(true, dropped(result)),
                        MoreExecutors.directExecutor());
    }

    private static Map<Long, Long> dropped(final RpcResult<GetMeterStatisticsOutput> result) {
        if (!result.isSuccessful()) {
            throw new IllegalStateException("The switch does not tell its meters: " + result.getErrors());
        }
        final Map<Long, Long> dropped = new HashMap<>();
        result.getResult().nonnullMeterStats().values().forEach(meter -> {
            final long id = meter.getMeterId().getValue().toJava();
            MeterId.parse(id).ifPresent(ours -> dropped.put(id, dropped(meter)));
        });
        return dropped;
    }

    private static long dropped(final MeterStats meter) {
        return meter.getMeterBandStats() == null
                ? 0
                : meter.getMeterBandStats().nonnullBandStat().values().stream()
                        .mapToLong(band -> band.getPacketBandCount().getValue().longValue())
                        .sum();
    }

    /**
     * What the meters of vpnlb do. OpenFlowPlugin writes it to the datastore when the switch connects; if it is told
     * not to, a meter is taken to do what its id says.
     *
     * @param described what OpenFlowPlugin has written
     * @param there the ids of the meters that there are
     */
    List<Meter> meters(final Optional<FlowCapableNode> described, final Collection<Long> there) {
        final Map<Long, Meter> written = new HashMap<>();
        described.ifPresent(node -> meters(node).forEach(meter -> written.put(meter.id(), meter)));
        final List<Meter> meters = new ArrayList<>();
        there.forEach(id ->
                MeterId.parse(id).ifPresent(ours -> meters.add(written.getOrDefault(id, ours.meter(learned)))));
        return meters;
    }

    /** Those meters that can be vpnlb's, as OpenFlowPlugin has read them last. */
    static List<Meter> meters(final FlowCapableNode node) {
        return node.nonnullMeter().values().stream()
                .map(MeterCodec::read)
                .filter(meter -> MeterId.parse(meter.id()).isPresent())
                .toList();
    }
}
