/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Bytes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.vpnlb.engine.agent.Sighting.Basis;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.Icmp;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.net.NeighbourMessage;
import org.vpnlb.engine.pipeline.Cookie;

@Label("A service with several cluster addresses")
class SeveralClusterAddressesTest {
    private static final IpAddress FIRST = IpAddress.parse("10.0.0.100");
    private static final IpAddress PROVIDER = IpAddress.parse("192.0.2.100");
    private static final IpAddress V6 = IpAddress.parse("2001:db8::100");
    private static final IpAddress CLIENT = IpAddress.parse("203.0.113.7");
    private static final IpAddress CLIENT_V6 = IpAddress.parse("2001:db8:7::1");
    private static final MacAddress THIEF = MacAddress.parse("02:00:00:00:02:66");
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final long UPLINK = 1;
    private static final int CLIENTS = 20;
    private static final int ETHERNET = 14;

    @Property(tries = 12)
    @Label("gives a client one device at all addresses of its family, and each family its sessions")
    void aClientHasOneDevice(@ForAll final Learning learning, @ForAll final boolean isBySource) {
        final Service service = service(learning, isBySource ? Method.SOURCE_HASH : Method.SELECT_GROUP);
        final Lab lab = Lab.of(service);
        final Device device = sends(lab, service, CLIENT, FIRST, 500);
        lab.network().settle();
        for (final int port : List.of(500, 4500)) {
            assertThat(sends(lab, service, CLIENT, PROVIDER, port)).isEqualTo(device);
        }
        final Device other = sends(lab, service, CLIENT_V6, V6, 500);
        lab.network().settle();
        assertThat(sends(lab, service, CLIENT_V6, V6, 4500)).isEqualTo(other);
        assertThat(lab.clientSession(service, CLIENT)).contains(device);
        lab.count();
        assertThat(clientSessions(lab, service)).isEqualTo(2);
        lab.assertConsistent();
    }

    @Example
    @Label("answers for each, announces each, and lets nobody else speak as one of them")
    void answersForEach() {
        final Service service = service(Learning.CONTROLLER, Method.AUTO);
        final Lab lab = Lab.of(service);
        final Set<List<Byte>> announced = lab.network().spoken().stream()
                .map(spoken -> octets(spoken.sent().frame()))
                .collect(Collectors.toSet());
        for (final IpAddress address : service.clusterAddresses()) {
            assertThat(announced).contains(octets(NeighbourMessage.announcement(address, service.virtualMac())));
            assertThat(lab.network()
                            .receive("sw1", UPLINK, NeighbourMessage.announcement(address, THIEF))
                            .isDropped())
                    .isTrue();
            lab.network().spoken();
            lab.network().receive("sw1", UPLINK, NeighbourMessage.probe(address, THIEF));
            lab.network().settle();
            assertThat(lab.network().spoken()).hasSize(1);
        }
    }

    @Example
    @Label("that is given another one moves no client, and takes it back as silently")
    void anotherOneMovesNobody() {
        final Service before = ServiceBuilder.office().build();
        final Lab lab = Lab.of(before);
        final Device device = sends(lab, before, CLIENT, FIRST, 500);
        lab.network().settle();
        final Service after = ServiceBuilder.like(before)
                .additionalClusterAddresses(PROVIDER.toString(), V6.toString())
                .build();
        for (final Service next : List.of(after, before)) {
            lab.reconfigure(next);
            assertThat(sends(lab, next, CLIENT, FIRST, 4500)).isEqualTo(device);
            assertThat(lab.clientSession(next, CLIENT)).contains(device);
            lab.assertConsistent();
        }
    }

