/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.reconcile.AuditClock;
import org.vpnlb.engine.session.SessionTable;

/**
 * Switches, an agent for each, and what is on its way between them, under a clock that goes on when it is told to.
 *
 * <p>Between one switch and its agent nothing overtakes anything; between different switches, and between the two
 * directions, anything may be late. Which message arrives next is drawn from the seed. A punted frame may arrive twice.
 */
final class SimulatedNetwork {
    /** The longest that a message is on its way; less than what the agents take it to be. */
    private static final long LONGEST_DELAY = SessionTable.SETTLE_MILLIS - 100;

    /** So few entries at once that there is time for other things between. */
    private static final int RESTORED_AT_ONCE = 4;

    /** One switch with its agent. */
    private final class Node {
        private final String name;
        private final int tableBase;
        private final InMemorySwitch datapath;
        private final Deque<LongFunction<Event>> mailbox = new ArrayDeque<>();
        private final ToSwitch toSwitch = new ToSwitch();
        private SwitchAgent agent;
        /** Whether the agent is told what the switch refuses; else that fails the test. */
        private boolean refuses;
        /** Whether the switch's messages that entries are gone are lost. */
        private boolean losesRemovals;
        /** Whether the next event that the agent is told ends in an exception. */
        private boolean fails;

        Node(final String name, final int tableBase, final Set<Long> ports) {
            this.name = name;
            this.tableBase = tableBase;
            datapath = new InMemorySwitch(ports, random.nextLong(), this::told);
            agent = new SwitchAgent(name, tableBase, random, AuditClock.Intervals.DEFAULT, RESTORED_AT_ONCE);
        }

        private void told(final InMemorySwitch.Message message) {
            if (!connected.contains(name) || losesRemovals && message instanceof InMemorySwitch.Message.Removed) {
                return;
            }
            switch (message) {
                case InMemorySwitch.Message.PacketIn packet -> {
                    final LongFunction<Event> event =
                            time -> new Event.Punted(packet.inPort(), packet.cookie(), packet.frame(), time);
                    mailbox.add(event);
                    if (random.nextDouble() < duplicates) {
                        mailbox.add(event);
                    }
                }
                case InMemorySwitch.Message.Removed gone ->
                    mailbox.add(time -> new Event.FlowRemoved(gone.key(), gone.cookie(), gone.reason(), time));
            }
        }
    }

    /**
     * A frame that an agent sent.
     *
     * @param node the switch
     * @param sent where it left the switch
     */
    record Spoken(String node, Verdict.Sent sent) {}

    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Set<String> connected = new HashSet<>();
    private final List<Spoken> spoken = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private final Random random;
    private List<Service> services = List.of();
    private double duplicates;
    private boolean barriersOnly;
    private BiConsumer<String, Event> listener = (node, event) -> {};
    private long now = 1_000_000;
    private long oldest = Long.MAX_VALUE;

    SimulatedNetwork(final Random random) {
        this.random = random;
    }

    void add(final String name, final int tableBase, final Set<Long> ports) {
        final var node = new Node(name, tableBase, ports);
        node.datapath.advance(now);
        nodes.put(name, node);
    }

    /** How likely a punted frame arrives twice. */
    void duplicate(final double probability) {
        duplicates = probability;
    }

    /** A switch keeps to the order of what one event made it do only where a barrier says so. */
    void orderByBarriersOnly() {
        barriersOnly = true;
    }

    /** Somebody hears of every event that was told to an agent. */
    void listen(final BiConsumer<String, Event> next) {
        listener = next;
    }

    Set<String> names() {
        return nodes.keySet();
    }

    InMemorySwitch datapath(final String name) {
        return nodes.get(name).datapath;
    }

    SwitchAgent agent(final String name) {
        return nodes.get(name).agent;
    }

    SwitchStatus status(final String name) {
        return agent(name).status();
    }

    List<Service> services() {
        return services;
    }

    long now() {
        return now;
    }

    /** The agents will hear of a configuration. */
    void configure(final List<Service> next) {
        services = next;
        nodes.values().forEach(node -> post(node, time -> new Event.Configured(next, time)));
    }

    /** A switch connects, and its entries are read. */
    void connect(final String name) {
        connect(name, read(name));
    }

    /** A switch connects; its agent is told what was read from it some time ago. */
    void connect(final String name, final Tables actual) {
        connected.add(name);
        final Node node = nodes.get(name);
        final Event.Others foreign = foreign(node.datapath);
        post(node, time -> new Event.Connected(actual, foreign, node.datapath.capabilities(), time));
    }

