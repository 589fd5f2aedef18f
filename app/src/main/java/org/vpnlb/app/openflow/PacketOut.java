/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.List;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeConnectorId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeConnectorRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.node.NodeConnector;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.node.NodeConnectorKey;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.NodeKey;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.TransmitPacketInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.TransmitPacketInputBuilder;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.openflow.Action;

/** Frames that a switch sends for the controller (OpenFlow 1.3, section 7.3.7). */
final class PacketOut {
    private PacketOut() {}

    /** Out of a port. */
    static TransmitPacketInput of(
            final DataObjectIdentifier.WithKey<Node, NodeKey> node, final Effect.SendFrame frame) {
        return new TransmitPacketInputBuilder()
                .setNode(new NodeRef(node))
                .setEgress(port(node, frame.port()))
                .setPayload(frame.frame())
                .build();
    }

    /** By a group. */
    static TransmitPacketInput of(
            final DataObjectIdentifier.WithKey<Node, NodeKey> node, final Effect.SendByGroup frame) {
        final NodeConnectorRef inPort = port(node, frame.inPort());
        return new TransmitPacketInputBuilder()
                .setNode(new NodeRef(node))
                .setIngress(inPort)
                // OpenFlowPlugin wants a port here, and does not look at it where there are actions.
                .setEgress(inPort)
                .setAction(ActionCodec.writeAll(List.of(new Action.ToGroup(frame.group()))))
                .setPayload(frame.frame())
                .build();
    }

    private static NodeConnectorRef port(final DataObjectIdentifier.WithKey<Node, NodeKey> node, final long port) {
        return new NodeConnectorRef(node.toBuilder()
                .child(NodeConnector.class, new NodeConnectorKey(new NodeConnectorId(Long.toString(port))))
                .build());
    }
}
