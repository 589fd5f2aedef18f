/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.base.Ticker;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.common.util.concurrent.SettableFuture;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.openflowjava.protocol.api.connection.OutboundQueueException;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlow;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlowInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlowInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.RemoveFlow;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.RemoveFlowInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.transaction.rev150304.SendBarrier;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.transaction.rev150304.SendBarrierInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.FlowCookie;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.Instructions;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.service.rev130918.AddGroup;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.service.rev130918.AddGroupInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.service.rev130918.RemoveGroup;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.service.rev130918.RemoveGroupInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.service.rev130918.UpdateGroup;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.service.rev130918.UpdateGroupInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.service.rev130918.group.update.OriginalGroupBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.service.rev130918.group.update.UpdatedGroupBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.GroupId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.Nodes;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeKey;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.AddMeter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.RemoveMeter;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.EthernetMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.TransmitPacket;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.yang.common.RpcError;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;

/**
 * Carries out the effects of a switch's agent: the one place from which vpnlb changes switches, but
 * for the meter that {@link MeterReader} makes for a moment.
 *
 * <p>It never waits. OpenFlowPlugin completes a request some time after the switch has done it. A request that the
 * switch refuses is counted, shows as not reconciled, and is logged if the connection outlives it.
 */
final class SwitchSender {
    private static final FlowCookie EXACT = new FlowCookie(Uint64.fromLongBits(Cookie.EXACT_MASK));
    /**
     * All bits but one that vpnlb's cookies have in common. With all of them Open vSwitch 3.1 does not look one entry
     * up by its match, but goes through all with its cookie: among 60,000 it removed 80 entries/s.
     */
    private static final FlowCookie OF_ONE =
            new FlowCookie(Uint64.fromLongBits(Cookie.EXACT_MASK & ~Long.lowestOneBit(Cookie.PREFIX)));

    private static final Uint8 ALL_TABLES = Uint8.MAX_VALUE;
    /**
     * OpenFlowPlugin keeps about a kilobyte of heap for each entry that it wrote, even after the switch has ended the
     * entry. It forgets all of them when something is deleted from all tables.
     */
    private static final int MAX_REMEMBERED = 1000;

    private static final int MAX_PARTS = 10_000;

    /** Much less than OpenFlowPlugin's quota, 20,000 by default. */
    private static final int MAX_OPEN = 4000;

    /** Those of 25,000 new sessions at once, some seconds' work of a switch; some megabytes of heap. */
    private static final int MAX_WAITING = 50_000;

    /** What many entries have in common, written once. */
    private final LoadingCache<FlowCodec.Behaviour, Instructions> instructions =
            CacheBuilder.newBuilder().maximumSize(MAX_PARTS).build(CacheLoader.from(FlowCodec::instructions));

    private final LoadingCache<MatchCodec.Ethernet, Optional<EthernetMatch>> ethernet = CacheBuilder.newBuilder()
            .maximumSize(MAX_PARTS)
            .build(CacheLoader.from(part -> Optional.ofNullable(part.write())));

    private final RpcService rpcs;
    private final DataObjectIdentifier.WithKey<Node, NodeKey> path;
    private final NodeRef node;
    /** The entries written since OpenFlowPlugin forgot them last; touched only by the sending thread. */
    private int remembered;

    private final Refusals refusals;
    private final ScheduledExecutorService timer;
    private final SerialExecutor executor;
    private Window window;

    /**
     * A sender that has sent nothing.
     *
     * @param node the switch
     * @param rpcs the RPCs of OpenFlowPlugin
     * @param pool runs what has waited
     * @param timer tells of refusals, and sends what is sent later, a little later
     */
    SwitchSender(final String node, final RpcService rpcs, final Executor pool, final ScheduledExecutorService timer) {
        this.rpcs = rpcs;
        this.timer = timer;
        executor = new SerialExecutor(pool);
        window = newWindow();
        refusals = new Refusals(node, timer, Ticker.systemTicker());
        path = DataObjectIdentifier.builder(Nodes.class)
                .child(Node.class, new NodeKey(new NodeId(node)))
                .build();
        this.node = new NodeRef(path);
    }

    /**
     * Sends an effect; they are carried out in the order in which they are sent. Frames are excepted, which do not wait
     * behind other things, and entries that are written later, which all others overtake.
     *
     * @param effect what to send
     * @param onRefused is told, by any thread, that the switch does not take it
     */
    void send(final Effect effect, final Consumer<Event.Refused> onRefused) {
        if (effect instanceof Effect.SendFrame || effect instanceof Effect.SendByGroup) {
            watch(effect, invoke(effect), onRefused);
            return;
        }
        if (effect instanceof Effect.AddLater later) {
            final var add = new Effect.AddFlow(later.flow());
            window.sendLater(add.flow(), () -> watch(add, invoke(add), onRefused));
        } else {
            enqueue(effect, onRefused);
        }
        if ((effect instanceof Effect.AddFlow || effect instanceof Effect.AddLater) && ++remembered >= MAX_REMEMBERED) {
            remembered = 0;
            enqueue(new Effect.DeleteFlows(Cookie.OF_NOTHING), ignored -> {});
        }
    }

