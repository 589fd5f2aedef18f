/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.FlowCookie;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeKey;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.engine.event.Event.Drops.BucketId;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;

/**
 * Asks a switch how many frames it has dropped, and what went by its groups. It asks for entries by whole cookies,
 * which Open vSwitch finds without a look at all others.
 */
final class DropReader {
    private static final Uint8 ALL_TABLES = Uint8.MAX_VALUE;

    private final RpcService rpcs;
    private final MeterReader meters;
    private final GroupReader groups;

    DropReader(final RpcService rpcs, final MeterReader meters, final GroupReader groups) {
        this.rpcs = rpcs;
        this.meters = meters;
        this.groups = groups;
    }

    /** What entries and vpnlb's meters have dropped, and what went by vpnlb's groups, each since it was made. */
    record Drops(Map<Flow, Long> byFlow, Map<Long, Long> byMeter, Map<BucketId, Volume> sent) {}

    /** Asks for the meters, the groups, and the entries with these cookies. One question is open at a time. */
    ListenableFuture<Drops> read(final DataObjectIdentifier.WithKey<Node, NodeKey> path, final Set<Long> cookies) {
        final Map<Flow, Long> byFlow = new HashMap<>();
        ListenableFuture<Map<Flow, Long>> read = Futures.immediateFuture(byFlow);
        for (final long cookie : cookies) {
            read = Futures.transformAsync(
                    read,
                    before -> Futures.transform(
                            ask(new NodeRef(path), cookie),
                            result -> add(result, byFlow),
                            MoreExecutors.directExecutor()),
                    MoreExecutors.directExecutor());
        }
        return Futures.transformAsync(
                read,
                all -> Futures.transformAsync(
                        meters.held(path),
                        held -> Futures.transform(
                                groups.sent(path),
                                sent -> new Drops(all, held.dropped(), sent),
                                MoreExecutors.directExecutor()),
                        MoreExecutors.directExecutor()),
                MoreExecutors.directExecutor());
    }

    private ListenableFuture<RpcResult<GetFlowStatisticsOutput>> ask(final NodeRef node, final long cookie) {
        return rpcs.getRpc(GetFlowStatistics.class)
                .invoke(new GetFlowStatisticsInputBuilder()
                        .setNode(node)
                        .setTableId(ALL_TABLES)
                        .setCookie(new FlowCookie(Uint64.fromLongBits(cookie)))
                        .setCookieMask(new FlowCookie(Uint64.fromLongBits(Cookie.EXACT_MASK)))
                        .build());
    }

    private static Map<Flow, Long> add(final RpcResult<GetFlowStatisticsOutput> result, final Map<Flow, Long> byFlow) {
        if (!result.isSuccessful()) {
            throw new IllegalStateException("The switch does not tell its flow entries: " + result.getErrors());
        }
        result.getResult().nonnullFlowAndStatisticsMapList().forEach(entry -> {
            final Flow flow = FlowCodec.read(entry);
            if (flow.drops() && entry.getPacketCount() != null) {
                byFlow.put(flow, entry.getPacketCount().getValue().longValue());
            }
        });
        return byFlow;
    }
}
