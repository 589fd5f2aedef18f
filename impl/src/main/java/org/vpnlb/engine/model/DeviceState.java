/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Optional;
import org.vpnlb.engine.model.Device.AdminState;

/**
 * The state of a device as operators are told it: what is known of it together with what they want of it.
 *
 * @param value the state
 * @param reason why it is not {@link Value#UP}; empty when it is
 */
public record DeviceState(Value value, Optional<String> reason) {
    /** The states. */
    public enum Value {
        /** In service, and both sides are seen to live. */
        UP,
        /** A side is seen to be dead; of a draining device too. */
        DOWN,
        /** Takes no new sessions, since the operator wants so. */
        DRAINING,
        /** Has no sessions, since the operator wants so, at once or by the deadline of a drain. */
        DISABLED,
        /** In service, but not enough is known. */
        UNKNOWN
    }

    /**
     * The state of a device.
     *
     * @param wanted what the operator wants of it
     * @param health what is known of it
     * @param drain how its drain stands; empty when it does not drain
     */
    public static DeviceState of(final AdminState wanted, final Health health, final Optional<Drain> drain) {
        return drain.filter(Drain::isOver)
                .flatMap(Drain::deadline)
                .map(seconds -> new DeviceState(
                        Value.DISABLED,
                        Optional.of("its drain ended after %d s, by drain-deadline".formatted(seconds))))
                .orElseGet(() -> of(wanted, health));
    }

    private static DeviceState of(final AdminState wanted, final Health health) {
        return switch (wanted) {
            case OUT_OF_SERVICE -> byOperator(Value.DISABLED, wanted);
            case DRAINING ->
                health.state() == Health.State.DOWN
                        ? new DeviceState(Value.DOWN, health.reason())
                        : byOperator(Value.DRAINING, wanted);
            case IN_SERVICE, ON_TRIAL ->
                new DeviceState(
                        switch (health.state()) {
                            case UP -> Value.UP;
                            case DOWN -> Value.DOWN;
                            case UNKNOWN, UNCHECKED -> Value.UNKNOWN;
                        },
                        health.reason());
        };
    }

    private static DeviceState byOperator(final Value value, final AdminState wanted) {
        return new DeviceState(value, Optional.of("admin-state is " + ModelName.of(wanted)));
    }
}
