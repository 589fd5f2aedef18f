/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.ModelName;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.selection.SourceSlots;

/** Whether source ports can tell a service's clients apart: all that a client sends must have one and the same. */
final class ClientKeyRules {
    private static final Set<Integer> IKE = Set.of(500, 4500);
    private static final String FIX = "use address, or let the service take one UDP port: one protocol such as"
            + " wireguard, or no protocol and one match of ip-protocol 17 and a destination-port";

    private ClientKeyRules() {}

    static void check(final String path, final Service service, final Problems problems) {
        if (service.ingress().clientKey() == KeyedBy.ADDRESS) {
            return;
        }
        final String leaf = path + "/client-key";
        final String value = ModelName.of(KeyedBy.ADDRESS_AND_PORT);
        whyNot(service.traffic()).ifPresent(why -> problems.problem(leaf, value, why, FIX));
        final Service.Selection selection = service.selection();
        if (selection.method() == Method.SELECT_GROUP
                || selection.method() == Method.AUTO && !SourceSlots.isPossible(selection.slots())) {
            problems.problem(
                    leaf,
                    value,
                    "needs selection by source-hash: a select group's hash may see no port, as Open vSwitch's of UDP",
                    "set selection/method to source-hash, with a power of two of slots from 2 to "
                            + SourceSlots.MAX_SLOTS + ", or client-key to address");
        }
    }

    private static Optional<String> whyNot(final List<Traffic> traffic) {
        if (traffic.stream().anyMatch(ClientKeyRules::isIke)) {
            return Optional.of("a client of IKE changes its port during the login, from 500 to 4500");
        }
        if (traffic.stream().anyMatch(found -> isOfPort(found, IpDatagram.TCP))) {
            return Optional.of("a client of TCP may log in by one connection and go on by another, from another port");
        }
        return traffic.size() == 1 && isOfPort(traffic.getFirst(), IpDatagram.UDP)
                ? Optional.empty()
                : Optional.of("needs one UDP port, to which all of a client's packets go from one port, and the service"
                        + " takes " + said(traffic));
    }

    private static boolean isIke(final Traffic traffic) {
        return isOfPort(traffic, IpDatagram.UDP) && IKE.contains(traffic.destinationPort());
    }

    private static boolean isOfPort(final Traffic traffic, final int protocol) {
        return traffic.ipProtocol() != null && traffic.ipProtocol() == protocol && traffic.destinationPort() != null;
    }

    private static String said(final List<Traffic> traffic) {
        return traffic.isEmpty()
                ? "nothing"
                : traffic.stream().map(Traffic::toString).collect(Collectors.joining(", "));
    }
}
