/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.selection.SourceSlots;

/**
 * What a random valid configuration is made from; small enough to shrink.
 *
 * @param oneSwitch whether one switch has both roles
 * @param tableBase the number of the pipeline's first table
 * @param sharedPorts whether two devices each share their ports
 * @param services the services, {@code s0} and so on
 * @param outer the family of the cluster addresses by which devices are checked, and of the devices
 * @param several whether each service has another cluster address of that family, and one of the other family,
 *     and of the gateway addresses and inner prefixes some of IPv6
 * @param method how all of them select; by {@link Method#SOURCE_HASH} where that can be, and then with pinned sessions
 */
record Shape(
        boolean oneSwitch,
        int tableBase,
        boolean sharedPorts,
        List<ServiceShape> services,
        Method method,
        Family outer,
        boolean several) {
    /** Which inner addresses are clients'. */
    enum Clients {
        ALL,
        ONE_PREFIX,
        TWO_PREFIXES
    }

    record DeviceShape(int weight, AdminState adminState, boolean ownAddresses) {
        /** Whether it has inner addresses of its own. */
        boolean isGiven() {
            return weight % 3 == 0;
        }
    }

    record ServiceShape(
            boolean enabled,
            int uplinks,
            Set<Protocol> protocols,
            boolean gateway,
            Clients clients,
            int slots,
            List<DeviceShape> devices,
            Learning learning) {
        private ServiceShape with(final Protocol only) {
            return new ServiceShape(enabled, uplinks, Set.of(only), gateway, clients, slots, devices, learning);
        }
    }

    /** Services that select by group. */
    Shape(final boolean oneSwitch, final int tableBase, final boolean sharedPorts, final List<ServiceShape> services) {
        this(oneSwitch, tableBase, sharedPorts, services, Method.SELECT_GROUP, Family.V4, false);
    }

    /** The same, whose services select otherwise. */
    Shape with(final Method other) {
        return new Shape(oneSwitch, tableBase, sharedPorts, services, other, outer, several);
    }

    /** The same, whose cluster addresses are others. */
    Shape with(final Family other, final boolean areSeveral) {
        return new Shape(oneSwitch, tableBase, sharedPorts, services, method, other, areSeveral);
    }

    /** The same, whose first service has one protocol alone. */
    private Shape with(final Optional<Protocol> only) {
        if (only.isEmpty()) {
            return this;
        }
        final List<ServiceShape> others = new ArrayList<>(services);
        others.set(0, services.getFirst().with(only.orElseThrow()));
        return new Shape(oneSwitch, tableBase, sharedPorts, others, method, outer, several);
    }

    /** The same configurations, where clients are outside in IPv4, in IPv6, or some in either. */
    static Arbitrary<Shape> ofAnyFamily(final Arbitrary<Shape> shapes) {
        return Combinators.combine(
                        shapes,
                        Arbitraries.of(Family.class),
                        Arbitraries.of(true, false),
                        Arbitraries.of(ONE_PORT).optional(0.3))
                .as((shape, family, areSeveral, only) ->
                        shape.with(family, areSeveral).with(only))
                .withoutEdgeCases();
    }

    /** Where one of these is all that clients send, their ports tell them apart, if slots are found by the source. */
    private static final List<Protocol> ONE_PORT = List.of(Protocol.WIREGUARD, Protocol.DTLS);

    static final String INGRESS = "sw1";
    static final String EGRESS = "sw2";

    /** The port of a switch where the servers are. */
    static final long SERVER_PORT = 5;

    /** A port that no configuration knows. */
    static final long OTHER_PORT = 9;

    /** The ports that every switch has: those of every shape, and of the services that {@link ServiceBuilder} makes. */
    static Set<Long> ports() {
        return LongStream.concat(
                        LongStream.concat(LongStream.rangeClosed(1, 20), LongStream.rangeClosed(61, 64)),
                        LongStream.of(100, 150, 200, 250, 300, 350).flatMap(from -> LongStream.range(from, from + 6)))
                .boxed()
                .collect(Collectors.toSet());
    }

    static Arbitrary<Shape> any() {
        return of(List.of(Learning.values()), AdminState.values());
    }

    /** The same configurations, selecting by the source address or by group. */
    static Arbitrary<Shape> byAnyMethod(final Arbitrary<Shape> shapes) {
        return Combinators.combine(shapes, Arbitraries.of(Method.AUTO, Method.SELECT_GROUP))
                .as(Shape::with)
                .withoutEdgeCases();
    }

    /** The same, and some where the controller selects. */
    static Arbitrary<Shape> byTheControllerToo(final Arbitrary<Shape> shapes) {
        return Combinators.combine(shapes, Arbitraries.of(Method.AUTO, Method.SELECT_GROUP, Method.CONTROLLER))
                .as(Shape::with)
                .withoutEdgeCases();
    }

    /** The same, and some where only pinned clients have sessions. */
    static Arbitrary<Shape> pinnedToo(final Arbitrary<Shape> shapes) {
        return Combinators.combine(shapes, Arbitraries.of(Method.AUTO, Method.SELECT_GROUP, Method.SOURCE_HASH))
                .as(Shape::with)
                .withoutEdgeCases();
    }

    /** Configurations where the switches learn nothing by themselves. */
    static Arbitrary<Shape> learnedByController() {
        return of(List.of(Learning.CONTROLLER), AdminState.values());
    }

    /** Configurations all of whose devices take new clients. */
    static Arbitrary<Shape> inService() {
        return of(List.of(Learning.values()), AdminState.IN_SERVICE);
    }

    private static Arbitrary<Shape> of(final List<Learning> learning, final AdminState... states) {
        final Arbitrary<DeviceShape> device = Combinators.combine(
                        Arbitraries.integers().between(1, 10),
                        Arbitraries.of(states),
                        Arbitraries.of(true, true, false))
                .as(DeviceShape::new);
        final Arbitrary<Set<Protocol>> protocols = Arbitraries.oneOf(
                Arbitraries.just(Set.of(Protocol.IKE, Protocol.IPSEC_NAT_T, Protocol.ESP, Protocol.AH)),
                Arbitraries.of(Protocol.class).set().ofMinSize(1).ofMaxSize(5));
        final Arbitrary<ServiceShape> service = Combinators.combine(
                        Arbitraries.of(true, true, true, false),
                        Arbitraries.integers().between(1, 2),
                        protocols,
                        Arbitraries.of(true, false),
                        Arbitraries.of(Clients.class),
                        Arbitraries.of(8, 16, 64, 100),
                        device.list().ofMinSize(1).ofMaxSize(6),
                        Arbitraries.of(learning))
                .as(ServiceShape::new);
        return Combinators.combine(
                        Arbitraries.of(true, false),
                        Arbitraries.of(0, 0, 7),
                        Arbitraries.of(true, false),
                        service.list().ofMinSize(1).ofMaxSize(3))
                .as(Shape::new)
                // There are more than tries, and none is more of an edge than others.
                .withoutEdgeCases();
    }

    List<Service> toServices() {
        return IntStream.range(0, services.size()).mapToObj(this::toService).toList();
    }

    String egress() {
        return oneSwitch ? INGRESS : EGRESS;
    }

    /** A switch that learns tells the controller of no new client. */
    private boolean isHeardOfByNobody(final ServiceShape shape) {
        return method == Method.CONTROLLER && shape.learning == Learning.SWITCH;
    }

    private Service toService(final int number) {
        final ServiceShape shape = services.get(number);
        final boolean isPinned = method == Method.SOURCE_HASH && SourceSlots.isPossible(shape.slots);
        final var builder = ServiceBuilder.service("s" + number)
                .enabled(shape.enabled)
                .clusterAddress(outside(outer, number, 100))
                .additionalClusterAddresses(
                        several
                                ? new String[] {outside(outer, number, 101), outside(other(outer), number, 100)}
                                : new String[0])
                .protocols(protocols(shape))
                .ingress(
                        INGRESS,
                        LongStream.rangeClosed(1, shape.uplinks).boxed().toArray(Long[]::new))
                .egress(egress(), SERVER_PORT)
                .idleTimeouts(300, 600)
                .gatewayAddress(shape.gateway ? "172.16." + number + ".254" : null)
                .additionalGatewayAddresses(
                        several && shape.gateway ? new String[] {"fd01:%x::fe".formatted(number)} : new String[0])
                .clientPrefixes(clientPrefixes(shape.clients, number))
                .method(method == Method.SOURCE_HASH && !isPinned || isHeardOfByNobody(shape) ? Method.AUTO : method)
                .sessions(isPinned ? Sessions.PINNED : Sessions.ALL)
                .slots(shape.slots)
                .clientKey(isKeyedByPort(shape) ? KeyedBy.ADDRESS_AND_PORT : KeyedBy.ADDRESS)
                .learning(shape.learning);
        for (int i = 0; i < shape.devices.size(); i++) {
            builder.device(toDevice(number, i, shape.devices.get(i)));
        }
        return builder.build();
    }

    private boolean isKeyedByPort(final ServiceShape shape) {
        return shape.protocols.size() == 1
                && ONE_PORT.containsAll(shape.protocols)
                && method != Method.SELECT_GROUP
                && SourceSlots.isPossible(shape.slots);
    }

    /** Of IPv6, switches look behind the header of AH: it is none of their protocols. */
    private Set<Protocol> protocols(final ServiceShape shape) {
        if (outer == Family.V4 && !several || !shape.protocols.contains(Protocol.AH)) {
            return shape.protocols;
        }
        final Set<Protocol> others = EnumSet.of(Protocol.ESP);
        others.addAll(shape.protocols);
        others.remove(Protocol.AH);
        return others;
    }

    private String[] clientPrefixes(final Clients clients, final int service) {
        final String[] prefixes = clientPrefixesV4(clients, service);
        return several
                ? Stream.concat(Stream.of(prefixes), Stream.of("fd00:%x::/32".formatted(service)))
                        .toArray(String[]::new)
                : prefixes;
    }

    private static String[] clientPrefixesV4(final Clients clients, final int service) {
        return switch (clients) {
            case ALL -> new String[0];
            case ONE_PREFIX -> new String[] {"10.1%d.0.0/16".formatted(service)};
            case TWO_PREFIXES ->
                new String[] {"10.1%d.0.0/17".formatted(service), "10.1%d.128.0/17".formatted(service)};
        };
    }

    private Device toDevice(final int service, final int number, final DeviceShape shape) {
        final long port = 100L * (service + 1) + (sharedPorts ? number / 2 : number);
        final int host = number + 1;
        final Device device = new Device(
                "d" + number,
                shape.adminState,
                shape.weight,
                false,
                Optional.empty(),
                new Attachment(
                        Place.untagged(INGRESS, port),
                        new MacAddress(0x0200_0000_0a00L + 0x1_0000L * service + host),
                        own(shape, outside(outer, service, host))),
                new Attachment(
                        Place.untagged(egress(), port + (oneSwitch ? 50 : 0)),
                        new MacAddress(0x0200_0000_0b00L + 0x1_0000L * service + host),
                        own(shape, "172.16.%d.%d".formatted(service, host))));
        return shape.isGiven()
                ? ServiceBuilder.withPrefixes(
                        device,
                        "10.1%d.%d.0/24".formatted(service, 100 + number),
                        "fd00:%x:%x::/64".formatted(service, number))
                : device;
    }

    private static Family other(final Family family) {
        return switch (family) {
            case V4 -> Family.V6;
            case V6 -> Family.V4;
        };
    }

    private static String outside(final Family family, final int service, final int host) {
        return switch (family) {
            case V4 -> "10.0.%d.%d".formatted(service, host);
            case V6 -> "2001:db8:%x::%x".formatted(service, host);
        };
    }

    private static Optional<IpAddress> own(final DeviceShape shape, final String address) {
        return shape.ownAddresses ? Optional.of(IpAddress.parse(address)) : Optional.empty();
    }
}
