/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import org.opendaylight.mdsal.binding.api.NotificationPublishService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.DeviceStateChangedBuilder;
import org.vpnlb.app.health.DeviceHealth;

/** Tells the world of changes as YANG notifications. */
public final class Notifier {
    private final NotificationPublishService notifications;

    /**
     * A notifier.
     *
     * @param notifications takes the notifications
     */
    public Notifier(final NotificationPublishService notifications) {
        this.notifications = notifications;
    }

    /** A device has another state. Does not wait: where nobody takes the notification it is lost. */
    public void changed(final DeviceHealth.Change change) {
        final var builder = new DeviceStateChangedBuilder()
                .setService(change.service())
                .setDevice(change.device().name())
                .setHealth(HealthCodec.write(change.device(), change.observed().health()))
                .setSince(HealthCodec.write(change.observed().since()));
        change.observed().health().reason().ifPresent(builder::setReason);
        notifications.offerNotification(builder.build());
    }
}
