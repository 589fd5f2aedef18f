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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.openflowplugin.api.openflow.device.DeviceInfo;
import org.opendaylight.openflowplugin.api.openflow.mastership.MastershipChangeService;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.FlowRemoved;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.RemovedFlowReason;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeConnectorRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.PacketReceived;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.engine.agent.SwitchAgent;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;

/**
 * The switches that vpnlb works with: turns what OpenFlowPlugin tells into events for the agents.
 *
 * <p>A switch has a mailbox from the first time that a service names it or this controller masters it.
 */
public final class Switches implements MastershipChangeService {
    private static final Logger LOG = LoggerFactory.getLogger(Switches.class);
    private static final long RETRY_MILLIS = 500;
    private static final int ATTEMPTS_WITHOUT_A_WORD = 10;

    private final Map<String, SwitchMailbox> mailboxes = new ConcurrentHashMap<>();
    /** The connections mastered now; what is read on one that has ended meanwhile is not told to its agent. */
    private final Map<String, DeviceInfo> mastered = new ConcurrentHashMap<>();

    /** When a switch left last; what OpenFlowPlugin read of it before says nothing of what it holds now. */
    private final Map<String, Instant> left = new ConcurrentHashMap<>();

    private final RpcService rpcs;
    private final SwitchReader reader;
    private final Executor pool;
    private final ScheduledExecutorService timer;
    private final LongSupplier clock;
    private final InstantSource time;
    private final RandomGenerator random;
    private final Consumer<Notice> notices;
    private final int tableBase;
    /** Empty until the configuration has been read: an agent must not take what it does not know yet for deleted. */
    private volatile Optional<List<Service>> services = Optional.empty();

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
     * @param tableBase the number of the switches' table that is table 0 of the pipeline
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
            final int tableBase) {
        this.rpcs = rpcs;
        this.timer = timer;
        this.random = random;
        this.notices = notices;
        reader = new SwitchReader(rpcs, broker, timer);
        this.pool = pool;
        this.clock = clock;
        this.time = time;
        this.tableBase = tableBase;
    }

    /** Tells all agents the configuration. Called by one thread at a time. */
    public void configure(final List<Service> configured) {
        services = Optional.of(configured);
        configured.forEach(service -> {
            service.ingress().switches().forEach(ports -> mailbox(ports.node()));
            service.egress().switches().forEach(ports -> mailbox(ports.node()));
        });
        mailboxes.values().forEach(mailbox -> mailbox.tell(new Event.Configured(configured, clock.getAsLong())));
    }

    /** What all agents know, once each has handled what is queued before. */
    public ListenableFuture<List<Observation>> observe() {
        return Futures.allAsList(mailboxes.values().stream()
                .map(mailbox -> Futures.transform(
                        mailbox.read(),
                        reading -> new Observation(reading.status(), reading.refused(), reading.waiting()),
                        MoreExecutors.directExecutor()))
                .toList());
    }

    /**
     * A switch as its agent knows it.
     *
     * @param status what the agent knows
     * @param refused the number of requests that the switch refused within about a minute
     * @param waiting the number of requests that wait for the switch to answer others
     */
    public record Observation(SwitchStatus status, long refused, int waiting) {
        /** Whether the switch is connected, has confirmed all that it should hold, and refuses nothing. */
        public boolean reconciled() {
            return status.connected()
                    && status.generation().isConfirmed()
                    && status.refused().isEmpty()
                    && status.unwritten() == 0
                    && refused == 0
                    && waiting == 0;
        }
    }

    @Override
    public void onBecomeOwner(final DeviceInfo device) {
        mastered.put(device.getNodeId().getValue(), device);
        read(device, 1);
    }

    /** Reads a switch, again and again: OpenFlowPlugin may announce one some time before it can be asked. */
    private void read(final DeviceInfo device, final int attempt) {
        final String node = device.getNodeId().getValue();
        if (mastered.get(node) != device) {
            return;
        }
        Futures.addCallback(
                reader.read(node, left.getOrDefault(node, Instant.EPOCH)),
                new FutureCallback<SwitchReader.Reading>() {
                    @Override
                    public void onSuccess(final SwitchReader.Reading reading) {
                        final Tables tables = reading.tables();
                        LOG.info(
                                "{} is connected; it holds {} flow entries and {} groups of vpnlb",
                                node,
                                tables.flows().size(),
                                tables.groups().size());
                        if (mastered.get(node) == device) {
                            mailbox(node).tell(new Event.Connected(tables, reading.capabilities(), clock.getAsLong()));
                        }
                    }

                    @Override
                    public void onFailure(final Throwable cause) {
                        if (attempt == ATTEMPTS_WITHOUT_A_WORD) {
                            LOG.warn("{} is connected, but cannot be read; it is tried again and again", node, cause);
                        }
                        timer.schedule(() -> read(device, attempt + 1), RETRY_MILLIS, TimeUnit.MILLISECONDS);
                    }
                },
                MoreExecutors.directExecutor());
    }

    @Override
    public void onLoseOwnership(final DeviceInfo device) {
        final String node = device.getNodeId().getValue();
        if (mastered.remove(node) != null) {
            left.put(node, time.instant());
            LOG.info("{} is not connected any more, or mastered by another controller", node);
            mailbox(node).tell(new Event.Disconnected());
        }
    }

    /**
     * A switch sent a frame. It is handled by the thread that brings it, one of the listener's own: to wake another one
     * would cost more. While it waits for the agent's turn, OpenFlowPlugin queues what comes next.
     */
    public void onPacketReceived(final PacketReceived packet) {
        if (packet.getFlowCookie() == null || packet.getPayload() == null || packet.getIngress() == null) {
            return;
        }
        final long cookie = packet.getFlowCookie().getValue().longValue();
        if ((cookie & Cookie.PREFIX_MASK) != Cookie.PREFIX) {
            return;
        }
        final SwitchMailbox mailbox = mailboxes.get(node(packet.getIngress()));
        if (mailbox != null) {
            mailbox.tellAtOnce(new Event.Punted(inPort(packet), cookie, packet.getPayload(), clock.getAsLong()));
        }
    }

    /** A switch removed a flow entry. The notification is deprecated, and the only one that OpenFlowPlugin has. */
    @SuppressWarnings("deprecation")
    public void onFlowRemoved(final FlowRemoved removed) {
        if (removed.getCookie() == null
                || (removed.getCookie().getValue().longValue() & Cookie.PREFIX_MASK) != Cookie.PREFIX) {
            return;
        }
        final SwitchMailbox mailbox = mailboxes.get(node(removed.getNode()));
        if (mailbox != null) {
            mailbox.tell(new Event.FlowRemoved(
                    FlowCodec.key(removed),
                    removed.getCookie().getValue().longValue(),
                    isExpiry(removed.getReason()) ? Event.FlowRemoved.Reason.EXPIRED : Event.FlowRemoved.Reason.DELETED,
                    clock.getAsLong()));
        }
    }

    private SwitchMailbox mailbox(final String node) {
        return mailboxes.computeIfAbsent(node, name -> {
            final var executor = new SerialExecutor(pool);
            final var mailbox = new SwitchMailbox(
                    name,
                    new SwitchAgent(name, tableBase, random),
                    new SwitchSender(name, rpcs, pool, timer),
                    reader,
                    executor,
                    timer,
                    clock,
                    notices);
            services.ifPresent(configured -> mailbox.tell(new Event.Configured(configured, clock.getAsLong())));
            return mailbox;
        });
    }

    private static boolean isExpiry(final RemovedFlowReason reason) {
        return reason == RemovedFlowReason.OFPRRIDLETIMEOUT || reason == RemovedFlowReason.OFPRRHARDTIMEOUT;
    }

    private static long inPort(final PacketReceived packet) {
        if (packet.getMatch() != null && packet.getMatch().getInPort() != null) {
            return Ports.number(packet.getMatch().getInPort().getValue());
        }
        return Ports.number(((DataObjectIdentifier<?>) packet.getIngress().getValue())
                .getFirstKeyOf(
                        org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.node.NodeConnector.class)
                .getId()
                .getValue());
    }

    private static String node(final NodeConnectorRef port) {
        return ((DataObjectIdentifier<?>) port.getValue())
                .getFirstKeyOf(Node.class)
                .getId()
                .getValue();
    }

    private static String node(final NodeRef ref) {
        return ((DataObjectIdentifier<?>) ref.getValue())
                .getFirstKeyOf(Node.class)
                .getId()
                .getValue();
    }
}
