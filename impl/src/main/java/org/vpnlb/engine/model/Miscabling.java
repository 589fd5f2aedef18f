/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Optional;

/**
 * A device's MAC address of a side at another port than the device's.
 *
 * @param side the side
 * @param device the device's name
 * @param node the switch
 * @param port the port at which its frames come in
 * @param holder the name of a device of the service that is attached there, if any
 */
public record Miscabling(Side side, String device, String node, long port, Optional<String> holder) {
    /** What it is called that frames of a device come in at a port of a switch. */
    public static Miscabling of(final Service service, final Side side, final Device device, final long port) {
        final String node = device.on(side).node();
        return new Miscabling(
                side,
                device.name(),
                node,
                port,
                service.devices().stream()
                        .filter(other -> isAt(other, side, node, port))
                        .map(Device::name)
                        .findFirst());
    }

    /** Whether it is one by this configuration too. */
    public boolean isStillSo(final Service service) {
        return service.devices().stream()
                .filter(found -> found.name().equals(device) && !isAt(found, side, node, port))
                .anyMatch(found -> of(service, side, found, port).equals(this));
    }

    private static boolean isAt(final Device device, final Side side, final String node, final long port) {
        return device.on(side).node().equals(node) && device.on(side).port() == port;
    }

    @Override
    public String toString() {
        final String where = "port " + port + " of " + node;
        return device + "'s MAC is seen at "
                + holder.map(name -> "the port of " + name + ", " + where).orElse(where);
    }
}
