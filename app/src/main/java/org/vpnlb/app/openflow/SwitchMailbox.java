/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.engine.agent.Answers;
import org.vpnlb.engine.agent.SwitchAgent;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.net.ClientKey;

/**
 * Gives a switch's agent its events, one at a time and in order, and sends what it returns.
 *
 * <p>Events come from the threads of OpenFlowPlugin and of the datastore. These threads only queue them, but for punted
 * frames ({@link PuntQueue}). The agent is not safe for several threads: only tasks of the serial executor touch it.
 */
final class SwitchMailbox {
    private static final Logger LOG = LoggerFactory.getLogger(SwitchMailbox.class);
    private static final long RETRY_MILLIS = 1000;
    /** Long enough that an agent that fails again and again leaves time for others. */
    private static final long AFTER_FAILURE_MILLIS = 100;

    private final SwitchAgent agent;
    private final SwitchSender sender;
    private final SwitchReader reader;
    private final SerialExecutor executor;
    private final PuntQueue punts;
    private final String node;
    private final ScheduledExecutorService timer;
    private final LongSupplier clock;
    private final Consumer<Notice> notices;
    private final EventLog log;
    /** The next tick, and when it is; touched only by tasks of the executor. */
    private Future<?> tick = Futures.immediateVoidFuture();

    private long tickAt = Long.MAX_VALUE;
    /** Changes with each connection, disconnection and failure; touched only by tasks of the executor. */
    private int connection;
    /** How many audits the agent has asked for; touched only by tasks of the executor. */
    private long audits;

    /**
     * A mailbox without an event.
     *
     * @param node the switch
     * @param agent its agent
     * @param sender carries out what the agent returns
     * @param reader reads what the agent asks for
     * @param executor runs one task at a time
     * @param limits how many punted frames may wait
     * @param timer wakes the agent
     * @param clock the time, in milliseconds, that only goes forward
     * @param notices gets what the agent has to tell others
     */
    SwitchMailbox(
            final String node,
            final SwitchAgent agent,
            final SwitchSender sender,
            final SwitchReader reader,
            final SerialExecutor executor,
            final PuntQueue.Limits limits,
            final ScheduledExecutorService timer,
            final LongSupplier clock,
            final Consumer<Notice> notices) {
        this.node = node;
        this.agent = agent;
        this.sender = sender;
        this.reader = reader;
        this.executor = executor;
        this.timer = timer;
        this.clock = clock;
        this.notices = notices;
        log = new EventLog(LOG, node);
        punts = new PuntQueue(executor, limits, this::handle);
    }

    /** Queues an event. */
    void tell(final Event event) {
        executor.execute(() -> handle(event));
    }

    /** A frame came; called by the thread that brings those of all switches. */
    void punted(final Event.Punted frame) {
        punts.add(frame);
    }

    /** What the agent knows, once it has handled what is queued before, and how the switch takes it. */
    ListenableFuture<Reading> read() {
        return Futures.submit(
                () -> new Reading(
                        agent.status(), sender.refused(), sender.whyRefused(), sender.waiting(), punts.dropped()),
                executor);
    }

    /** Asks the agent, once it has handled what is queued before. */
    <A> ListenableFuture<A> ask(final Function<Answers, A> question) {
        return Futures.submit(() -> question.apply(agent.answers()), executor);
    }

    /** Ends sessions; tells how many these were. */
    ListenableFuture<Integer> clear(final Event.Cleared event) {
        return Futures.submit(
                () -> {
                    final int count = agent.answers().count(event.service(), event.filter(), event.learned());
                    handle(event);
                    return count;
                },
                executor);
    }

    /** Moves pinned clients; tells which these were. */
    ListenableFuture<Set<ClientKey>> rebalance(final Event.Rebalanced event) {
        return Futures.submit(
                () -> {
                    final Set<ClientKey> moving = agent.answers().moving(event);
                    handle(event);
                    return moving;
                },
                executor);
    }

    /**
     * What an agent knows.
     *
     * @param status its status
     * @param refused the number of requests that the switch refused within about a minute
     * @param why why the last of them was refused; empty when there is none
     * @param waiting the number of requests that wait for the switch to answer others
     * @param dropped the number of frames that the agent did not get, since too many waited for it
     */
    record Reading(SwitchStatus status, long refused, String why, int waiting, long dropped) {}

    @SuppressWarnings("checkstyle:IllegalCatch")
    private void handle(final Event event) {
        try {
            decide(event);
            agent.wakeAt().ifPresent(this::wake);
        } catch (RuntimeException | Error e) {
            // An agent that dies silently is worse than an event that is lost loudly.
            LOG.error("{} could not handle {}", node, event.getClass().getSimpleName(), e);
            failed();
        }
    }

    private void decide(final Event event) {
        if (event instanceof Event.Connected || event instanceof Event.Disconnected) {
            connection++;
            sender.reset();
        }
        if (event instanceof Event.Tick) {
            tickAt = Long.MAX_VALUE;
        }
        final List<Effect> effects = agent.handle(event);
        log.decided(event, effects);
        for (final Effect effect : effects) {
            carryOut(effect, event);
        }
    }

