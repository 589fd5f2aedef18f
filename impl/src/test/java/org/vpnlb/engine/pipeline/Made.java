/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.selection.Slots;

/**
 * What the pipeline makes of one service; the ingress switch is {@code sw1}, the egress switch {@code sw2}.
 *
 * @param service the service
 * @param layout where it lies
 * @param pipeline its pipeline
 */
record Made(Service service, Layout layout, Pipeline pipeline) {
    /** Those of Open vSwitch. */
    private static final Capabilities.Meters METERS = Capabilities.OPEN_VSWITCH.meters();

    /** A client's outer address. */
    static final IpAddress OUTER = IpAddress.parse("198.51.100.7");

    /** A client's inner address. */
    static final IpAddress INNER = IpAddress.parse("10.99.0.7");

    /** The controller learns. */
    static Made byController(final Service service) {
        return byController(service, Capabilities.Meters.NONE);
    }

    /** The controller learns; the switch has meters. */
    static Made byController(final Service service, final Capabilities.Meters meters) {
        return of(service, Set.of(), Set.of(), Set.of(), meters);
    }

    /** The controller learns, and slots are found by the source. */
    static Made bySource(final Service service) {
        return of(service, Set.of(), Set.of(), Set.of(service.name()), Capabilities.Meters.NONE);
    }

    /** The switch learns. */
    static Made bySwitch(final Service service) {
        return of(service, Set.of(service.name()), Set.of(), Set.of(), METERS);
    }

    /** The switch learns, but no more sessions of the first device. */
    static Made bySwitchThatIsFull(final Service service) {
        final Pipeline pipeline = byController(service).pipeline();
        final Device first = service.devices().getFirst();
        return of(
                service,
                Set.of(service.name()),
                Set.of(
                        pipeline.cookie(Cookie.Kind.CLIENT_SESSION, service, first),
                        pipeline.cookie(Cookie.Kind.RETURN_SESSION, service, first)),
                Set.of(),
                METERS);
    }

    private static Made of(
            final Service service,
            final Set<String> bySwitch,
            final Set<Long> full,
            final Set<String> bySource,
            final Capabilities.Meters meters) {
        final Numbers numbers = Numbers.of(List.of(service));
        return new Made(
                service, new Layout(0, numbers), new Pipeline(0, numbers, bySwitch, full, bySource, Set.of(), meters));
    }

    /** The first device. */
    Device device() {
        return service.devices().getFirst();
    }

    /** The slots, spread over all devices. */
    Slots slots() {
        return Slots.NONE.reassign(
                service.selection().slots(),
                service.devices().stream()
                        .map(device -> new Slots.Candidate(device.name(), device.weight()))
                        .toList());
    }

    /** Everything of a switch. */
    Tables tables(final String node) {
        return pipeline.tables(node, List.of(service), Assignments.NONE.with(service, slots()));
    }

    /** The entries of a band in both switches. */
    List<Flow> flows(final Band band) {
        return List.of("sw1", "sw2").stream()
                .flatMap(node -> tables(node).flows().values().stream())
                .filter(flow -> isOf(flow, band))
                .distinct()
                .toList();
    }

    /** Whether an entry is of a band. */
    boolean isOf(final Flow flow, final Band band) {
        return band.isIn(Table.values()[flow.key().table()]) && flow.key().priority() == band.priority();
    }

    /** The group of a device. */
    Optional<Group> group(final GroupId.Kind kind, final Device device) {
        final long id = layout.group(kind, service, device);
        return List.of("sw1", "sw2").stream()
                .flatMap(node -> Optional.ofNullable(tables(node).groups().get(id)).stream())
                .findFirst();
    }
}
