/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.SettableFuture;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.engine.agent.SwitchAgent;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;

class SwitchMailboxTest {
    private static final String NODE = "openflow:1";
    private static final String WHY = "table full";
    private static final Event CONFIGURED = new Event.Configured(List.of(), 0);
    private static final Event CONNECTED = new Event.Connected(Tables.of(List.of(), List.of()), Capabilities.BASIC, 0);
    private static final Event FAILED = new Event.Failed(0);
    private static final Event.Punted PUNTED = new Event.Punted(1, 2, new byte[60], 0);

    private final SwitchAgent agent = mock();
    private final SwitchSender sender = mock();
    private final SwitchReader reader = mock();
    private final ManualTimer timer = new ManualTimer();
    /** The time of the thread that brings frames. */
    private final AtomicLong nanos = new AtomicLong();

    private final List<Notice> notices = new ArrayList<>();
    /** What the agent was told, in order. */
    private final List<Event> told = new ArrayList<>();

    /** What the agent answers, by event. */
    private final Map<Event, List<Effect>> answers = new HashMap<>();

    private final SwitchMailbox mailbox = mailbox(new SerialExecutor(Runnable::run));

    @BeforeEach
    void start() {
        when(agent.handle(any())).thenAnswer(call -> {
            told.add(call.getArgument(0));
            return answers.getOrDefault(call.<Event>getArgument(0), List.of());
        });
        when(agent.wakeAt()).thenReturn(OptionalLong.empty());
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void effectsAreSentInTheOrderOfTheAgent() {
        answers.put(CONFIGURED, List.of(new Effect.DeleteFlows(1), new Effect.Barrier(), new Effect.DeleteFlows(2)));
        mailbox.tell(CONFIGURED);
        final var order = inOrder(sender);
        order.verify(sender).send(eq(new Effect.DeleteFlows(1)), any());
        order.verify(sender).send(eq(new Effect.Barrier()), any());
        order.verify(sender).send(eq(new Effect.DeleteFlows(2)), any());
    }

    @Test
    void onlyTheEffectsOfPuntedFramesMayBeLeftOut() {
        final var effect = new Effect.DeleteFlows(1);
        answers.put(PUNTED, List.of(effect));
        mailbox.punted(PUNTED);
        verify(sender).offer(eq(effect), any());
        verify(sender, never()).send(any(), any());
    }

    @Test
    void noticesAreTold() {
        final var notice =
                new Notice.Checked(new Check.Subject("office", "g1", Side.INGRESS, "health-check"), Health.ALIVE);
        answers.put(CONFIGURED, List.of(new Effect.Tell(notice)));
        mailbox.tell(CONFIGURED);
        assertThat(notices).containsExactly(notice);
    }

    @Test
    void theAgentHandlesOneEventAtATimeAndThoseOfOneThreadInOrder() throws InterruptedException {
        final int threads = 4;
        final int events = 500;
        final ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            final var running = new AtomicInteger();
            final var together = new AtomicInteger();
            final var handled = new CountDownLatch(threads * events);
            final List<List<Long>> seen = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                seen.add(new ArrayList<>());
            }
            final SwitchAgent counting = mock();
            when(counting.wakeAt()).thenReturn(OptionalLong.empty());
            when(counting.handle(any())).thenAnswer(call -> {
                together.accumulateAndGet(running.incrementAndGet(), Math::max);
                // Not safe for several threads, which is what is tested.
                switch (call.<Event>getArgument(0)) {
                    case Event.Counted event -> seen.get(event.entries()).add(event.cookie());
                    case Event.Punted event -> seen.get((int) event.inPort()).add(event.cookie());
                    case Event event -> throw new AssertionError(event);
                }
                running.decrementAndGet();
                handled.countDown();
                return List.of();
            });
            final var shared = mailbox(counting, new SerialExecutor(pool));
            for (int i = 0; i < threads; i++) {
                final int thread = i;
                new Thread(() -> {
                            for (long event = 0; event < events; event++) {
                                if (event % 2 == 0) {
                                    shared.tell(new Event.Counted(event, thread));
                                } else {
                                    shared.punted(new Event.Punted(thread, event, new byte[60], 0));
                                }
                            }
                        })
                        .start();
            }
            assertThat(handled.await(1, TimeUnit.MINUTES)).isTrue();
            assertThat(together).hasValue(1);
            assertThat(seen).allSatisfy(own -> assertThat(own).hasSize(events).isSorted());
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void aStormAtASlowSwitchDoesNotHoldUpTheFrameOfAnother() throws InterruptedException {
        final ExecutorService pool = Executors.newFixedThreadPool(2);
        final var handled = new CountDownLatch(1);
        final SwitchAgent slow = mock();
        when(slow.wakeAt()).thenReturn(OptionalLong.empty());
        when(slow.handle(any()))
                .thenAnswer(call -> {
                    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(5));
                    return List.of();
                })
                .thenAnswer(call -> {
                    Uninterruptibles.awaitUninterruptibly(handled);
                    return List.of();
                });
        final SwitchAgent other = mock();
        when(other.wakeAt()).thenReturn(OptionalLong.empty());
        when(other.handle(any())).thenAnswer(call -> {
            handled.countDown();
            return List.of();
        });
        final var storm = mailbox(slow, new SerialExecutor(pool));
        final var quiet = mailbox(other, new SerialExecutor(pool));
        // OpenDaylight's thread, which brings the frames of all switches.
        final var listener = new Thread(() -> {
            for (int i = 0; i < 10_000; i++) {
                storm.punted(PUNTED);
            }
            quiet.punted(PUNTED);
        });
        try {
            listener.start();
            assertThat(handled.await(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            handled.countDown();
            pool.shutdown();
        }
    }

    @Test
    void framesThatAreDroppedAreTold() {
        final Queue<Runnable> pool = new ArrayDeque<>();
        final var busy = mailbox(new SerialExecutor(pool::add));
        busy.tell(CONFIGURED);
        for (int i = 0; i < PuntQueue.MIN_WAITING; i++) {
            busy.punted(PUNTED);
        }
        final var read = busy.read();
        while (!pool.isEmpty()) {
            pool.remove().run();
        }
        assertThat(Futures.getUnchecked(read).dropped()).isEqualTo(PuntQueue.MIN_WAITING / 2);
    }

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, StackOverflowError.class, AssertionError.class})
    void anAgentThatFailsAtAnEventHandlesTheNextOnes(final Class<? extends Throwable> failure) throws Exception {
        final Throwable thrown = failure.getConstructor().newInstance();
        doAnswer(call -> {
                    throw thrown;
                })
                .when(agent)
                .handle(CONFIGURED);
        mailbox.tell(CONFIGURED);
        mailbox.tell(CONFIGURED);
        mailbox.tell(CONNECTED);
        assertThat(told).containsExactly(FAILED, FAILED, CONNECTED);
        assertThat(mailbox.read()).as("the state can be read").isDone();
    }

