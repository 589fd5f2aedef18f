/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.cluster;

import java.util.List;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.DataTreeChangeListener;
import org.opendaylight.mdsal.binding.api.DataTreeModification;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNode;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.Nodes;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yangtools.binding.DataObjectReference;
import org.opendaylight.yangtools.concepts.Registration;

/** Hears which switches are in OpenFlowPlugin's inventory. */
public final class InventoryListener implements DataTreeChangeListener<FlowCapableNode> {
    private final Mastership mastership;

    private InventoryListener(final Mastership mastership) {
        this.mastership = mastership;
    }

    /**
     * Begins to listen, to what is there already first.
     *
     * @param broker the datastore
     * @param mastership is told the switches
     * @return ends it when closed
     */
    public static Registration register(final DataBroker broker, final Mastership mastership) {
        return broker.registerTreeChangeListener(
                LogicalDatastoreType.OPERATIONAL,
                DataObjectReference.builder(Nodes.class)
                        .child(Node.class)
                        .augmentation(FlowCapableNode.class)
                        .build(),
                new InventoryListener(mastership));
    }

    @Override
    public void onDataTreeChanged(final List<DataTreeModification<FlowCapableNode>> changes) {
        for (final DataTreeModification<FlowCapableNode> change : changes) {
            mastership.listed(
                    change.path().getFirstKeyOf(Node.class).getId().getValue(),
                    change.getRootNode().dataAfter() != null);
        }
    }
}
