/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow.nicira;

import io.netty.buffer.ByteBuf;
import org.opendaylight.openflowjava.protocol.api.extensibility.OFDeserializer;
import org.opendaylight.openflowjava.protocol.api.extensibility.OFSerializer;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.Action;
import org.opendaylight.yang.gen.v1.urn.vpnlb.nicira.rev261124.NiciraAction;
import org.opendaylight.yang.gen.v1.urn.vpnlb.nicira.rev261124.nicira.action.NiciraActionBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.nicira.rev261124.nodes.node.table.flow.instructions.instruction.instruction.apply.actions._case.apply.actions.action.action.NiciraFlowActionCase;
import org.opendaylight.yang.gen.v1.urn.vpnlb.nicira.rev261124.nodes.node.table.flow.instructions.instruction.instruction.apply.actions._case.apply.actions.action.action.NiciraFlowActionCaseBuilder;

/** Carries the octets of an action between OpenFlowPlugin's model and a message. */
public final class NiciraCodec implements OFSerializer<NiciraAction>, OFDeserializer<Action> {
    @Override
    public void serialize(final NiciraAction action, final ByteBuf out) {
        out.writeBytes(action.getNiciraAction().getOctets());
    }

    @Override
    public Action deserialize(final ByteBuf in) {
        final byte[] octets = new byte[in.getUnsignedShort(in.readerIndex() + Short.BYTES)];
        in.readBytes(octets);
        return action(octets);
    }

    /** An action in OpenFlowPlugin's model. */
    public static NiciraFlowActionCase action(final byte[] octets) {
        return new NiciraFlowActionCaseBuilder()
                .setNiciraAction(new NiciraActionBuilder().setOctets(octets).build())
                .build();
    }
}
