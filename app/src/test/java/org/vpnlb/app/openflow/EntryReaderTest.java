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
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.Counter32;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.flow.and.statistics.map.list.FlowAndStatisticsMapList;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.flow.and.statistics.map.list.FlowAndStatisticsMapListBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.get.aggregate.flow.statistics.from.flow.table._for.given.match.output.AggregatedFlowStatisticsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.FlowCookie;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.RpcResultBuilder;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Part;
import org.vpnlb.engine.openflow.Part.End;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Footprint;
import org.vpnlb.engine.pipeline.Numbers;

class EntryReaderTest {
    private static final int MANY = 20_000;
    private static final int ALL_TABLES = 255;
    private static final int CLIENT_SESSIONS = 1;
    private static final int RETURN_SESSIONS = 4;
    private static final int SITE = 24;
    private static final int SITE_V6 = 64;

    /** The parts of the client sessions, as they are asked for. */
    private static final Map<Match, Part> PARTS = Stream.of(End.values())
            .flatMap(end -> Stream.of(1, 2, 4, 8, 16, 32)
                    .flatMap(thousands -> Stream.of(
                            Part.of(end, Family.V4, thousands * Part.ENTRIES, 32),
                            Part.of(end, Family.V4, thousands * Part.ENTRIES, SITE),
                            Part.of(end, Family.V6, thousands * Part.ENTRIES, 128),
                            Part.of(end, Family.V6, thousands * Part.ENTRIES, SITE_V6))))
            .flatMap(List::stream)
            .distinct()
            // Of all clients of a family it does not matter which address they are.
            .collect(Collectors.toMap(EntryReader::match, Function.identity(), (one, other) -> one));

    private final RpcService rpcs = mock();
    private final NodeRef node = mock();
    private final List<Flow> held = new ArrayList<>();
    private final List<GetFlowStatisticsInput> asked = new ArrayList<>();
    private final EntryReader reader = new EntryReader(rpcs, new EntryCounter(rpcs), new Footprint(0));
    private boolean hasMasks = true;

    @BeforeEach
    void start() {
        final GetFlowStatistics flows = input -> {
            asked.add(input);
            return !hasMasks && input.getMatch().getLayer3Match() != null
                    ? RpcResultBuilder.<GetFlowStatisticsOutput>failed()
                            .withError(ErrorType.APPLICATION, "OFPBMC_BAD_NW_ADDR_MASK")
                            .buildFuture()
                    : RpcResultBuilder.success(new GetFlowStatisticsOutputBuilder()
                                    .setFlowAndStatisticsMapList(answers(input).stream()
                                            .map(EntryReaderTest::entry)
                                            .toList())
                                    .build())
                            .buildFuture();
        };
        final GetAggregateFlowStatisticsFromFlowTableForGivenMatch count = input -> !hasMasks
                        && input.getMatch().getLayer3Match() != null
                ? RpcResultBuilder.<GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutput>failed()
                        .withError(ErrorType.APPLICATION, "OFPBMC_BAD_NW_ADDR_MASK")
                        .buildFuture()
                : RpcResultBuilder.success(new GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutputBuilder()
                                .setAggregatedFlowStatistics(List.of(new AggregatedFlowStatisticsBuilder()
                                        .setFlowCount(new Counter32(Uint32.valueOf(held.stream()
                                                .filter(isIn(input.getTableId().intValue()))
                                                .filter(hasCookie(input.getCookie(), input.getCookieMask()))
                                                .filter(isOf(input.getMatch()))
                                                .count())))
                                        .build()))
                                .build())
                        .buildFuture();
        when(rpcs.getRpc(GetFlowStatistics.class)).thenReturn(flows);
        when(rpcs.getRpc(GetAggregateFlowStatisticsFromFlowTableForGivenMatch.class))
                .thenReturn(count);
        hold(0, org.vpnlb.engine.openflow.Match.ALL, Cookie.of(Kind.CLASSIFY));
        hold(CLIENT_SESSIONS, org.vpnlb.engine.openflow.Match.ALL, Cookie.of(Kind.CLIENT_SESSION));
        hold(
                CLIENT_SESSIONS,
                org.vpnlb.engine.openflow.Match.builder().metadata(7).build(),
                new Cookie(Kind.DEVICE, 1, 2));
    }

