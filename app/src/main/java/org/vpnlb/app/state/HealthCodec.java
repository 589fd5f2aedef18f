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
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.Check;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.CheckBuilder;
import org.vpnlb.engine.model.Check.Subject;
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

    /** What a check tells. */
    static Check write(final Subject subject, final org.vpnlb.engine.model.Health health) {
        return new CheckBuilder()
                .setName(subject.question())
                .setSide(
                        switch (subject.side()) {
                            case INGRESS -> Role.Ingress;
                            case EGRESS -> Role.Egress;
                        })
                .setHealth(
                        switch (health.state()) {
                            case UP -> Health.Up;
                            case DOWN -> Health.Down;
                            case UNKNOWN, UNCHECKED -> Health.Unknown;
                        })
                .setReason(health.reason().orElse(null))
                .build();
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
