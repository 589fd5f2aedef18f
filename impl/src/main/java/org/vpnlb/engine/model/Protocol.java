/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.List;

/** The protocols of VPN clients and the traffic that belongs to each. */
public enum Protocol {
    /** IKE (RFC 7296). */
    IKE(Traffic.udp(500)),
    /** IKE and ESP in UDP (RFC 3948). */
    IPSEC_NAT_T(Traffic.udp(4500)),
    /** ESP (RFC 4303). */
    ESP(Traffic.of(50)),
    /** AH (RFC 4302). */
    AH(Traffic.of(51)),
    /** OpenVPN on its registered port. */
    OPENVPN(Traffic.udp(1194), Traffic.tcp(1194)),
    /** WireGuard on its usual port. */
    WIREGUARD(Traffic.udp(51820)),
    /** A VPN over TLS. */
    TLS(Traffic.tcp(443)),
    /** A VPN over DTLS. */
    DTLS(Traffic.udp(443)),
    /** L2TP (RFC 2661). */
    L2TP(Traffic.udp(1701)),
    /** Every IP packet. */
    ANY(Traffic.ALL);

    private final List<Traffic> traffic;

    Protocol(final Traffic... traffic) {
        this.traffic = List.of(traffic);
    }

    /** The traffic of the protocol, sent to the cluster address. */
    public List<Traffic> traffic() {
        return traffic;
    }

    /** The name of the protocol in the model. */
    public String modelName() {
        return ModelName.of(this);
    }
}
