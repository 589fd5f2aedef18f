/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Optional;
import org.vpnlb.engine.net.IpAddress;

/**
 * An address that vpnlb takes for nothing but to ask the devices of a service from it. It may be somebody's.
 *
 * @param service the service's name
 * @param side the side of the devices that are asked from it
 * @param address the address
 */
public record CheckSource(String service, Side side, IpAddress address) {
    /** The address of a side of a service; empty where none is configured, or the gateway address serves. */
    public static Optional<CheckSource> of(final Service service, final Side side) {
        return Check.source(service, side)
                .filter(address -> !service.egress().gatewayAddresses().contains(address))
                .map(address -> new CheckSource(service.name(), side, address));
    }

    /** The leaf that configures it. */
    public String leaf() {
        return "health-check/source-address-" + side.modelName();
    }
}
