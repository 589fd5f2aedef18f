/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.flow.and.statistics.map.list.FlowAndStatisticsMapList;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.FlowCookie;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.engine.event.Event.Others;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Footprint;

/**
 * Reads which of the keys that vpnlb's entries can have are somebody else's. A switch can be asked for the entries with
 * some bits of the cookie, not for those without: so one question asks for those whose cookie differs from vpnlb's in
 * the first bit, the next one for those that have this bit but differ in the second, and so on. Each entry of somebody
 * else's answers one of them, and none of vpnlb's many sessions does.
 */
final class ForeignReader {
    private static final Uint8 ALL_TABLES = Uint8.MAX_VALUE;

    private final RpcService rpcs;
    private final EntryCounter counter;
    private final Footprint footprint;

    ForeignReader(final RpcService rpcs, final EntryCounter counter, final Footprint footprint) {
        this.rpcs = rpcs;
        this.counter = counter;
        this.footprint = footprint;
    }

    /** Some values of some bits of a cookie. */
    record Cookies(long value, long mask) {}

    /** The cookies that are not vpnlb's, each in one of these. */
    static List<Cookies> foreign() {
        final List<Cookies> all = new ArrayList<>();
        long mask = 0;
        for (int bit = Long.SIZE - 1; bit >= Long.numberOfTrailingZeros(Cookie.PREFIX_MASK); bit--) {
            mask |= 1L << bit;
            all.add(new Cookies((Cookie.PREFIX ^ 1L << bit) & mask, mask));
        }
        return all;
    }

    /**
     * Reads somebody else's entries. Each question makes the switch go through all of its entries, so none is asked
     * when their number says that there are none.
     */
    ListenableFuture<Others> read(final NodeRef node) {
        return Futures.transformAsync(
                counter.others(node),
                others -> others == 0 ? Futures.immediateFuture(Others.NONE) : ask(node),
                MoreExecutors.directExecutor());
    }

    /** One question is open at a time. */
    private ListenableFuture<Others> ask(final NodeRef node) {
        ListenableFuture<Others> read = Futures.immediateFuture(Others.NONE);
        for (final Cookies cookies : foreign()) {
            read = Futures.transformAsync(
                    read,
                    before -> Futures.transform(
                            ask(node, cookies), result -> more(before, result), MoreExecutors.directExecutor()),
                    MoreExecutors.directExecutor());
        }
        return read;
    }

    private ListenableFuture<RpcResult<GetFlowStatisticsOutput>> ask(final NodeRef node, final Cookies cookies) {
        return rpcs.getRpc(GetFlowStatistics.class)
                .invoke(new GetFlowStatisticsInputBuilder()
                        .setNode(node)
                        .setTableId(ALL_TABLES)
                        .setCookie(new FlowCookie(Uint64.fromLongBits(cookies.value())))
                        .setCookieMask(new FlowCookie(Uint64.fromLongBits(cookies.mask())))
                        .build());
    }

    private Others more(final Others before, final RpcResult<GetFlowStatisticsOutput> result) {
        if (!result.isSuccessful()) {
            throw new IllegalStateException("The switch does not tell its flow entries: " + result.getErrors());
        }
        final var entries = result.getResult().nonnullFlowAndStatisticsMapList();
        final Set<Flow.Key> keys = new HashSet<>(before.keys());
        entries.stream().filter(this::isInPlace).map(FlowCodec::key).forEach(keys::add);
        final Map<Integer, Long> byTable = new HashMap<>(before.byTable());
        entries.forEach(entry -> byTable.merge((int) entry.getTableId().toJava(), 1L, Long::sum));
        return new Others(keys, byTable);
    }

    /** Whether an entry is where one of vpnlb's could be. */
    private boolean isInPlace(final FlowAndStatisticsMapList entry) {
        final int priority =
                entry.getPriority() == null ? 0 : entry.getPriority().toJava();
        return footprint.covers(entry.getTableId().toJava(), priority) && MatchScope.isReadWhole(entry.getMatch());
    }
}
