/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.health;

import java.util.List;
import java.util.Optional;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.DataTreeChangeListener;
import org.opendaylight.mdsal.binding.api.DataTreeModification;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNodeConnector;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.Nodes;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.node.NodeConnector;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yangtools.binding.DataObjectReference;
import org.opendaylight.yangtools.concepts.Registration;
import org.vpnlb.engine.health.Links;

/** Hears from OpenFlowPlugin's inventory of the links of switch ports. */
public final class LinkListener implements DataTreeChangeListener<FlowCapableNodeConnector> {
    private final DeviceHealth health;

    private LinkListener(final DeviceHealth health) {
        this.health = health;
    }

    /**
     * Begins to listen, to what is there already first.
     *
     * @param broker the datastore
     * @param health is told the links
     * @return ends it when closed
     */
    public static Registration register(final DataBroker broker, final DeviceHealth health) {
        return broker.registerTreeChangeListener(
                LogicalDatastoreType.OPERATIONAL,
                DataObjectReference.builder(Nodes.class)
                        .child(Node.class)
                        .child(NodeConnector.class)
                        .augmentation(FlowCapableNodeConnector.class)
                        .build(),
                new LinkListener(health));
    }

    @Override
    public void onDataTreeChanged(final List<DataTreeModification<FlowCapableNodeConnector>> changes) {
        for (final DataTreeModification<FlowCapableNodeConnector> change : changes) {
            final String node = change.path().getFirstKeyOf(Node.class).getId().getValue();
            final String connector =
                    change.path().getFirstKeyOf(NodeConnector.class).getId().getValue();
            // Reserved ports have names instead of numbers, and no link.
            portNumber(connector)
                    .map(number -> new Links.Port(node, number))
                    .ifPresent(port -> tell(port, change.getRootNode().dataAfter()));
        }
    }

    private void tell(final Links.Port port, final FlowCapableNodeConnector after) {
        // A port vanishes from the inventory with its switch's connection, which says nothing of its link.
        if (after != null && after.getState() != null) {
            health.link(port, !Boolean.TRUE.equals(after.getState().getLinkDown()));
        }
    }

    private static Optional<Long> portNumber(final String connector) {
        final String last = connector.substring(connector.lastIndexOf(':') + 1);
        return last.chars().allMatch(Character::isDigit) && !last.isEmpty()
                ? Optional.of(Long.valueOf(last))
                : Optional.empty();
    }
}
