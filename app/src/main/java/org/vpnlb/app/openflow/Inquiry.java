/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.vpnlb.engine.agent.Answers;
import org.vpnlb.engine.agent.Comparison;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;

/**
 * Asks the agents of the switches for operators. An agent answers on its own thread, once it has handled what is queued
 * before; what only the switch knows is read from it first. A question ends in an {@link UnansweredException} when the
 * agent has not answered within {@value #MAX_SECONDS} s, or the switch within {@value #MAX_READING_SECONDS} s.
 */
public final class Inquiry {
    static final long MAX_SECONDS = 2;
    static final long MAX_READING_SECONDS = 20;

    private final Map<String, SwitchMailbox> mailboxes;
    private final SwitchReader reader;
    private final ScheduledExecutorService timer;
    private final LongSupplier clock;

    /**
     * Asks these agents.
     *
     * @param mailboxes the agents by switch; may grow
     * @param reader reads the switches
     * @param timer ends what takes too long
     * @param clock the time, in milliseconds, that only goes forward
     */
    Inquiry(
            final Map<String, SwitchMailbox> mailboxes,
            final SwitchReader reader,
            final ScheduledExecutorService timer,
            final LongSupplier clock) {
        this.mailboxes = mailboxes;
        this.reader = reader;
        this.timer = timer;
        this.clock = clock;
    }

    /** There is no answer, or none yet; the message says whose, for operators. */
    public static final class UnansweredException extends Exception {
        private static final long serialVersionUID = 1L;

        UnansweredException(final String message, final Throwable cause) {
            super(message, cause);
        }
    }

    /** The time, in milliseconds, that only goes forward. */
    public long now() {
        return clock.getAsLong();
    }

    /** The switches that can be asked, in the order of their names. */
    public List<String> nodes() {
        return mailboxes.keySet().stream().sorted().toList();
    }

    /**
     * Asks the agent of a switch for something about sessions.
     *
     * @param node the switch, one of {@link #nodes}
     * @param service the service that the question is about; empty = any
     * @param question asks; gets vpnlb's flows that the switch holds, where the switch learns sessions by itself
     */
    public <A> ListenableFuture<A> ask(
            final String node,
            final Optional<String> service,
            final BiFunction<Answers, Collection<Flow>, A> question) {
        final SwitchMailbox mailbox = mailboxes.get(node);
        return FluentFuture.from(learned(node, mailbox, service))
                .transformAsync(
                        flows -> soon(node, mailbox.ask(answers -> question.apply(answers, flows))),
                        MoreExecutors.directExecutor());
    }

    /**
     * Asks the agent of a switch for something that is not about sessions.
     *
     * @param node the switch, one of {@link #nodes}
     */
    public <A> ListenableFuture<A> ask(final String node, final Function<Answers, A> question) {
        return soon(node, mailboxes.get(node).ask(question));
    }

    /**
     * Ends sessions in a switch.
     *
     * @param node the switch, one of {@link #nodes}
     * @param service the service's name
     * @param filter which sessions
     * @return their number
     */
    public ListenableFuture<Integer> clear(final String node, final String service, final SessionFilter filter) {
        final SwitchMailbox mailbox = mailboxes.get(node);
        return FluentFuture.from(learned(node, mailbox, Optional.of(service)))
                .transformAsync(
                        flows ->
                                soon(node, mailbox.clear(new Event.Cleared(service, filter, flows, clock.getAsLong()))),
                        MoreExecutors.directExecutor());
    }

    /**
     * Moves pinned clients to the devices of their slots.
     *
     * @param node the switch, one of {@link #nodes}
     * @param service the service's name
     * @param clients the clients, as they were pinned when they were chosen
     * @return those that are moved
     */
    public ListenableFuture<Set<ClientKey>> rebalance(
            final String node, final String service, final List<PinnedClient> clients) {
        return soon(node, mailboxes.get(node).rebalance(new Event.Rebalanced(service, clients, clock.getAsLong())));
    }

    /**
     * Compares what a switch holds with what it should hold.
     *
     * @param node the switch, one of {@link #nodes}, connected
     */
    public ListenableFuture<Comparison> compare(final String node) {
        return FluentFuture.from(look(node))
                .transformAsync(
                        first -> first.isDoubtful()
                                ? Futures.transform(look(node), first::confirmedBy, MoreExecutors.directExecutor())
                                : Futures.immediateFuture(first),
                        MoreExecutors.directExecutor());
    }

    /**
     * Reads the tables that a switch holds, vpnlb's entries and groups alone.
     *
     * @param node the switch, one of {@link #nodes}, connected
     */
    public ListenableFuture<Tables> held(final String node) {
        return FluentFuture.from(read(node, reader.held(node)))
                .transformAsync(
                        held -> held.described().isEmpty()
                                ? Futures.immediateFailedFuture(new UnansweredException(
                                        node + ": OpenFlowPlugin reads the groups just now; ask again", null))
                                : Futures.immediateFuture(Tables.of(
                                        held.flows(),
                                        held.described().orElseThrow().groups())),
                        MoreExecutors.directExecutor());
    }

    /**
     * Reads vpnlb's entries that a switch holds.
     *
     * @param node the switch, one of {@link #nodes}, connected
     */
    public ListenableFuture<List<Flow>> entries(final String node) {
        return read(node, reader.flows(node));
    }

    /**
     * Begins a test of the path at a switch; each question is answered by a {@link Notice.PathAnswered}, if the agent
     * can.
     *
     * @param node the switch, one of {@link #nodes}, connected
     */
    public void test(final String node, final Event.PathAsked event) {
        mailboxes.get(node).tell(event);
    }

    private ListenableFuture<Comparison> look(final String node) {
        final SwitchMailbox mailbox = mailboxes.get(node);
        final long askedAt = clock.getAsLong();
        return FluentFuture.from(read(node, reader.held(node)))
                .transformAsync(
                        held -> soon(
                                node,
                                mailbox.ask(answers -> answers.compare(
                                        new Event.Audited(
                                                held.flows(),
                                                held.groups(),
                                                held.described(),
                                                held.others(),
                                                held.meters().dropped().keySet(),
                                                clock.getAsLong()),
                                        askedAt))),
                        MoreExecutors.directExecutor());
    }

    /** What the switch has learned by itself, if it does. */
    private ListenableFuture<List<Flow>> learned(
            final String node, final SwitchMailbox mailbox, final Optional<String> service) {
        return FluentFuture.from(soon(node, mailbox.ask(answers -> answers.needsReading(service))))
                .transformAsync(
                        isRead -> isRead ? read(node, reader.flows(node)) : Futures.immediateFuture(List.of()),
                        MoreExecutors.directExecutor());
    }

    private <A> ListenableFuture<A> soon(final String node, final ListenableFuture<A> answer) {
        return within(
                MAX_SECONDS,
                answer,
                "%s: its agent has not answered within %d s; ask again".formatted(node, MAX_SECONDS));
    }

    private <A> ListenableFuture<A> read(final String node, final ListenableFuture<A> answer) {
        return within(
                MAX_READING_SECONDS,
                answer,
                "%s has not told what it holds within %d s; ask again".formatted(node, MAX_READING_SECONDS));
    }

    private <A> ListenableFuture<A> within(final long seconds, final ListenableFuture<A> answer, final String late) {
        return Futures.catchingAsync(
                Futures.withTimeout(answer, seconds, TimeUnit.SECONDS, timer),
                TimeoutException.class,
                cause -> Futures.immediateFailedFuture(new UnansweredException(late, cause)),
                MoreExecutors.directExecutor());
    }
}
