/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import com.google.common.base.CaseFormat;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.ModelName;
import org.vpnlb.engine.model.Plural;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;

/** Says in an operator's words how a configuration differs from the one before: one line for each service. */
final class ServiceChanges {
    private ServiceChanges() {}

    /** A line for each service that was configured, changed or deleted, by name. */
    static List<String> describe(final List<Service> before, final List<Service> after) {
        final Renames renames = Renames.between(before, after);
        final Map<String, Service> old = renames.ofServices(byName(before, Service::name));
        final Map<String, Service> current = byName(after, Service::name);
        final List<String> lines = new ArrayList<>();
        current.forEach((name, service) -> {
            if (!old.containsKey(name)) {
                lines.add("service %s is configured: %s %s, %s%s"
                        .formatted(
                                name,
                                service.clusterAddresses().size() == 1 ? "cluster address" : "cluster addresses",
                                service.clusterAddresses().stream()
                                        .map(Object::toString)
                                        .collect(Collectors.joining(", ")),
                                Plural.of(service.devices().size(), "device"),
                                service.enabled() ? "" : ", not enabled"));
            } else if (!old.get(name).equals(service)) {
                lines.add("service %s has changed: %s"
                        .formatted(
                                old.get(name).name(),
                                String.join(
                                        ", ",
                                        differences(
                                                old.get(name),
                                                service,
                                                renames.devices(old.get(name).name())))));
            }
        });
        before.stream()
                .map(Service::name)
                .filter(name -> renames.service(name).isEmpty())
                .sorted()
                .forEach(name -> lines.add("service %s is deleted".formatted(name)));
        return lines;
    }

    /** How a service differs; {@code renames} has the new names of its devices by the old ones. */
    private static List<String> differences(
            final Service before, final Service after, final Map<String, String> renames) {
        final List<String> differences = new ArrayList<>();
        compare("", before.withDevices(List.of()), after.withDevices(List.of()), differences);
        final Map<String, Device> old = byName(
                before.devices().stream()
                        .filter(device -> renames.containsKey(device.name()))
                        .toList(),
                device -> renames.get(device.name()));
        final Map<String, Device> current = byName(after.devices(), Device::name);
        current.forEach((name, device) -> {
            if (!old.containsKey(name)) {
                differences.add("device " + name + " added");
            } else {
                compare("device " + old.get(name).name() + " ", old.get(name), device, differences);
            }
        });
        before.devices().stream()
                .map(Device::name)
                .filter(name -> !renames.containsKey(name))
                .sorted()
                .forEach(name -> differences.add("device " + name + " removed"));
        return differences;
    }

    /** Compares two records component by component, and those that are records again. */
    private static void compare(
            final String path, final Record before, final Record after, final List<String> differences) {
        for (final RecordComponent component : before.getClass().getRecordComponents()) {
            final Object old = value(component, before);
            final Object current = value(component, after);
            if (old.equals(current)) {
                continue;
            }
            final String name = path + CaseFormat.LOWER_CAMEL.to(CaseFormat.LOWER_HYPHEN, component.getName());
            if (old instanceof Record one
                    && current instanceof Record other
                    && one.getClass().getPackage().equals(Service.class.getPackage())) {
                compare(name + "/", one, other, differences);
            } else {
                differences.add("%s %s -> %s".formatted(name, text(old), text(current)));
            }
        }
    }

    private static Object value(final RecordComponent component, final Record of) {
        try {
            return component.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }

    private static String text(final Object value) {
        return switch (value) {
            case Enum<?> constant -> ModelName.of(constant);
            case Optional<?> optional -> optional.map(ServiceChanges::text).orElse("none");
            default -> value.toString();
        };
    }

    private static <T> Map<String, T> byName(final List<T> all, final Function<T, String> name) {
        return all.stream().collect(Collectors.toMap(name, each -> each, (one, other) -> one, TreeMap::new));
    }
}
