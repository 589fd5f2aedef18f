/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

/** Everything that passes through a lab on a lively day, drawn from a seed. */
final class RandomTraffic {
    /** The number of clients of each service, outside and inside. */
    static final int CLIENTS = 8;

    private static final int HOMES = 1000;

    private final Lab lab;
    private final Random random;

    RandomTraffic(final Lab lab, final Random random) {
        this.lab = lab;
        this.random = random;
    }

    /** Sends frames, while messages between switches and agents arrive or do not. */
    void run(final int frames) {
        for (int i = 0; i < frames && !lab.enabled().isEmpty(); i++) {
            send(pick(lab.enabled()));
            lab.network().steps(random.nextInt(5));
            lab.network().advance(random.nextInt(50));
        }
    }

    private void send(final Service service) {
        final int client = random.nextInt(CLIENTS);
        if (service.devices().isEmpty()) {
            lab.clientVerdict(service, Lab.outer(client), pick(Frames.Kind.of(service)));
            return;
        }
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> lab.clientVerdict(service, Lab.outer(client), pick(Frames.Kind.of(service)));
            case 4, 5, 6 -> lab.deviceVerdict(home(service, client), Lab.inner(service, client));
            case 7 -> lab.serverVerdict(service, pick(Lab.nextHops(service)), inside(service, client));
            case 8 -> insiderSends(service, pick(service.devices()), inside(service, client));
            default ->
                lab.network()
                        .receive(
                                Lab.ingress(service),
                                service.ingress().switches().get(0).ports().get(0),
                                Frames.arpRequest(
                                        Lab.ROUTER_MAC,
                                        Lab.outer(client).toString(),
                                        service.clusterAddress().toString()));
        }
    }

    /** The address of a client, one of IPv6 where these are learned, or one that a device has for its clients. */
    private IpAddress inside(final Service service, final int client) {
        final List<IpPrefix> given = service.devices().stream()
                .flatMap(device -> device.clientPrefixes().stream())
                .toList();
        final List<IpPrefix> prefixes = Stream.concat(
                        given.stream(),
                        service.egress().clientPrefixes().stream()
                                .filter(prefix -> prefix.address().family() == Family.V6))
                .toList();
        return prefixes.isEmpty() || random.nextBoolean()
                ? Lab.inner(service, client)
                : Lab.within(pick(prefixes), client);
    }

    /** Anybody sends at a device's port: the device, with any address, or a station that is none. */
    private void insiderSends(final Service service, final Device device, final IpAddress source) {
        if (random.nextBoolean()) {
            lab.deviceVerdict(device, source);
        } else {
            strangerSends(service, device, source);
        }
    }

    private void strangerSends(final Service service, final Device device, final IpAddress source) {
        final var stranger = new MacAddress(0x0600_0000_0000L + random.nextInt(3));
        lab.network()
                .receive(
                        Lab.egress(service),
                        device.egress().port(),
                        Frames.ip(Lab.SERVER_MAC, stranger, source, Lab.server(source), Frames.Kind.PING));
    }

    /** Most of the time a client is behind one device; now and then it roams. */
    private Device home(final Service service, final int client) {
        final int draw = random.nextInt(HOMES);
        final int number = draw < HOMES / 20 ? draw : client;
        return service.devices().get(number % service.devices().size());
    }

    private <T> T pick(final List<T> items) {
        return items.get(random.nextInt(items.size()));
    }
}
