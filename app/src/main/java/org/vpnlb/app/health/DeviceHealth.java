/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.health;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.engine.health.HealthMonitor;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.DeviceState;
import org.vpnlb.engine.model.Drain;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.ModelName;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;

/**
 * Knows how the devices are, and hands on the services as they are to be in the switches.
 *
 * <p>What it is told is queued and worked off by a sequential executor, which alone touches the fields.
 */
public final class DeviceHealth {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceHealth.class);

    private final HealthMonitor monitor = new HealthMonitor();
    private final Executor sequential;
    private final ScheduledExecutorService timer;
    private final Clock clock;
    private final LongSupplier uptime;
    private final Consumer<Change> listener;
    private final Map<Key, Observed> observations = new HashMap<>();
    private Consumer<List<Service>> switches = services -> {};
    private List<Service> configured = List.of();
    /** Links may be heard of before the configuration has been read; nothing must be sent on then. */
    private boolean isConfigured;

    private List<Service> effective;
    private Future<?> wake = Futures.immediateVoidFuture();

    /**
     * A device of a service.
     *
     * @param service the service's name
     * @param device the device's name
     */
    public record Key(String service, String device) {}

    /**
     * How a device is, and since when.
     *
     * @param wanted what the operator wants of it
     * @param health what is known of it
     * @param since when its {@link #state} became what it is
     * @param checks what each of its checks tells, in their order
     * @param drain how its drain stands; empty when it does not drain
     */
    public record Observed(
            AdminState wanted, Health health, Instant since, Map<Check.Subject, Health> checks, Optional<Drain> drain) {
        public Observed {
            checks = Collections.unmodifiableMap(new LinkedHashMap<>(checks));
        }

        /** A device that is not checked, and does not drain. */
        public Observed(final AdminState wanted, final Health health, final Instant since) {
            this(wanted, health, since, Map.of(), Optional.empty());
        }

        /** Its state as operators are told it. */
        public DeviceState state() {
            return DeviceState.of(wanted, health, drain);
        }

        private Observed since(final Instant begun) {
            return new Observed(wanted, health, begun, checks, drain);
        }

        private boolean isToldAs(final Observed other) {
            return wanted == other.wanted && state().value() == other.state().value();
        }
    }

    /**
     * Another state, or another admin-state, of a device.
     *
     * @param service the service's name
     * @param device the device
     * @param observed how it is now
     */
    public record Change(String service, Device device, Observed observed) {
        @Override
        public String toString() {
            final DeviceState state = observed.state();
            // A device that is down may be drained: its state stays the same.
            final String wanted = observed.wanted() == AdminState.DRAINING && state.value() == DeviceState.Value.DOWN
                    ? " and draining"
                    : "";
            return "device %s of %s is %s%s%s"
                    .formatted(
                            device.name(),
                            service,
                            ModelName.of(state.value()),
                            wanted,
                            state.reason().map(reason -> ": " + reason).orElse(""));
        }
    }

    /**
     * All that is known.
     *
     * @param services what is configured
     * @param devices how the devices are
     */
    public record Snapshot(List<Service> services, Map<Key, Observed> devices) {
        public Snapshot {
            services = List.copyOf(services);
            devices = Map.copyOf(devices);
        }

        /** How a device is. */
        public Optional<Observed> of(final Service service, final Device device) {
            return Optional.ofNullable(devices.get(new Key(service.name(), device.name())));
        }
    }

    /**
     * Knows nothing yet.
     *
     * @param sequential runs one thing after the other
     * @param timer wakes it
     * @param clock the time of day
     * @param uptime the time, in milliseconds, that only goes forward
     * @param listener is told each change of a device's state or admin-state
     */
    public DeviceHealth(
            final Executor sequential,
            final ScheduledExecutorService timer,
            final Clock clock,
            final LongSupplier uptime,
            final Consumer<Change> listener) {
        this.sequential = sequential;
        this.timer = timer;
        this.clock = clock;
        this.uptime = uptime;
        this.listener = listener;
    }

    /**
     * Begins to hand on services; to be called before it is told anything.
     *
     * @param consumer gets the services as they are to be in the switches, each time that they change
     */
    public void start(final Consumer<List<Service>> consumer) {
        sequential.execute(() -> switches = consumer);
    }

    /** The configuration is this. */
    public void configured(final List<Service> services) {
        sequential.execute(() -> {
            isConfigured = true;
            rename(Renames.between(configured, services));
            configured = List.copyOf(services);
            update(monitor.configured(services, uptime.getAsLong()));
        });
    }

    /**
     * A switch has listed its ports.
     *
     * @param node the switch
     * @param ports all of its ports, by number, and whether the link of each is up
     * @param numbers the numbers of its ports, by name
     */
    public void ports(final String node, final Map<Long, Boolean> ports, final Map<String, Long> numbers) {
        sequential.execute(() -> update(monitor.ports(node, ports, numbers, uptime.getAsLong())));
    }

    /** A check of a side of a device has another outcome. */
    public void checked(final Check.Subject subject, final Health health) {
        sequential.execute(() -> update(monitor.checked(subject, health, uptime.getAsLong())));
    }

    private void tick() {
        sequential.execute(() -> update(monitor.tick(uptime.getAsLong())));
    }

    /** All that is known, once it has worked off what it was told before. */
    public ListenableFuture<Snapshot> read() {
        return Futures.submit(() -> new Snapshot(configured, observations), sequential);
    }

    /** These services as they would be in the switches if they were configured, as the devices are; nothing changes. */
    public ListenableFuture<List<Service>> foreseen(final List<Service> services) {
        return Futures.submit(() -> monitor.foreseen(services, uptime.getAsLong()), sequential);
    }

    /** Looks at the devices of the services that something concerns. */
    private void update(final Collection<Service> concerned) {
        final List<Change> changes = new ArrayList<>();
        for (final Service service : concerned) {
            for (final Device device : service.devices()) {
                final var key = new Key(service.name(), device.name());
                final Observed old = observations.get(key);
                final Observed observed = observe(old, service, device);
                observations.put(key, observed);
                if (old != null && !old.isToldAs(observed)) {
                    changes.add(new Change(service.name(), device, observed));
                }
            }
        }
        final List<Service> wanted = monitor.effective();
        if (isConfigured && !wanted.equals(effective)) {
            effective = wanted;
            switches.accept(wanted);
        }
        // After the switches: what is told of must have begun.
        changes.forEach(change -> {
            LOG.atInfo().log(change::toString);
            listener.accept(change);
        });
        wake.cancel(false);
        monitor.wakeAt()
                .ifPresent(at ->
                        wake = timer.schedule(this::tick, Math.max(0, at - uptime.getAsLong()), TimeUnit.MILLISECONDS));
    }

    /** What is known of a device is known under its name of now, and forgotten when it is gone. */
    private void rename(final Renames renames) {
        final Map<Key, Observed> before = Map.copyOf(observations);
        observations.clear();
        before.forEach((key, observed) -> renames.service(key.service)
                .ifPresent(service -> renames.device(key.service, key.device)
                        .ifPresent(device -> observations.put(new Key(service, device), observed))));
    }

    private Observed observe(final Observed before, final Service service, final Device device) {
        final var now = new Observed(
                device.adminState(),
                monitor.of(service, device),
                clock.instant(),
                monitor.checks(service, device),
                monitor.drain(service, device));
        return before != null && before.state().value() == now.state().value() ? now.since(before.since()) : now;
    }
}
