/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.NodeId;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.RebalanceInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.RebalanceOutput;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.app.Office;
import org.vpnlb.app.openflow.TestAgents;
import org.vpnlb.app.rpc.Rebalances.Progress;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.session.SessionRow;

class RebalanceRpcTest {
    private static final Device G1 = Office.device(1);
    private static final int CLIENTS = 40;

    private final ManualTimer timer = new ManualTimer();
    private final List<Progress> ended = new ArrayList<>();
    private final Rebalances rebalances = new Rebalances(timer, (service, end) -> ended.add(end));
    private TestAgents agents;

    private void start(final Method method) {
        agents = new TestAgents(Office.selecting(method, G1, Office.device(2), Office.device(3)));
    }

    /** Two of three devices were away: all clients are with the one that was left. */
    private void afterAnOutage() {
        start(Method.SOURCE_HASH);
        agents.connect(
                G1, IntStream.range(0, CLIENTS).mapToObj(i -> "203.0.113." + i).toArray(String[]::new));
    }

    @Test
    void aDryRunTellsWhoWouldMoveAndMovesNobody() {
        afterAnOutage();
        final int pinned = pinned().size();
        assertThat(pinned).isBetween(CLIENTS / 2, CLIENTS - 1);
        final RebalanceOutput output =
                answer(input -> input.setShare(Uint32.valueOf(50)).setDryRun(true));
        assertThat(output.getPinned().intValue()).isEqualTo(pinned);
        assertThat(output.getMoving().intValue()).isEqualTo((pinned + 1) / 2);
        assertThat(output.getSeconds().intValue()).isEqualTo(2);
        assertThat(output.nonnullMove().values())
                .extracting(move -> move.getFrom() + move.getTo())
                .containsExactly("g1g2", "g1g3");
        assertThat(output.nonnullMove().values().stream()
                        .mapToInt(move -> move.getClients().intValue())
                        .sum())
                .isEqualTo((pinned + 1) / 2);
        assertThat(pinned()).hasSize(pinned);
        assertThat(rebalances.progress("office")).isEmpty();
    }

    @Test
    void theChosenNumberMovesAFewEachSecondUntilItIsDone() {
        afterAnOutage();
        final int pinned = pinned().size();
        answer(input -> input.setClients(Uint32.valueOf(10)).setPerSecond(Uint32.valueOf(4)));
        assertThat(pinned()).hasSize(pinned - 4);
        assertThat(progress().isRunning()).isTrue();
        timer.advance(999);
        assertThat(pinned()).hasSize(pinned - 4);
        timer.advance(1);
        assertThat(pinned()).hasSize(pinned - 8);
        assertThat(progress().secondsLeft()).isEqualTo(1);
        assertThat(ended).isEmpty();
        timer.advance(1000);
        assertThat(pinned()).hasSize(pinned - 10);
        assertThat(ended).singleElement().satisfies(end -> {
            assertThat(end.moved()).isEqualTo(10);
            assertThat(end.clients()).isEqualTo(10);
            assertThat(end.isStopped()).isFalse();
            assertThat(end.finishedAt()).isPresent();
        });
        timer.advance(10_000);
        assertThat(pinned()).hasSize(pinned - 10);
        assertThat(rows()).hasSize(CLIENTS);
    }

    @Test
    void moreThanThereAreIsAllOfThem() {
        afterAnOutage();
        final int pinned = pinned().size();
        assertThat(answer(input -> input.setClients(Uint32.MAX_VALUE).setPerSecond(Uint32.valueOf(1000)))
                        .getMoving()
                        .intValue())
                .isEqualTo(pinned);
        assertThat(pinned()).isEmpty();
        assertThat(ended).hasSize(1);
    }

    @Test
    void onlyClientsOfTheDeviceMove() {
        afterAnOutage();
        final RebalanceOutput output =
                answer(input -> input.setClients(Uint32.ONE).setDevice("g2"));
        assertThat(output.getPinned()).isEqualTo(Uint32.ZERO);
        assertThat(output.getMoving()).isEqualTo(Uint32.ZERO);
        assertThat(rebalances.progress("office")).isEmpty();
    }

    @Test
    void aSecondOneIsRefusedUntilTheFirstIsOverOrStopped() {
        afterAnOutage();
        final int pinned = pinned().size();
        answer(input -> input.setClients(Uint32.valueOf(10)).setPerSecond(Uint32.valueOf(4)));
        assertInvalid(
                input -> input.setClients(Uint32.ONE),
                "input/service = office: a rebalance runs: it has come to 4 of 10 clients and takes 2 s more;"
                        + " wait for rebalance-finished, or write stop and call again");
        assertThat(answer(input -> input.setClients(Uint32.ONE).setDryRun(true))
                        .getPinned()
                        .intValue())
                .isEqualTo(pinned - 4);
        assertThat(answer(input -> input.setStop(true)).getMoving().intValue()).isEqualTo(4);
        assertThat(ended)
                .singleElement()
                .satisfies(end -> assertThat(end.isStopped()).isTrue());
        timer.advance(10_000);
        assertThat(pinned()).hasSize(pinned - 4);
        assertThat(ended).hasSize(1);
        answer(input -> input.setClients(Uint32.ONE));
        assertThat(pinned()).hasSize(pinned - 5);
    }