    @Property(tries = 20)
    @Label("that loses its IPv6 ones ends the sessions of their clients, and moves nobody else")
    void withoutAFamilyItEndsItsSessions(@ForAll final Learning learning, @ForAll final boolean isBySource) {
        final Service before = service(learning, isBySource ? Method.SOURCE_HASH : Method.SELECT_GROUP);
        final Lab lab = Lab.of(before);
        final Map<IpAddress, Device> devices = new HashMap<>();
        for (int i = 0; i < CLIENTS; i++) {
            final IpAddress client = Lab.outside(before, Lab.outer(i));
            devices.put(client, lab.clientSends(before, Lab.outer(i), IKE).orElseThrow());
            lab.network().settle();
        }
        assertThat(familiesOfSessions(lab)).containsExactly(Family.V4, Family.V6);

        final Service after = ServiceBuilder.like(before)
                .additionalClusterAddresses(PROVIDER.toString())
                .build();
        devices.keySet().removeIf(client -> client.family() == Family.V6);
        lab.configure(List.of(after));
        do {
            devices.forEach((client, device) ->
                    assertThat(sends(lab, after, client, FIRST, 4500)).isEqualTo(device));
        } while (lab.network().step());

        assertThat(familiesOfSessions(lab)).containsExactly(Family.V4);
        lab.count();
        assertThat(clientSessions(lab, after)).isEqualTo(devices.size());
        lab.assertConsistent();
    }

    /** The families of the clients for whom the switch has a session. */
    private static Set<Family> familiesOfSessions(final Lab lab) {
        final Set<Family> families = new TreeSet<>();
        lab.network().datapath("sw1").ours().flows().values().stream()
                .filter(flow -> Cookie.parse(flow.cookie()).orElseThrow().kind() == Cookie.Kind.CLIENT_SESSION)
                .map(flow -> flow.key().match().ipSource())
                .filter(Objects::nonNull)
                .forEach(source -> families.add(source.address().family()));
        return families;
    }

    @Property(tries = 12)
    @Label("learns whose client it is from what a device sends, whichever of them it sends from")
    void aDeviceSpeaksFromEach(@ForAll final Learning learning) {
        final Service service = service(learning, Method.SOURCE_HASH);
        final Lab lab = Lab.of(service);
        final Device device = service.devices().getFirst();
        for (final IpAddress address : service.clusterAddresses()) {
            for (int i = 0; i < CLIENTS; i++) {
                final IpAddress client = clientOf(address, i);
                assertThat(speaks(lab, device, address, client).normal()).isTrue();
                lab.network().settle();
                assertThat(sends(lab, service, client, address, 500)).isEqualTo(device);
                lab.network().settle();
            }
        }
        lab.assertConsistent();
    }

    @Example
    @Label("silences a device that is out of service at each")
    void silencesAtEach() {
        final Service service = ServiceBuilder.like(service(Learning.CONTROLLER, Method.AUTO))
                .device("g1", device -> ServiceBuilder.with(device, AdminState.OUT_OF_SERVICE))
                .build();
        final Lab lab = Lab.of(service);
        for (final IpAddress address : service.clusterAddresses()) {
            final IpAddress client = clientOf(address, 1);
            assertThat(speaks(lab, service.devices().get(0), address, client).isDropped())
                    .isTrue();
            assertThat(speaks(lab, service.devices().get(1), address, client).isDropped())
                    .isFalse();
        }
    }

    @Example
    @Label("has no client with one of them")
    void noClientHasOne() {
        final Service service = service(Learning.CONTROLLER, Method.AUTO);
        final Lab lab = Lab.of(service);
        for (final IpAddress address : service.clusterAddresses()) {
            for (final IpAddress source : service.clusterAddresses()) {
                if (source.family() == address.family()) {
                    assertThat(lab.network()
                                    .receive("sw1", UPLINK, frame(service, source, address, IKE))
                                    .isDropped())
                            .isTrue();
                }
            }
        }
        lab.network().settle();
        assertThat(lab.ingressStatus(service).counters().created()).isZero();
    }

    @Example
    @Label("is pinged at each, and brings errors about what was sent from each to the client's device")
    void icmpIsForEach() {
        final Service service = service(Learning.CONTROLLER, Method.SOURCE_HASH);
        final Lab lab = Lab.of(service);
        for (final IpAddress address : service.clusterAddresses()) {
            final IpAddress client = clientOf(address, 1);
            final Device device = sends(lab, service, client, address, 500);
            lab.network().settle();
            lab.network().spoken();
            for (final int type : Icmp.errors(address.family())) {
                final byte[] quoted = Frames.ip(THIEF, THIEF, address, client, IKE);
                final byte[] error = icmp(service, type, clientOf(address, 2), address, withoutMacs(quoted));
                lab.network().receive("sw1", UPLINK, error);
                lab.network().settle();
                assertThat(lab.network().spoken())
                        .singleElement()
                        .satisfies(said -> assertThat(said.sent().port())
                                .isEqualTo(device.ingress().port()));
            }
            final byte[] ping = icmp(service, Icmp.echo(address.family()), client, address, new byte[8]);
            lab.network().receive("sw1", UPLINK, ping);
            lab.network().settle();
            assertThat(lab.network().spoken()).singleElement().satisfies(said -> {
                final EthernetFrame reply =
                        EthernetFrame.parse(said.sent().frame()).orElseThrow();
                assertThat(reply.source()).isEqualTo(service.virtualMac());
                assertThat(reply.payload()).isEqualTo(new EthernetFrame.IpPacket(address, client));
            });
        }
    }