    /** The same, but while very many wait, an entry that would end by itself counts as refused. */
    void offer(final Effect effect, final Consumer<Event.Refused> onRefused) {
        if (effect instanceof Effect.AddFlow add
                && !add.flow().timeouts().equals(Flow.Timeouts.NONE)
                && window.waiting() >= MAX_WAITING) {
            final String why = "%d requests wait for the switch".formatted(window.waiting());
            refusals.add(effect, why);
            onRefused.accept(new Event.Refused(effect, why));
            return;
        }
        send(effect, onRefused);
    }

    /**
     * Ends well when the switch has done all that was sent before, and with a failure where it does not say so: most
     * likely the connection ends, which OpenFlowPlugin tells only after it has failed what was on its way.
     */
    ListenableFuture<?> confirm() {
        return confirmed(window::send);
    }

    /** The same, also with what is written later. */
    ListenableFuture<?> confirmLast() {
        return confirmed(window::sendLast);
    }

    private ListenableFuture<?> confirmed(final Consumer<Supplier<ListenableFuture<?>>> sending) {
        final SettableFuture<Object> confirmed = SettableFuture.create();
        sending.accept(() -> {
            confirmed.setFuture(barrier());
            return confirmed;
        });
        return confirmed;
    }

    /** The number of requests that wait for the switch to answer others. */
    int waiting() {
        return window.waiting() + window.waitingLater();
    }

    private void enqueue(final Effect effect, final Consumer<Event.Refused> onRefused) {
        window.send(effect, () -> watch(effect, invoke(effect), onRefused));
    }

    /** The number of requests that the switch refused, or that did not reach it, within about a minute. */
    long refused() {
        return refusals.lately();
    }

    /** Why the last of them was refused; empty when there is none. */
    String whyRefused() {
        return refusals.why();
    }

    private Window newWindow() {
        return new Window(
                MAX_OPEN,
                executor,
                this::barrier,
                Ticker.systemTicker(),
                (nanos, task) -> timer.schedule(task, nanos, TimeUnit.NANOSECONDS));
    }

    private ListenableFuture<?> barrier() {
        return Futures.transformAsync(
                invoke(new Effect.Barrier()),
                result -> result.isSuccessful()
                        ? Futures.immediateFuture(result)
                        : Futures.immediateFailedFuture(
                                new IOException(result.getErrors().toString())),
                MoreExecutors.directExecutor());
    }

    /** Forgets what was refused. Reset on a new connection; losses of the old one are expected. */
    void reset() {
        window.close();
        window = newWindow();
        refusals.forget();
    }

    /** Sends a request; where that throws, the request fails, and whoever wanted it is told. */
    @SuppressWarnings("checkstyle:IllegalCatch")
    private ListenableFuture<? extends RpcResult<?>> invoke(final Effect effect) {
        try {
            return request(effect);
        } catch (RuntimeException e) {
            return Futures.immediateFailedFuture(e);
        }
    }

