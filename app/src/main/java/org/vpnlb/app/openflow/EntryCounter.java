/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatchInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.FlowCookie;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.engine.pipeline.Cookie;

/** Asks a switch how many flow entries it has; Open vSwitch 3.1 goes through all of a table, but not for one cookie. */
final class EntryCounter {
    private static final int ALL_TABLES = 0xff;

    private static final Match ANY = new MatchBuilder().build();

    private final RpcService rpcs;

    EntryCounter(final RpcService rpcs) {
        this.rpcs = rpcs;
    }

    /** The number of entries with a cookie. */
    ListenableFuture<Integer> withCookie(final NodeRef node, final long cookie) {
        return count(node, ALL_TABLES, cookie, Cookie.EXACT_MASK);
    }

    /** The number of vpnlb's entries in each of some tables. */
    ListenableFuture<Map<Integer, Long>> ours(final NodeRef node, final Set<Integer> tables) {
        return ours(node, tables, ANY);
    }

    /** The number of those of them that a match is not more special than. */
    ListenableFuture<Map<Integer, Long>> ours(final NodeRef node, final Set<Integer> tables, final Match match) {
        ListenableFuture<Map<Integer, Long>> counted = Futures.immediateFuture(new HashMap<>());
        for (final int table : tables) {
            counted = Futures.transformAsync(
                    counted,
                    before -> Futures.transform(
                            count(node, table, match, Cookie.PREFIX, Cookie.PREFIX_MASK),
                            ours -> {
                                before.put(table, (long) ours);
                                return before;
                            },
                            directExecutor()),
                    directExecutor());
        }
        return counted;
    }

    /** The number of a service's entries of a kind that a match is not more special than. */
    ListenableFuture<Integer> ofService(
            final NodeRef node, final int table, final Match match, final Cookie ofService) {
        return count(node, table, match, ofService.value(), Cookie.SERVICE_MASK);
    }

    /** The number of those of them that are of a device. */
    ListenableFuture<Long> ofDevices(final NodeRef node, final int table, final Match match, final Cookie ofService) {
        return Futures.transformAsync(
                ofService(node, table, match, ofService),
                all -> Futures.transform(
                        count(node, table, match, ofService.value(), Cookie.EXACT_MASK),
                        ofNoDevice -> (long) all - ofNoDevice,
                        directExecutor()),
                directExecutor());
    }

    /** The number of entries that are not vpnlb's. */
    ListenableFuture<Integer> others(final NodeRef node) {
        return Futures.transformAsync(
                count(node, ALL_TABLES, 0, 0),
                all -> Futures.transform(
                        count(node, ALL_TABLES, Cookie.PREFIX, Cookie.PREFIX_MASK),
                        ours -> all - ours,
                        directExecutor()),
                directExecutor());
    }

    /**
     * The entries in some tables.
     *
     * @param ours the number of vpnlb's in each
     * @param others the number of all others in each
     */
    record InTables(Map<Integer, Long> ours, Map<Integer, Long> others) {
        private InTables with(final int table, final long more, final long moreOthers) {
            final Map<Integer, Long> nextOurs = new HashMap<>(ours);
            final Map<Integer, Long> nextOthers = new HashMap<>(others);
            nextOurs.put(table, more);
            nextOthers.put(table, moreOthers);
            return new InTables(nextOurs, nextOthers);
        }
    }

    /** The number of entries in some tables. One question is open at a time: the switch does nothing else. */
    ListenableFuture<InTables> inTables(final NodeRef node, final Set<Integer> tables) {
        ListenableFuture<InTables> counted = Futures.immediateFuture(new InTables(Map.of(), Map.of()));
        for (final int table : tables) {
            counted = FluentFuture.from(counted).transformAsync(before -> in(node, table, before), directExecutor());
        }
        return counted;
    }

    private ListenableFuture<InTables> in(final NodeRef node, final int table, final InTables before) {
        return FluentFuture.from(count(node, table, 0, 0))
                .transformAsync(
                        all -> Futures.transform(
                                count(node, table, Cookie.PREFIX, Cookie.PREFIX_MASK),
                                ours -> before.with(table, ours, all - ours),
                                directExecutor()),
                        directExecutor());
    }

    private ListenableFuture<Integer> count(
            final NodeRef node, final int table, final long cookie, final long cookieMask) {
        return count(node, table, ANY, cookie, cookieMask);
    }

    private ListenableFuture<Integer> count(
            final NodeRef node, final int table, final Match match, final long cookie, final long cookieMask) {
        return Futures.transform(
                rpcs.getRpc(GetAggregateFlowStatisticsFromFlowTableForGivenMatch.class)
                        .invoke(new GetAggregateFlowStatisticsFromFlowTableForGivenMatchInputBuilder()
                                .setNode(node)
                                .setTableId(Uint8.valueOf(table))
                                .setMatch(match)
                                .setCookie(new FlowCookie(Uint64.fromLongBits(cookie)))
                                .setCookieMask(new FlowCookie(Uint64.fromLongBits(cookieMask)))
                                .build()),
                EntryCounter::count,
                directExecutor());
    }

    private static int count(final RpcResult<GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutput> result) {
        if (!result.isSuccessful()) {
            throw new IllegalStateException("The switch does not count its flow entries: " + result.getErrors());
        }
        return result.getResult().nonnullAggregatedFlowStatistics().stream()
                .mapToInt(part -> part.getFlowCount().getValue().intValue())
                .sum();
    }
}
