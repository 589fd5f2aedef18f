/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.Futures;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.DataObjectModification;
import org.opendaylight.mdsal.binding.api.DataObjectModification.ModificationType;
import org.opendaylight.mdsal.binding.api.DataTreeModification;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNodeConnector;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNodeConnectorBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.port.rev130925.flow.capable.port.StateBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeConnectorId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.node.NodeConnector;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.node.NodeConnectorBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeBuilder;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.app.Office;
import org.vpnlb.app.health.DeviceHealth.Key;
import org.vpnlb.engine.model.DeviceState;
import org.vpnlb.engine.model.DeviceState.Value;

class LinkListenerTest {
    private final ManualTimer timer = new ManualTimer();
    private final TreeMap<String, NodeConnector> connectors = new TreeMap<>();
    private final DeviceHealth health =
            new DeviceHealth(Runnable::run, timer, Clock.systemUTC(), timer::now, change -> {});
    private final Map<String, Map<String, Long>> named = new HashMap<>();
    private LinkListener listener;

    @BeforeEach
    void start() {
        final DataBroker broker = mock();
        LinkListener.register(broker, (node, ports, numbers) -> {
            named.put(node, numbers);
            health.ports(node, ports, numbers);
        });
        final var registered = ArgumentCaptor.forClass(LinkListener.class);
        verify(broker).registerTreeChangeListener(any(), any(), registered.capture());
        listener = registered.getValue();
        health.configured(List.of(Office.of(Office.device(1), Office.device(2))));

        port("LOCAL", false);
        port("1", true);
        port("11", true);
        port("12", true);
        hear(Office.EGRESS, ModificationType.WRITE);
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void aSwitchThatIsThereTellsItsLinks() {
        port("11", false);
        hear(Office.INGRESS, ModificationType.WRITE);
        assertThat(g1().reason()).hasValue("port 11 of openflow:1 is down");
        assertThat(g2().value()).isEqualTo(Value.UP);
    }

    @Test
    void aLinkThatGoesDownIsToldAndOneThatComesBackToo() {
        hear(Office.INGRESS, ModificationType.WRITE);
        assertThat(g1().value()).isEqualTo(Value.UP);
        port("11", false);
        hear(Office.INGRESS, ModificationType.SUBTREE_MODIFIED);
        assertThat(g1().value()).isEqualTo(Value.DOWN);
        port("11", true);
        hear(Office.INGRESS, ModificationType.SUBTREE_MODIFIED);
        assertThat(g1().value()).isEqualTo(Value.UP);
    }

    @Test
    void aPortThatIsDeletedFromTheSwitchIsGone() {
        hear(Office.INGRESS, ModificationType.WRITE);
        connectors.remove("11");
        hear(Office.INGRESS, ModificationType.SUBTREE_MODIFIED);
        assertThat(g1()).isEqualTo(down("port 11 of openflow:1 is gone"));
        assertThat(g2().value()).isEqualTo(Value.UP);
    }

    @Test
    void aPortThatTheSwitchDoesNotListIsGone() {
        connectors.remove("12");
        hear(Office.INGRESS, ModificationType.WRITE);
        assertThat(g1().value()).isEqualTo(Value.UP);
        assertThat(g2()).isEqualTo(down("port 12 of openflow:1 is gone"));
    }

    @Test
    void aPortThatOnlyItsStatisticsAreLeftOfIsGone() {
        hear(Office.INGRESS, ModificationType.WRITE);
        connectors.put("11", connector("11").build());
        hear(Office.INGRESS, ModificationType.SUBTREE_MODIFIED);
        assertThat(g1()).isEqualTo(down("port 11 of openflow:1 is gone"));
    }

    @Test
    void aPortIsToldWithItsNameAndItsNumber() {
        assertThat(named).containsExactly(Map.entry(Office.EGRESS, Map.of("eth1", 1L, "eth11", 11L, "eth12", 12L)));
        connectors.remove("11");
        connectors.put(
                "31", connector("31").addAugmentation(described("eth11", true)).build());
        hear(Office.INGRESS, ModificationType.WRITE);
        assertThat(named.get(Office.INGRESS)).isEqualTo(Map.of("eth1", 1L, "eth11", 31L, "eth12", 12L));
    }

    @Test
    void whileASwitchIsAwayWhatItSaidLastHolds() {
        port("12", false);
        hear(Office.INGRESS, ModificationType.WRITE);
        connectors.clear();
        hear(Office.INGRESS, ModificationType.DELETE);
        assertThat(g1().value()).isEqualTo(Value.UP);
        assertThat(g2()).isEqualTo(down("port 12 of openflow:1 is down"));
    }

    @Test
    void aPortThatGoesWhileItsSwitchIsAwayIsGoneWhenThatIsBack() {
        hear(Office.INGRESS, ModificationType.WRITE);
        hear(Office.INGRESS, ModificationType.DELETE);
        connectors.remove("11");
        hear(Office.INGRESS, ModificationType.WRITE);
        assertThat(g1()).isEqualTo(down("port 11 of openflow:1 is gone"));
    }

    @Test
    void aSwitchThatHasNotListedItsPortsTellsNothing() {
        connectors.clear();
        hear(Office.INGRESS, ModificationType.WRITE);
        connectors.put("1", connector("1").build());
        hear(Office.INGRESS, ModificationType.SUBTREE_MODIFIED);
        assertThat(g1().value()).isEqualTo(Value.UNKNOWN);
        assertThat(g1().reason()).hasValue("port 11 of openflow:1 is not known");
    }

    @Test
    void whatDoesNotConcernPortsIsNotLookedAt() {
        hear(Office.INGRESS, ModificationType.WRITE);
        final DataObjectModification<Node> flows = mock();
        when(flows.modificationType()).thenReturn(ModificationType.SUBTREE_MODIFIED);
        when(flows.dataAfter()).thenThrow(new AssertionError("read in vain"));
        tell(flows);
        assertThat(g1().value()).isEqualTo(Value.UP);
    }

    private void port(final String number, final boolean isUp) {
        connectors.put(
                number,
                connector(number)
                        .addAugmentation(described("eth" + number, isUp))
                        .build());
    }

    private static FlowCapableNodeConnector described(final String name, final boolean isUp) {
        return new FlowCapableNodeConnectorBuilder()
                .setName(name)
                .setState(new StateBuilder().setLinkDown(!isUp).build())
                .build();
    }

    private static NodeConnectorBuilder connector(final String number) {
        return new NodeConnectorBuilder().setId(new NodeConnectorId("openflow:7:" + number));
    }

    private void hear(final String node, final ModificationType type) {
        final DataObjectModification<Node> change = mock();
        when(change.modificationType()).thenReturn(type);
        when(change.dataAfter())
                .thenReturn(
                        type == ModificationType.DELETE
                                ? null
                                : new NodeBuilder()
                                        .setId(new NodeId(node))
                                        .setNodeConnector(BindingMap.of(new ArrayList<>(connectors.values())))
                                        .build());
        if (type == ModificationType.SUBTREE_MODIFIED) {
            final DataObjectModification<NodeConnector> port = mock();
            when(change.getModifiedChildren(NodeConnector.class)).thenReturn(List.of(port));
        }
        tell(change);
    }

    private void tell(final DataObjectModification<Node> change) {
        final DataTreeModification<Node> modification = mock();
        when(modification.getRootNode()).thenReturn(change);
        listener.onDataTreeChanged(List.of(modification));
    }

    private DeviceState g1() {
        return stateOf("g1");
    }

    private DeviceState g2() {
        return stateOf("g2");
    }

    private DeviceState stateOf(final String device) {
        return Futures.getUnchecked(health.read())
                .devices()
                .get(new Key("office", device))
                .state();
    }

    private static DeviceState down(final String reason) {
        return new DeviceState(Value.DOWN, Optional.of(reason));
    }
}