    @Test
    void aSenderThatFailsDoesNotStopTheAgent() {
        answers.put(CONFIGURED, List.of(new Effect.Barrier()));
        doAnswer(call -> {
                    throw new IllegalStateException("no such RPC");
                })
                .when(sender)
                .send(any(), any());
        mailbox.tell(CONFIGURED);
        mailbox.tell(CONNECTED);
        assertThat(told).containsExactly(CONFIGURED, FAILED, CONNECTED);
    }

    @Test
    void whatAnAgentAskedBeforeItFailedIsNotAnswered() {
        final SettableFuture<Object> confirmed = confirming(CONFIGURED, new Effect.Confirm(7));
        mailbox.tell(CONFIGURED);
        doAnswer(call -> {
                    throw new IllegalStateException("as it is meant to");
                })
                .when(agent)
                .handle(CONNECTED);
        mailbox.tell(CONNECTED);
        confirmed.set(new Object());
        assertThat(told).containsExactly(CONFIGURED, FAILED);
    }

    @Test
    void anAgentThatCannotEvenHandleItsFailureIsWokenAllTheSame() {
        doAnswer(call -> {
                    throw new IllegalStateException("as it is meant to");
                })
                .when(agent)
                .handle(any());
        mailbox.tell(CONFIGURED);
        assertThat(timer.waiting()).isOne();
    }

    @Test
    void anAgentIsToldThatADeleteWasLost() {
        final var effect = new Effect.DeleteFlows(1);
        answers.put(CONFIGURED, List.of(effect));
        refuse(effect);
        mailbox.tell(CONFIGURED);
        assertThat(told).containsExactly(CONFIGURED, FAILED);
    }

    private void refuse(final Effect effect) {
        doAnswer(call -> {
                    call.<Consumer<Event.Refused>>getArgument(1).accept(new Event.Refused(effect, WHY));
                    return null;
                })
                .when(sender)
                .send(eq(effect), any());
    }

    @Test
    void anAgentIsWokenWhenItWants() {
        wakeAt(500);
        mailbox.tell(CONFIGURED);
        timer.advance(499);
        assertThat(told).containsExactly(CONFIGURED);
        timer.advance(1);
        assertThat(told).containsExactly(CONFIGURED, new Event.Tick(500));
    }

