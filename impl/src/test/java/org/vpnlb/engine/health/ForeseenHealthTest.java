/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;

@Label("Which devices would be in service")
class ForeseenHealthTest {
    @Property(tries = 200)
    @Label("is which are once the configuration is made, whatever links were before, and asking changes nothing")
    void isWhatComes(@ForAll final long seed) {
        final Random random = new Random(seed);
        final var monitor = new HealthMonitor();
        long now = 1000;
        List<Service> configured = List.of(changed(ServiceBuilder.office().build(), random));
        monitor.configured(configured, now);
        for (int i = 0; i < 20; i++) {
            now += random.nextInt(5000);
            monitor.ports(random.nextBoolean() ? "sw1" : "sw2", ports(random), Map.of(), now);
            monitor.tick(now);
            final List<Service> next = List.of(changed(configured.getFirst(), random));
            final List<Service> effective = monitor.effective();
            final List<Service> foreseen = monitor.foreseen(next, now);
            assertThat(monitor.effective()).isEqualTo(effective);
            assertThat(monitor.foreseen(next, now)).isEqualTo(foreseen);
            monitor.configured(next, now);
            assertThat(foreseen).isEqualTo(monitor.effective());
            configured = next;
        }
    }

    private static Map<Long, Boolean> ports(final Random random) {
        final Map<Long, Boolean> ports = new HashMap<>();
        LongStream.rangeClosed(11, 14).forEach(port -> ports.put(port, random.nextInt(4) > 0));
        return ports;
    }

    private static Service changed(final Service service, final Random random) {
        final int number = 1 + random.nextInt(4);
        final String name = "g" + number;
        final var builder = ServiceBuilder.like(service);
        final boolean isThere =
                service.devices().stream().anyMatch(device -> device.name().equals(name));
        final AdminState state = List.of(AdminState.IN_SERVICE, AdminState.DRAINING, AdminState.OUT_OF_SERVICE)
                .get(random.nextInt(3));
        return (switch (random.nextInt(4)) {
                    case 0 -> isThere ? builder : builder.device(number);
                    case 1 -> service.devices().size() > 1 ? builder.without(name) : builder;
                    case 2 ->
                        builder.device(
                                name,
                                device -> ServiceBuilder.with(device, state).withDrainDeadline(1 + random.nextInt(20)));
                    default -> builder.healthCheck(HealthCheck.Type.LINK);
                })
                .build();
    }
}
