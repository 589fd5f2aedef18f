/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Drain;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;

/**
 * Says which devices are in service, from what is configured and what is known of them: to the agents a dead device is
 * one that is out of service. It is not safe for use by several threads; whoever owns it tells it one thing at a time.
 * Times are milliseconds of a clock that only goes forward. Each call looks only at the devices of the services that
 * it concerns, and returns those services.
 */
public final class HealthMonitor {
    private final Map<Check.Subject, Health> checked = new HashMap<>();
    /** By name, in the order of the configuration. */
    private final Map<String, ServiceHealth> services = new LinkedHashMap<>();
    /** Which devices are attached to which ports of a switch, by the switch. */
    private final Map<String, Map<Links.Port, List<Attached>>> attached = new HashMap<>();
    /** Which devices are attached to ports of a switch by name, by the switch. */
    private final Map<String, List<Attached>> attachedByName = new HashMap<>();

    private Links links = Links.UNKNOWN;

    private record Attached(ServiceHealth service, Device device) {}

    /** The configuration is this; it concerns all of its services. */
    public Collection<Service> configured(final List<Service> configuration, final long now) {
        final Renames renames = Renames.between(
                services.values().stream().map(ServiceHealth::configured).toList(), configuration);
        final Map<String, ServiceHealth> before = renames.ofServices(services);
        before.values().forEach(health -> health.rename(renames));
        rename(renames);
        final Set<Check.Subject> subjects = new HashSet<>();
        services.clear();
        attached.clear();
        attachedByName.clear();
        for (final Service service : configuration) {
            final ServiceHealth health =
                    Optional.ofNullable(before.get(service.name())).orElseGet(() -> new ServiceHealth(service));
            services.put(service.name(), health);
            for (final Device device : service.devices()) {
                attach(health, device);
                Check.of(service, device).forEach(check -> subjects.add(check.subject()));
            }
        }
        checked.keySet().retainAll(subjects);
        for (final Service service : configuration) {
            services.get(service.name()).configure(service, device -> seen(service, device), now);
        }
        return List.copyOf(configuration);
    }

    /** What the checks of a device told is true of it under another name too. */
    private void rename(final Renames renames) {
        final Map<Check.Subject, Health> before = Map.copyOf(checked);
        checked.clear();
        before.forEach((subject, health) -> renames.service(subject.service())
                .ifPresent(service -> renames.device(subject.service(), subject.device())
                        .ifPresent(device -> checked.put(
                                new Check.Subject(service, device, subject.side(), subject.question()), health))));
    }

    /**
     * A switch has listed its ports.
     *
     * @param node the switch
     * @param ports all of its ports, by number, and whether the link of each is up
     * @param numbers the numbers of its ports, by name
     * @param now the time
     */
    public Collection<Service> ports(
            final String node, final Map<Long, Boolean> ports, final Map<String, Long> numbers, final long now) {
        final Links before = links;
        links = links.with(node, ports, numbers);
        if (links.equals(before)) {
            return List.of();
        }
        final Stream<Attached> concerned = attached.getOrDefault(node, Map.of()).entrySet().stream()
                .filter(port -> before.of(port.getKey()) != links.of(port.getKey()))
                .flatMap(port -> port.getValue().stream());
        return look(
                Stream.concat(concerned, attachedByName.getOrDefault(node, List.of()).stream())
                        .toList(),
                now);
    }

    /** A check of a side of a device has another outcome. */
    public Collection<Service> checked(final Check.Subject subject, final Health health, final long now) {
        checked.put(subject, health);
        return look(attached(subject), now);
    }

    /** Nothing but time has passed. */
    public Collection<Service> tick(final long now) {
        final List<ServiceHealth> concerned = services.values().stream()
                .filter(service -> service.wakeAt().isPresent())
                .toList();
        concerned.forEach(service -> look(service, service.configured().devices(), now));
        return concerned.stream().map(ServiceHealth::configured).toList();
    }

    /** When to call {@link #tick} next; empty when time alone changes nothing. */
    public OptionalLong wakeAt() {
        return services.values().stream()
                .map(ServiceHealth::wakeAt)
                .flatMapToLong(OptionalLong::stream)
                .min();
    }

    /** What is known of a device of the configuration. */
    public Health of(final Service service, final Device device) {
        return Optional.ofNullable(services.get(service.name()))
                .map(health -> health.of(device))
                .orElse(Health.UNCHECKED);
    }

    /** How the drain of a device of the configuration stands; empty when it does not drain. */
    public Optional<Drain> drain(final Service service, final Device device) {
        return Optional.ofNullable(services.get(service.name())).flatMap(health -> health.drain(device));
    }

    /** What each check of a device of the configuration tells, in the order of the checks. */
    public Map<Check.Subject, Health> checks(final Service service, final Device device) {
        final Map<Check.Subject, Health> outcomes = new LinkedHashMap<>();
        Check.of(service, device)
                .forEach(check ->
                        outcomes.put(check.subject(), checked.getOrDefault(check.subject(), Health.NOT_ASKED)));
        return outcomes;
    }

    /** The services as they are to be in the switches, see {@link ServiceHealth}. */
    public List<Service> effective() {
        return services.values().stream().map(ServiceHealth::effective).toList();
    }

    /**
     * The services as they would be in the switches if these were configured; nothing changes.
     *
     * @param configuration all services
     * @param now the time
     */
    public List<Service> foreseen(final List<Service> configuration, final long now) {
        final var copy = new HealthMonitor();
        copy.checked.putAll(checked);
        services.forEach((name, health) -> copy.services.put(name, health.copy()));
        copy.links = links;
        copy.configured(configuration, now);
        return copy.effective();
    }

    private void attach(final ServiceHealth service, final Device device) {
        Links.attachments(device)
                .forEach(attachment -> (attachment.portName().isPresent()
                                ? attachedByName.computeIfAbsent(attachment.node(), node -> new ArrayList<>())
                                : attached.computeIfAbsent(attachment.node(), node -> new HashMap<>())
                                        .computeIfAbsent(Links.Port.of(attachment.place()), key -> new ArrayList<>()))
                        .add(new Attached(service, device)));
    }

    private List<Attached> attached(final Check.Subject subject) {
        return Optional.ofNullable(services.get(subject.service())).stream()
                .flatMap(service -> service.configured().devices().stream()
                        .filter(device -> device.name().equals(subject.device()))
                        .map(device -> new Attached(service, device)))
                .toList();
    }

    private Collection<Service> look(final List<Attached> devices, final long now) {
        final Map<ServiceHealth, Set<Device>> concerned = new LinkedHashMap<>();
        devices.forEach(found -> concerned
                .computeIfAbsent(found.service(), service -> new HashSet<>())
                .add(found.device()));
        concerned.forEach((service, some) -> look(service, some, now));
        return concerned.keySet().stream().map(ServiceHealth::configured).toList();
    }

    private void look(final ServiceHealth service, final Collection<Device> devices, final long now) {
        service.look(devices, device -> seen(service.configured(), device), now);
    }

    private Health seen(final Service service, final Device device) {
        if (service.healthCheck().isEmpty()) {
            return links.withoutPort(device).orElse(Health.UNCHECKED);
        }
        return Check.of(service, device).stream()
                .map(check -> checked.getOrDefault(check.subject(), Health.NOT_ASKED))
                .reduce(links.of(device), Health::and);
    }
}