    private ListenableFuture<? extends RpcResult<?>> request(final Effect effect) {
        return switch (effect) {
            case Effect.AddFlow add -> rpcs.getRpc(AddFlow.class).invoke(addFlow(add.flow()));
            case Effect.DeleteFlow delete ->
                rpcs.getRpc(RemoveFlow.class)
                        .invoke(new RemoveFlowInputBuilder()
                                .setNode(node)
                                .setTableId(Uint8.valueOf(delete.key().table()))
                                .setPriority(Uint16.valueOf(delete.key().priority()))
                                .setMatch(match(delete.key()).build())
                                .setCookie(cookie(delete.cookie()))
                                .setCookieMask(OF_ONE)
                                .setStrict(true)
                                .build());
            case Effect.DeleteFlows delete ->
                rpcs.getRpc(RemoveFlow.class)
                        .invoke(new RemoveFlowInputBuilder()
                                .setNode(node)
                                .setTableId(ALL_TABLES)
                                .setCookie(cookie(delete.cookie()))
                                .setCookieMask(EXACT)
                                .setStrict(false)
                                .build());
            case Effect.AddGroup add ->
                rpcs.getRpc(AddGroup.class)
                        .invoke(new AddGroupInputBuilder()
                                .setNode(node)
                                .setGroupId(groupId(add.group().id()))
                                .setGroupType(GroupCodec.type(add.group().type()))
                                .setBuckets(GroupCodec.buckets(add.group()))
                                .build());
            case Effect.ModifyGroup modify ->
                rpcs.getRpc(UpdateGroup.class)
                        .invoke(new UpdateGroupInputBuilder()
                                .setNode(node)
                                .setOriginalGroup(new OriginalGroupBuilder()
                                        .setGroupId(groupId(modify.group().id()))
                                        .setGroupType(
                                                GroupCodec.type(modify.group().type()))
                                        .build())
                                .setUpdatedGroup(new UpdatedGroupBuilder()
                                        .setGroupId(groupId(modify.group().id()))
                                        .setGroupType(
                                                GroupCodec.type(modify.group().type()))
                                        .setBuckets(GroupCodec.buckets(modify.group()))
                                        .build())
                                .build());
            case Effect.DeleteGroup delete ->
                rpcs.getRpc(RemoveGroup.class)
                        .invoke(new RemoveGroupInputBuilder()
                                .setNode(node)
                                .setGroupId(groupId(delete.group().id()))
                                .setGroupType(GroupCodec.type(delete.group().type()))
                                .build());
            case Effect.AddMeter add -> rpcs.getRpc(AddMeter.class).invoke(MeterCodec.add(node, add.meter()));
            case Effect.DeleteMeter delete ->
                rpcs.getRpc(RemoveMeter.class).invoke(MeterCodec.remove(node, delete.id()));
            case Effect.Barrier barrier ->
                rpcs.getRpc(SendBarrier.class)
                        .invoke(new SendBarrierInputBuilder().setNode(node).build());
            case Effect.SendFrame frame -> rpcs.getRpc(TransmitPacket.class).invoke(PacketOut.of(path, frame));
            case Effect.SendByGroup frame -> rpcs.getRpc(TransmitPacket.class).invoke(PacketOut.of(path, frame));
            case Effect.AddLater add -> throw new IllegalArgumentException("to be sent as what it is: " + add);
            case Effect.Confirm ask -> throw new IllegalArgumentException("nothing to send: " + ask);
            case Effect.Count ask -> throw new IllegalArgumentException("nothing to send: " + ask);
            case Effect.AuditCounts ask -> throw new IllegalArgumentException("nothing to send: " + ask);
            case Effect.CountDrops ask -> throw new IllegalArgumentException("nothing to send: " + ask);
            case Effect.Audit ask -> throw new IllegalArgumentException("nothing to send: " + ask);
            case Effect.ReadOthers ask -> throw new IllegalArgumentException("nothing to send: " + ask);
            case Effect.Reread ask -> throw new IllegalArgumentException("nothing to send: " + ask);
            case Effect.Tell tell -> throw new IllegalArgumentException("nothing to send: " + tell);
        };
    }

    private AddFlowInput addFlow(final Flow flow) {
        return new AddFlowInputBuilder()
                .setNode(node)
                .setTableId(Uint8.valueOf(flow.key().table()))
                .setPriority(Uint16.valueOf(flow.key().priority()))
                .setMatch(match(flow.key()).build())
                .setInstructions(instructions.getUnchecked(FlowCodec.Behaviour.of(flow)))
                .setCookie(cookie(flow.cookie()))
                .setIdleTimeout(Uint16.valueOf(flow.timeouts().idle()))
                .setHardTimeout(Uint16.valueOf(flow.timeouts().hard()))
                .setFlags(FlowCodec.flags(flow))
                .build();
    }

    private MatchBuilder match(final Flow.Key key) {
        return MatchCodec.write(key.match(), part -> ethernet.getUnchecked(part).orElse(null));
    }

    private ListenableFuture<?> watch(
            final Effect effect,
            final ListenableFuture<? extends RpcResult<?>> future,
            final Consumer<Event.Refused> onRefused) {
        Futures.addCallback(
                future,
                new FutureCallback<RpcResult<?>>() {
                    @Override
                    public void onSuccess(final RpcResult<?> result) {
                        if (!result.isSuccessful()) {
                            failed(result.getErrors());
                        }
                    }

                    @Override
                    public void onFailure(final Throwable cause) {
                        failed(cause);
                    }

                    private void failed(final Object reason) {
                        // The agent retries a group as a change, and only the second refusal counts. After a
                        // reconnection the switch is read anew.
                        if (isDisconnection(reason)) {
                            // Not refused: the agent will hear of the disconnection, and keeps what it knows.
                            return;
                        }
                        final String why = Refusals.words(reason);
                        if (!(effect instanceof Effect.AddGroup)) {
                            refusals.add(effect, why);
                        }
                        onRefused.accept(new Event.Refused(effect, why));
                    }
                },
                MoreExecutors.directExecutor());
        return future;
    }

    /** Whether a request was lost with its connection, and not refused by the switch. */
    private static boolean isDisconnection(final Object reason) {
        return reason instanceof Collection<?> errors
                && errors.stream()
                        .allMatch(error -> error instanceof RpcError rpc
                                && rpc.getCause() == OutboundQueueException.DEVICE_DISCONNECTED);
    }

    private static FlowCookie cookie(final long value) {
        return new FlowCookie(Uint64.fromLongBits(value));
    }

    private static GroupId groupId(final long id) {
        return new GroupId(Uint32.valueOf(id));
    }
}
