/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Defaults;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/** The service "office": clients at port 1 of openflow:1, servers at port 2 of openflow:2, checked by links. */
public final class Office {
    public static final String INGRESS = "openflow:1";
    public static final String EGRESS = "openflow:2";

    private Office() {}

    /** The service with some devices. */
    public static Service of(final Device... devices) {
        return new Service(
                "office",
                true,
                List.of(IpAddress.parse("192.0.2.1")),
                Service.defaultVirtualMac("office"),
                Set.of(Protocol.IKE),
                List.of(),
                new Service.Ingress(
                        List.of(new Service.SwitchPorts(INGRESS, List.of(1L))), Defaults.CLIENT_IDLE_TIMEOUT, 1000),
                new Service.Egress(
                        List.of(new Service.SwitchPorts(EGRESS, List.of(2L))),
                        Optional.of(IpAddress.parse("172.16.0.254")),
                        List.of(),
                        Defaults.SESSION_PREFIX_LENGTH_V4,
                        Defaults.SESSION_PREFIX_LENGTH_V6,
                        Defaults.RETURN_IDLE_TIMEOUT,
                        1000),
                new Service.Selection(Service.Selection.Method.SELECT_GROUP, Defaults.SLOTS, Optional.empty()),
                Optional.of(HealthCheck.LINKS),
                Defaults.LEARNING,
                Stream.of(devices).toList());
    }

    /** A device in service, at port 10 + number of both switches. */
    public static Device device(final int number) {
        return new Device(
                "g" + number,
                AdminState.IN_SERVICE,
                1,
                false,
                Optional.empty(),
                attachment(INGRESS, "02:00:00:00:0a:%02x", number),
                attachment(EGRESS, "02:00:00:00:0b:%02x", number));
    }

    private static Attachment attachment(final String node, final String mac, final int number) {
        return new Attachment(
                Place.untagged(node, 10 + number), MacAddress.parse(mac.formatted(number)), Optional.empty());
    }
}
