/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;

/** Tells why there is a flow entry or a group: what it is for, and which object of the configuration made it. */
public final class Origins {
    private final int base;
    private final Map<Integer, String> services = new HashMap<>();
    private final Map<Integer, Owner> devices = new HashMap<>();

    private record Owner(String service, String device) {}

    /**
     * Knows these services.
     *
     * @param base the number of the switch's table that is table 0 of the pipeline
     * @param configured the services, all of which the numbers are of
     * @param numbers their numbers
     */
    public Origins(final int base, final Collection<Service> configured, final Numbers numbers) {
        this.base = base;
        for (final Service service : configured) {
            services.put(numbers.of(service), service.name());
            for (final Device device : service.devices()) {
                devices.put(numbers.of(service, device), new Owner(service.name(), device.name()));
            }
        }
    }

    /** The number of the switch's table that is table 0 of the pipeline. */
    public int base() {
        return base;
    }

    /** Why there is an entry. */
    public Origin of(final Flow flow) {
        return of(flow.cookie(), flow.key().table(), flow.key().priority());
    }

    /**
     * Why there is an entry.
     *
     * @param cookie its cookie
     * @param table its table in the switch
     * @param priority its priority
     */
    public Origin of(final long cookie, final int table, final int priority) {
        return Cookie.parse(cookie)
                .map(parsed -> origin(
                        tableAt(table)
                                .flatMap(found -> bandAt(found, priority))
                                .map(Words::of)
                                .orElseGet(() -> Words.of(parsed.kind())),
                        parsed))
                .orElse(Origin.FOREIGN);
    }

    /** Why there are entries with a cookie. */
    public Origin of(final long cookie) {
        return Cookie.parse(cookie)
                .map(parsed -> origin(Words.of(parsed.kind()), parsed))
                .orElse(Origin.FOREIGN);
    }

    /** Why there is a group. */
    public Origin of(final Group group) {
        return ofGroup(group.id());
    }

    /** Why there is a group with an id. */
    public Origin ofGroup(final long group) {
        return GroupId.parse(group)
                .map(id -> id.kind() == GroupId.Kind.SELECTION
                        ? new Origin(
                                Words.of(id.kind()), Optional.ofNullable(services.get(id.number())), Optional.empty())
                        : new Origin(Words.of(id.kind()), service(id.number()), device(id.number())))
                .orElse(Origin.FOREIGN);
    }

    /** A table of the switch in plain words. */
    public String table(final int number) {
        return tableAt(number).map(Words::of).orElse("not vpnlb's");
    }

    private Origin origin(final String what, final Cookie cookie) {
        return new Origin(what, Optional.ofNullable(services.get(cookie.service())), device(cookie.device()));
    }

    private Optional<String> service(final int device) {
        return Optional.ofNullable(devices.get(device)).map(Owner::service);
    }

    private Optional<String> device(final int number) {
        return Optional.ofNullable(devices.get(number)).map(Owner::device);
    }

    private Optional<Table> tableAt(final int number) {
        final int ordinal = number - base;
        return ordinal < 0 || ordinal >= Table.values().length
                ? Optional.empty()
                : Optional.of(Table.values()[ordinal]);
    }

    private static Optional<Band> bandAt(final Table table, final int priority) {
        for (final Band band : Band.values()) {
            if (band.mayBeAt(table, priority)) {
                return Optional.of(band);
            }
        }
        return Optional.empty();
    }
}
