/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Map;
import java.util.Optional;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/**
 * How one side of a device is attached.
 *
 * @param place where; its port is {@value #UNNUMBERED} while only the port's name is known
 * @param portName the name of the port in the switch, where it is configured instead of the number
 * @param mac the device's MAC address on this side
 * @param address the device's own address on this side
 */
public record Attachment(Place place, Optional<String> portName, MacAddress mac, Optional<IpAddress> address) {
    /** No port's number: that of a port of which only the name is known. */
    public static final long UNNUMBERED = 0;

    /** An attachment to a port that is configured by its number. */
    public Attachment(final Place place, final MacAddress mac, final Optional<IpAddress> address) {
        this(place, Optional.empty(), mac, address);
    }

    /** The switch. */
    public String node() {
        return place.node();
    }

    /** The switch's port. */
    public long port() {
        return place.port();
    }

    /**
     * The same, with the number of its port.
     *
     * @param numbers the numbers of the switch's ports, by name
     * @return the attachment; empty when no port has its name
     */
    public Optional<Attachment> numbered(final Map<String, Long> numbers) {
        if (portName.isEmpty()) {
            return Optional.of(this);
        }
        return portName.map(numbers::get)
                .map(number -> new Attachment(new Place(node(), number, place.vlan()), portName, mac, address));
    }
}
