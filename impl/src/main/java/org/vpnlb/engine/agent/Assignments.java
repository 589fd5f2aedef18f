/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.vpnlb.engine.config.Device;
import org.vpnlb.engine.config.Device.AdminState;
import org.vpnlb.engine.config.Numbers;
import org.vpnlb.engine.config.Service;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.GroupId;
import org.vpnlb.engine.selection.Slots;

/**
 * Which device has which slots in one switch.
 *
 * @param byService the slots by the name of the service
 */
record Assignments(Map<String, Slots> byService) {
    /** Nobody has any. */
    static final Assignments NONE = new Assignments(Map.of());

    Assignments {
        byService = Map.copyOf(byService);
    }

    /** The slots of a service. */
    Slots of(final Service service) {
        return byService.getOrDefault(service.name(), Slots.NONE);
    }

    /**
     * The slots as they should be, of which as few as can be are others than these.
     *
     * @param services the services that have slots
     * @param isFull whether a device of a service has as many sessions as it may
     */
    Assignments reassign(final List<Service> services, final BiPredicate<Service, Device> isFull) {
        return new Assignments(services.stream()
                .collect(Collectors.toMap(Service::name, service -> reassign(service, of(service), isFull))));
    }

    private static Slots reassign(final Service service, final Slots old, final BiPredicate<Service, Device> isFull) {
        final List<Device> takers = service.devices().stream()
                .filter(device -> device.takesSessions() && !isFull.test(service, device))
                .toList();
        final Set<String> owners = old.countByOwner().keySet();
        final List<Device> known = takers.stream()
                .filter(device -> device.adminState() != AdminState.ON_TRIAL || owners.contains(device.name()))
                .toList();
        return old.reassign(
                service.selection().slots(),
                (known.isEmpty() ? takers : known)
                        .stream()
                                .map(device -> new Slots.Candidate(device.name(), device.weight()))
                                .toList());
    }

    /** The slots as a switch has them, and these where it has none. */
    Assignments adopt(final Tables actual, final List<Service> services, final Numbers numbers) {
        final Map<String, Slots> adopted = new HashMap<>(byService);
        for (final Service service : services) {
            final Group group = actual.groups().get(new GroupId(GroupId.Kind.SELECTION, numbers.of(service)).value());
            if (group == null) {
                continue;
            }
            final Map<Integer, String> devices = service.devices().stream()
                    .collect(Collectors.toMap(device -> numbers.of(service, device), Device::name));
            adopted.put(
                    service.name(),
                    new Slots(group.buckets().stream()
                            .map(bucket -> ownerOf(bucket, devices))
                            .toList()));
        }
        return new Assignments(adopted);
    }

    /** The device to which a bucket leads; no device has the name that stands for none. */
    private static String ownerOf(final Group.Bucket bucket, final Map<Integer, String> devices) {
        return bucket.actions().stream()
                .filter(Action.ToGroup.class::isInstance)
                .map(action -> GroupId.parse(((Action.ToGroup) action).id()))
                .flatMap(Optional::stream)
                .map(id -> devices.get(id.number()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("");
    }
}