    @Test
    void fewEntriesAreReadAtOnce() {
        holdClients(10);
        assertThat(read()).containsExactlyElementsOf(priorities());
        assertThat(asked)
                .singleElement()
                .satisfies(input -> assertThat(input.getTableId().intValue()).isEqualTo(ALL_TABLES));
    }

    @Test
    void veryManyEntriesAreReadPartByPart() {
        holdClients(MANY);
        assertThat(read()).containsExactlyInAnyOrderElementsOf(priorities());
        assertThat(asked).allSatisfy(input -> assertThat(answers(input)).hasSizeLessThan(MANY / 4));
    }

    @Test
    void soAreThoseOfIpv6() {
        holdClients(MANY / 2);
        for (int client = 0; client < MANY; client++) {
            hold(
                    CLIENT_SESSIONS,
                    org.vpnlb.engine.openflow.Match.ip(Family.V6)
                            .ipSource(IpPrefix.of(new IpAddress(Family.V6, 0xfd00L << 48, client)))
                            .build(),
                    new Cookie(Kind.CLIENT_SESSION, 1, 2));
        }
        assertThat(read()).containsExactlyInAnyOrderElementsOf(priorities());
        assertThat(asked).allSatisfy(input -> assertThat(answers(input)).hasSizeLessThan(MANY / 4));
    }

    @Test
    void soAreThoseOfManyAddresses() {
        configure(SITE, SITE_V6);
        holdSites();
        assertThat(read()).containsExactlyInAnyOrderElementsOf(priorities());
        assertThat(asked).allSatisfy(input -> assertThat(answers(input)).hasSizeLessThan(MANY / 4));
    }

    @Test
    void soAreThoseOfEachServiceWhereOnlySomeAreOfManyAddresses() {
        configure(SITE, SITE_V6);
        holdSites();
        hold(
                RETURN_SESSIONS,
                org.vpnlb.engine.openflow.Match.ip(Family.V4).build(),
                new Cookie(Kind.RETURN_SESSION, 2, 0));
        for (int client = 0; client < MANY / 2; client++) {
            // By the bits that sites differ in, all of them are one.
            holdReturn(2, new IpAddress(Family.V4, 0, 0x0b00_0000L + (client >> 8 << 16) + (client & 0xff)), 32);
            holdReturn(2, new IpAddress(Family.V6, 0xfd01L << 48, client), 128);
        }
        assertThat(read()).containsExactlyInAnyOrderElementsOf(priorities());
        assertThat(asked).allSatisfy(input -> assertThat(answers(input)).hasSizeLessThan(MANY / 4));
    }

    @Test
    void thoseOfAShorterPrefixThanIsConfiguredNowAreRead() {
        configure(SITE, SITE_V6);
        holdSites();
        configure(Family.V4.bits(), Family.V6.bits());
        assertThat(read()).containsExactlyInAnyOrderElementsOf(priorities());
    }

    @Test
    void thoseOfAServiceThatIsNotConfiguredAnyMoreAreRead() {
        configure(SITE, SITE_V6);
        final Service service = service("a", SITE, SITE_V6);
        final int number = Numbers.of(List.of(service)).of(service);
        reader.configured(List.of());
        for (int site = 0; site < MANY; site++) {
            holdReturn(number, new IpAddress(Family.V4, 0, 0x0a00_0000L + 256 * site), SITE);
        }
        assertThat(read()).containsExactlyInAnyOrderElementsOf(priorities());
    }

    private void configure(final int lengthV4, final int lengthV6) {
        reader.configured(List.of(service("a", lengthV4, lengthV6)));
    }

