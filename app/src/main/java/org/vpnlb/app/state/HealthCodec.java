/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DateAndTime;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.AdminState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Health;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.DeviceState;

/** The state of devices: the engine's and the model's. */
final class HealthCodec {
    private HealthCodec() {}

    /** The leaf {@code health}. */
    static Health write(final DeviceState state) {
        return switch (state.value()) {
            case UP -> Health.Up;
            case DOWN -> Health.Down;
            case DRAINING -> Health.Draining;
            case DISABLED -> Health.Disabled;
            case UNKNOWN -> Health.Unknown;
        };
    }

    /** The leaf {@code admin-state}. */
    static AdminState write(final Device.AdminState wanted) {
        return switch (wanted) {
            case IN_SERVICE, ON_TRIAL -> AdminState.InService;
            case DRAINING -> AdminState.Draining;
            case OUT_OF_SERVICE -> AdminState.OutOfService;
        };
    }

    /** A time of day, to the millisecond. */
    static DateAndTime write(final Instant time) {
        return new DateAndTime(time.truncatedTo(ChronoUnit.MILLIS).toString());
    }
}
