/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.openflowjava.protocol.api.connection.OutboundQueueException;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlow;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlowInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlowOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.RemoveFlow;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.RemoveFlowInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.transaction.rev150304.SendBarrier;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.transaction.rev150304.SendBarrierOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.TransmitPacket;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.TransmitPacketInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.TransmitPacketOutput;
import org.opendaylight.yangtools.binding.Rpc;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.RpcResultBuilder;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie;

class SwitchSenderTest {
    /** The requests that OpenFlowPlugin takes when it is not told otherwise. */
    private static final int QUOTA = 20_000;

    /** Sessions that are written anew by one change. */
    private static final int MANY = 100_000;

    private final Plugin plugin = new Plugin();
    /** What is to be done some time later. */
    private final Queue<Runnable> due = new ArrayDeque<>();

    private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> schedule(final Runnable task, final long delay, final TimeUnit unit) {
            due.add(task);
            return super.schedule(() -> {}, delay, unit);
        }
    };
    private final SwitchSender sender = new SwitchSender("openflow:1", plugin, Runnable::run, timer);
    private final List<Event.Refused> refused = new ArrayList<>();

    /** OpenFlowPlugin, as far as it is needed here. */
    private static final class Plugin implements RpcService {
        private final List<AddFlowInput> added = new ArrayList<>();
        private final List<RemoveFlowInput> removed = new ArrayList<>();
        private final List<TransmitPacketInput> frames = new ArrayList<>();
        /** How many entries had been added when a barrier came. */
        private final List<Integer> barriers = new ArrayList<>();

        private final Queue<SettableFuture<RpcResult<AddFlowOutput>>> unanswered = new ArrayDeque<>();
        private final Queue<SettableFuture<RpcResult<SendBarrierOutput>>> asked = new ArrayDeque<>();
        private ListenableFuture<RpcResult<AddFlowOutput>> answer =
                RpcResultBuilder.<AddFlowOutput>success().buildFuture();
        private RpcResult<SendBarrierOutput> barrierAnswer =
                RpcResultBuilder.<SendBarrierOutput>success().build();
        private boolean late;
        /** Whether to ask for an entry throws. */
        private boolean fails;

        /** All that was asked so far is answered. */
        void answerAll() {
            final List<SettableFuture<RpcResult<AddFlowOutput>>> all = List.copyOf(unanswered);
            unanswered.clear();
            final var barrier = Optional.ofNullable(asked.poll());
            all.forEach(each -> each.setFuture(answer));
            barrier.ifPresent(each -> each.set(barrierAnswer));
        }

        @Override
        public <T extends Rpc<?, ?>> T getRpc(final Class<T> type) {
            final AddFlow add = input -> {
                if (fails) {
                    throw new IllegalStateException("as it is meant to");
                }
                if (unanswered.size() == QUOTA) {
                    return failed(new IllegalStateException("Request quota exceeded"));
                }
                added.add(input);
                return late ? later() : answer;
            };
            final TransmitPacket transmit = input -> {
                frames.add(input);
                return Futures.immediateFuture(
                        RpcResultBuilder.<TransmitPacketOutput>success().build());
            };
            final SendBarrier barrier = input -> {
                barriers.add(added.size());
                final SettableFuture<RpcResult<SendBarrierOutput>> future = SettableFuture.create();
                asked.add(future);
                return future;
            };
            final RemoveFlow remove =
                    input -> {
                        removed.add(input);
                        return Futures.immediateFuture(RpcResultBuilder
                                .<org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.RemoveFlowOutput>
                                        success()
                                .build());
                    };
            return type.cast(
                    type == AddFlow.class
                            ? add
                            : type == TransmitPacket.class ? transmit : type == SendBarrier.class ? barrier : remove);
        }

        private ListenableFuture<RpcResult<AddFlowOutput>> later() {
            final SettableFuture<RpcResult<AddFlowOutput>> future = SettableFuture.create();
            unanswered.add(future);
            return future;
        }
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void thePluginIsMadeToForgetTheEntriesItWrote() {
        for (int i = 0; i < 2500; i++) {
            send(i);
        }
        assertThat(plugin.added).hasSize(2500);
        assertThat(plugin.removed).hasSize(2).allSatisfy(removal -> {
            assertThat(removal.getTableId().intValue()).as("all tables").isEqualTo(255);
            assertThat(removal.getCookie().getValue().longValue()).isEqualTo(Cookie.OF_NOTHING);
            assertThat(removal.getCookieMask().getValue().longValue()).isEqualTo(-1L);
        });
        assertThat(Cookie.parse(Cookie.OF_NOTHING))
                .as("what an entry of vpnlb's could be")
                .isEmpty();
    }

    @Test
    void oneEntryIsRemovedWithoutALookAtAllWithItsCookie() {
        final Flow entry = entry(1);
        sender.send(new Effect.DeleteFlow(entry.key(), entry.cookie()), refused::add);
        assertThat(plugin.removed).singleElement().satisfies(removal -> {
            assertThat(removal.getCookie().getValue().longValue()).isEqualTo(entry.cookie());
            final long mask = removal.getCookieMask().getValue().longValue();
            assertThat(mask).as("with all bits Open vSwitch looks at all").isNotEqualTo(-1L);
            assertThat(mask | Cookie.PREFIX_MASK)
                    .as("what tells entries of vpnlb's apart")
                    .isEqualTo(-1L);
        });
    }

    @Test
    void whatASwitchRefusesIsCountedAndToldOf() {
        plugin.answer = failed(new IllegalStateException("table full"));
        send(1);
        assertThat(sender.refused()).isOne();
        assertThat(refused).hasSize(1);
    }

    @Test
    void whyASwitchRefusesIsToldAsTheSwitchSaysIt() {
        final String said = "Device reported error type FLOWMODFAILED code TABLEFULL";
        plugin.answer = RpcResultBuilder.<AddFlowOutput>failed()
                .withError(ErrorType.APPLICATION, said, new IllegalStateException())
                .buildFuture();
        send(1);
        assertThat(refused).extracting(Event.Refused::why).containsExactly(said);
        assertThat(sender.whyRefused()).isEqualTo(said);
        sender.reset();
        assertThat(sender.whyRefused()).isEmpty();
    }

    @Test
    void whatCannotEvenBeAskedIsRefusedAndWhatIsBehindItIsSent() {
        plugin.fails = true;
        send(1);
        assertThat(refused).hasSize(1);
        plugin.fails = false;
        send(2);
        assertThat(plugin.added).hasSize(1);
        assertThat(refused).hasSize(1);
    }

    @Test
    void whatWasRefusedBeforeADisconnectionIsForgotten() {
        plugin.answer = failed(new IllegalStateException("Request quota exceeded"));
        send(1);
        sender.reset();
        assertThat(sender.refused()).isZero();
    }

    @Test
    void whatIsLostWithItsConnectionIsNotRefused() {
        plugin.answer = failed(OutboundQueueException.DEVICE_DISCONNECTED);
        send(1);
        assertThat(sender.refused()).isZero();
        assertThat(refused).as("what the agent is told").isEmpty();
    }

    @Test
    void entriesOfOneDeviceHaveTheirCommonPartsInCommon() {
        send(1);
        send(2);
        assertThat(plugin.added.getFirst().getInstructions())
                .isSameAs(plugin.added.getLast().getInstructions());
        assertThat(plugin.added.getFirst().getMatch().getEthernetMatch())
                .isSameAs(plugin.added.getLast().getMatch().getEthernetMatch());
        assertThat(plugin.added.getFirst().getMatch())
                .isNotEqualTo(plugin.added.getLast().getMatch());
    }

    @Test
    void howeverManyEntriesThereAreAllReachTheSwitchInTheirOrder() {
        plugin.late = true;
        final int entries = 60_000;
        for (int i = 0; i < entries; i++) {
            send(i);
        }
        assertThat(plugin.added).as("sent before an answer").hasSizeLessThan(QUOTA / 2);
        answerThemAll();
        assertThat(sender.refused()).isZero();
        assertThat(sender.waiting()).isZero();
        assertThat(plugin.added)
                .extracting(added -> added.getMatch().getLayer3Match())
                .hasSize(entries)
                .isEqualTo(IntStream.range(0, entries)
                        .mapToObj(i -> MatchCodec.write(entry(i).key().match(), part -> null)
                                .getLayer3Match())
                        .toList());
    }

    @Test
    void aFrameDoesNotWaitBehindEntries() {
        plugin.late = true;
        for (int i = 0; i < 60_000; i++) {
            send(i);
        }
        sender.send(new Effect.SendFrame(1, new byte[60]), refused::add);
        assertThat(plugin.frames).hasSize(1);
    }

    @Test
    void itIsConfirmedBehindAllThatWaits() {
        plugin.late = true;
        for (int i = 0; i < 10_000; i++) {
            send(i);
        }
        final ListenableFuture<?> confirmed = sender.confirm();
        assertThat(confirmed.isDone()).isFalse();
        answerThemAll();
        assertThat(plugin.barriers).last().isEqualTo(10_000);
        assertThat(confirmed.isDone()).isTrue();
    }

    @Test
    void aBarrierThatFailsConfirmsNothing() {
        plugin.barrierAnswer = RpcResultBuilder.<SendBarrierOutput>failed()
                .withError(ErrorType.APPLICATION, "", OutboundQueueException.DEVICE_DISCONNECTED)
                .build();
        final ListenableFuture<?> confirmed = sender.confirm();
        plugin.answerAll();
        assertThat(confirmed).failsWithin(1, TimeUnit.SECONDS);
    }

    @Test
    void aPurgeDoesNotWaitBehindSessionsThatAreWrittenAnewAndNoneOfThemComesAfterIt() {
        writeLater(MANY);
        final int sent = plugin.added.size();
        assertThat(sent).as("sent before an answer").isLessThan(Window.MIN);
        sender.send(new Effect.DeleteFlows(entry(0).cookie()), refused::add);
        assertThat(plugin.removed)
                .last()
                .satisfies(removal ->
                        assertThat(removal.getCookie().getValue().longValue()).isEqualTo(entry(0).cookie()));
        answerThemAll();
        assertThat(plugin.added).as("what the purge would miss").hasSize(sent);
        assertThat(sender.waiting()).isZero();
    }

    @Test
    void aNewSessionDoesNotWaitBehindSessionsThatAreWrittenAnew() {
        writeLater(MANY);
        offer(MANY + 1);
        assertThat(refused).isEmpty();
        assertThat(clients()).last().isEqualTo(client(MANY + 1));
    }

    @Test
    void aSessionThatEndsIsNotWrittenAnewAfterThat() {
        writeLater(MANY);
        final Flow ended = entry(MANY - 1);
        sender.send(new Effect.DeleteFlow(ended.key(), ended.cookie()), refused::add);
        answerThemAll();
        assertThat(clients()).doesNotContain(client(MANY - 1)).contains(client(MANY - 2));
    }

    @Test
    void anEntryIsWrittenAsItWasWantedLast() {
        writeLater(MANY);
        sender.send(new Effect.AddFlow(entry(MANY - 1, Flow.Timeouts.idle(7))), refused::add);
        sender.send(new Effect.AddFlow(entry(MANY + 1, Flow.Timeouts.idle(7))), refused::add);
        sender.send(new Effect.AddLater(entry(MANY + 1, Flow.Timeouts.idle(8))), refused::add);
        answerThemAll();
        assertThat(idleTimeouts(MANY - 1)).containsExactly(7);
        assertThat(idleTimeouts(MANY + 1)).containsExactly(7, 8);
    }

    @Test
    void whatIsWrittenLaterIsConfirmedOnlyToWhomItMatters() {
        writeLater(MANY);
        final ListenableFuture<?> urgent = sender.confirm();
        final ListenableFuture<?> last = sender.confirmLast();
        plugin.answerAll();
        plugin.answerAll();
        assertThat(urgent).isDone();
        assertThat(last).isNotDone();
        answerThemAll();
        assertThat(plugin.added).hasSize(MANY);
        assertThat(plugin.barriers).last().isEqualTo(MANY);
        assertThat(last).isDone();
    }

    @Test
    void whatIsWrittenLaterIsNotSentOnAnotherConnection() {
        writeLater(MANY);
        final int sent = plugin.added.size();
        sender.reset();
        answerThemAll();
        assertThat(plugin.added).hasSize(sent);
        assertThat(sender.waiting()).isZero();
    }

    /** All that was asked is answered, and all that is asked then, while time passes. */
    private void answerThemAll() {
        while (!plugin.unanswered.isEmpty() || !plugin.asked.isEmpty() || !due.isEmpty()) {
            plugin.answerAll();
            Optional.ofNullable(due.poll()).ifPresent(Runnable::run);
        }
    }

    private void writeLater(final int sessions) {
        plugin.late = true;
        for (int i = 0; i < sessions; i++) {
            sender.send(new Effect.AddLater(entry(i)), refused::add);
        }
    }

    /** The clients whose entries were sent. */
    private List<Object> clients() {
        return plugin.added.stream()
                .<Object>map(added -> added.getMatch().getLayer3Match())
                .toList();
    }

    private static Object client(final int number) {
        return MatchCodec.write(entry(number).key().match(), part -> null).getLayer3Match();
    }

    private List<Integer> idleTimeouts(final int number) {
        return plugin.added.stream()
                .filter(added -> client(number).equals(added.getMatch().getLayer3Match()))
                .map(added -> added.getIdleTimeout().intValue())
                .toList();
    }

    @Test
    void aSwitchThatDoesNotKeepUpIsNotOfferedMoreAndMoreSessions() {
        plugin.late = true;
        for (int i = 0; i < 50_000; i++) {
            offer(i);
        }
        assertThat(refused).as("of a burst of 25,000 sessions").isEmpty();
        for (int i = 50_000; i < 100_000; i++) {
            offer(i);
        }
        assertThat(sender.waiting()).isLessThan(60_000);
        assertThat(refused).isNotEmpty();
        assertThat(sender.refused()).isEqualTo(refused.size());
        assertThat(plugin.added.size() + sender.waiting() + refused.size()).isGreaterThanOrEqualTo(100_000);

        final int sessions = refused.size();
        sender.offer(new Effect.AddFlow(entry(100_000)), refused::add);
        assertThat(refused).as("what does not end by itself is not a session").hasSize(sessions);
    }

    @Test
    void whatWaitsIsNotSentOnAnotherConnection() {
        plugin.late = true;
        for (int i = 0; i < 10_000; i++) {
            send(i);
        }
        final int sent = plugin.added.size();
        sender.reset();
        assertThat(sender.waiting()).isZero();
        plugin.answerAll();
        assertThat(plugin.added).hasSize(sent);
        send(10_000);
        assertThat(plugin.added).hasSize(sent + 1);
    }

    private void offer(final int number) {
        sender.offer(new Effect.AddFlow(entry(number, Flow.Timeouts.idle(300))), refused::add);
    }

    private void send(final int number) {
        sender.send(new Effect.AddFlow(entry(number)), refused::add);
    }

    private static Flow entry(final int number) {
        return entry(number, Flow.Timeouts.NONE);
    }

    private static Flow entry(final int number, final Flow.Timeouts timeouts) {
        final IpAddress client =
                IpAddress.parse("10.%d.%d.%d".formatted(number >> 16, number >> 8 & 0xff, number & 0xff));
        return new Flow(
                new Flow.Key(
                        3,
                        100,
                        Match.ip(client.family()).ipSource(IpPrefix.of(client)).build()),
                new Cookie(Cookie.Kind.LEARNED_SOURCE, 1, 2).value(),
                timeouts,
                List.of(),
                null,
                4);
    }

    private static ListenableFuture<RpcResult<AddFlowOutput>> failed(final Throwable cause) {
        return RpcResultBuilder.<AddFlowOutput>failed()
                .withError(ErrorType.APPLICATION, "", cause)
                .buildFuture();
    }
}
