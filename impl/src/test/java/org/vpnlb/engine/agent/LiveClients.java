/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;

/** Clients that never idle out: each sends at random moments, and in time before its idle timeout has passed. */
final class LiveClients {
    private static final int STEP_MILLIS = 5000;

    private final Lab lab;
    private final Random random;
    private final Map<IpAddress, String> devices = new LinkedHashMap<>();
    private final Map<IpAddress, Long> heardAt = new LinkedHashMap<>();

    /** So many clients, each of which has sent something. */
    LiveClients(final Lab lab, final int count, final Random random) {
        this.lab = lab;
        this.random = random;
        for (int i = 0; i < count; i++) {
            devices.put(Lab.outer(i), "");
            moved(Lab.outer(i));
        }
    }

    private Service service() {
        return lab.services().getFirst();
    }

    /** The name of each client's device. */
    Map<IpAddress, String> devices() {
        return devices;
    }

    /** The device of each client may be another one now: it is the one that the client's next frame comes to. */
    void moved(final IpAddress client) {
        devices.put(client, send(client).orElseThrow().name());
    }

    /** Time passes; who is due sends, and others at random. All of them come to their devices. */
    void live(final long millis) {
        final long end = lab.network().now() + millis;
        while (lab.network().now() < end) {
            final long step = Math.min(end - lab.network().now(), 1 + random.nextInt(STEP_MILLIS));
            final long latest = service().ingress().idleTimeout() * 1000L - 1000;
            for (final IpAddress client : devices.keySet()) {
                if (lab.network().now() + step - heardAt.get(client) > latest || random.nextInt(20) == 0) {
                    assertThatStays(client);
                }
            }
            lab.network().steps(random.nextInt(50));
            lab.network().advance(step);
        }
    }

    /** All of them send something now, and it comes to their devices. */
    void assertThatAllStay() {
        devices.keySet().forEach(this::assertThatStays);
    }

    void assertThatStays(final IpAddress client) {
        assertThat(send(client).map(Device::name))
                .as("the device of %s", client)
                .contains(devices.get(client));
    }

    private Optional<Device> send(final IpAddress client) {
        heardAt.put(client, lab.network().now());
        final var kinds = Frames.Kind.of(service());
        return lab.clientSends(service(), client, kinds.get(random.nextInt(kinds.size())));
    }
}
