/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.DataListener;
import org.opendaylight.mdsal.binding.api.ReadTransaction;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DateAndTime;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetGroupStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetGroupStatisticsOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetNodeConnectorStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.snapshot.gathering.status.grouping.SnapshotGatheringStatusEnd;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.snapshot.gathering.status.grouping.SnapshotGatheringStatusEndBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.statistics.rev130819.GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.transaction.rev150304.SendBarrier;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.transaction.rev150304.SendBarrierOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.AddMeter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.AddMeterOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.RemoveMeter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.RemoveMeterOutput;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.binding.Rpc;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.util.concurrent.FluentFutures;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.RpcResultBuilder;
import org.vpnlb.app.Office;
import org.vpnlb.engine.model.Service;

class SwitchesTest {
    private static final String NODE = "openflow:1";
    private static final Instant START = Instant.parse("2026-11-26T12:00:00Z");

    private static final int MAX_SECONDS = 5;

    private final Queue<Runnable> later = new ArrayDeque<>();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> schedule(final Runnable task, final long delay, final TimeUnit unit) {
            // Beyond that are the audits of a switch that is connected.
            if (unit.toSeconds(delay) <= MAX_SECONDS) {
                later.add(task);
            }
            return mock();
        }

        @Override
        public <V> ScheduledFuture<V> schedule(final Callable<V> task, final long delay, final TimeUnit unit) {
            later.add(new FutureTask<>(task));
            return mock();
        }
    };
    /** What a reading that fails leaves for later: an end of its waiting for the snapshot, and another reading. */
    private static final int READINGS = 2;

    private final Plugin plugin = new Plugin();
    /** What happens when the time is asked next. */
    private Runnable atNextTime = () -> {};

    /** What happens when the pool gets its next task. */
    private Runnable during = () -> {};

    private Instant now = START;
    private Switches switches;

    /** OpenFlowPlugin, which answers at once whatever is asked of a switch, but for its flow entries. */
    private static final class Plugin implements RpcService {
        private final Deque<SettableFuture<RpcResult<GetFlowStatisticsOutput>>> asked = new ArrayDeque<>();
        private RpcResult<SendBarrierOutput> barrier =
                RpcResultBuilder.<SendBarrierOutput>success().build();

        @Override
        public <T extends Rpc<?, ?>> T getRpc(final Class<T> type) {
            // Nothing is somebody else's.
            final GetAggregateFlowStatisticsFromFlowTableForGivenMatch counts = input -> RpcResultBuilder.success(
                            new GetAggregateFlowStatisticsFromFlowTableForGivenMatchOutputBuilder().build())
                    .buildFuture();
            final GetFlowStatistics flows = input -> {
                asked.add(SettableFuture.create());
                return asked.getLast();
            };
            final GetGroupStatistics groups =
                    input -> RpcResultBuilder.success(new GetGroupStatisticsOutputBuilder().build())
                            .buildFuture();
            final GetNodeConnectorStatistics ports = input -> Futures.immediateFuture(null);
            final SendBarrier barriers = input -> Futures.immediateFuture(barrier);
            // The switch has no meters.
            final AddMeter adding = input -> RpcResultBuilder.<AddMeterOutput>failed()
                    .withError(ErrorType.APPLICATION, "no meters")
                    .buildFuture();
            final RemoveMeter removing =
                    input -> RpcResultBuilder.<RemoveMeterOutput>success().buildFuture();
            for (final Rpc<?, ?> rpc : new Rpc<?, ?>[] {counts, flows, groups, ports, barriers, adding, removing}) {
                if (type.isInstance(rpc)) {
                    return type.cast(rpc);
                }
            }
            throw new IllegalArgumentException(type.toString());
        }

        void answer() {
            asked.remove()
                    .set(RpcResultBuilder.success(new GetFlowStatisticsOutputBuilder().build())
                            .build());
        }

        void fail() {
            asked.remove().setException(new IllegalStateException("No queue present"));
        }
    }

    @BeforeEach
    @SuppressWarnings("unchecked")
    void start() {
        final ReadTransaction transaction = mock();
        when(transaction.read(any(), any(DataObjectIdentifier.class)))
                .thenReturn(FluentFutures.immediateFluentFuture(Optional.empty()));
        final DataBroker broker = mock();
        when(broker.newReadOnlyTransaction()).thenReturn(transaction);
        // OpenFlowPlugin has read the switch by itself already.
        when(broker.registerDataListener(any(), any(), any())).thenAnswer(asked -> {
            asked.<DataListener<SnapshotGatheringStatusEnd>>getArgument(2)
                    .dataChangedTo(new SnapshotGatheringStatusEndBuilder()
                            .setEnd(new DateAndTime("2999-01-01T00:00:00Z"))
                            .setSucceeded(true)
                            .build());
            return (Registration) () -> {};
        });
        switches = new Switches(
                plugin,
                broker,
                this::run,
                timer,
                this::millis,
                () -> now,
                new Random(1),
                notice -> {},
                Settings.of(Map.of()));
        switches.configure(List.of());
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void aSwitchThatHasBeenReadIsConnected() {
        connect();
        assertThat(observed().status().connected()).isTrue();
        assertThat(observed().absence()).isEmpty();
        assertThat(since()).isEmpty();
    }

    @Test
    void aSwitchThatIsBeingReadSaysSo() {
        connect();
        switches.disconnected(NODE);
        switches.connected(NODE, now);
        assertThat(reason()).hasValue("is connected, and being read");
    }

    @Test
    void aSwitchThatCannotBeReadYetIsReadAgain() {
        switches.connected(NODE, Instant.EPOCH);
        plugin.fail();
        runLater(READINGS);
        plugin.fail();
        runLater(READINGS);
        assertThat(plugin.asked).hasSize(1);
    }

    @Test
    void aSwitchThatHasLeftIsNotReadAgain() {
        switches.connected(NODE, Instant.EPOCH);
        plugin.fail();
        switches.disconnected(NODE);
        runLater(READINGS);
        assertThat(plugin.asked).isEmpty();
        assertThat(later).isEmpty();
    }

    @Test
    void aSwitchThatCameBackIsReadOnItsNewConnectionOnly() {
        switches.connected(NODE, Instant.EPOCH);
        plugin.fail();
        switches.disconnected(NODE);
        switches.connected(NODE, Instant.EPOCH);
        plugin.fail();
        runLater(READINGS);
        assertThat(plugin.asked).as("on the old connection").isEmpty();
        runLater(READINGS);
        assertThat(plugin.asked).as("on the new connection").hasSize(1);
    }

    @Test
    void whatIsReadOfAConnectionThatHasEndedIsNotTold() {
        connect();
        switches.disconnected(NODE);
        switches.connected(NODE, now);
        switches.disconnected(NODE);
        read();
        assertThat(observed().status().connected()).isFalse();
        assertThat(reason()).hasValue("is not connected");
    }

    @Test
    void theStateOfASwitchThatIsAwayIsAsOldAsItsLastConnection() {
        connect();
        now = START.plusSeconds(10);
        switches.disconnected(NODE);
        assertThat(since()).hasValue(START.plusSeconds(10));

        now = START.plusSeconds(20);
        switches.connected(NODE, now);
        assertThat(since()).as("while it is read").hasValue(START.plusSeconds(10));

        now = START.plusSeconds(30);
        switches.disconnected(NODE);
        assertThat(since()).as("after a connection on which nothing was read").hasValue(START.plusSeconds(10));

        connect();
        assertThat(since()).isEmpty();
    }

    @Test
    void aLostGroupIsTheReasonWhyASwitchIsAway() {
        connect();
        switches.disconnected(NODE);
        switches.groupLost(NODE, true);
        assertThat(reason().orElseThrow()).contains("singleton group");
        switches.groupLost(NODE, false);
        assertThat(reason()).hasValue("is not connected");
    }

    @Test
    void aSwitchAnswersOnlyWhenItDoesWhatItIsAsked() {
        assertThat(switches.ask(NODE)).succeedsWithin(1, TimeUnit.SECONDS);
        plugin.barrier = RpcResultBuilder.<SendBarrierOutput>failed()
                .withError(ErrorType.APPLICATION, "not connected")
                .build();
        assertThat(switches.ask(NODE)).failsWithin(1, TimeUnit.SECONDS);
    }

    @Test
    void aSwitchThatComesWhileTheConfigurationChangesMissesNoChange() throws InterruptedException {
        final Service office = Office.of(Office.device(1));
        final Thread configuring = new Thread(() -> switches.configure(List.of(office)));
        // While the mailbox is made, once it has been told the services of now.
        during = () -> {
            configuring.start();
            Awaitility.await()
                    .until(() -> configuring.getState() == Thread.State.BLOCKED
                            || configuring.getState() == Thread.State.TERMINATED);
        };
        switches.disconnected(Office.INGRESS);
        configuring.join();
        assertThat(Futures.getUnchecked(switches.observe()))
                .filteredOn(seen -> seen.status().node().equals(Office.INGRESS))
                .singleElement()
                .satisfies(seen -> assertThat(seen.status().services()).containsKey(office.name()));
    }

    @Test
    void aSwitchThatLeavesWhileItsAgentIsToldOfItIsNotTakenForConnected() throws InterruptedException {
        connect();
        switches.disconnected(NODE);
        switches.connected(NODE, now);
        final Thread leaving = new Thread(() -> switches.disconnected(NODE));
        // Between the look whether the connection is still the one that was read, and the word to the agent.
        atNextTime = () -> {
            leaving.start();
            Awaitility.await()
                    .until(() -> leaving.getState() == Thread.State.BLOCKED
                            || leaving.getState() == Thread.State.TERMINATED);
        };
        read();
        leaving.join();
        assertThat(observed().status().connected()).isFalse();
        assertThat(reason()).hasValue("is not connected");
    }

    private long millis() {
        final Runnable first = atNextTime;
        atNextTime = () -> {};
        first.run();
        return 0;
    }

    private void runLater(final int tasks) {
        for (int i = 0; i < tasks; i++) {
            later.remove().run();
        }
    }

    private void run(final Runnable task) {
        final Runnable first = during;
        during = () -> {};
        first.run();
        task.run();
    }

    private void connect() {
        switches.connected(NODE, now);
        read();
    }

    private void read() {
        while (!plugin.asked.isEmpty()) {
            plugin.answer();
        }
        // OpenFlowPlugin does not say that it has read the switch.
        while (!later.isEmpty()) {
            later.remove().run();
        }
    }

    private Optional<String> reason() {
        return observed().absence().map(Switches.Absence::reason);
    }

    private Optional<Instant> since() {
        return observed().absence().flatMap(Switches.Absence::since);
    }

    private Switches.Observation observed() {
        final ListenableFuture<List<Switches.Observation>> observations = switches.observe();
        return Futures.getUnchecked(observations).getFirst();
    }
}