    /** Some effects were lost: the agent reads the switch anew, and what it has asked before is not answered. */
    @SuppressWarnings("checkstyle:IllegalCatch")
    private void failed() {
        connection++;
        final long soon = clock.getAsLong() + AFTER_FAILURE_MILLIS;
        try {
            decide(new Event.Failed(clock.getAsLong()));
            // Without a tick the checks of the switch would stop.
            agent.wakeAt().ifPresent(at -> wake(Math.max(at, soon)));
        } catch (RuntimeException | Error e) {
            LOG.error("{} could not handle a failure", node, e);
            wake(clock.getAsLong() + RETRY_MILLIS);
        }
    }

    private void carryOut(final Effect effect, final Event cause) {
        switch (effect) {
            case Effect.Tell told -> notices.accept(told.notice());
            case Effect.Count ask ->
                // One that fails is asked again in its turn.
                answer(
                        reader.count(node, ask.cookie()),
                        count -> tell(new Event.Counted(ask.cookie(), count)),
                        () -> {});
            case Effect.CountDrops ask ->
                answer(
                        reader.drops(node, ask.cookies()),
                        drops ->
                                tell(new Event.Drops(drops.byFlow(), drops.byMeter(), drops.sent(), clock.getAsLong())),
                        () -> {});
            case Effect.Confirm ask ->
                whenConfirmed(
                        ask.isLast() ? sender::confirmLast : sender::confirm,
                        () -> handle(new Event.Confirmed(ask.round(), clock.getAsLong())));
            case Effect.Audit ask -> {
                final long question = ++audits;
                whenConfirmed(sender::confirm, () -> audit(question));
            }
            case Effect.AuditCounts ask -> {
                final long question = ++audits;
                whenConfirmed(sender::confirm, () -> count(question, ask.tables()));
            }
            case Effect.ReadOthers ask -> readOthers();
            // What was sent before may still wait.
            case Effect.Reread ask -> whenConfirmed(sender::confirm, this::reread);
            default -> {
                final Consumer<Event.Refused> onRefused = this::refused;
                if (cause instanceof Event.Punted) {
                    // A session that is not learned now is learned from a later frame.
                    sender.offer(effect, onRefused);
                } else {
                    sender.send(effect, onRefused);
                }
            }
        }
    }

    private void refused(final Event.Refused refused) {
        if (refused.effect() instanceof Effect.DeleteFlow
                || refused.effect() instanceof Effect.DeleteFlows
                || refused.effect() instanceof Effect.DeleteGroup) {
            // The agent takes for gone what it deletes.
            executor.execute(this::failed);
        } else {
            tell(refused);
        }
    }

    /** Runs a task when the switch has done, or refused, all that was sent before, unless the connection ends. */
    private void whenConfirmed(final Supplier<ListenableFuture<?>> confirmation, final Runnable task) {
        final int askedOn = connection;
        final Runnable unlessEnded = () -> {
            if (connection == askedOn) {
                task.run();
            }
        };
        answer(confirmation.get(), done -> executor.execute(unlessEnded), () -> whenConfirmed(confirmation, task));
    }

    private void audit(final long question) {
        answer(
                reader.held(node),
                held -> audited(
                        question,
                        new Event.Audited(
                                held.flows(),
                                held.groups(),
                                held.described(),
                                held.others(),
                                held.meters().dropped().keySet(),
                                clock.getAsLong())),
                () -> audited(question, new Event.AuditUnanswered(clock.getAsLong())));
    }

    private void count(final long question, final Set<Integer> tables) {
        answer(
                reader.counts(node, tables),
                counts -> audited(
                        question,
                        new Event.AuditCounted(
                                counts.entries().ours(),
                                counts.entries().others(),
                                counts.groups(),
                                counts.described(),
                                clock.getAsLong())),
                () -> audited(question, new Event.AuditUnanswered(clock.getAsLong())));
    }

    /** An answer to a question that is not the last one says nothing of now. */
    private void audited(final long question, final Event answer) {
        executor.execute(() -> {
            if (question == audits) {
                handle(answer);
            }
        });
    }

    private void readOthers() {
        answer(reader.others(node), others -> tell(new Event.OthersRead(others, clock.getAsLong())), this::readOthers);
    }

    private void reread() {
        answer(
                reader.flows(node),
                flows -> tell(new Event.Reread(flows, clock.getAsLong())),
                // Until it has been read nothing is learned from frames.
                this::reread);
    }

    /** Waits for an answer of the switch; {@code failed} is run later, unless the connection has ended by then. */
    private <T> void answer(final ListenableFuture<T> asked, final Consumer<T> told, final Runnable failed) {
        final int askedOn = connection;
        Futures.addCallback(
                asked,
                new FutureCallback<T>() {
                    @Override
                    public void onSuccess(final T answer) {
                        told.accept(answer);
                    }

                    @Override
                    public void onFailure(final Throwable cause) {
                        timer.schedule(() -> executor.execute(() -> missed(cause)), RETRY_MILLIS, MILLISECONDS);
                    }

                    private void missed(final Throwable cause) {
                        // On another connection all is read anew.
                        if (connection == askedOn) {
                            LOG.warn("{} did not answer", node, cause);
                            failed.run();
                        }
                    }
                },
                MoreExecutors.directExecutor());
    }

    private void wake(final long at) {
        if (at >= tickAt) {
            return;
        }
        tick.cancel(false);
        tickAt = at;
        tick = timer.schedule(
                () -> tell(new Event.Tick(clock.getAsLong())), Math.max(0, at - clock.getAsLong()), MILLISECONDS);
    }
}
