/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.AdminState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Ending.Why;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PlanChangeInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PlanChangeOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.Service.LookedUpAnew;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.service.End;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.service.SlotMove;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnServiceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDevice;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceKey;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.Office;
import org.vpnlb.app.openflow.TestAgents;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.openflow.Flow;

/** What a change would do is told by the RPC, with the same errors as when it is committed, and nothing is changed. */
class PlanRpcTest {
    private static final Device G1 = Office.device(1);

    private final TestAgents agents = new TestAgents(Office.of(G1, Office.device(2)));
    /** What links and checks make of the services. */
    private UnaryOperator<List<org.vpnlb.engine.model.Service>> health = services -> services;

    private final PlanRpc rpc = new PlanRpc(
            agents.inquiry(),
            new Replies(
                    () -> Futures.immediateFuture(agents.services()),
                    () -> TestAgents.NOW,
                    InstantSource.fixed(Instant.EPOCH)),
            services -> Futures.immediateFuture(health.apply(services)));

    @Test
    void aDrainMovesSlotsAndEndsNothing() {
        agents.connect(G1, "203.0.113.7", "203.0.113.8");
        final List<Map<Flow.Key, Flow>> held = held();
        final List<Service> services = answer(change(device -> device.setAdminState(AdminState.Draining)));
        assertThat(services)
                .extracting(Service::getService, found -> found.getNode().getValue(), Service::getConnected)
                .containsExactly(tuple("office", "openflow:1", true), tuple("office", "openflow:2", true));
        final Service ingress = services.getFirst();
        assertThat(ingress.getSlotMove())
                .extracting(SlotMove::getFrom, SlotMove::getTo, SlotMove::getSlots, SlotMove::getWhen)
                .containsExactly(tuple("g1", "g2", Uint32.valueOf(32), SlotMove.When.AtOnce));
        assertThat(ingress.getLookedUpAnew()).isEqualTo(LookedUpAnew.MovedSlots);
        assertThat(ingress.getStayingSessions()).isEqualTo(Uint32.TWO);
        assertThat(ingress.getEndingSessions()).isEqualTo(Uint32.ZERO);
        assertThat(ingress.getWaitingSeconds()).isNull();
        // The switch's own hash selects.
        assertThat(ingress.getPinnedSessions()).isNull();
        assertThat(services.getLast().nonnullSlotMove()).isEmpty();
        assertThat(services.getLast().getLookedUpAnew()).isEqualTo(LookedUpAnew.None);
        assertThat(held()).isEqualTo(held);
    }

    @Test
    void sessionsThatEndAreCountedAndTheFirstHundredListed() {
        agents.connect(
                G1, IntStream.range(0, 120).mapToObj(i -> "203.0.113." + i).toArray(String[]::new));
        final Service egress = answer(change(device -> device.setAdminState(AdminState.OutOfService)))
                .getLast();
        assertThat(egress.getEnd())
                .extracting(End::getSide, End::getDevice, End::getWhy, End::getSessions)
                .containsExactly(tuple(Role.Egress, "g1", Why.DeviceOutOfService, Uint32.valueOf(120)));
        assertThat(egress.getEndingSessions()).isEqualTo(Uint32.valueOf(120));
        assertThat(egress.getEndingSession())
                .extracting(session -> session.getClientAddress().stringValue())
                .containsExactlyElementsOf(
                        IntStream.range(0, 100).mapToObj(i -> "203.0.113." + i).toList());
    }

    @Test
    void aServiceThatWouldBeDeletedLosesAll() {
        agents.connect(G1, "203.0.113.7");
        final var input =
                new PlanChangeInputBuilder().setDeletedService(Set.of("office")).build();
        assertThat(answer(rpc.planChange(input))).hasSize(2).allSatisfy(service -> {
            assertThat(service.getEnd()).extracting(End::getWhy).containsExactly(Why.ServiceLeaves);
            assertThat(service.getStayingSessions()).isEqualTo(Uint32.ZERO);
        });
    }

    @Test
    void aDeviceThatIsDownGetsNothing() {
        agents.connect(G1);
        health = services -> List.of(services.getFirst()
                .withDevices(services.getFirst().devices().stream()
                        .map(device ->
                                device.name().equals("g2") ? device.with(Device.AdminState.OUT_OF_SERVICE) : device)
                        .toList()));
        assertThat(answer(change(device -> device.setAdminState(AdminState.Draining)))
                        .getFirst()
                        .getSlotMove())
                .extracting(SlotMove::getFrom, SlotMove::getTo)
                .containsExactlyInAnyOrder(tuple("g1", null), tuple("g2", null));
    }

    @Test
    void aSwitchThatIsNotConnectedIsSaidToBe() {
        assertThat(answer(change(device -> device.setWeight(Uint32.TWO))))
                .hasSize(2)
                .noneMatch(Service::getConnected);
    }

    @Test
    void whatCannotBeCommittedIsRefusedWithTheSameError() {
        assertRefused(
                change(device -> device.setWeight(Uint32.ZERO)),
                "vpn-service[name='office']/vpn-device[name='g1']/weight = 0: is not a weight; use 1 to 100");
        assertRefused(
                change(device -> device.setIngress(null)),
                "vpn-service[name='office']/vpn-device[name='g1']/ingress/node = absent: the leaf is mandatory");
        assertRefused(rpc.planChange(new PlanChangeInputBuilder().build()), "input/vpn-service = absent: ");
        assertRefused(
                rpc.planChange(new PlanChangeInputBuilder()
                        .setDeletedService(Set.of("home"))
                        .build()),
                "input/deleted-service = home: there is no such service; use one of [office]");
        assertRefused(
                rpc.planChange(new PlanChangeInputBuilder()
                        .setVpnService(BindingMap.of(Office.configured(1, 2)))
                        .setDeletedService(Set.of("office"))
                        .build()),
                "input/deleted-service = office: it is in vpn-service too; leave one of the two out");
    }

    /** Asks for another g1. */
    private ListenableFuture<RpcResult<PlanChangeOutput>> change(final UnaryOperator<VpnDeviceBuilder> change) {
        final VpnService office = Office.configured(1, 2);
        final Map<VpnDeviceKey, VpnDevice> devices = new HashMap<>(office.nonnullVpnDevice());
        devices.computeIfPresent(
                new VpnDeviceKey("g1"),
                (key, device) -> change.apply(new VpnDeviceBuilder(device)).build());
        return rpc.planChange(new PlanChangeInputBuilder()
                .setVpnService(BindingMap.of(
                        new VpnServiceBuilder(office).setVpnDevice(devices).build()))
                .build());
    }

    private List<Map<Flow.Key, Flow>> held() {
        return List.of(Map.copyOf(agents.flows(Office.INGRESS)), Map.copyOf(agents.flows(Office.EGRESS)));
    }

    private static List<Service> answer(final ListenableFuture<RpcResult<PlanChangeOutput>> asked) {
        final RpcResult<PlanChangeOutput> result = Futures.getUnchecked(asked);
        assertThat(result.getErrors()).isEmpty();
        return result.getResult().nonnullService();
    }

    private static void assertRefused(final ListenableFuture<RpcResult<PlanChangeOutput>> asked, final String message) {
        assertThat(Futures.getUnchecked(asked).getErrors()).singleElement().satisfies(error -> {
            assertThat(error.getTag()).isEqualTo(ErrorTag.INVALID_VALUE);
            assertThat(error.getMessage()).startsWith(message);
        });
    }
}