    /** A message with all but its type and its end at zero. */
    private static byte[] icmp(
            final Service service, final int type, final IpAddress from, final IpAddress to, final byte[] end) {
        final byte[] message = Bytes.concat(new byte[] {(byte) type}, new byte[7], end);
        return new IpDatagram(from, to, Icmp.protocol(to.family()), 64, message).toFrame(service.virtualMac(), THIEF);
    }

    private static byte[] withoutMacs(final byte[] frame) {
        return Arrays.copyOfRange(frame, ETHERNET, frame.length);
    }

    @Example
    @Label("tells of a client of either family where it is, and where it would be")
    void tellsOfEachFamily() {
        final Service service = service(Learning.CONTROLLER, Method.SOURCE_HASH);
        final Lab lab = Lab.of(service);
        final Answers answers = lab.network().agent("sw1").answers();
        for (final IpAddress address : List.of(FIRST, V6)) {
            final IpAddress client = clientOf(address, 1);
            final Sighting expected = found(answers, client);
            assertThat(expected.basis()).isEqualTo(Basis.SLOT);
            final Device device = sends(lab, service, client, address, 500);
            lab.network().settle();
            assertThat(expected.device()).contains(device.name());
            assertThat(found(answers, client).basis()).isEqualTo(Basis.SESSION);
            assertThat(found(answers, client).device()).contains(device.name());
        }
    }

    private static Sighting found(final Answers answers, final IpAddress client) {
        return answers.find(client, Optional.empty(), List.of()).stream()
                .filter(sighting -> sighting.side() == Side.INGRESS)
                .findFirst()
                .orElseThrow();
    }

    /** What becomes of what a device sends as the service. */
    private static Verdict speaks(final Lab lab, final Device device, final IpAddress address, final IpAddress client) {
        return lab.network()
                .receive(
                        "sw1",
                        device.ingress().port(),
                        Frames.ip(Lab.ROUTER_MAC, device.ingress().mac(), address, client, IKE));
    }

    /** A client that can call an address; those of several addresses are different ones. */
    private static IpAddress clientOf(final IpAddress address, final int number) {
        return switch (address.family()) {
            case V4 -> IpAddress.parse("203.0.%d.%d".formatted(address.low() & 0x7f, number));
            case V6 -> IpAddress.parse("2001:db8:7::%x".formatted(number));
        };
    }

    private static int clientSessions(final Lab lab, final Service service) {
        return lab.ingressStatus(service).devices().values().stream()
                .mapToInt(status -> status.clientSessions())
                .sum();
    }

    private static Service service(final Learning learning, final Method method) {
        return ServiceBuilder.office()
                .additionalClusterAddresses(PROVIDER.toString(), V6.toString())
                .learning(learning)
                .method(method)
                .build();
    }

    /** The device that gets a client's packet. */
    private static Device sends(
            final Lab lab, final Service service, final IpAddress client, final IpAddress address, final int port) {
        final Verdict verdict =
                lab.network().receive("sw1", UPLINK, frame(service, client, address, Frames.Kind.udp(port)));
        assertThat(verdict.sent()).hasSize(1);
        return service.devices().stream()
                .filter(device -> Lab.isAt(device.ingress(), verdict.sent().getFirst()))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] frame(
            final Service service, final IpAddress source, final IpAddress destination, final Frames.Kind kind) {
        return Frames.ip(service.virtualMac(), Lab.ROUTER_MAC, source, destination, kind);
    }

    private static List<Byte> octets(final byte[] frame) {
        return Bytes.asList(frame);
    }
}
