/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.mockito.ArgumentMatchers;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.DataListener;
import org.opendaylight.mdsal.binding.api.ReadTransaction;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.Counter32;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.Counter64;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DateAndTime;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetGroupStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetGroupStatisticsOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetMeterStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetMeterStatisticsOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetNodeConnectorStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetNodeConnectorStatisticsInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetNodeConnectorStatisticsOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNode;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNodeBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableStatisticsGatheringStatus;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableStatisticsGatheringStatusBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.meters.MeterBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.snapshot.gathering.status.grouping.SnapshotGatheringStatusEnd;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.snapshot.gathering.status.grouping.SnapshotGatheringStatusEndBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.snapshot.gathering.status.grouping.SnapshotGatheringStatusStartBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatchInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.flow.and.statistics.map.list.FlowAndStatisticsMapList;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.flow.and.statistics.map.list.FlowAndStatisticsMapListBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.get.aggregate.flow.statistics.from.flow.table._for.given.match.output.AggregatedFlowStatisticsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.FlowCookie;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.BucketId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.statistics.BucketsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.statistics.buckets.BucketCounter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.statistics.buckets.BucketCounterBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.statistics.reply.GroupStatsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.groups.GroupBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.AddMeter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.AddMeterOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.RemoveMeter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.RemoveMeterOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.BandId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.statistics.MeterBandStatsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.statistics.meter.band.stats.BandStatBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.statistics.reply.MeterStats;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.statistics.reply.MeterStatsBuilder;
import org.opendaylight.yangtools.binding.DataObject;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.RpcResultBuilder;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Footprint;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.pipeline.MeterId;

class SwitchReaderTest {
    private static final String NODE = "openflow:1";
    private static final Instant NOW = Instant.parse("2026-11-26T13:00:00Z");
    private static final Instant LEFT = Instant.parse("2026-11-26T12:00:00.123456Z");
    /** In the switch, and of vpnlb. */
    private static final long OURS = new GroupId(GroupId.Kind.SELECTION, 1).value();
    /** Of vpnlb, but only in what the datastore still has of an earlier connection. */
    private static final long GONE = new GroupId(GroupId.Kind.SELECTION, 2).value();

    private static final long FOREIGN = 7;
    /** What a switch tells of a counter that it does not have. */
    private static final long NOT_COUNTED = -1;

    private static final int LEARNED = 300;
    /** A meter of vpnlb that is as it was made, and one that somebody changed. */
    private static final Meter METER = new MeterId(MeterId.Kind.NO_RETURN, 1).meter(LEARNED);

    private static final Meter CHANGED = new Meter(new MeterId(MeterId.Kind.NO_RETURN, 2).value(), 3, 4);
    /** A meter of vpnlb of which OpenFlowPlugin wrote nothing. */
    private static final Meter UNWRITTEN = new MeterId(MeterId.Kind.NO_RETURN, 3).meter(LEARNED);

    private static final Meter OTHERS = new Meter(1, 5, 6);

    private final RpcService rpcs = mock();
    private final DataBroker broker = mock();
    private final ManualTimer timer = new ManualTimer();
    private final List<String> metersTried = new ArrayList<>();
    private final ReadTransaction transaction = mock();
    private final Registration listening = mock();
    private final List<GetFlowStatisticsInput> flowsAsked = new ArrayList<>();
    private final Map<Class<?>, DataObject> datastore = new HashMap<>();
    private final List<GetFlowStatisticsInput> foreignAsked = new ArrayList<>();
    /** How many entries the switch has. */
    private ToIntFunction<GetAggregateFlowStatisticsFromFlowTableForGivenMatchInput> counts = input -> 0;

    private final List<GetNodeConnectorStatisticsInput> portsAsked = new ArrayList<>();
    private final SwitchReader reader = new SwitchReader(
            rpcs, broker, timer, new GroupReader(rpcs, broker, timer::now, () -> NOW), new Footprint(0), LEARNED);

    private static BucketCounter bucket(final long number, final long packets) {
        return new BucketCounterBuilder()
                .setBucketId(new BucketId(Uint32.valueOf(number)))
                .setPacketCount(new Counter64(Uint64.fromLongBits(packets)))
                .setByteCount(new Counter64(Uint64.valueOf(500)))
                .build();
    }

