/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DateAndTime;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Health;
import org.vpnlb.engine.model.Device;

/** The health of devices: the engine's and the model's. */
final class HealthCodec {
    private HealthCodec() {}

    /** What is known of a device, and for one that lives what the operator wants of it. */
    static Health write(final Device device, final org.vpnlb.engine.model.Health health) {
        if (device.adminState() == Device.AdminState.OUT_OF_SERVICE) {
            return Health.Disabled;
        }
        return switch (health.state()) {
            case DOWN -> Health.Down;
            case UP -> device.adminState() == Device.AdminState.DRAINING ? Health.Draining : Health.Up;
            case UNKNOWN -> device.adminState() == Device.AdminState.DRAINING ? Health.Draining : Health.Unknown;
        };
    }

    /** A time of day, to the millisecond. */
    static DateAndTime write(final Instant time) {
        return new DateAndTime(time.truncatedTo(ChronoUnit.MILLIS).toString());
    }
}
