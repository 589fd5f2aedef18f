/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.Futures;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.DataObjectModification;
import org.opendaylight.mdsal.binding.api.DataTreeModification;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.mdsal.eos.common.api.EntityOwnershipStateChange;
import org.opendaylight.mdsal.eos.dom.api.DOMEntity;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipService;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNode;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNodeBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.Nodes;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeKey;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;

/** The signs by which a switch is known that OpenFlowPlugin does not announce, down to who hears them. */
class SwitchSignsTest {
    private static final String NODE = "openflow:1";

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final FakeGroups groups = new FakeGroups();
    private final List<String> told = new ArrayList<>();
    private final Mastership mastership = new Mastership(
            groups, groups, node -> Futures.immediateFuture("a barrier"), new Told(), tasks::add, () -> millis());

    private InventoryListener inventory;
    private GroupListener ownership;
    private long seconds;

    /** Writes down what is told. */
    private final class Told implements Mastership.Connections {
        @Override
        public void connected(final String node, final Instant since) {
            told.add(node + " is connected");
        }

        @Override
        public void disconnected(final String node) {
            told.add(node + " is not connected");
        }

        @Override
        public void groupLost(final String node, final boolean isLost) {
            told.add(node + " is lost");
        }
    }

    @BeforeEach
    void listen() {
        final DataBroker broker = mock();
        InventoryListener.register(broker, mastership);
        final var listed = ArgumentCaptor.forClass(InventoryListener.class);
        verify(broker).registerTreeChangeListener(any(), any(), listed.capture());
        inventory = listed.getValue();

        final DOMEntityOwnershipService entities = mock();
        GroupListener.register(entities, mastership);
        final var granted = ArgumentCaptor.forClass(GroupListener.class);
        verify(entities).registerListener(eq(SwitchGroup.SERVICE_ENTITY), granted.capture());
        ownership = granted.getValue();
    }

    @Test
    void aSwitchInTheInventoryThatAnswersIsConnectedThoughNobodyAnnouncesIt() {
        list(true);
        pass(5);
        assertThat(told).containsExactly(NODE + " is connected");
    }

    @Test
    void aSwitchThatIsNoLongerInTheInventoryIsNotAsked() {
        list(true);
        list(false);
        pass(5);
        assertThat(told).isEmpty();
    }

    @Test
    void theGroupOfASwitchIsJoinedWhenItIsGranted() {
        grant(SwitchGroup.SERVICE_ENTITY, NODE, EntityOwnershipStateChange.LOCAL_OWNERSHIP_GRANTED);
        pass(0);
        assertThat(groups.joined).isOne();
    }

    @Test
    void noGroupIsJoinedThatIsNoSwitchsOrNotGrantedHere() {
        grant(SwitchGroup.SERVICE_ENTITY, "org.example.Service", EntityOwnershipStateChange.LOCAL_OWNERSHIP_GRANTED);
        for (final EntityOwnershipStateChange change : EntityOwnershipStateChange.values()) {
            if (change != EntityOwnershipStateChange.LOCAL_OWNERSHIP_GRANTED) {
                grant(SwitchGroup.SERVICE_ENTITY, NODE, change);
            }
        }
        pass(0);
        assertThat(groups.joined).isZero();
    }

    private void list(final boolean isThere) {
        final DataObjectModification<FlowCapableNode> change = mock();
        when(change.dataAfter()).thenReturn(isThere ? new FlowCapableNodeBuilder().build() : null);
        final DataTreeModification<FlowCapableNode> modification = mock();
        when(modification.getRootNode()).thenReturn(change);
        when(modification.path())
                .thenReturn(DataObjectIdentifier.builder(Nodes.class)
                        .child(Node.class, new NodeKey(new NodeId(NODE)))
                        .augmentation(FlowCapableNode.class)
                        .build());
        when(modification.datastore()).thenReturn(LogicalDatastoreType.OPERATIONAL);
        inventory.onDataTreeChanged(List.of(modification));
    }

    private void grant(final String type, final String name, final EntityOwnershipStateChange change) {
        ownership.ownershipChanged(new DOMEntity(type, name), change, false);
    }

    /** Lets time pass, with a look each second. */
    private void pass(final int duration) {
        run();
        for (int i = 0; i < duration; i++) {
            seconds++;
            mastership.look();
            run();
        }
    }

    private long millis() {
        return TimeUnit.SECONDS.toMillis(seconds);
    }

    private void run() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }
}