    private static Service service(final String name, final int lengthV4, final int lengthV6) {
        final Service service = mock();
        final Service.Egress egress = mock();
        when(service.name()).thenReturn(name);
        when(service.egress()).thenReturn(egress);
        when(egress.sessionPrefixLengthV4()).thenReturn(lengthV4);
        when(egress.sessionPrefixLengthV6()).thenReturn(lengthV6);
        return service;
    }

    /** Entries of a service whose clients have networks behind them; one is for all of them. */
    private void holdSites() {
        hold(
                RETURN_SESSIONS,
                org.vpnlb.engine.openflow.Match.ip(Family.V4).build(),
                new Cookie(Kind.RETURN_SESSION, 1, 0));
        for (int site = 0; site < MANY / 2; site++) {
            holdReturn(1, new IpAddress(Family.V4, 0, 0x0a00_0000L + 256 * site), SITE);
            holdReturn(1, new IpAddress(Family.V6, (0xfd00L << 48) + site, 0), SITE_V6);
        }
    }

    private void holdReturn(final int service, final IpAddress client, final int length) {
        hold(
                RETURN_SESSIONS,
                org.vpnlb.engine.openflow.Match.ip(client.family())
                        .ipDestination(new IpPrefix(client, length))
                        .build(),
                new Cookie(Kind.RETURN_SESSION, service, 2));
    }

    @Test
    void aSwitchThatCannotMatchSingleBitsTellsAllAtOnce() {
        hasMasks = false;
        configure(SITE, SITE_V6);
        holdClients(MANY);
        holdSites();
        assertThat(read()).containsExactlyInAnyOrderElementsOf(priorities());
    }

    /** The priorities tell the entries apart: OpenFlowPlugin's terms for their matches are another test's. */
    private List<Integer> read() {
        return Futures.getUnchecked(reader.read(node)).stream()
                .map(flow -> flow.key().priority())
                .toList();
    }

    private List<Integer> priorities() {
        return held.stream().map(flow -> flow.key().priority()).toList();
    }

    private void holdClients(final int count) {
        for (int client = 0; client < count; client++) {
            hold(
                    CLIENT_SESSIONS,
                    org.vpnlb.engine.openflow.Match.ip(Family.V4)
                            .ipSource(IpPrefix.of(new IpAddress(Family.V4, 0, 0x0a00_0000L + client)))
                            .build(),
                    new Cookie(Kind.CLIENT_SESSION, 1, 2));
        }
    }

    private void hold(final int table, final org.vpnlb.engine.openflow.Match match, final Cookie cookie) {
        held.add(new Flow(
                new Flow.Key(table, held.size(), match), cookie.value(), Flow.Timeouts.NONE, List.of(), null, null));
    }

    private List<Flow> answers(final GetFlowStatisticsInput input) {
        return held.stream()
                .filter(isIn(input.getTableId().intValue()))
                .filter(hasCookie(input.getCookie(), input.getCookieMask()))
                .filter(isOf(input.getMatch()))
                .toList();
    }

    private static Predicate<Flow> hasCookie(final FlowCookie asked, final FlowCookie askedMask) {
        final long mask = askedMask.getValue().longValue();
        final long cookie = asked.getValue().longValue();
        return flow -> (flow.cookie() & mask) == (cookie & mask);
    }

    private static Predicate<Flow> isOf(final Match match) {
        final Part part = PARTS.get(match);
        return flow -> part == null
                || part.holds(flow.key().match())
                || part.bits().mask().isUnspecified() && isOf(part.bits().family(), flow);
    }

    private static boolean isOf(final Family family, final Flow flow) {
        return Integer.valueOf(family.etherType()).equals(flow.key().match().etherType());
    }

    private static Predicate<Flow> isIn(final int table) {
        return flow -> table == ALL_TABLES || flow.key().table() == table;
    }

    private static FlowAndStatisticsMapList entry(final Flow flow) {
        return new FlowAndStatisticsMapListBuilder()
                .setTableId(Uint8.valueOf(flow.key().table()))
                .setPriority(Uint16.valueOf(flow.key().priority()))
                .setCookie(new FlowCookie(Uint64.fromLongBits(flow.cookie())))
                .build();
    }
}
