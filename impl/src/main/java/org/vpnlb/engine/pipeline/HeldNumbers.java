/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;

/** Which numbers devices and services have in a switch: its groups have the MAC addresses of the devices. */
final class HeldNumbers {
    /** Entries that are made from frames: their MAC addresses can be forged. */
    private static final Set<Cookie.Kind> MADE_BY_FRAMES =
            EnumSet.of(Cookie.Kind.SUPPRESSION, Cookie.Kind.ADDRESS_ANSWER, Cookie.Kind.CONTESTED);

    private final String node;
    private final Map<MacAddress, Set<Integer>> ingress = new HashMap<>();
    private final Map<MacAddress, Set<Integer>> egress = new HashMap<>();
    /** The numbers of services that were seen with a device's number. */
    private final Map<Integer, Set<Integer>> services = new HashMap<>();
    /** The numbers of the services that have entries for frames from or to a MAC address. */
    private final Map<MacAddress, Set<Integer>> servicesByMac = new HashMap<>();

    HeldNumbers(final String node, final Tables actual) {
        this.node = node;
        actual.groups().values().forEach(this::hold);
        actual.flows().values().forEach(this::hold);
    }

    private void hold(final Group group) {
        final Optional<GroupId> id = GroupId.parse(group.id());
        if (id.isEmpty()) {
            return;
        }
        final int number = id.orElseThrow().number();
        switch (id.orElseThrow().kind()) {
            case TO_DEVICE -> macs(group).forEach(mac -> add(ingress, mac, number));
            case RETURN_TO_DEVICE -> macs(group).forEach(mac -> add(egress, mac, number));
            case SELECTION ->
                group.buckets().stream()
                        .flatMap(bucket -> devices(bucket.actions()))
                        .forEach(device -> add(services, device, number));
            default -> {}
        }
    }

    private void hold(final Flow flow) {
        Cookie.parse(flow.cookie())
                .filter(cookie -> cookie.service() != 0 && !MADE_BY_FRAMES.contains(cookie.kind()))
                .ifPresent(cookie -> {
                    if (cookie.device() != 0) {
                        add(services, cookie.device(), cookie.service());
                    }
                    devices(flow.actions()).forEach(device -> add(services, device, cookie.service()));
                    final Match match = flow.key().match();
                    Stream.of(match.etherSource(), match.etherDestination())
                            .filter(Objects::nonNull)
                            .forEach(mac -> add(servicesByMac, mac, cookie.service()));
                });
    }

    private static Stream<MacAddress> macs(final Group group) {
        return group.buckets().stream()
                .flatMap(bucket -> bucket.actions().stream())
                .filter(Action.SetDestinationMac.class::isInstance)
                .map(action -> ((Action.SetDestinationMac) action).mac());
    }

    private static Stream<Integer> devices(final Collection<Action> actions) {
        return actions.stream()
                .filter(Action.ToGroup.class::isInstance)
                .flatMap(action -> GroupId.parse(((Action.ToGroup) action).id()).stream())
                .filter(id -> id.kind() != GroupId.Kind.SELECTION)
                .map(GroupId::number);
    }

    private static <K> void add(final Map<K, Set<Integer>> numbers, final K key, final int number) {
        numbers.computeIfAbsent(key, none -> new HashSet<>()).add(number);
    }

    /** The numbers that a service may have there, and by how much of its devices. */
    Map<Integer, Long> of(final Service service) {
        return service.devices().stream()
                .flatMap(device -> Stream.of(device.ingress(), device.egress()))
                .flatMap(side -> Stream.concat(
                        numbers(servicesByMac, side),
                        Stream.of(ingress, egress)
                                .flatMap(groups -> numbers(groups, side))
                                .flatMap(number -> services.getOrDefault(number, Set.of()).stream())))
                .collect(Collectors.groupingBy(number -> number, Collectors.counting()));
    }

    /**
     * The numbers that a device may have there, and by how many of its sides.
     *
     * @param service the number of its service
     */
    Map<Integer, Long> of(final Device device, final int service) {
        return Stream.concat(numbers(ingress, device.ingress()), numbers(egress, device.egress()))
                .filter(number -> services.getOrDefault(number, Set.of(service)).contains(service))
                .collect(Collectors.groupingBy(number -> number, Collectors.counting()));
    }

    private Stream<Integer> numbers(final Map<MacAddress, Set<Integer>> side, final Attachment attachment) {
        return attachment.node().equals(node) ? side.getOrDefault(attachment.mac(), Set.of()).stream() : Stream.of();
    }
}
