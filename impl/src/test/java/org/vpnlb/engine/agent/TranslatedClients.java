/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpEndpoint;
import org.vpnlb.engine.session.SessionRow;

/** Clients behind one translator, of a service that tells them apart by their ports. */
final class TranslatedClients {
    static final int WIREGUARD = 51820;
    static final int CLIENTS = 2000;
    static final int FIRST_PORT = 10_000;
    static final int IDLE_SECONDS = 60;
    static final IpAddress TRANSLATOR = IpAddress.parse("203.0.113.7");

    private static final int UDP = 17;
    private static final Frames.Kind WHOLE = Frames.Kind.udp(WIREGUARD);

    private TranslatedClients() {}

    /** Who learns, and which clients have sessions. */
    static Stream<Arguments> forms() {
        return Stream.of(Learning.CONTROLLER, Learning.SWITCH)
                .flatMap(learning -> Stream.of(Sessions.values()).map(sessions -> Arguments.of(learning, sessions)));
    }

    static ServiceBuilder office(final Learning learning, final Sessions sessions) {
        return ServiceBuilder.office()
                .protocols(Set.of(Protocol.WIREGUARD))
                .clientKey(KeyedBy.ADDRESS_AND_PORT)
                .method(Method.SOURCE_HASH)
                .slots(256)
                .idleTimeouts(IDLE_SECONDS, IDLE_SECONDS)
                .learning(learning)
                .sessions(sessions);
    }

    static Service service(final Lab lab) {
        return lab.services().getFirst();
    }

    static Service with(final Lab lab, final AdminState state) {
        return ServiceBuilder.like(service(lab))
                .device("g1", device -> device.with(state))
                .build();
    }

    static Service keyedBy(final Lab lab, final KeyedBy key) {
        return ServiceBuilder.like(service(lab)).clientKey(key).build();
    }

    static ClientKey key(final int port) {
        return new IpEndpoint(TRANSLATOR, UDP, port);
    }

    /** The device of each of many clients, of whom nothing is learned meanwhile. */
    static Map<Integer, Device> all(final Lab lab) {
        return homes(lab, CLIENTS);
    }

    static Map<Integer, Device> some(final Lab lab) {
        return homes(lab, 40);
    }

    static Map<Integer, Device> homes(final Lab lab, final int clients) {
        final Map<Integer, Device> homes = new HashMap<>();
        IntStream.range(FIRST_PORT, FIRST_PORT + clients)
                .forEach(port -> homes.put(port, sends(lab, port).orElseThrow()));
        return homes;
    }

    static Map<Integer, String> names(final Map<Integer, Device> homes) {
        final Map<Integer, String> names = new HashMap<>();
        homes.forEach((port, device) -> names.put(port, device.name()));
        return names;
    }

    static Optional<Device> sends(final Lab lab, final int port) {
        final Verdict verdict = lab.network().receive("sw1", 1, frame(lab, port));
        assertThat(verdict.sent()).hasSize(1);
        return service(lab).devices().stream()
                .filter(device -> Lab.isAt(device.ingress(), verdict.sent().getFirst()))
                .findFirst();
    }

    /** What a client sends. */
    static byte[] frame(final Lab lab, final int port) {
        final Service office = service(lab);
        return Frames.withPorts(
                Frames.ip(office.virtualMac(), Lab.ROUTER_MAC, TRANSLATOR, office.clusterAddress(), WHOLE),
                port,
                WIREGUARD);
    }

    static Verdict deviceSends(final Lab lab, final Device device, final int port) {
        return lab.network()
                .receive(
                        "sw1",
                        device.ingress().port(),
                        Frames.withPorts(
                                Frames.ip(
                                        Lab.ROUTER_MAC,
                                        device.ingress().mac(),
                                        service(lab).clusterAddress(),
                                        TRANSLATOR,
                                        WHOLE),
                                WIREGUARD,
                                port));
    }

    static Set<ClientKey> keys(final Lab lab) {
        return lab.clientRows().stream().map(SessionRow::client).collect(Collectors.toSet());
    }
}
