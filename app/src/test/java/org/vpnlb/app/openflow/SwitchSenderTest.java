/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.openflowjava.protocol.api.connection.OutboundQueueException;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlow;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlowInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlowOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.RemoveFlow;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.RemoveFlowInput;
import org.opendaylight.yangtools.binding.Rpc;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.RpcResultBuilder;
import org.vpnlb.engine.agent.Effect;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Cookie;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;

class SwitchSenderTest {
    private final Plugin plugin = new Plugin();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final SwitchSender sender = new SwitchSender("openflow:1", plugin, timer);
    private final List<Effect> refused = new ArrayList<>();

    /** OpenFlowPlugin, as far as it is needed here. */
    private static final class Plugin implements RpcService {
        private final List<AddFlowInput> added = new ArrayList<>();
        private final List<RemoveFlowInput> removed = new ArrayList<>();
        private ListenableFuture<RpcResult<AddFlowOutput>> answer =
                RpcResultBuilder.<AddFlowOutput>success().buildFuture();

        @Override
        public <T extends Rpc<?, ?>> T getRpc(final Class<T> type) {
            final AddFlow add = input -> {
                added.add(input);
                return answer;
            };
            final RemoveFlow remove =
                    input -> {
                        removed.add(input);
                        return Futures.immediateFuture(RpcResultBuilder
                                .<org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.RemoveFlowOutput>
                                        success()
                                .build());
                    };
            return type.cast(type == AddFlow.class ? add : remove);
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
    void whatASwitchRefusesIsCountedAndToldOf() {
        plugin.answer = failed(new IllegalStateException("table full"));
        send(1);
        assertThat(sender.refused()).isOne();
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

    private void send(final int number) {
        final IpAddress client = IpAddress.parse("10.0.%d.%d".formatted(number >> 8, number & 0xff));
        sender.send(
                new Effect.AddFlow(new Flow(
                        new Flow.Key(
                                3,
                                100,
                                Match.ip(client.family())
                                        .ipSource(IpPrefix.of(client))
                                        .build()),
                        new Cookie(Cookie.Kind.LEARNED_SOURCE, 1, 2).value(),
                        Flow.Timeouts.NONE,
                        List.of(),
                        null,
                        4)),
                refused::add);
    }

    private static ListenableFuture<RpcResult<AddFlowOutput>> failed(final Throwable cause) {
        return RpcResultBuilder.<AddFlowOutput>failed()
                .withError(ErrorType.APPLICATION, "", cause)
                .buildFuture();
    }
}
