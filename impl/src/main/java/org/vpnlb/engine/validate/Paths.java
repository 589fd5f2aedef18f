/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;

/** The paths of what is configured, as RESTCONF names them. */
final class Paths {
    static final String ADDITIONAL = "/additional-cluster-address";

    static final String GATEWAY = "/egress/gateway-address";
    static final String ADDITIONAL_GATEWAY = "/egress/additional-gateway-address";

    private Paths() {}

    static String of(final Service service) {
        return "vpn-service[name='" + service.name() + "']";
    }

    static String of(final Service service, final Device device) {
        return of(service) + "/vpn-device[name='" + device.name() + "']";
    }

    /** The leaf that has a cluster address. */
    static String ofCluster(final Service service, final IpAddress address) {
        return of(service) + (address.equals(service.clusterAddress()) ? "/cluster-address" : ADDITIONAL);
    }

    static String ofSwitch(final String side, final Service.SwitchPorts ports) {
        return side + "/switch[node='" + ports.node() + "']";
    }

    /** The leaf that makes an address a gateway address of a service. */
    static String ofGateway(final Service service, final IpAddress address) {
        final boolean isFirst =
                service.egress().gatewayAddress().filter(address::equals).isPresent();
        return of(service) + (isFirst ? GATEWAY : ADDITIONAL_GATEWAY);
    }
}