    @Test
    void whatWentByBucketsOfOurGroupsIsToldWhereTheSwitchCountsIt() {
        assertThat(Futures.getUnchecked(reader.drops(NODE, Set.of())).sent())
                .isEqualTo(Map.of(new Event.Drops.BucketId(OURS, 0), new Volume(5, 500)));
    }

    @BeforeEach
    void start() {
        final GetFlowStatistics flows = input -> {
            (input.getCookie().getValue().longValue() == Cookie.PREFIX ? flowsAsked : foreignAsked).add(input);
            return RpcResultBuilder.success(new GetFlowStatisticsOutputBuilder().build())
                    .buildFuture();
        };
        final GetNodeConnectorStatistics ports = input -> {
            portsAsked.add(input);
            return RpcResultBuilder.<GetNodeConnectorStatisticsOutput>success().buildFuture();
        };
        final GetGroupStatistics groups = input -> RpcResultBuilder.success(new GetGroupStatisticsOutputBuilder()
                        .setGroupStats(Stream.of(OURS, FOREIGN)
                                .map(id -> new GroupStatsBuilder()
                                        .setGroupId(id(id))
                                        .setBuckets(new BucketsBuilder()
                                                .setBucketCounter(BindingMap.of(bucket(0, 5), bucket(1, NOT_COUNTED)))
                                                .build())
                                        .build())
                                .collect(BindingMap.toMap()))
                        .build())
                .buildFuture();
        final GetMeterStatistics meters = input -> RpcResultBuilder.success(new GetMeterStatisticsOutputBuilder()
                        .setMeterStats(Stream.of(METER.id(), CHANGED.id(), UNWRITTEN.id(), FOREIGN)
                                .map(SwitchReaderTest::dropped)
                                .collect(BindingMap.toMap()))
                        .build())
                .buildFuture();
        final RemoveMeter remove = input -> {
            metersTried.add("remove");
            return RpcResultBuilder.<RemoveMeterOutput>success().buildFuture();
        };
        when(rpcs.getRpc(RemoveMeter.class)).thenReturn(remove);
        takesMeters(RpcResultBuilder.<AddMeterOutput>failed()
                .withError(ErrorType.APPLICATION, "no meters")
                .build());
        when(rpcs.getRpc(GetMeterStatistics.class)).thenReturn(meters);
        final GetAggregateFlowStatisticsFromFlowTableForGivenMatch count = input -> RpcResultBuilder.success(
                        new GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutputBuilder()
                                .setAggregatedFlowStatistics(List.of(new AggregatedFlowStatisticsBuilder()
                                        .setFlowCount(new Counter32(Uint32.valueOf(counts.applyAsInt(input))))
                                        .build()))
                                .build())
                .buildFuture();
        when(rpcs.getRpc(GetAggregateFlowStatisticsFromFlowTableForGivenMatch.class))
                .thenReturn(count);
        when(rpcs.getRpc(GetFlowStatistics.class)).thenReturn(flows);
        when(rpcs.getRpc(GetNodeConnectorStatistics.class)).thenReturn(ports);
        when(rpcs.getRpc(GetGroupStatistics.class)).thenReturn(groups);
        when(broker.registerDataListener(any(), any(), any())).thenReturn(listening);
        when(transaction.read(any(), ArgumentMatchers.<DataObjectIdentifier<DataObject>>any()))
                .thenAnswer(call -> FluentFuture.from(Futures.immediateFuture(Optional.ofNullable(datastore.get(
                        call.<DataObjectIdentifier<?>>getArgument(1).lastStep().type())))));
        when(broker.newReadOnlyTransaction()).thenReturn(transaction);
        described("Open vSwitch");
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void vpnlbsEntriesOfAllTablesAreAskedFor() {
        assertThat(Futures.getUnchecked(reader.flows(NODE))).isEmpty();
        assertThat(flowsAsked).singleElement().satisfies(asked -> {
            assertThat(asked.getTableId().intValue()).isEqualTo(255);
            assertThat(asked.getCookie().getValue().longValue()).isEqualTo(Cookie.PREFIX);
            assertThat(asked.getCookieMask().getValue().longValue()).isEqualTo(Cookie.PREFIX_MASK);
        });
    }

    @Test
    void theSwitchSaysWhichGroupsThereAreAndTheDatastoreWhatTheyDo() {
        final var reading = read();
        snapshotOf("2026-11-26T12:00:01Z");
        assertThat(Futures.getUnchecked(reading).tables().groups()).containsExactlyEntriesOf(Map.of(OURS, group(OURS)));
    }

    @Test
    void theSnapshotOfAnEarlierConnectionIsNotTaken() {
        final var reading = read();
        snapshotOf("2026-11-26T12:00:00.122Z");
        assertThat(reading).isNotDone();
        snapshotOf("2026-11-26T12:00:00.123Z");
        assertThat(reading).isDone();
        verify(listening).close();
    }

    @Test
    void aSnapshotThatDoesNotComeIsWaitedForAWhileOnly() {
        final var reading = read();
        timer.advance(4999);
        assertThat(reading).isNotDone();
        timer.advance(1);
        assertThat(reading).isDone();
        verify(listening).close();
    }

    /** See there: without it OpenFlowPlugin may never take the switch again. */
    @Test
    void thePluginWritesOnceMoreBeforeTheGroupsAreRead() {
        final var reading = read();
        assertThat(portsAsked).isEmpty();
        snapshotOf("2026-11-26T12:00:01Z");
        assertThat(reading).isDone();
        assertThat(portsAsked)
                .singleElement()
                .satisfies(asked -> assertThat(asked.getStoreStats()).isTrue());
    }

    /** OpenFlowPlugin drops what the switch tells of its entries before its own snapshot is written. */
    @Test
    void theEntriesAreReadLast() {
        final var reading = read();
        assertThat(flowsAsked).isEmpty();
        snapshotOf("2026-11-26T12:00:01Z");
        assertThat(reading).isDone();
        assertThat(flowsAsked).hasSize(1);
    }

    @Test
    void eachTableIsCountedByItself() {
        counts = input -> input.getTableId().intValue()
                * (input.getCookieMask().getValue().longValue() == 0 ? 100 : 99);
        final SwitchReader.Counts counted = Futures.getUnchecked(reader.counts(NODE, Set.of(0, 2, 17)));
        assertThat(counted.entries().ours()).isEqualTo(Map.of(0, 0L, 2, 198L, 17, 1683L));
        assertThat(counted.entries().others()).isEqualTo(Map.of(0, 0L, 2, 2L, 17, 17L));
        assertThat(counted.groups()).containsExactlyInAnyOrder(OURS, FOREIGN);
    }

    @Test
    void whatOthersHaveIsAskedForWhenASwitchConnectsAndWhenItIsAudited() {
        counts = input -> input.getCookieMask().getValue().longValue() == 0 ? 11 : 10;
        final var reading = read();
        snapshotOf("2026-11-26T12:00:01Z");
        assertThat(reading).isDone();
        final int questions = ForeignReader.foreign().size();
        assertThat(foreignAsked).hasSize(questions);
        assertThat(Futures.getUnchecked(reader.held(NODE)).others()).isEqualTo(Event.Others.NONE);
        assertThat(foreignAsked).hasSize(2 * questions);
    }

    @Test
    void aSwitchThatIsVpnlbsAloneIsNotAskedForWhatOthersHave() {
        assertThat(Futures.getUnchecked(reader.held(NODE)).others()).isEqualTo(Event.Others.NONE);
        assertThat(foreignAsked).isEmpty();
    }

    @Test
    void whatGroupsAndMetersDoIsKnownAsOfTheBeginningOfTheLastPoll() {
        timer.advance(100_000);
        polled("2026-11-26T14:59:00+02:00", true);
        assertThat(Futures.getUnchecked(reader.held(NODE)).described()).hasValueSatisfying(described -> {
            assertThat(described.at()).isEqualTo(40_000);
            assertThat(described.groups()).contains(group(OURS)).doesNotContain(group(FOREIGN));
            assertThat(described.meters()).containsExactlyInAnyOrder(METER, CHANGED);
        });
    }

    @Test
    void whatGroupsAndMetersDoIsNotKnownWhileTheyArePolledOrWhereThatFailed() {
        assertThat(Futures.getUnchecked(reader.held(NODE)).described())
                .as("never polled")
                .isEmpty();
        polled("2026-11-26T12:59:00Z", null);
        assertThat(Futures.getUnchecked(reader.held(NODE)).described()).isEmpty();
        polled("2026-11-26T12:59:00Z", false);
        assertThat(Futures.getUnchecked(reader.held(NODE)).described()).isEmpty();
    }

    @Test
    void aSwitchCanWhatItsHardwareCan() {
        assertThat(capabilities()).isEqualTo(new Capabilities(true, Capabilities.Meters.NONE));
        described("Some Chip");
        assertThat(capabilities()).isEqualTo(Capabilities.BASIC);
    }

    @Test
    void whetherASwitchHasMetersIsTried() {
        hasMeters();
        assertThat(capabilities())
                .isEqualTo(new Capabilities(
                        true,
                        new Capabilities.Meters(
                                Capabilities.OPEN_VSWITCH.meters().max(), true, LEARNED)));
        assertThat(metersTried).containsExactly("remove", "add", "remove");
        described("Some Chip");
        assertThat(capabilities()).isEqualTo(Capabilities.BASIC);
    }

    @Test
    void theMetersOfVpnlbAreReadAndNoOthers() {
        hasMeters();
        final var reading = read();
        timer.advance(5000);
        assertThat(Futures.getUnchecked(reading).tables().meters().values())
                .containsExactlyInAnyOrder(METER, CHANGED, UNWRITTEN);
    }

    @Test
    void aSwitchTellsWhatItDropped() {
        hasMeters();
        final Flow drop =
                new Flow(new Flow.Key(1, 60, Match.ALL), Cookie.PREFIX, Flow.Timeouts.NONE, List.of(), null, null);
        final GetFlowStatistics flows = input -> RpcResultBuilder.success(new GetFlowStatisticsOutputBuilder()
                        .setFlowAndStatisticsMapList(List.of(entry(drop, 6)))
                        .build())
                .buildFuture();
        when(rpcs.getRpc(GetFlowStatistics.class)).thenReturn(flows);
        final var reading = read();
        timer.advance(5000);
        assertThat(reading).isDone();
        final var drops = Futures.getUnchecked(reader.drops(NODE, Set.of(drop.cookie())));
        assertThat(drops.byFlow()).containsEntry(drop, 6L);
        assertThat(drops.byMeter())
                .containsOnly(Map.entry(METER.id(), 9L), Map.entry(CHANGED.id(), 9L), Map.entry(UNWRITTEN.id(), 9L));
    }

    @Test
    void aSwitchThatDoesNotTellItsEntriesIsNotRead() {
        final GetFlowStatistics refusing = input -> RpcResultBuilder.<GetFlowStatisticsOutput>failed()
                .withError(ErrorType.APPLICATION, "no answer")
                .buildFuture();
        when(rpcs.getRpc(GetFlowStatistics.class)).thenReturn(refusing);
        final var reading = read();
        snapshotOf("2026-11-26T12:00:01Z");
        assertThatThrownBy(reading::get).hasMessageContaining("no answer");
    }

    @Test
    void theEntriesOfACookieAreCountedInAllParts() {
        final List<GetAggregateFlowStatisticsFromFlowTableForGivenMatchInput> asked = new ArrayList<>();
        final GetAggregateFlowStatisticsFromFlowTableForGivenMatch count = input -> {
            asked.add(input);
            return RpcResultBuilder.success(new GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutputBuilder()
                            .setAggregatedFlowStatistics(Stream.of(3, 4)
                                    .map(part -> new AggregatedFlowStatisticsBuilder()
                                            .setFlowCount(new Counter32(Uint32.valueOf(part)))
                                            .build())
                                    .toList())
                            .build())
                    .buildFuture();
        };
        when(rpcs.getRpc(GetAggregateFlowStatisticsFromFlowTableForGivenMatch.class))
                .thenReturn(count);
        assertThat(Futures.getUnchecked(reader.count(NODE, 0x7670_0000_0000_0001L)))
                .isEqualTo(7);
        assertThat(asked).singleElement().satisfies(input -> {
            assertThat(input.getCookie().getValue().longValue()).isEqualTo(0x7670_0000_0000_0001L);
            assertThat(input.getCookieMask().getValue().longValue()).isEqualTo(-1L);
        });
    }

    private ListenableFuture<SwitchReader.Reading> read() {
        return reader.read(NODE, LEFT);
    }

    private Capabilities capabilities() {
        final var reading = read();
        timer.advance(5000);
        return Futures.getUnchecked(reading).capabilities();
    }

    /** OpenFlowPlugin has finished to read the switch. */
    @SuppressWarnings("unchecked")
    private void snapshotOf(final String end) {
        final ArgumentCaptor<DataListener<SnapshotGatheringStatusEnd>> listener =
                ArgumentCaptor.forClass(DataListener.class);
        verify(broker).registerDataListener(any(), any(), listener.capture());
        listener.getValue()
                .dataChangedTo(new SnapshotGatheringStatusEndBuilder()
                        .setEnd(new DateAndTime(end))
                        .setSucceeded(true)
                        .build());
    }

    private void described(final String hardware) {
        final FlowCapableNode node = new FlowCapableNodeBuilder()
                .setHardware(hardware)
                .setGroup(Stream.of(OURS, GONE, FOREIGN)
                        .map(SwitchReaderTest::group)
                        .map(group -> new GroupBuilder()
                                .setGroupId(id(group.id()))
                                .setGroupType(GroupCodec.type(group.type()))
                                .setBuckets(GroupCodec.buckets(group))
                                .build())
                        .collect(BindingMap.toMap()))
                .setMeter(Stream.of(METER, CHANGED, OTHERS)
                        .map(meter -> new MeterBuilder()
                                .setMeterId(MeterCodec.id(meter.id()))
                                .setFlags(MeterCodec.FLAGS)
                                .setMeterBandHeaders(MeterCodec.bands(meter))
                                .build())
                        .collect(BindingMap.toMap()))
                .build();
        stored(FlowCapableNode.class, node);
    }

    /** OpenFlowPlugin polled the switch. */
    private void polled(final String begin, final Boolean succeeded) {
        stored(
                FlowCapableStatisticsGatheringStatus.class,
                new FlowCapableStatisticsGatheringStatusBuilder()
                        .setSnapshotGatheringStatusStart(new SnapshotGatheringStatusStartBuilder()
                                .setBegin(new DateAndTime(begin))
                                .build())
                        .setSnapshotGatheringStatusEnd(
                                succeeded == null
                                        ? null
                                        : new SnapshotGatheringStatusEndBuilder()
                                                .setEnd(new DateAndTime(begin))
                                                .setSucceeded(succeeded)
                                                .build())
                        .build());
    }

    private <T extends DataObject> void stored(final Class<T> type, final T data) {
        datastore.put(type, data);
    }

    private void hasMeters() {
        takesMeters(RpcResultBuilder.<AddMeterOutput>success().build());
    }

    private void takesMeters(final RpcResult<AddMeterOutput> answer) {
        final AddMeter add = input -> {
            metersTried.add("add");
            return Futures.immediateFuture(answer);
        };
        when(rpcs.getRpc(AddMeter.class)).thenReturn(add);
    }

    private static MeterStats dropped(final long id) {
        return new MeterStatsBuilder()
                .setMeterId(MeterCodec.id(id))
                .setMeterBandStats(new MeterBandStatsBuilder()
                        .setBandStat(BindingMap.of(new BandStatBuilder()
                                .setBandId(new BandId(Uint32.ZERO))
                                .setPacketBandCount(new Counter64(Uint64.valueOf(9)))
                                .build()))
                        .build())
                .build();
    }

    private static FlowAndStatisticsMapList entry(final Flow flow, final long packets) {
        return new FlowAndStatisticsMapListBuilder()
                .setTableId(Uint8.valueOf(flow.key().table()))
                .setPriority(Uint16.valueOf(flow.key().priority()))
                .setCookie(new FlowCookie(Uint64.fromLongBits(flow.cookie())))
                .setPacketCount(new Counter64(Uint64.valueOf(packets)))
                .build();
    }

    private static Group group(final long id) {
        return new Group(id, Group.Type.INDIRECT, List.of(new Group.Bucket(0, null, List.of(new Action.Output(11)))));
    }

    private static org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.GroupId id(final long id) {
        return new org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.GroupId(Uint32.valueOf(id));
    }
}