    @Test
    void whoIsNotPinnedAnyMoreIsNotMovedAndNotCounted() {
        afterAnOutage();
        final List<PinnedClient> pinned = pinned();
        answer(input -> input.setShare(Uint32.valueOf(100)).setPerSecond(Uint32.ONE));
        Futures.getUnchecked(agents.inquiry().clear(Office.INGRESS, "office", SessionFilter.ALL));
        timer.advance(100_000);
        assertThat(ended).singleElement().satisfies(end -> {
            assertThat(end.clients()).isEqualTo(pinned.size());
            assertThat(end.lookedAt()).isEqualTo(pinned.size());
            assertThat(end.moved()).isEqualTo(1);
        });
        assertThat(rows()).isEmpty();
    }

    @Test
    void aSwitchThatIsNotConnectedIsNamed() {
        start(Method.SOURCE_HASH);
        final RebalanceOutput output = answer(input -> input.setClients(Uint32.ONE));
        assertThat(output.getDisconnectedSwitch()).containsExactly(new NodeId(Office.INGRESS));
        assertThat(output.getMoving()).isEqualTo(Uint32.ZERO);
    }

    @Test
    void whatCannotBeDoneIsRefusedWithLeafValueAndFix() {
        afterAnOutage();
        final String one = "; write one of clients, share and stop";
        assertInvalid(input -> input, "input/clients = absent: share and stop are absent too" + one);
        assertInvalid(
                input -> input.setClients(Uint32.ONE).setShare(Uint32.ONE),
                "input/share = 1: clients is there too" + one);
        assertInvalid(
                input -> input.setStop(true).setShare(Uint32.ONE),
                "input/stop = true: clients or share is there too" + one);
        assertInvalid(
                input -> input.setClients(Uint32.ZERO), "input/clients = 0: is out of range; use 1 to 4294967295");
        assertInvalid(input -> input.setShare(Uint32.valueOf(101)), "input/share = 101: is out of range; use 1 to 100");
        assertInvalid(
                input -> input.setClients(Uint32.ONE).setPerSecond(Uint32.ZERO),
                "input/per-second = 0: is out of range; use 1 to 1000");
        assertInvalid(
                input -> input.setClients(Uint32.ONE).setDevice("g9"),
                "input/device = g9: service office has no such device; use one of [g1, g2, g3]");
        assertInvalid(
                input -> input.setClients(Uint32.ONE).setService("home"),
                "input/service = home: there is no such service; use one of [office]");
        assertInvalid(
                input -> input.setStop(true),
                "input/stop = true: no rebalance of office runs; see rebalance in the service's state");
        start(Method.SELECT_GROUP);
        agents.connect(G1, "203.0.113.1");
        assertInvalid(
                input -> input.setClients(Uint32.ONE),
                "input/service = office: openflow:1 selects by its own hash, so nobody can tell a client's slot;"
                        + " use the method source-hash, or clear-sessions with a device and a prefix");
    }

    private Progress progress() {
        return rebalances.progress("office").orElseThrow();
    }

    private List<PinnedClient> pinned() {
        return Futures.getUnchecked(agents.inquiry()
                        .ask(Office.INGRESS, Optional.of("office"), (answers, read) -> answers.pinned("office", read)))
                .orElseThrow();
    }

    private List<SessionRow> rows() {
        return Futures.getUnchecked(agents.inquiry()
                .ask(
                        Office.INGRESS,
                        Optional.of("office"),
                        (answers, read) ->
                                answers.page("office", Side.INGRESS, SessionFilter.ALL, Optional.empty(), 1000, read)));
    }

    private ListenableFuture<RpcResult<RebalanceOutput>> call(final UnaryOperator<RebalanceInputBuilder> input) {
        final var replies = new Replies(
                () -> Futures.immediateFuture(agents.services()), () -> TestAgents.NOW, InstantSource.system());
        return new RebalanceRpc(agents.inquiry(), replies, rebalances)
                .rebalance(input.apply(new RebalanceInputBuilder().setService("office"))
                        .build());
    }

    private RebalanceOutput answer(final UnaryOperator<RebalanceInputBuilder> input) {
        final RpcResult<RebalanceOutput> result = Futures.getUnchecked(call(input));
        assertThat(result.getErrors()).isEmpty();
        return result.getResult();
    }

    private void assertInvalid(final UnaryOperator<RebalanceInputBuilder> input, final String message) {
        assertThat(Futures.getUnchecked(call(input)).getErrors())
                .singleElement()
                .satisfies(error -> {
                    assertThat(error.getTag()).isEqualTo(ErrorTag.INVALID_VALUE);
                    assertThat(error.getMessage()).isEqualTo(message);
                });
    }
}
