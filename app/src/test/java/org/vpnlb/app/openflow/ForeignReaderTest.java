/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.Futures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.Counter32;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.flow.and.statistics.map.list.FlowAndStatisticsMapList;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.flow.and.statistics.map.list.FlowAndStatisticsMapListBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.get.aggregate.flow.statistics.from.flow.table._for.given.match.output.AggregatedFlowStatisticsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.FlowCookie;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeConnectorId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Icmpv4MatchBuilder;
import org.opendaylight.yangtools.yang.common.RpcResultBuilder;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Footprint;

class ForeignReaderTest {
    private static final int BASE = 20;
    /** A band of vpnlb's in table 0 of the pipeline. */
    private static final int BAND = 1;

    private final RpcService rpcs = mock();
    private final List<FlowAndStatisticsMapList> held = new ArrayList<>();
    private final ForeignReader reader = new ForeignReader(rpcs, new EntryCounter(rpcs), new Footprint(BASE));

    ForeignReaderTest() {
        final GetFlowStatistics flows = input -> RpcResultBuilder.success(new GetFlowStatisticsOutputBuilder()
                        .setFlowAndStatisticsMapList(held.stream()
                                .filter(entry -> answers(entry, input))
                                .toList())
                        .build())
                .buildFuture();
        when(rpcs.getRpc(GetFlowStatistics.class)).thenReturn(flows);
        final GetAggregateFlowStatisticsFromFlowTableForGivenMatch count = input -> RpcResultBuilder.success(
                        new GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutputBuilder()
                                .setAggregatedFlowStatistics(List.of(new AggregatedFlowStatisticsBuilder()
                                        .setFlowCount(new Counter32(Uint32.valueOf(count(
                                                input.getCookie().getValue().longValue(),
                                                input.getCookieMask().getValue().longValue()))))
                                        .build()))
                                .build())
                .buildFuture();
        when(rpcs.getRpc(GetAggregateFlowStatisticsFromFlowTableForGivenMatch.class))
                .thenReturn(count);
    }

    @Property
    void eachCookieOfSomebodyElseAnswersOneQuestion(@ForAll final long cookie) {
        assertThat(ForeignReader.foreign().stream().filter(cookies -> (cookie & cookies.mask()) == cookies.value()))
                .hasSize((cookie & Cookie.PREFIX_MASK) == Cookie.PREFIX ? 0 : 1);
    }

    @Property
    void noCookieOfVpnlbsAnswersOne(@ForAll final long rest) {
        final long cookie = Cookie.PREFIX | rest & ~Cookie.PREFIX_MASK;
        assertThat(ForeignReader.foreign()).noneMatch(cookies -> (cookie & cookies.mask()) == cookies.value());
    }

    @Example
    void theKeyOfAnEntryOfSomebodyElseIsRead() {
        held.add(entry(7, BASE, BAND, new MatchBuilder().setInPort(new NodeConnectorId("openflow:1:3"))));
        assertThat(keys())
                .containsExactly(
                        new Flow.Key(BASE, BAND, Match.builder().inPort(3).build()));
    }

    @Example
    void anEntryOfVpnlbsIsNoneOfSomebodyElse() {
        held.add(entry(Cookie.of(Cookie.Kind.CLASSIFY).value(), BASE, BAND, new MatchBuilder()));
        assertThat(keys()).isEmpty();
    }

    @Example
    void anEntryWhereVpnlbHasNoneIsNotKept() {
        held.add(entry(7, BASE - 1, BAND, new MatchBuilder()));
        held.add(entry(7, BASE + 7, BAND, new MatchBuilder()));
        held.add(entry(7, BASE, BAND + 1, new MatchBuilder()));
        assertThat(keys()).isEmpty();
        assertThat(Futures.getUnchecked(reader.read(null)).byTable())
                .isEqualTo(Map.of(BASE - 1, 1L, BASE + 7, 1L, BASE, 1L));
    }

    /** Without the fields that vpnlb does not know it would look like one of vpnlb's. */
    @Example
    void anEntryThatMatchesWhatVpnlbNeverDoesIsNotKept() {
        held.add(entry(
                7,
                BASE,
                BAND,
                new MatchBuilder()
                        .setIcmpv4Match(new Icmpv4MatchBuilder()
                                .setIcmpv4Type(Uint8.valueOf(8))
                                .setIcmpv4Code(Uint8.ZERO)
                                .build())));
        assertThat(keys()).isEmpty();
    }

    private Set<Flow.Key> keys() {
        return Futures.getUnchecked(reader.read(null)).keys();
    }

    private long count(final long cookie, final long mask) {
        return held.stream().filter(entry -> has(entry, cookie, mask)).count();
    }

    private static boolean answers(final FlowAndStatisticsMapList entry, final GetFlowStatisticsInput question) {
        return has(
                entry,
                question.getCookie().getValue().longValue(),
                question.getCookieMask().getValue().longValue());
    }

    private static boolean has(final FlowAndStatisticsMapList entry, final long cookie, final long mask) {
        return (entry.getCookie().getValue().longValue() & mask) == cookie;
    }

    private static FlowAndStatisticsMapList entry(
            final long cookie, final int table, final int priority, final MatchBuilder match) {
        return new FlowAndStatisticsMapListBuilder()
                .setCookie(new FlowCookie(Uint64.fromLongBits(cookie)))
                .setTableId(Uint8.valueOf(table))
                .setPriority(Uint16.valueOf(priority))
                .setMatch(match.build())
                .build();
    }
}