    /**
     * Reads a switch that is about to connect. Until {@link #hear} or {@link #connect(String, Tables)} all that it says
     * is lost: OpenFlowPlugin drops it before its initial submit.
     */
    Tables read(final String name) {
        return datapath(name).ours();
    }

    /** The agent of a switch hears what it says, though it has not been told yet that it is connected. */
    void hear(final String name) {
        connected.add(name);
    }

    /** What a switch does not take is told to its agent, as in real life. */
    void letRefuse(final String name) {
        nodes.get(name).refuses = true;
    }

    /** Whether what a switch tells of entries that are gone is lost. */
    void loseRemovals(final String name, final boolean loses) {
        nodes.get(name).losesRemovals = loses;
    }

    /** At the next event an agent fails: what it wanted done is lost, what it knows is not. It is told so. */
    void failNext(final String name) {
        nodes.get(name).fails = true;
    }

    /** The connection breaks: what was on its way is lost. */
    void disconnect(final String name) {
        final Node node = nodes.get(name);
        connected.remove(name);
        node.mailbox.clear();
        node.toSwitch.clear();
        tell(name, new Event.Disconnected());
        // The configuration does not come over this connection, so it is not lost.
        final List<Service> current = services;
        post(node, time -> new Event.Configured(current, time));
    }

    /** The controller starts anew: an agent that knows nothing is told the configuration. */
    void replaceAgent(final String name) {
        disconnect(name);
        final Node node = nodes.get(name);
        node.agent = new SwitchAgent(name, node.tableBase, random, AuditClock.Intervals.DEFAULT, RESTORED_AT_ONCE);
    }

    /** A frame comes in at a switch. */
    Verdict receive(final String name, final long port, final byte[] frame) {
        oldest = Math.min(oldest, now);
        return datapath(name).receive(port, frame);
    }

    /** Tells an agent an event at once; what it wants is on its way to the switch then. */
    List<Effect> tell(final String name, final Event event) {
        final Node node = nodes.get(name);
        final List<Effect> effects = new ArrayList<>();
        final List<Effect> wanted = node.agent.handle(event);
        if (node.fails) {
            node.fails = false;
            node.toSwitch.forgetQuestions();
            node.mailbox.removeIf(Answer.class::isInstance);
            tell(name, new Event.Failed(now));
            return List.of();
        }
        for (final Effect effect : wanted) {
            if (effect instanceof Effect.Tell told) {
                notices.add(told.notice());
            } else {
                effects.add(effect);
            }
        }
        listener.accept(name, event);
        if (connected.contains(name)) {
            (barriersOnly ? shuffled(effects) : effects).forEach(node.toSwitch::add);
            oldest = Math.min(oldest, now);
        }
        return effects;
    }

    /** One message, drawn, arrives; false when there is none. */
    boolean step() {
        final List<Runnable> next = new ArrayList<>();
        for (final Node node : nodes.values()) {
            if (!node.mailbox.isEmpty()) {
                next.add(() -> tell(node.name, node.mailbox.remove().apply(now)));
            }
            if (!node.toSwitch.isEmpty()) {
                next.add(() -> carryOut(node, node.toSwitch.next()));
            }
        }
        if (next.isEmpty()) {
            oldest = Long.MAX_VALUE;
            return false;
        }
        next.get(random.nextInt(next.size())).run();
        return true;
    }

    /** Agents whose time has come will hear of it. */
    void wake() {
        nodes.values().stream()
                .filter(node -> node.agent.wakeAt().orElse(Long.MAX_VALUE) <= now)
                .forEach(node -> post(node, Event.Tick::new));
    }

