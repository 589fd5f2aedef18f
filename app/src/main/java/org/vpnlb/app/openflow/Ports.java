/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.base.Ascii;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.Uri;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.node.NodeConnector;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.PacketReceived;
import org.opendaylight.yangtools.binding.BindingInstanceIdentifier;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;

/** OpenFlow ports as OpenFlowPlugin writes them: a number or a reserved port's name, perhaps behind the node. */
final class Ports {
    static final Uri NORMAL = new Uri("NORMAL");
    static final Uri IN_PORT = new Uri("IN_PORT");
    static final Uri CONTROLLER = new Uri("CONTROLLER");

    private Ports() {}

    static Uri uri(final long port) {
        return new Uri(Long.toString(port));
    }

    static boolean isNormal(final Uri uri) {
        return Ascii.equalsIgnoreCase(last(uri.getValue()), NORMAL.getValue());
    }

    static boolean isInPort(final Uri uri) {
        return Ascii.equalsIgnoreCase(last(uri.getValue()).replace("_", ""), "INPORT");
    }

    static boolean isController(final Uri uri) {
        return Ascii.equalsIgnoreCase(last(uri.getValue()), CONTROLLER.getValue());
    }

    /**
     * Reads the number of a port.
     *
     * @param text for example {@code 11} or {@code openflow:1:11}
     * @return the number; 0, which is no port's, for a reserved port
     */
    static long number(final String text) {
        final String port = last(text);
        for (int i = 0; i < port.length(); i++) {
            if (port.charAt(i) < '0' || port.charAt(i) > '9') {
                return 0;
            }
        }
        return Long.parseLong(port);
    }

    /** The number of the port at which a frame came in. */
    static long of(final PacketReceived packet) {
        if (packet.getMatch() != null && packet.getMatch().getInPort() != null) {
            return number(packet.getMatch().getInPort().getValue());
        }
        return number(((DataObjectIdentifier<?>) packet.getIngress().getValue())
                .getFirstKeyOf(NodeConnector.class)
                .getId()
                .getValue());
    }

    /** The switch of what is in the inventory below it. */
    static String node(final BindingInstanceIdentifier path) {
        return ((DataObjectIdentifier<?>) path)
                .getFirstKeyOf(Node.class)
                .getId()
                .getValue();
    }

    private static String last(final String text) {
        return text.substring(text.lastIndexOf(':') + 1);
    }
}
