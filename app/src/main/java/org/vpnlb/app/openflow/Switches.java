/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.FlowRemoved;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.transaction.rev150304.SendBarrier;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.transaction.rev150304.SendBarrierInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.transaction.rev150304.SendBarrierOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.Nodes;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeKey;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.PacketReceived;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.app.cluster.Mastership;
import org.vpnlb.engine.agent.SwitchAgent;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Plural;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Footprint;

/**
 * The switches that vpnlb works with: turns what OpenFlowPlugin tells into events for the agents.
 *
 * <p>A switch has a mailbox from the first time that a service names it or this controller masters it.
 */
public final class Switches implements Mastership.Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Switches.class);
    private static final long RETRY_MILLIS = 500;
    private static final int ATTEMPTS_WITHOUT_A_WORD = 10;

    /** Read by all threads. Guarded by itself where it grows, with {@link #services}: a new one must miss no change. */
    private final Map<String, SwitchMailbox> mailboxes = new ConcurrentHashMap<>();
    /**
     * The connection of each switch that has been connected. Guarded by itself: mastership's thread brings connections
     * and losses, threads of OpenFlowPlugin and the timer bring what was read. The agent is told under the same lock as
     * the connection is changed, so that it never hears of a connection after its loss; to tell it is only to queue.
     */
    private final Map<String, Connection> connections = new HashMap<>();

    /** The switches that no controller can master, since OpenDaylight lost their singleton groups. */
    private final Set<String> lost = ConcurrentHashMap.newKeySet();

    private final RpcService rpcs;
    private final SwitchReader reader;
    private final Observer observer;
    private final PuntQueue.Limits limits;
    private final Executor pool;
    private final ScheduledExecutorService timer;
    private final LongSupplier clock;
    private final InstantSource time;
    private final RandomGenerator random;
    private final Consumer<Notice> notices;
    private final Settings settings;
    /** Empty until the configuration has been read: an agent must not take what it does not know yet for deleted. */
    private Optional<List<Service>> services = Optional.empty();

    /**
     * No switch so far.
     *
     * @param rpcs the RPCs of OpenFlowPlugin
     * @param broker the datastore
     * @param pool where the agents run
     * @param timer wakes the agents, and ends what is waited for too long
     * @param clock the time, in milliseconds, that only goes forward
     * @param time the time of day, OpenFlowPlugin's too
     * @param random what nobody else is to guess; safe for several threads
     * @param notices gets what the agents have to tell others, from any thread
     * @param settings what is set for all switches
     */
    public Switches(
            final RpcService rpcs,
            final DataBroker broker,
            final Executor pool,
            final ScheduledExecutorService timer,
            final LongSupplier clock,
            final InstantSource time,
            final RandomGenerator random,
            final Consumer<Notice> notices,
            final Settings settings) {
        this.rpcs = rpcs;
        this.timer = timer;
        this.random = random;
        this.notices = notices;
        observer = new Observer(timer);
        reader = new SwitchReader(
                rpcs,
                broker,
                timer,
                new GroupReader(rpcs, broker, clock, time),
                new Footprint(settings.tableBase()),
                settings.learned());
        this.pool = pool;
        this.clock = clock;
        this.time = time;
        limits = PuntQueue.Limits.of(new ListenerTime(System::nanoTime), settings.learned());
        this.settings = settings;
    }

    /** Tells all agents the configuration. Called by one thread at a time. */
    public void configure(final List<Service> configured) {
        synchronized (mailboxes) {
            services = Optional.of(configured);
            reader.configured(configured);
            mailboxes.values().forEach(mailbox -> mailbox.tell(new Event.Configured(configured, clock.getAsLong())));
            configured.forEach(service -> {
                service.ingress().switches().forEach(ports -> mailbox(ports.node()));
                service.egress().switches().forEach(ports -> mailbox(ports.node()));
            });
        }
    }

    /** What all agents know, once each has handled what is queued before; of one that takes too long, what it knew. */
    public ListenableFuture<List<Observation>> observe() {
        return Futures.allAsList(mailboxes.entrySet().stream()
                .map(entry -> observer.observe(entry.getKey(), entry.getValue().read(), this::absence))
                .toList());
    }

    /** Through which operators ask the agents. */
    public Inquiry inquiry() {
        return new Inquiry(mailboxes, reader, timer, clock);
    }

    private Absence absence(final String node) {
        final Connection connection;
        synchronized (connections) {
            connection = connections.get(node);
        }
        final String reason = lost.contains(node)
                ? "cannot be mastered: OpenDaylight lost its singleton group, which is being mended"
                : "is not connected";
        return switch (connection) {
            case null -> new Absence(reason, Optional.empty());
            case Connection.Away away -> new Absence(reason, away.openUntil());
            case Connection.Opening opening -> new Absence("is connected, and being read", opening.openUntil());
            // The agent has not come to hear of it yet.
            case Connection.Open open -> new Absence("is connected, and has been read", Optional.empty());
        };
    }

    /**
     * A switch as its agent knows it.
     *
     * @param status what the agent knows
     * @param refused the number of requests that the switch refused within about a minute
     * @param why why the last of them was refused; empty when there is none
     * @param waiting the number of requests that wait for the switch to answer others
     * @param dropped the number of frames that the agent did not get, since too many waited for it
     * @param absence why the agent is not connected with the switch, or does not answer; empty while it is and does
     */
    public record Observation(
            SwitchStatus status, long refused, String why, int waiting, long dropped, Optional<Absence> absence) {
        /** Whether the switch is connected, has confirmed all that it should hold, and refuses nothing. */
        public boolean reconciled() {
            return status.connected()
                    && absence.isEmpty()
                    && status.generation().isConfirmed()
                    && status.refused().isEmpty()
                    && status.inTheWay().isEmpty()
                    && status.unwritten() == 0
                    && refused == 0
                    && waiting == 0;
        }
    }

    /**
     * Why an agent is not connected with its switch.
     *
     * @param reason what is to be said of the switch, after its name
     * @param since when the connection ended that the agent's knowledge is from; empty when there was none
     */
    public record Absence(String reason, Optional<Instant> since) {}

    /** The connection of a switch with this controller. {@code openUntil} is when the agent last worked with it. */
    private sealed interface Connection {
        /** None, since a time. */
        record Away(Instant since, Optional<Instant> openUntil) implements Connection {}

        /** The switch is being read; the agent does not know of the connection yet. */
        record Opening(Optional<Instant> openUntil) implements Connection {}

        /** The agent works with the switch. */
        record Open() implements Connection {}
    }

    @Override
    public void connected(final String node, final Instant since) {
        final Connection.Opening opening;
        final Instant begun;
        synchronized (connections) {
            if (connections.get(node) instanceof Connection.Away away) {
                opening = new Connection.Opening(away.openUntil());
                begun = since.isBefore(away.since()) ? away.since() : since;
            } else {
                opening = new Connection.Opening(Optional.empty());
                begun = since;
            }
            connections.put(node, opening);
        }
        read(node, opening, begun, 1);
    }

    /** Reads a switch, again and again: OpenFlowPlugin may announce one some time before it can be asked. */
    private void read(final String node, final Connection.Opening opening, final Instant since, final int attempt) {
        if (!isOpening(node, opening)) {
            return;
        }
        Futures.addCallback(
                reader.read(node, since),
                new FutureCallback<SwitchReader.Reading>() {
                    @Override
                    public void onSuccess(final SwitchReader.Reading reading) {
                        open(node, opening, reading);
                    }

                    @Override
                    public void onFailure(final Throwable cause) {
                        if (attempt == ATTEMPTS_WITHOUT_A_WORD) {
                            LOG.warn("{} is connected, but cannot be read; it is tried again and again", node, cause);
                        }
                        timer.schedule(
                                () -> read(node, opening, since, attempt + 1), RETRY_MILLIS, TimeUnit.MILLISECONDS);
                    }
                },
                MoreExecutors.directExecutor());
    }

    private boolean isOpening(final String node, final Connection.Opening opening) {
        synchronized (connections) {
            return connections.get(node) == opening;
        }
    }

    private void open(final String node, final Connection.Opening opening, final SwitchReader.Reading reading) {
        final Tables tables = reading.tables();
        synchronized (connections) {
            if (connections.get(node) != opening) {
                LOG.debug("{} has left before it was read", node);
                return;
            }
            connections.put(node, new Connection.Open());
            mailbox(node)
                    .tell(new Event.Connected(tables, reading.others(), reading.capabilities(), clock.getAsLong()));
        }
        LOG.info(
                "{} is connected; it holds {}, {} and {} of vpnlb",
                node,
                Plural.of(tables.flows().size(), "flow entry", "flow entries"),
                Plural.of(tables.groups().size(), "group"),
                Plural.of(tables.meters().size(), "meter"));
    }

    /** A switch has listed its ports: their numbers, by name. */
    public void ports(final String node, final Map<String, Long> numbers) {
        mailbox(node).tell(new Event.Ports(numbers, clock.getAsLong()));
    }

    @Override
    public void disconnected(final String node) {
        synchronized (connections) {
            final Instant now = time.instant();
            connections.put(
                    node,
                    new Connection.Away(
                            now,
                            connections.get(node) instanceof Connection.Opening opening
                                    ? opening.openUntil()
                                    : Optional.of(now)));
            mailbox(node).tell(new Event.Disconnected());
        }
        LOG.info("{} is not connected any more, or mastered by another controller", node);
    }

    @Override
    public void groupLost(final String node, final boolean isLost) {
        if (isLost) {
            lost.add(node);
        } else {
            lost.remove(node);
        }
    }

    /** Asks a switch for a barrier, by whatever connection OpenFlowPlugin masters. */
    public ListenableFuture<?> ask(final String node) {
        return Futures.transform(
                rpcs.getRpc(SendBarrier.class)
                        .invoke(new SendBarrierInputBuilder()
                                .setNode(new NodeRef(DataObjectIdentifier.builder(Nodes.class)
                                        .child(Node.class, new NodeKey(new NodeId(node)))
                                        .build()))
                                .build()),
                Switches::answer,
                MoreExecutors.directExecutor());
    }

    private static SendBarrierOutput answer(final RpcResult<SendBarrierOutput> result) {
        if (!result.isSuccessful()) {
            throw new IllegalStateException("The switch does not answer: " + result.getErrors());
        }
        return result.getResult();
    }

    /** A switch sent a frame. Called by one thread at a time, for all switches; it never waits. */
    public void onPacketReceived(final PacketReceived packet) {
        if (packet.getFlowCookie() == null || packet.getPayload() == null || packet.getIngress() == null) {
            return;
        }
        final long cookie = packet.getFlowCookie().getValue().longValue();
        if ((cookie & Cookie.PREFIX_MASK) != Cookie.PREFIX) {
            return;
        }
        final SwitchMailbox mailbox =
                mailboxes.get(Ports.node(packet.getIngress().getValue()));
        if (mailbox != null) {
            mailbox.punted(new Event.Punted(Ports.of(packet), cookie, packet.getPayload(), clock.getAsLong()));
        }
    }

    /** A switch removed a flow entry. The notification is deprecated, and the only one that OpenFlowPlugin has. */
    @SuppressWarnings("deprecation")
    public void onFlowRemoved(final FlowRemoved removed) {
        if (removed.getCookie() == null
                || (removed.getCookie().getValue().longValue() & Cookie.PREFIX_MASK) != Cookie.PREFIX) {
            return;
        }
        final SwitchMailbox mailbox = mailboxes.get(Ports.node(removed.getNode().getValue()));
        if (mailbox != null) {
            mailbox.tell(new Event.FlowRemoved(
                    FlowCodec.key(removed),
                    removed.getCookie().getValue().longValue(),
                    FlowCodec.reason(removed.getReason()),
                    clock.getAsLong()));
        }
    }

    private SwitchMailbox mailbox(final String node) {
        synchronized (mailboxes) {
            return mailboxes.computeIfAbsent(node, this::newMailbox);
        }
    }

    private SwitchMailbox newMailbox(final String node) {
        final var mailbox = new SwitchMailbox(
                node,
                new SwitchAgent(node, settings.tableBase(), random, settings.audits()),
                new SwitchSender(node, rpcs, pool, timer),
                reader,
                new SerialExecutor(pool),
                limits,
                timer,
                clock,
                notices);
        services.ifPresent(configured -> mailbox.tell(new Event.Configured(configured, clock.getAsLong())));
        return mailbox;
    }
}