    @Test
    void anAgentThatWantsItEarlierIsWokenEarlierAndOnce() {
        wakeAt(500);
        mailbox.tell(CONFIGURED);
        wakeAt(200);
        mailbox.tell(CONNECTED);
        wakeAt(900);
        timer.advance(899);
        assertThat(told).containsExactly(CONFIGURED, CONNECTED, new Event.Tick(200));
        assertThat(timer.waiting()).isOne();
    }

    @Test
    void anAgentThatFailsAtATickIsWokenAgain() {
        wakeAt(500);
        mailbox.tell(CONFIGURED);
        doAnswer(call -> {
                    throw new AssertionError("as it is meant to");
                })
                .when(agent)
                .handle(new Event.Tick(500));
        timer.advance(499);
        wakeAt(700);
        timer.advance(300);
        assertThat(told).containsExactly(CONFIGURED, new Event.Failed(500), new Event.Tick(700));
    }

    @Test
    void anAgentIsToldWhatTheSwitchRefuses() {
        final var effect = new Effect.AddGroup(new Group(1, Group.Type.ALL, List.of()));
        answers.put(CONFIGURED, List.of(effect));
        refuse(effect);
        mailbox.tell(CONFIGURED);
        assertThat(told).containsExactly(CONFIGURED, new Event.Refused(effect, WHY));
    }

    @Test
    void anAgentIsToldOnceTheSwitchHasConfirmed() {
        final SettableFuture<Object> confirmed = confirming(CONFIGURED, new Effect.Confirm(7));
        mailbox.tell(CONFIGURED);
        timer.advance(30);
        assertThat(told).containsExactly(CONFIGURED);
        confirmed.set(new Object());
        assertThat(told).containsExactly(CONFIGURED, new Event.Confirmed(7, 30));
    }

    @Test
    void anAgentIsToldWhenWhatIsWrittenLaterIsConfirmed() {
        final SettableFuture<Object> confirmed = SettableFuture.create();
        answers.put(CONFIGURED, List.of(new Effect.Confirm(7, true)));
        doAnswer(call -> confirmed).when(sender).confirmLast();
        mailbox.tell(CONFIGURED);
        verify(sender, never()).confirm();
        confirmed.set(new Object());
        assertThat(told).containsExactly(CONFIGURED, new Event.Confirmed(7, 0));
    }

    @Test
    void whatTheSwitchDoesNotConfirmIsNotTakenForConfirmedAndAskedForAgain() {
        final SettableFuture<Object> failed = confirming(CONFIGURED, new Effect.Confirm(7));
        mailbox.tell(CONFIGURED);
        failed.setException(new IOException("as it is meant to"));
        assertThat(told).containsExactly(CONFIGURED);
        final SettableFuture<Object> confirmed = SettableFuture.create();
        doAnswer(call -> confirmed).when(sender).confirm();
        timer.advance(1000);
        assertThat(told).containsExactly(CONFIGURED);
        confirmed.set(new Object());
        assertThat(told).containsExactly(CONFIGURED, new Event.Confirmed(7, 1000));
    }

    @Test
    void whatFailsAsTheConnectionEndsIsNotAskedForAgain() {
        final SettableFuture<Object> failed = confirming(CONFIGURED, new Effect.Confirm(7));
        mailbox.tell(CONFIGURED);
        failed.setException(new IOException("as it is meant to"));
        mailbox.tell(new Event.Disconnected());
        timer.advance(1000);
        verify(sender, times(1)).confirm();
    }

    @Test
    void whatAnEndedConnectionConfirmsIsNotTold() {
        final SettableFuture<Object> confirmed = confirming(CONFIGURED, new Effect.Confirm(7));
        mailbox.tell(CONFIGURED);
        mailbox.tell(new Event.Disconnected());
        confirmed.set(new Object());
        assertThat(told).containsExactly(CONFIGURED, new Event.Disconnected());
    }

    @Test
    void eachConnectionBeginsWithNothingRefusedAndNothingWaiting() {
        mailbox.tell(CONNECTED);
        mailbox.tell(new Event.Disconnected());
        verify(sender, times(2)).reset();
    }

    @Test
    void theSwitchIsReadAgainOnceItHasConfirmedUntilItAnswers() {
        when(reader.flows(NODE))
                .thenReturn(Futures.immediateFailedFuture(new IllegalStateException("no answer")))
                .thenReturn(Futures.immediateFuture(List.of()));
        final SettableFuture<Object> confirmed = confirming(CONFIGURED, new Effect.Reread());
        mailbox.tell(CONFIGURED);
        verify(reader, never()).flows(anyString());
        confirmed.set(new Object());
        assertThat(told).containsExactly(CONFIGURED);
        timer.advance(1000);
        assertThat(told).containsExactly(CONFIGURED, new Event.Reread(List.of(), 1000));
    }

