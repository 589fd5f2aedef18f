/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.session.Counters;

@Label("On the way in")
class ClientPathTest {
    private static final int CLIENTS = 10;

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.byAnyMethod(Shape.any()));
    }

    @Provide
    Arbitrary<Shape> inService() {
        return Shape.ofAnyFamily(Shape.byAnyMethod(Shape.inService()));
    }

    @Property
    @Label("every packet of a learned client takes the device of its session, whatever is late or comes twice")
    void everyPacketOfALearnedClientTakesTheDeviceOfItsSession(
            @ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        lab.network().duplicate(0.2);
        final Random random = new Random(seed);
        final Map<String, Device> seen = new HashMap<>();
        for (int i = 0; i < 150 && !lab.enabled().isEmpty(); i++) {
            final Service service = pick(random, lab.enabled());
            final IpAddress client = Lab.outer(random.nextInt(CLIENTS));
            final Optional<Device> session = lab.clientSession(service, client);
            session.ifPresent(device -> assertThat(seen.computeIfAbsent(service.name() + client, key -> device))
                    .as("the device of a session stays")
                    .isEqualTo(device));

            final Optional<Device> got = lab.clientSends(service, client, pick(random, Frames.Kind.of(service)));

            assertThat(got.isPresent()).isEqualTo(takesAny(service));
            session.ifPresentOrElse(
                    device -> assertThat(got).contains(device),
                    () -> got.ifPresent(
                            device -> assertThat(Lab.mayTake(device)).isTrue()));
            lab.network().steps(random.nextInt(5));
            lab.network().advance(random.nextInt(40));
        }
        lab.network().settle();
        assertThatSessionsHold(lab);
    }

    @Property(tries = 50)
    @Label("a new client costs one punt, when the answer is quick, and none where the switch learns")
    void aNewClientCostsOnePunt(@ForAll("inService") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            for (int i = 0; i < CLIENTS; i++) {
                for (final Frames.Kind kind : Frames.Kind.of(service)) {
                    lab.clientSends(service, Lab.outer(i), kind);
                    lab.network().settle();
                }
            }
            final Counters counters = lab.ingressStatus(service).counters();
            final int told = Lab.isLearnedBySwitch(service) ? 0 : CLIENTS;
            assertThat(counters.created()).isEqualTo(told);
            assertThat(counters.punts()).isEqualTo(told);
            assertThat(counters.ignored()).isEmpty();
            for (int i = 0; i < CLIENTS; i++) {
                assertThat(lab.clientSession(service, Lab.outer(i))).isPresent();
            }
        }
    }

    @Example
    @Label("a session stays where it is, also when its entry is late for longer than frames may be")
    void aSessionStaysWhenItsEntryIsLate() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = Lab.of(office);
        final SwitchAgent agent = lab.network().agent("sw1");
        final IpAddress client = Lab.outer(1);
        final Effect entry = new Effect.AddFlow(
                lab.pipeline().clientSession(office, office.devices().get(0), client));
        // IKE took one device, ESP another, and both are punted until the entry is there.
        assertThat(agent.handle(copy(office, 0, Frames.Kind.udp(500), 0))).containsExactly(entry);
        assertThat(agent.handle(copy(office, 1, Frames.Kind.protocol(50), 999))).isEmpty();
        assertThat(agent.handle(copy(office, 1, Frames.Kind.protocol(50), 1000)))
                .containsExactly(entry);
    }

    /** The copy of a first packet that took a device. */
    private static Event copy(final Service service, final int device, final Frames.Kind kind, final long now) {
        return copy(service, Lab.outer(1), device, kind, now);
    }

    /** The copy of a first packet of a client that took a device. */
    static Event copy(
            final Service service, final IpAddress client, final int device, final Frames.Kind kind, final long now) {
        final byte[] frame = Frames.ip(
                service.devices().get(device).ingress().mac(), Lab.ROUTER_MAC, client, service.clusterAddress(), kind);
        final var cookie =
                new Cookie(Cookie.Kind.SELECTION, Numbers.of(List.of(service)).of(service), 0);
        return new Event.Punted(1, cookie.value(), frame, now);
    }

    @Property(tries = 50)
    @Label("every device gets clients when there are many, and each its share")
    void everyDeviceGetsClientsWhenThereAreMany(@ForAll("inService") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final int many = 2000;
        for (final Service service : lab.enabled()) {
            final Map<String, Integer> clients = new HashMap<>();
            final Frames.Kind kind = Frames.Kind.of(service).get(0);
            for (int i = 0; i < many; i++) {
                // Selection only: nothing is learned, so the table stays small.
                clients.merge(
                        lab.clientSends(service, Lab.outer(i), kind)
                                .orElseThrow()
                                .name(),
                        1,
                        Integer::sum);
            }
            final Map<String, SwitchStatus.DeviceStatus> devices =
                    lab.ingressStatus(service).devices();
            devices.forEach((name, device) -> {
                final double share =
                        (double) device.slots() / service.selection().slots();
                final double deviation = Math.sqrt(many * share * (1 - share));
                // Six standard deviations: one in a hundred million is further off.
                assertThat((double) clients.getOrDefault(name, 0))
                        .as("clients of %s with %s slots", name, device.slots())
                        .isBetween(many * share - 6 * deviation - 1, many * share + 6 * deviation + 1);
            });
        }
    }

    @Property(tries = 50)
    @Label("what a service does not serve is neither given to a device nor flooded")
    void whatIsNotServedGoesNowhere(@ForAll("inService") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            final Set<Integer> served = new HashSet<>();
            service.traffic().forEach(traffic -> served.add(traffic.ipProtocol()));
            if (served.contains(null)) {
                continue;
            }
            final List<Frames.Kind> others = IntStream.range(0, 256)
                    .filter(protocol -> !served.contains(protocol))
                    .mapToObj(Frames.Kind::protocol)
                    .toList();
            for (final Frames.Kind kind : others) {
                assertThat(lab.clientVerdict(service, Lab.outer(1), kind, 1).isDropped())
                        .as("%s", kind)
                        .isTrue();
            }
            lab.network().settle();
            assertThat(lab.ingressStatus(service).counters().created()).isZero();
        }
    }

    @Property(tries = 50)
    @Label("what comes in where no client is takes no device")
    void whatDoesNotComeFromAnUplinkIsNotServed(@ForAll("inService") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            for (final Frames.Kind kind : Frames.Kind.of(service)) {
                assertThat(lab.clientVerdict(service, Lab.outer(1), kind, Shape.OTHER_PORT)
                                .isDropped())
                        .isTrue();
            }
            lab.network().settle();
            assertThat(lab.ingressStatus(service).counters().created()).isZero();
        }
    }

    @Property(tries = 50)
    @Label("when a port loses its link no new client is sent there, at once")
    void aPortWithoutLinkGetsNoNewClient(@ForAll("inService") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            final long port = service.devices().get(0).ingress().port();
            final boolean another = hasSlotsElsewhere(lab, service, port);
            lab.network().datapath(Lab.ingress(service)).link(port, false);
            for (int i = 0; i < 100; i++) {
                final Optional<Device> got = lab.clientSends(
                        service, Lab.outer(i), Frames.Kind.of(service).get(0));
                assertThat(got.isPresent()).isEqualTo(another);
                got.ifPresent(device -> assertThat(device.ingress().port()).isNotEqualTo(port));
            }
            lab.network().datapath(Lab.ingress(service)).link(port, true);
        }
    }

    @Property(tries = 50)
    @Label("when a port loses its link its clients are at others with their next packet, before the controller knows")
    void aPortWithoutLinkLosesItsClientsAtOnce(@ForAll("inService") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            if (service.learning() != Learning.CONTROLLER) {
                continue;
            }
            final Frames.Kind kind = Frames.Kind.of(service).get(0);
            for (int i = 0; i < CLIENTS; i++) {
                lab.clientSends(service, Lab.outer(i), kind);
            }
            lab.network().settle();
            final Map<Integer, Device> homes = new HashMap<>();
            for (int i = 0; i < CLIENTS; i++) {
                final int number = i;
                lab.clientSession(service, Lab.outer(i)).ifPresent(home -> homes.put(number, home));
            }
            final long port = service.devices().get(0).ingress().port();
            final boolean another = hasSlotsElsewhere(lab, service, port);
            lab.network().datapath(Lab.ingress(service)).link(port, false);
            homes.forEach((number, home) -> {
                final Optional<Device> got = lab.clientSends(service, Lab.outer(number), kind);
                if (home.ingress().port() != port) {
                    assertThat(got).contains(home);
                } else {
                    assertThat(got.isPresent()).isEqualTo(another);
                    got.ifPresent(device -> assertThat(device.ingress().port()).isNotEqualTo(port));
                }
            });
            lab.network().datapath(Lab.ingress(service)).link(port, true);
        }
    }

    /** Each client's packets, of every kind, take one device, and the agents know which. */
    static void assertThatSessionsHold(final Lab lab) {
        lab.count();
        for (final Service service : lab.enabled()) {
            final Map<String, Integer> counts = new HashMap<>();
            for (int i = 0; i < CLIENTS; i++) {
                final IpAddress client = Lab.outer(i);
                final Map<ClientKey, Device> sessions = lab.clientSessions(service, client);
                sessions.values().forEach(device -> counts.merge(device.name(), 1, Integer::sum));
                for (final Frames.Kind kind : Frames.Kind.of(service)) {
                    sessions.entrySet().stream()
                            .filter(session -> isOf(session.getKey(), kind))
                            .findFirst()
                            .ifPresent(session -> assertThat(lab.clientSends(service, client, kind))
                                    .contains(session.getValue()));
                }
            }
            lab.ingressStatus(service)
                    .devices()
                    .forEach((name, device) ->
                            assertThat(device.clientSessions()).isEqualTo(counts.getOrDefault(name, 0)));
        }
    }

    private static boolean isOf(final ClientKey client, final Frames.Kind kind) {
        return client.port() == ClientKey.NONE
                || client.protocol() == kind.protocol()
                        && client.port() == Frames.PORT
                        && kind.part() == Frames.Part.WHOLE;
    }

    /** With few slots a device of little weight may have none. */
    private static boolean hasSlotsElsewhere(final Lab lab, final Service service, final long port) {
        final Map<String, SwitchStatus.DeviceStatus> status =
                lab.ingressStatus(service).devices();
        return service.devices().stream()
                .anyMatch(device -> device.ingress().port() != port
                        && status.get(device.name()).slots() > 0);
    }

    private static boolean takesAny(final Service service) {
        return service.devices().stream().anyMatch(Lab::mayTake);
    }

    private static <T> T pick(final Random random, final List<T> items) {
        return items.get(random.nextInt(items.size()));
    }
}
