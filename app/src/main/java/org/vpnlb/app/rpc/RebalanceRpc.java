/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.NodeId;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.RebalanceInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.RebalanceOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.RebalanceOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.rebalance.output.MoveBuilder;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.session.Rebalance;

/** The RPC rebalance: moves pinned clients to the devices of their slots, a few at a time. */
final class RebalanceRpc {
    private static final int DEFAULT_PER_SECOND = 10;
    private static final int MAX_PER_SECOND = 1000;
    private static final int MAX_SHARE = 100;

    private final Inquiry inquiry;
    private final Replies replies;
    private final Rebalances rebalances;

    RebalanceRpc(final Inquiry inquiry, final Replies replies, final Rebalances rebalances) {
        this.inquiry = inquiry;
        this.replies = replies;
        this.rebalances = rebalances;
    }

    /** How many of the pinned clients are to be moved. */
    private interface Number {
        int of(int pinned);
    }

    /** What a switch says; empty where nobody can tell slots. */
    private record At(String node, boolean isConnected, Optional<List<PinnedClient>> pinned) {}

    ListenableFuture<RpcResult<RebalanceOutput>> rebalance(final RebalanceInput input) {
        return replies.reply(services -> {
            final Service service = Inputs.service(input.getService(), services);
            Inputs.checkDevice(input.getDevice(), service);
            final Optional<Number> number = number(input);
            final int perSecond = (int) within("per-second", input.getPerSecond(), DEFAULT_PER_SECOND, MAX_PER_SECOND);
            if (number.isEmpty()) {
                return Futures.immediateFuture(stop(service));
            }
            return Futures.transformAsync(
                    ask(service),
                    found -> Futures.immediateFuture(begin(
                            service,
                            pinned(service, input.getDevice(), found),
                            number.orElseThrow(),
                            perSecond,
                            Boolean.TRUE.equals(input.getDryRun()))),
                    MoreExecutors.directExecutor());
        });
    }

    /** Empty to stop the one that runs. */
    private static Optional<Number> number(final RebalanceInput input) throws InvalidInputException {
        final boolean isToStop = Boolean.TRUE.equals(input.getStop());
        final Uint32 clients = input.getClients();
        final Uint32 share = input.getShare();
        final String fix = "write one of clients, share and stop";
        if (clients == null && share == null) {
            if (isToStop) {
                return Optional.empty();
            }
            throw new InvalidInputException("clients", "absent", "share and stop are absent too", fix);
        }
        if (isToStop) {
            throw new InvalidInputException("stop", true, "clients or share is there too", fix);
        }
        if (clients != null && share != null) {
            throw new InvalidInputException("share", share, "clients is there too", fix);
        }
        if (share != null) {
            final int percent = (int) within("share", share, 0, MAX_SHARE);
            return Optional.of(pinned -> Rebalance.share(percent, pinned));
        }
        final long most = within("clients", clients, 0, Uint32.MAX_VALUE.toJava());
        return Optional.of(pinned -> (int) Math.min(most, pinned));
    }

    private static long within(final String leaf, final Uint32 value, final int byDefault, final long max)
            throws InvalidInputException {
        if (value == null) {
            return byDefault;
        }
        if (value.toJava() < 1 || value.toJava() > max) {
            throw new InvalidInputException(leaf, value, "is out of range", "use 1 to " + max);
        }
        return value.toJava();
    }

    private ListenableFuture<List<At>> ask(final Service service) {
        return Futures.allAsList(ingress(service)
                .map(node -> inquiry.nodes().contains(node)
                        ? inquiry.ask(
                                node,
                                Optional.of(service.name()),
                                (answers, read) ->
                                        new At(node, answers.isConnected(), answers.pinned(service.name(), read)))
                        : Futures.immediateFuture(new At(node, false, Optional.empty())))
                .toList());
    }

    private static Stream<String> ingress(final Service service) {
        return service.ingress().switches().stream()
                .map(Service.SwitchPorts::node)
                .distinct();
    }

    /** By connected switch, the pinned clients that are meant. */
    private static Map<String, List<PinnedClient>> pinned(
            final Service service, final String device, final Collection<At> found) throws InvalidInputException {
        final Map<String, List<PinnedClient>> byNode = new LinkedHashMap<>();
        for (final At at : found) {
            if (at.isConnected()) {
                byNode.put(
                        at.node(),
                        at
                                .pinned()
                                .orElseThrow(() -> new InvalidInputException(
                                        "service",
                                        service.name(),
                                        at.node() + " selects by its own hash, so nobody can tell a client's slot",
                                        "use the method source-hash, or clear-sessions with a device and a prefix"))
                                .stream()
                                .filter(client -> device == null || device.equals(client.from()))
                                .toList());
            }
        }
        return byNode;
    }

    private RebalanceOutput begin(
            final Service service,
            final Map<String, List<PinnedClient>> byNode,
            final Number number,
            final int perSecond,
            final boolean isDry)
            throws InvalidInputException {
        final Map<ClientKey, PinnedClient> pinned = new LinkedHashMap<>();
        byNode.values().forEach(clients -> clients.forEach(client -> pinned.putIfAbsent(client.client(), client)));
        final List<PinnedClient> chosen = Rebalance.choose(pinned.values(), number.of(pinned.size()));
        if (!isDry && !chosen.isEmpty() && !rebalances.start(inquiry, service.name(), chosen, byNode, perSecond)) {
            throw runs(service);
        }
        final Set<NodeId> disconnected = new LinkedHashSet<>();
        ingress(service).filter(node -> !byNode.containsKey(node)).forEach(node -> disconnected.add(new NodeId(node)));
        return new RebalanceOutputBuilder()
                .setPinned(Uint32.valueOf(pinned.size()))
                .setMoving(Uint32.valueOf(chosen.size()))
                .setSeconds(Uint32.valueOf(Rebalances.seconds(chosen.size(), perSecond)))
                .setMove(Rebalance.moves(chosen).entrySet().stream()
                        .map(move -> new MoveBuilder()
                                .setFrom(move.getKey().from())
                                .setTo(move.getKey().to())
                                .setClients(Uint32.valueOf(move.getValue()))
                                .build())
                        .collect(BindingMap.toOrderedMap()))
                .setDisconnectedSwitch(disconnected)
                .build();
    }

    private InvalidInputException runs(final Service service) {
        final String far = rebalances
                .progress(service.name())
                .map(run -> "it has come to %d of %d clients and takes %d s more"
                        .formatted(run.lookedAt(), run.clients(), run.secondsLeft()))
                .orElse("it has just begun");
        return new InvalidInputException(
                "service",
                service.name(),
                "a rebalance runs: " + far,
                "wait for rebalance-finished, or write stop and call again");
    }

    private RebalanceOutput stop(final Service service) throws InvalidInputException {
        final Rebalances.Progress ended = rebalances
                .stop(inquiry, service.name())
                .orElseThrow(() -> new InvalidInputException(
                        "stop",
                        true,
                        "no rebalance of " + service.name() + " runs",
                        "see rebalance in the service's state"));
        return new RebalanceOutputBuilder()
                .setMoving(Uint32.valueOf(ended.moved()))
                .build();
    }
}
