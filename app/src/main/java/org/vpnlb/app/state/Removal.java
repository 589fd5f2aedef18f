/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import java.util.Optional;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.DeviceState;
import org.vpnlb.engine.model.Plural;
import org.vpnlb.engine.model.Service;

/**
 * Whether a device can be taken out now without cutting a client off, and why or why not. The state, the shell and the
 * page tell this, and decide nothing of it themselves.
 *
 * @param isSafe whether it can
 * @param reason why, or why not: a sentence about the device, which it calls "it"
 */
record Removal(boolean isSafe, String reason) {
    /**
     * Whether a device can be taken out.
     *
     * @param device the device
     * @param state its state
     * @param numbers what it has in the switches
     * @param isDrainPending whether it drains, and its drain is not finished
     */
    static Removal of(
            final Service service,
            final Device device,
            final DeviceState state,
            final DeviceNumbers numbers,
            final boolean isDrainPending) {
        final Removal asCounted = asCounted(service, device, state, numbers);
        if (!asCounted.isSafe()) {
            return asCounted;
        }
        return numbers.absent()
                .or(numbers::changing)
                .or(() -> isDrainPending ? Optional.of("its sessions are being counted") : Optional.empty())
                .map(Removal::no)
                .orElse(asCounted);
    }

    private static Removal asCounted(
            final Service service, final Device device, final DeviceState state, final DeviceNumbers numbers) {
        if (!service.enabled()) {
            return yes("the service is not enabled");
        }
        final String sessions = Plural.of(numbers.clientSessions(), "client session") + " and "
                + Plural.of(numbers.returnSessions(), "return session");
        final boolean hasSlots = numbers.slots() > 0;
        final boolean hasSessions = numbers.sessions() > 0;
        return switch (state.value()) {
            case DISABLED -> {
                final String why = state.reason().orElseThrow();
                yield hasSlots || hasSessions ? no(why + ", and its sessions are being ended") : yes(why);
            }
            case DRAINING -> {
                if (hasSlots) {
                    yield no("it is draining, and %s have not moved yet".formatted(Plural.of(numbers.slots(), "slot")));
                }
                yield hasSessions
                        ? no("it is draining, and %s are still there".formatted(sessions))
                        : yes("it is draining and has no session any more" + uncounted(device));
            }
            case DOWN -> {
                if (hasSlots) {
                    yield no("it is down, and no other device takes its clients");
                }
                yield hasSessions
                        ? no("it is down, and %s are still there".formatted(sessions))
                        : yes("it is down, and its clients are at the other devices");
            }
            case UP, UNKNOWN -> no("it takes new clients, and %s are there; drain it first".formatted(sessions));
        };
    }

    /** Clients in prefixes of the device have no return session, so only their client sessions tell of them. */
    private static String uncounted(final Device device) {
        return device.clientPrefixes().isEmpty()
                ? ""
                : "; what servers send to its client-prefix is not counted as sessions, see from-servers";
    }

    private static Removal yes(final String reason) {
        return new Removal(true, reason);
    }

    private static Removal no(final String reason) {
        return new Removal(false, reason);
    }
}