    private void carryOut(final Node node, final Effect effect) {
        switch (effect) {
            case Effect.Count ask -> {
                final int entries = node.datapath.count(ask.cookie());
                answer(node, time -> new Event.Counted(ask.cookie(), entries));
            }
            case Effect.Reread ask -> {
                final Tables actual = node.datapath.ours();
                answer(node, time -> new Event.Reread(actual.flows().values(), time));
            }
            case Effect.ReadOthers ask -> {
                final Event.Others foreign = foreign(node.datapath);
                answer(node, time -> new Event.OthersRead(foreign, time));
            }
            case Effect.AuditCounts ask -> {
                final Tables actual = node.datapath.ours();
                final Map<Integer, Long> entries = byTable(actual.flows().keySet(), ask.tables());
                final Map<Integer, Long> others = byTable(foreign(node.datapath).keys(), ask.tables());
                final var described = new Event.Audited.Described(
                        actual.groups().values(), actual.meters().values(), now);
                answer(
                        node,
                        time -> new Event.AuditCounted(
                                entries, others, actual.groups().keySet(), Optional.of(described), time));
            }
            case Effect.Audit ask -> {
                final Tables actual = node.datapath.ours();
                final Event.Others foreign = foreign(node.datapath);
                final var described = new Event.Audited.Described(
                        actual.groups().values(), actual.meters().values(), now);
                final Set<Long> meters = actual.meters().keySet();
                answer(
                        node,
                        time -> new Event.Audited(
                                actual.flows().values(),
                                actual.groups().keySet(),
                                Optional.of(described),
                                foreign,
                                meters,
                                time));
            }
            case Effect.CountDrops ask -> {
                final Map<Flow, Long> byFlow = node.datapath.droppedByFlow(ask.cookies());
                final Map<Long, Long> byMeter = new HashMap<>(node.datapath.droppedByMeter());
                byMeter.keySet().retainAll(node.datapath.ours().meters().keySet());
                final Map<Event.Drops.BucketId, Volume> sent = node.datapath.sentByBucket();
                answer(node, time -> new Event.Drops(byFlow, byMeter, sent, time));
            }
            case Effect.Confirm ask -> answer(node, time -> new Event.Confirmed(ask.round(), time));
            default -> change(node, effect);
        }
    }

    private static Map<Integer, Long> byTable(final Set<Flow.Key> keys, final Set<Integer> tables) {
        final Map<Integer, Long> entries = keys.stream()
                .filter(key -> tables.contains(key.table()))
                .collect(Collectors.groupingBy(Flow.Key::table, Collectors.counting()));
        tables.forEach(table -> entries.putIfAbsent(table, 0L));
        return entries;
    }

    /** All that is not vpnlb's. */
    static Event.Others foreign(final InMemorySwitch datapath) {
        final Set<Flow.Key> foreign = new HashSet<>(datapath.all().flows().keySet());
        foreign.removeAll(datapath.ours().flows().keySet());
        return new Event.Others(
                foreign, foreign.stream().collect(Collectors.groupingBy(Flow.Key::table, Collectors.counting())));
    }

    private void change(final Node node, final Effect effect) {
        try {
            node.datapath.apply(effect).forEach(sent -> spoken.add(new Spoken(node.name, sent)));
        } catch (final Refusal refusal) {
            if (!node.refuses) {
                throw refusal;
            }
            post(node, time -> new Event.Refused(effect, refusal.error()));
        }
    }

    /** The number of entries that are on their way to a switch, and that all else overtakes. */
    int later(final String name) {
        return nodes.get(name).toSwitch.later();
    }

    /** A few messages arrive. */
    void steps(final int count) {
        for (int i = 0; i < count && step(); i++) {
            // Each step does its part.
        }
    }

    /** Everything arrives, and what follows from it. */
    void settle() {
        while (step()) {
            // Each step does its part.
        }
    }

    /** Time passes. What would be on its way for too long arrives before. */
    void advance(final long millis) {
        if (oldest != Long.MAX_VALUE && now + millis - oldest > LONGEST_DELAY) {
            settle();
        }
        now += millis;
        nodes.values().forEach(node -> node.datapath.advance(now));
        wake();
        if (nodes.values().stream().anyMatch(node -> !node.mailbox.isEmpty())) {
            oldest = Math.min(oldest, now);
        }
    }

    /** What agents told others than their switches since this was asked last. */
    List<Notice> notices() {
        final List<Notice> all = List.copyOf(notices);
        notices.clear();
        return all;
    }

    /** The frames that agents sent since this was asked last. */
    List<Spoken> spoken() {
        final List<Spoken> all = List.copyOf(spoken);
        spoken.clear();
        return all;
    }

    private List<Effect> shuffled(final List<Effect> effects) {
        final List<Effect> all = new ArrayList<>(effects);
        int start = 0;
        for (int i = 0; i <= all.size(); i++) {
            if (i == all.size() || all.get(i) instanceof Effect.Barrier || all.get(i) instanceof Effect.Confirm) {
                Collections.shuffle(all.subList(start, i), random);
                start = i + 1;
            }
        }
        return all;
    }

    /** An answer is not told to an agent that has failed since it asked. */
    private record Answer(LongFunction<Event> event) implements LongFunction<Event> {
        @Override
        public Event apply(final long time) {
            return event.apply(time);
        }
    }

    private void answer(final Node node, final LongFunction<Event> event) {
        post(node, new Answer(event));
    }

    private void post(final Node node, final LongFunction<Event> event) {
        node.mailbox.add(event);
        oldest = Math.min(oldest, now);
    }
}
