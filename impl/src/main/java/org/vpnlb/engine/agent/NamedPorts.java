/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;

/**
 * Puts the numbers of a switch's ports where the configuration has their names. A configuration with names waits until
 * the switch has listed its ports: its devices would seem to be gone, and their sessions with them. A device whose port
 * the switch does not have is left out.
 */
final class NamedPorts {
    private final String node;
    private List<Service> configured = List.of();
    /** Empty until the switch has listed its ports. */
    private Optional<Map<String, Long>> numbers = Optional.empty();

    NamedPorts(final String node) {
        this.node = node;
    }

    /** The configuration with numbers; empty while it waits. */
    Optional<Event.Configured> configured(final Event.Configured event) {
        configured = event.services();
        return isNamed() ? numbered(event.now()) : Optional.of(event);
    }

    /** The configuration with other numbers than before; empty when nothing changes by them. */
    Optional<Event.Configured> listed(final Event.Ports event) {
        final boolean isNews =
                numbers.filter(known -> known.equals(event.numbers())).isEmpty();
        numbers = Optional.of(event.numbers());
        return isNews && isNamed() ? numbered(event.now()) : Optional.empty();
    }

    private Optional<Event.Configured> numbered(final long now) {
        return numbers.map(known -> new Event.Configured(numbered(configured, known), now));
    }

    /** Some services with numbers; as they are while the switch has not listed its ports. */
    List<Service> numbered(final List<Service> services) {
        return numbers.map(known -> numbered(services, known)).orElse(services);
    }

    private List<Service> numbered(final List<Service> services, final Map<String, Long> known) {
        return services.stream().map(service -> numbered(service, known)).toList();
    }

    private Service numbered(final Service service, final Map<String, Long> known) {
        return service.withDevices(service.devices().stream()
                .flatMap(device -> numbered(device, known).stream())
                .toList());
    }

    private Optional<Device> numbered(final Device device, final Map<String, Long> known) {
        return numbered(device.ingress(), known)
                .flatMap(ingress -> numbered(device.egress(), known).map(egress -> device.at(ingress, egress)));
    }

    private Optional<Attachment> numbered(final Attachment attachment, final Map<String, Long> known) {
        return isNamedHere(attachment) ? attachment.numbered(known) : Optional.of(attachment);
    }

    private boolean isNamed() {
        return configured.stream()
                .flatMap(service -> service.devices().stream())
                .flatMap(device -> Stream.of(device.ingress(), device.egress()))
                .anyMatch(this::isNamedHere);
    }

    private boolean isNamedHere(final Attachment attachment) {
        return attachment.portName().isPresent() && attachment.node().equals(node);
    }
}
