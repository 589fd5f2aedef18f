/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.SelectionInUse;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.Icmp;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.session.Counters.Ignored;
import org.vpnlb.engine.session.Counters.Punt;

@Label("ICMP")
class IcmpPathTest {
    private static final IpAddress ROUTER = IpAddress.parse("192.0.2.1");
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final int ESP = 50;
    private static final int UDP = 17;
    private static final long UPLINK = 1;
    private static final long SERVERS = 1;
    private static final int MANY = 200;
    /** What a meter of ICMP lets pass at once. */
    private static final int AT_ONCE = 400;

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.pinnedToo(Shape.learnedByController());
    }

    @Property(tries = 200)
    @Label("an error is at the device of its client or nowhere, and makes no session for anybody")
    void anErrorIsAtTheDeviceOfItsClientOrNowhere(
            @ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        for (int i = 0; i < 60 && !lab.enabled().isEmpty(); i++) {
            final Service service = pick(random, lab.enabled());
            final IpAddress client = Lab.outer(random.nextInt(10));
            if (random.nextBoolean()) {
                lab.clientSends(service, client, pick(random, Frames.Kind.of(service)));
                lab.network().settle();
            }
            final Optional<Device> session = lab.clientSession(service, client);
            final long created = lab.ingressStatus(service).counters().created();

            final Optional<Device> got = errorFor(lab, service, pick(random, List.of(3, 11, 12)), random, client);

            assertThat(lab.clientSession(service, ROUTER)).isEmpty();
            assertThat(lab.clientSession(service, client)).isEqualTo(session);
            assertThat(lab.ingressStatus(service).counters().created()).isEqualTo(created);
            final Optional<Device> home =
                    lab.clientSends(service, client, Frames.Kind.of(service).getFirst());
            assertThat(got).isEqualTo(session.isPresent() || isBySource(lab, service) ? home : Optional.empty());
            lab.network().settle();
        }
    }

    @Example
    @Label("an error is at the device of its client's session where the slot says another")
    void anErrorFollowsThePinnedClient() {
        final Lab lab = lab(ServiceBuilder.office().method(Method.SELECT_GROUP).build());
        final Service byGroup = lab.services().getFirst();
        final List<Optional<Device>> homes = clients(byGroup, lab);
        final Service bySource =
                ServiceBuilder.like(byGroup).method(Method.SOURCE_HASH).build();
        lab.reconfigure(bySource);
        for (int i = 0; i < MANY; i++) {
            assertThat(errorFor(lab, bySource, 3, new Random(i), Lab.outer(i))).isEqualTo(homes.get(i));
        }
    }

    @Example
    @Label("an error is not what its sender's own session says, where ICMP is the service's traffic")
    void anErrorIsNoTrafficOfItsSender() {
        for (final Service service : List.of(
                ServiceBuilder.office().protocols(EnumSet.of(Protocol.ANY)).build(),
                ServiceBuilder.office().match("icmp", new Traffic(1, null)).build())) {
            final Lab lab = lab(service);
            final List<Optional<Device>> homes = clients(service, lab);
            lab.clientSends(service, ROUTER, Frames.Kind.PING);
            lab.network().settle();
            assertThat(lab.clientSession(service, ROUTER)).isPresent();
            for (int i = 0; i < MANY; i++) {
                assertThat(errorFor(lab, service, 3, new Random(i), Lab.outer(i)))
                        .isEqualTo(homes.get(i));
            }
        }
    }

    @Example
    @Label("an error about whose device nobody can tell is dropped and counted, and so is one that makes no sense")
    void whatGoesNowhereIsCounted() {
        final Service office =
                ServiceBuilder.office().method(Method.SELECT_GROUP).build();
        final Lab lab = lab(office);
        final IpAddress cluster = office.clusterAddress();
        final byte[] right = error(office, ROUTER, 3, ESP, cluster, Lab.outer(1));
        for (final byte[] frame : List.of(
                right,
                Arrays.copyOf(right, right.length - 1),
                error(office, ROUTER, 3, ESP, Lab.outer(1), cluster),
                error(office, IpAddress.parse("224.0.0.1"), 3, ESP, cluster, Lab.outer(1)))) {
            lab.network().receive("sw1", UPLINK, frame);
            lab.network().settle();
        }
        assertThat(lab.network().spoken()).isEmpty();
        final var counters = lab.ingressStatus(office).counters();
        assertThat(counters.punted()).containsEntry(Punt.ICMP_ERROR, 4L);
        assertThat(counters.ignored())
                .containsEntry(Ignored.NO_SESSION, 1L)
                .containsEntry(Ignored.MALFORMED, 1L)
                .containsEntry(Ignored.FOREIGN_QUOTE, 1L)
                .containsEntry(Ignored.NOT_A_CLIENT, 1L)
                .hasSize(4);
    }

    @Example
    @Label("an error for the cluster address that does not come from an uplink reaches nobody")
    void anErrorComesFromAnUplink() {
        final Service office = ServiceBuilder.office().method(Method.AUTO).build();
        final Lab lab = lab(office);
        final byte[] frame = error(office, ROUTER, 3, ESP, office.clusterAddress(), Lab.outer(1));
        for (final long port : List.of(Shape.OTHER_PORT, 11L)) {
            assertThat(lab.network().receive("sw1", port, frame).isDropped()).isTrue();
        }
        lab.network().settle();
        assertThat(lab.network().spoken()).isEmpty();
    }

    @Example
    @Label("a flood of errors at an uplink is bounded, counted, and keeps no echo request from being answered")
    void aFloodOfErrorsIsBounded() {
        final Service office = ServiceBuilder.office().method(Method.AUTO).build();
        final Lab lab = lab(office);
        lab.network().advance(10_000);
        lab.network().settle();
        for (int i = 0; i < AT_ONCE + 50; i++) {
            lab.network().receive("sw1", UPLINK, error(office, ROUTER, 3, UDP, office.clusterAddress(), Lab.outer(i)));
        }
        lab.network().settle();
        assertThat(lab.network().spoken()).hasSize(AT_ONCE);
        assertThat(ping(lab, office, "sw1", UPLINK, Lab.outer(1), office.clusterAddress()))
                .isTrue();
        lab.network().advance(10_000);
        lab.network().settle();
        assertThat(lab.ingressStatus(office).counters().overMeter()).containsEntry(Punt.ICMP_ERROR, 50L);
        lab.assertConsistent();
    }

    @Property(tries = 100)
    @Label("the cluster and the gateway address are pinged while a device takes clients, from their own sides alone")
    void ourAddressesArePinged(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            final boolean isUp = service.devices().stream().anyMatch(Device::takesSessions);
            final IpAddress cluster = service.clusterAddress();
            if (service.traffic().stream().allMatch(traffic -> traffic.ipProtocol() != null)) {
                assertThat(ping(lab, service, Lab.ingress(service), UPLINK, Lab.outer(1), cluster))
                        .isEqualTo(isUp);
            }
            assertThat(ping(lab, service, Lab.egress(service), Shape.SERVER_PORT, Lab.SERVER, cluster))
                    .isFalse();
            service.egress().gatewayAddress(Family.V4).ifPresent(gateway -> {
                assertThat(ping(lab, service, Lab.egress(service), Shape.SERVER_PORT, Lab.SERVER, gateway))
                        .isEqualTo(isUp);
                final Device device = service.devices().getFirst();
                assertThat(ping(
                                lab,
                                service,
                                Lab.egress(service),
                                device.egress().port(),
                                Lab.inner(service, 1),
                                gateway))
                        .isEqualTo(isUp);
                assertThat(ping(lab, service, Lab.ingress(service), UPLINK, Lab.outer(1), gateway))
                        .isFalse();
            });
            assertThat(Stream.of(lab.ingressStatus(service), lab.egressStatus(service))
                            .mapToLong(status -> status.counters().created())
                            .sum())
                    .isZero();
        }
    }

    @Example
    @Label("nobody is answered while no device takes clients, and that is counted")
    void nobodyIsAnsweredWithoutADevice() {
        final Service office = ServiceBuilder.office()
                .device("g1", device -> device.with(AdminState.DRAINING))
                .device("g2", device -> device.with(AdminState.OUT_OF_SERVICE))
                .device("g3", device -> device.with(AdminState.OUT_OF_SERVICE))
                .build();
        final Lab lab = lab(office);
        assertThat(ping(lab, office, "sw1", UPLINK, Lab.outer(1), office.clusterAddress()))
                .isFalse();
        assertThat(lab.ingressStatus(office).counters().punted()).containsEntry(Punt.ECHO_REQUEST, 1L);
        assertThat(lab.ingressStatus(office).counters().ignored()).containsEntry(Ignored.OUT_OF_SERVICE, 1L);
    }

    @Example
    @Label("a client's echo request is its device's, where ICMP is the service's traffic")
    void echoIsTheDevicesWhereItIsTraffic() {
        for (final Service service : List.of(
                ServiceBuilder.office().protocols(EnumSet.of(Protocol.ANY)).build(),
                ServiceBuilder.office().match("icmp", new Traffic(1, null)).build())) {
            final Lab lab = lab(service);
            final Verdict verdict = lab.network()
                    .receive(
                            "sw1",
                            UPLINK,
                            Frames.echo(service.virtualMac(), Lab.ROUTER_MAC, Lab.outer(1), service.clusterAddress()));
            assertThat(verdict.sent()).hasSize(1);
            lab.network().settle();
            assertThat(lab.network().spoken()).isEmpty();
            assertThat(ping(
                            lab,
                            service,
                            "sw2",
                            SERVERS,
                            Lab.SERVER,
                            service.egress().gatewayAddresses().getFirst()))
                    .isTrue();
        }
    }

    /** A lab where the gratuitous ARP is over. */
    private static Lab lab(final Service service) {
        final Lab lab = Lab.of(service);
        lab.network().spoken();
        return lab;
    }

    /** The device that got an error about a packet to a client, just as the router sent it but for the MAC address. */
    private static Optional<Device> errorFor(
            final Lab lab, final Service service, final int type, final Random random, final IpAddress client) {
        final byte[] any =
                error(service, ROUTER, type, pick(random, List.of(UDP, ESP, 51)), service.clusterAddress(), client);
        final byte[] frame = service.keyed().map(traffic -> of(traffic, any)).orElse(any);
        lab.network().spoken();
        final Verdict verdict = lab.network().receive(Lab.ingress(service), UPLINK, frame);
        assertThat(verdict.sent()).as("what the switch does by itself").isEmpty();
        lab.network().settle();
        final List<SimulatedNetwork.Spoken> spoken = lab.network().spoken();
        assertThat(spoken).hasSizeLessThan(2);
        return spoken.stream().findFirst().map(said -> {
            final Device device = service.devices().stream()
                    .filter(found -> Lab.isAt(found.ingress(), said.sent()))
                    .findFirst()
                    .orElseThrow();
            assertThat(said.node()).isEqualTo(Lab.ingress(service));
            assertThat(said.sent().frame())
                    .isEqualTo(EthernetFrame.withDestination(
                            frame, device.ingress().mac()));
            return device;
        });
    }

    /** The same error about a packet of the one port that a service has. */
    private static byte[] of(final Traffic traffic, final byte[] error) {
        final byte[] copy = error.clone();
        final int quoted = copy.length - 28;
        copy[quoted + 9] = traffic.ipProtocol().byteValue();
        ByteBuffer.wrap(copy, quoted + 20, 4)
                .putShort(traffic.destinationPort().shortValue())
                .putShort((short) Frames.PORT);
        return copy;
    }

    private static byte[] error(
            final Service service,
            final IpAddress from,
            final int type,
            final int protocol,
            final IpAddress quotedSource,
            final IpAddress quotedDestination) {
        return Frames.icmpError(
                service.virtualMac(), from, service.clusterAddress(), type, protocol, quotedSource, quotedDestination);
    }

    /** Many clients log in: the device of each. */
    private static List<Optional<Device>> clients(final Service service, final Lab lab) {
        return Stream.iterate(0, i -> i < MANY, i -> i + 1)
                .map(i -> {
                    lab.clientSends(service, Lab.outer(i), IKE);
                    lab.network().settle();
                    return lab.clientSession(service, Lab.outer(i));
                })
                .toList();
    }

    /** Whether a host gets an answer, and nobody gets anything else. */
    private static boolean ping(
            final Lab lab,
            final Service service,
            final String node,
            final long port,
            final IpAddress from,
            final IpAddress to) {
        lab.network().spoken();
        final MacAddress host = MacAddress.parse("02:00:00:00:01:77");
        lab.network().receive(node, port, Frames.echo(service.virtualMac(), host, from, to));
        lab.network().settle();
        final List<SimulatedNetwork.Spoken> spoken = lab.network().spoken().stream()
                // Of what is no client's it may be told that it is unreachable.
                .filter(said -> Icmp.quoted(said.sent().frame()).isEmpty())
                .toList();
        assertThat(spoken).hasSizeLessThan(2);
        spoken.forEach(said -> {
            assertThat(said.node()).isEqualTo(node);
            assertThat(said.sent().port()).isEqualTo(port);
            final EthernetFrame reply = EthernetFrame.parse(said.sent().frame()).orElseThrow();
            assertThat(reply.destination()).isEqualTo(host);
            assertThat(reply.source()).isEqualTo(service.virtualMac());
            assertThat(reply.payload()).isEqualTo(new EthernetFrame.IpPacket(to, from));
        });
        return !spoken.isEmpty();
    }

    private static boolean isBySource(final Lab lab, final Service service) {
        return lab.ingressStatus(service)
                .selection()
                .map(SelectionInUse::method)
                .filter(method -> method == Method.SOURCE_HASH)
                .isPresent();
    }

    private static <T> T pick(final Random random, final List<T> items) {
        return items.get(random.nextInt(items.size()));
    }
}
