/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Drain;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;

@Label("A drain with a deadline")
class DrainDeadlineTest {
    private static final long SECONDS = 60;
    private static final long MILLIS = 1000 * SECONDS;
    private static final long BEGUN = 1_000_000;

    private static final Service OFFICE =
            ServiceBuilder.office().healthCheck(HealthCheck.LINKS).build();
    private static final Device G1 = ServiceBuilder.gateway(1).withDrainDeadline(SECONDS);
    private static final Device DRAINING = G1.with(AdminState.DRAINING);

    private HealthMonitor monitor = new HealthMonitor();

    @Example
    @Label("puts the device out of service when it comes, and wakes for that alone")
    void endsWhenItComes() {
        configure(DRAINING, BEGUN);
        assertThat(inSwitches()).isEqualTo(AdminState.DRAINING);
        assertThat(monitor.wakeAt()).hasValue(BEGUN + MILLIS);
        monitor.tick(BEGUN + MILLIS - 1);
        assertThat(inSwitches()).isEqualTo(AdminState.DRAINING);
        assertThat(monitor.tick(BEGUN + MILLIS)).hasSize(1);
        assertThat(inSwitches()).isEqualTo(AdminState.OUT_OF_SERVICE);
        assertThat(drain()).hasValue(new Drain(BEGUN, Optional.of(SECONDS), true));
        assertThat(monitor.wakeAt()).isEmpty();
    }

    @Example
    @Label("does so without another device that takes clients too")
    void endsAlone() {
        monitor.configured(List.of(OFFICE.withDevices(List.of(DRAINING))), BEGUN);
        monitor.tick(BEGUN + MILLIS);
        assertThat(inSwitches()).isEqualTo(AdminState.OUT_OF_SERVICE);
    }

    @Example
    @Label("does not end a device in service")
    void isForDrainsAlone() {
        configure(G1, BEGUN);
        assertThat(monitor.wakeAt()).isEmpty();
        monitor.tick(BEGUN + MILLIS);
        assertThat(inSwitches()).isEqualTo(AdminState.ON_TRIAL);
        assertThat(drain()).isEmpty();
    }

    @Example
    @Label("is not needed: without one a drain goes on")
    void isOptional() {
        configure(ServiceBuilder.gateway(1).with(AdminState.DRAINING), BEGUN);
        assertThat(monitor.wakeAt()).isEmpty();
        assertThat(drain()).hasValue(new Drain(BEGUN, Optional.empty(), false));
    }

    @Example
    @Label("goes on under another name")
    void goesOnUnderAnotherName() {
        configure(DRAINING, BEGUN);
        configure(ServiceBuilder.named(DRAINING, "north"), BEGUN + 10);
        assertThat(monitor.wakeAt()).hasValue(BEGUN + MILLIS);
    }

    @Example
    @Label("counts anew when the device was in service meanwhile, or away")
    void countsAnew() {
        configure(DRAINING, BEGUN);
        configure(G1, BEGUN + 10);
        configure(DRAINING, BEGUN + 20);
        assertThat(monitor.wakeAt()).hasValue(BEGUN + 20 + MILLIS);
        monitor.tick(BEGUN + 20 + MILLIS);
        configure(G1, BEGUN + 30 + MILLIS);
        assertThat(inSwitches()).isEqualTo(AdminState.ON_TRIAL);
        configure(DRAINING, BEGUN + 40 + MILLIS);
        assertThat(inSwitches()).isEqualTo(AdminState.DRAINING);
        monitor.configured(List.of(OFFICE.withDevices(List.of(ServiceBuilder.gateway(2)))), BEGUN + 50 + MILLIS);
        configure(DRAINING, BEGUN + 60 + MILLIS);
        assertThat(monitor.wakeAt()).hasValue(BEGUN + 60 + 2 * MILLIS);
    }

    @Example
    @Label("counts from the drain's beginning when it is configured later, and may be put off")
    void countsFromTheBeginning() {
        configure(ServiceBuilder.gateway(1).with(AdminState.DRAINING), BEGUN);
        configure(DRAINING, BEGUN + MILLIS);
        assertThat(inSwitches()).isEqualTo(AdminState.OUT_OF_SERVICE);
        configure(DRAINING.withDrainDeadline(2 * SECONDS), BEGUN + MILLIS + 1);
        assertThat(inSwitches()).isEqualTo(AdminState.DRAINING);
        assertThat(monitor.wakeAt()).hasValue(BEGUN + 2 * MILLIS);
    }

    @Property(tries = 200)
    @Label("comes when it does, whatever else is configured and whatever links do")
    void isNotPutOff(@ForAll final long seed) {
        final Random random = new Random(seed);
        final Device other = ServiceBuilder.gateway(2);
        monitor = new HealthMonitor();
        configure(DRAINING, BEGUN);
        for (long now = BEGUN; now < BEGUN + MILLIS; now += 1 + random.nextInt(10_000)) {
            switch (random.nextInt(3)) {
                case 0 -> link(random, now);
                case 1 -> monitor.tick(now);
                default ->
                    monitor.configured(
                            List.of(OFFICE.withDevices(
                                    List.of(DRAINING, ServiceBuilder.with(other, 1 + random.nextInt(9))))),
                            now);
            }
            assertThat(drain().orElseThrow().isOver()).isFalse();
            assertThat(monitor.wakeAt().orElseThrow()).isLessThanOrEqualTo(BEGUN + MILLIS);
        }
        monitor.tick(BEGUN + MILLIS);
        assertThat(inSwitches()).isEqualTo(AdminState.OUT_OF_SERVICE);
    }

    private void link(final Random random, final long now) {
        final Map<Long, Boolean> ports = LongStream.rangeClosed(11, 13)
                .boxed()
                .collect(Collectors.toMap(port -> port, port -> random.nextBoolean()));
        monitor.ports("sw1", ports, Map.of(), now);
    }

    private void configure(final Device device, final long now) {
        monitor.configured(List.of(OFFICE.withDevices(List.of(device, ServiceBuilder.gateway(2)))), now);
    }

    private AdminState inSwitches() {
        return monitor.effective().getFirst().devices().getFirst().adminState();
    }

    private Optional<Drain> drain() {
        return monitor.drain(OFFICE, G1);
    }
}
