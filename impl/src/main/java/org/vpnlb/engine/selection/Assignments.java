/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;

/**
 * Which device has which slots in one switch, and which slots wait to move.
 *
 * @param byService the slots by the name of the service
 */
public record Assignments(Map<String, SlotPlan> byService) {
    /** Nobody has any. */
    public static final Assignments NONE = new Assignments(Map.of());

    public Assignments {
        byService = Map.copyOf(byService);
    }

    /** The slots of a service. */
    public Slots of(final Service service) {
        return plan(service).slots();
    }

    /** The slots of a service, and what becomes of them. */
    public SlotPlan plan(final Service service) {
        return byService.getOrDefault(service.name(), SlotPlan.NONE);
    }

    /**
     * The slots as they should be, of which as few as can be are others than these.
     *
     * @param services the services that have slots
     * @param isFull whether a device of a service has reached its limit of sessions
     * @param mayWait whether the clients of a device of a service are learned before a slot of theirs moves
     */
    public Assignments reassign(
            final List<Service> services,
            final BiPredicate<Service, Device> isFull,
            final BiPredicate<Service, String> mayWait) {
        return new Assignments(services.stream()
                .collect(Collectors.toMap(
                        Service::name,
                        service -> plan(service)
                                .toward(
                                        reassign(service, of(service), isFull),
                                        device -> mayWait.test(service, device)))));
    }

    private static Slots reassign(final Service service, final Slots old, final BiPredicate<Service, Device> isFull) {
        return old.reassign(
                service.selection().slots(),
                takers(service, old, isFull).stream()
                        .map(device -> new Slots.Candidate(device.name(), device.weight()))
                        .toList());
    }

    /**
     * The devices that take new clients of a service: those that have slots, and those whose share is less than one.
     *
     * @param isFull whether a device of a service has reached its limit of sessions
     */
    public List<Device> takers(final Service service, final BiPredicate<Service, Device> isFull) {
        return takers(service, of(service), isFull);
    }

    private static List<Device> takers(
            final Service service, final Slots old, final BiPredicate<Service, Device> isFull) {
        final List<Device> takers = service.devices().stream()
                .filter(device -> device.takesSessions() && !isFull.test(service, device))
                .toList();
        final Set<String> owners = old.countByOwner().keySet();
        final List<Device> known = takers.stream()
                .filter(device -> device.adminState() != AdminState.ON_TRIAL || owners.contains(device.name()))
                .toList();
        return known.isEmpty() ? takers : known;
    }

    /** The same slots under the names that services and devices have now. */
    public Assignments renamed(final Renames renames) {
        return new Assignments(renames.ofServices(byService.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue()
                                .renamed(device ->
                                        renames.nameOf(entry.getKey(), device).orElse(Slots.NOBODY))))));
    }

    /** The same, where a service has these slots. */
    public Assignments with(final Service service, final Slots slots) {
        final Map<String, SlotPlan> next = new HashMap<>(byService);
        next.put(service.name(), SlotPlan.of(slots));
        return new Assignments(next);
    }

    /** These, and the others' of services that have none here. */
    public Assignments and(final Assignments others) {
        final Map<String, SlotPlan> all = new HashMap<>(others.byService);
        all.putAll(byService);
        return new Assignments(all);
    }

    /** The same, where something has become of the slots of each service. */
    public Assignments each(final BiFunction<String, SlotPlan, SlotPlan> change) {
        return new Assignments(byService.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> change.apply(entry.getKey(), entry.getValue()))));
    }
}