    @Test
    void aSwitchThatLeftIsNotReadAgain() {
        when(reader.flows(NODE)).thenReturn(Futures.immediateFailedFuture(new IllegalStateException("no answer")));
        confirming(CONFIGURED, new Effect.Reread()).set(new Object());
        mailbox.tell(CONFIGURED);
        mailbox.tell(new Event.Disconnected());
        timer.advance(10_000);
        verify(reader, times(1)).flows(NODE);
    }

    @Test
    void othersEntriesAreReadUntilTheSwitchAnswers() {
        final var others = new Event.Others(Set.of(), Map.of(0, 1L));
        when(reader.others(NODE))
                .thenReturn(Futures.immediateFailedFuture(new IllegalStateException("no answer")))
                .thenReturn(Futures.immediateFuture(others));
        answers.put(CONFIGURED, List.of(new Effect.ReadOthers()));
        mailbox.tell(CONFIGURED);
        assertThat(told).containsExactly(CONFIGURED);
        timer.advance(1000);
        assertThat(told).containsExactly(CONFIGURED, new Event.OthersRead(others, 1000));
    }

    @Test
    void entriesAreCountedAndACountThatFailsIsLeftToTheNext() {
        answers.put(CONFIGURED, List.of(new Effect.Count(7)));
        when(reader.count(eq(NODE), anyLong()))
                .thenReturn(Futures.immediateFailedFuture(new IllegalStateException("no answer")))
                .thenReturn(Futures.immediateFuture(12));
        mailbox.tell(CONFIGURED);
        timer.advance(10_000);
        assertThat(told).containsExactly(CONFIGURED);
        mailbox.tell(CONFIGURED);
        assertThat(told).containsExactly(CONFIGURED, CONFIGURED, new Event.Counted(7, 12));
    }

    @Test
    void whatIsDroppedIsAskedForAndAQuestionThatFailsIsLeftToTheNext() {
        answers.put(CONFIGURED, List.of(new Effect.CountDrops(Set.of(7L))));
        when(reader.drops(NODE, Set.of(7L)))
                .thenReturn(Futures.immediateFailedFuture(new IllegalStateException("no answer")))
                .thenReturn(Futures.immediateFuture(new DropReader.Drops(Map.of(), Map.of(1L, 2L), Map.of())));
        mailbox.tell(CONFIGURED);
        timer.advance(10_000);
        assertThat(told).containsExactly(CONFIGURED);
        mailbox.tell(CONFIGURED);
        assertThat(told)
                .containsExactly(CONFIGURED, CONFIGURED, new Event.Drops(Map.of(), Map.of(1L, 2L), Map.of(), 10_000));
    }

    @Test
    void theStateIsReadBehindWhatIsQueued() {
        when(agent.status())
                .thenReturn(new SwitchStatus(
                        NODE, true, new SwitchStatus.Generation(1, 1), List.of(), List.of(), 3, Map.of()));
        when(sender.refused()).thenReturn(1L);
        when(sender.whyRefused()).thenReturn(WHY);
        when(sender.waiting()).thenReturn(2);
        final SettableFuture<SwitchMailbox.Reading> read = SettableFuture.create();
        when(agent.handle(CONFIGURED)).thenAnswer(call -> {
            read.setFuture(mailbox.read());
            assertThat(read.isDone()).as("while an event is handled").isFalse();
            return List.of();
        });
        mailbox.tell(CONFIGURED);
        assertThat(Futures.getUnchecked(read)).isEqualTo(new SwitchMailbox.Reading(agent.status(), 1, WHY, 2, 0));
    }

    private SettableFuture<Object> confirming(final Event event, final Effect effect) {
        final SettableFuture<Object> confirmed = SettableFuture.create();
        answers.put(event, List.of(effect));
        doAnswer(call -> confirmed).when(sender).confirm();
        return confirmed;
    }

    /** The agent wants to be woken then, and after that not again. */
    private void wakeAt(final long time) {
        when(agent.wakeAt()).thenReturn(OptionalLong.of(time)).thenReturn(OptionalLong.empty());
    }

    private SwitchMailbox mailbox(final SerialExecutor executor) {
        return mailbox(agent, executor);
    }

    private SwitchMailbox mailbox(final SwitchAgent handler, final SerialExecutor executor) {
        final var limits = PuntQueue.Limits.of(new ListenerTime(nanos::get), 1);
        return new SwitchMailbox(NODE, handler, sender, reader, executor, limits, timer, timer::now, notices::add);
    }
}
