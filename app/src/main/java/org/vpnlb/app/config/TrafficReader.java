/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;
import org.vpnlb.engine.model.Defaults;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;

/** Reads what clients of a service send, and what tells them apart. */
final class TrafficReader {
    private TrafficReader() {}

    /** The protocols; the default ones have too many ports to tell clients apart by these. */
    static Set<Protocol> protocols(final VpnService service) {
        final var configured = service.getProtocol();
        if (configured == null || configured.isEmpty()) {
            return clientKey(service) == KeyedBy.ADDRESS ? Defaults.PROTOCOLS : Set.of();
        }
        return configured.stream()
                .map(protocol -> switch (protocol) {
                    case Ike -> Protocol.IKE;
                    case IpsecNatT -> Protocol.IPSEC_NAT_T;
                    case Esp -> Protocol.ESP;
                    case Ah -> Protocol.AH;
                    case Openvpn -> Protocol.OPENVPN;
                    case Wireguard -> Protocol.WIREGUARD;
                    case Tls -> Protocol.TLS;
                    case Dtls -> Protocol.DTLS;
                    case L2tp -> Protocol.L2TP;
                    case Any -> Protocol.ANY;
                })
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Protocol.class)));
    }

    /** What tells clients apart. */
    static KeyedBy clientKey(final VpnService service) {
        return switch (service.getClientKey()) {
            case AddressAndPort -> KeyedBy.ADDRESS_AND_PORT;
            case Address -> KeyedBy.ADDRESS;
            case null -> Defaults.CLIENT_KEY;
        };
    }
}
