/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.Size;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.MacAddress;

@Label("Dirty and clean never meet:")
class SidesTest {
    private static final MacAddress OUTSIDER = MacAddress.parse("02:00:00:00:01:77");
    private static final IpAddress OUTSIDE = IpAddress.parse("172.31.0.7");
    private static final IpAddress OUTSIDE_V6 = IpAddress.parse("2001:db8:9::7");
    private static final IpAddress LINK_LOCAL = IpAddress.parse("fe80::7");
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
    private static final MacAddress MULTICAST = MacAddress.parse("01:00:5e:00:00:12");
    private static final MacAddress SPANNING_TREE = MacAddress.parse("01:80:c2:00:00:00");
    private static final long UPLINK = 1;
    private static final long SECOND_UPLINK = 2;
    private static final Service ONE_SWITCH = ServiceBuilder.office()
            .ingress("sw1", UPLINK, SECOND_UPLINK)
            .egress("sw1", Shape.SERVER_PORT)
            .device("g1", device -> ServiceBuilder.atOneSwitch(device, 11))
            .device("g2", device -> ServiceBuilder.atOneSwitch(device, 12))
            .device("g3", device -> ServiceBuilder.atOneSwitch(device, 13))
            .build();
    private static final Device GATEWAY = ONE_SWITCH.devices().getFirst();

    /** Where the two sides of a service are. */
    enum Placement {
        BOTH_AT_FIRST("sw1", "sw1"),
        BOTH_AT_SECOND("sw2", "sw2"),
        FROM_FIRST_TO_SECOND("sw1", "sw2"),
        FROM_SECOND_TO_FIRST("sw2", "sw1");

        private final String ingress;
        private final String egress;

        Placement(final String ingress, final String egress) {
            this.ingress = ingress;
            this.egress = egress;
        }

        Service place(final Service service) {
            final ServiceBuilder placed = ServiceBuilder.like(service)
                    .ingress(ingress, ports(service.ingress().switches()))
                    .egress(egress, ports(service.egress().switches()));
            for (final Device device : service.devices()) {
                placed.device(
                        device.name(),
                        same -> ServiceBuilder.with(same, at(ingress, same.ingress()), at(egress, same.egress())));
            }
            return placed.build();
        }

        private static Long[] ports(final List<Service.SwitchPorts> switches) {
            return switches.getFirst().ports().toArray(Long[]::new);
        }

        private static Attachment at(final String node, final Attachment attachment) {
            return new Attachment(Place.untagged(node, attachment.port()), attachment.mac(), attachment.address());
        }
    }

    /** The ports of one switch on either side: those of clients or servers, and the devices'. */
    private record Sides(Set<Long> dirty, Set<Long> clean) {
        static Sides of(final Lab lab, final String node) {
            final var sides = new Sides(new TreeSet<>(), new TreeSet<>());
            for (final Service service : lab.enabled()) {
                service.ingressSwitch(node).ifPresent(uplinks -> {
                    sides.dirty.addAll(uplinks.ports());
                    service.devices()
                            .forEach(device -> sides.dirty.add(device.ingress().port()));
                });
                service.egressSwitch(node).ifPresent(servers -> {
                    sides.clean.addAll(servers.ports());
                    service.devices()
                            .forEach(device -> sides.clean.add(device.egress().port()));
                });
            }
            return sides;
        }
    }

    @Provide
    Arbitrary<Shape> oneSwitch() {
        return Shape.ofAnyFamily(Shape.any()).filter(Shape::oneSwitch);
    }

    @Provide
    Arbitrary<List<Placement>> placements() {
        return Arbitraries.of(Placement.class).list().ofSize(3);
    }

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    @Label("no frame of an uplink leaves by a server port, or the reverse, but through a device")
    void noFrameCrosses(
            @ForAll("oneSwitch") final Shape shape,
            @ForAll("placements") @Size(3) final List<Placement> placements,
            @ForAll final long seed) {
        final List<Service> services = shape.toServices();
        final Random random = new Random(seed);
        final Lab lab = new Lab(
                IntStream.range(0, services.size())
                        .mapToObj(i -> placements.get(i).place(services.get(i)))
                        .toList(),
                shape.tableBase(),
                random);
        new RandomTraffic(lab, random).run(30);
        lab.network().settle();
        lab.network().spoken();
        for (final String node : lab.network().names()) {
            final Sides sides = Sides.of(lab, node);
            for (int i = 0; i < 40 && lab.hasBothSides(node); i++) {
                final boolean isDirty = random.nextBoolean();
                final long port = pick(random, List.copyOf(isDirty ? sides.dirty : sides.clean));
                final Verdict verdict = lab.network().receive(node, port, frame(lab, random));
                assertThat(verdict.sent())
                        .extracting(Verdict.Sent::port)
                        .as("where a frame goes that came in at port %s of %s", port, node)
                        .isSubsetOf(isDirty ? sides.dirty : sides.clean);
                assertThat(verdict.normal()).isFalse();
                lab.network().settle();
                assertThat(lab.network().spoken())
                        .as("what the controller sends for it")
                        .filteredOn(spoken -> spoken.node().equals(node))
                        .extracting(spoken -> spoken.sent().port())
                        .isSubsetOf(isDirty ? sides.dirty : sides.clean);
            }
        }
    }

    @Example
    @Label("a host at an uplink does not reach a server by its MAC address")
    void aServerIsNotReachedByItsMac() {
        final Lab lab = Lab.of(ONE_SWITCH);
        lab.network().receive("sw1", Shape.SERVER_PORT, Frames.arpRequest(Lab.SERVER_MAC, "172.31.0.10", "172.31.0.1"));
        assertThat(leaves(lab, UPLINK, ping(Lab.SERVER_MAC, OUTSIDER))).containsExactly(SECOND_UPLINK);
    }

    @Example
    @Label("servers do not hear what a host at an uplink asks, but all of its side do")
    void serversDoNotHearAnArpRequest() {
        assertThat(leaves(Lab.of(ONE_SWITCH), UPLINK, Frames.arpRequest(OUTSIDER, "172.31.0.7", "172.31.0.10")))
                .containsExactly(SECOND_UPLINK, 11L, 12L, 13L);
    }

    @Example
    @Label("clients do not hear what a server asks, but all of its side do")
    void clientsDoNotHearAnArpRequest() {
        final Lab lab = Lab.of(ONE_SWITCH);
        assertThat(leaves(lab, Shape.SERVER_PORT, Frames.arpRequest(Lab.SERVER_MAC, "172.31.0.10", "172.31.0.7")))
                .containsExactly(61L, 62L, 63L);
        assertThat(leaves(lab, Shape.SERVER_PORT, ping(MULTICAST, Lab.SERVER_MAC)))
                .containsExactly(61L, 62L, 63L);
    }

    @Example
    @Label("a host at an uplink does not reach a client's device from inside")
    void aDeviceIsNotReachedFromInside() {
        final Lab lab = Lab.of(ONE_SWITCH);
        final IpAddress client = Lab.inner(ONE_SWITCH, 1);
        lab.deviceSends(GATEWAY, client);
        lab.network().settle();
        for (final MacAddress inside : Lab.nextHops(ONE_SWITCH)) {
            assertThat(leaves(lab, UPLINK, Frames.ip(inside, OUTSIDER, Lab.outer(1), client, Frames.Kind.PING)))
                    .doesNotContain(61L, 62L, 63L);
        }
    }

    @Example
    @Label("nobody gets what is sent to the virtual MAC address, or to a bridge")
    void nobodyGetsWhatIsForNobody() {
        final Lab lab = Lab.of(ONE_SWITCH);
        for (final long port : List.of(UPLINK, 11L, Shape.SERVER_PORT, 61L)) {
            assertThat(leaves(lab, port, ping(ONE_SWITCH.virtualMac(), OUTSIDER)))
                    .isEmpty();
            assertThat(leaves(lab, port, ping(SPANNING_TREE, OUTSIDER))).isEmpty();
        }
    }

    @Example
    @Label("a device is reached from its side, at its port alone")
    void aDeviceIsReachedFromItsSide() {
        final Lab lab = Lab.of(ONE_SWITCH);
        assertThat(leaves(lab, UPLINK, ping(GATEWAY.ingress().mac(), Lab.ROUTER_MAC)))
                .containsExactly(11L);
        assertThat(leaves(lab, 12, ping(GATEWAY.ingress().mac(), OUTSIDER))).containsExactly(11L);
        assertThat(leaves(lab, Shape.SERVER_PORT, ping(GATEWAY.egress().mac(), Lab.SERVER_MAC)))
                .containsExactly(61L);
        assertThat(leaves(lab, Shape.SERVER_PORT, ping(GATEWAY.ingress().mac(), Lab.SERVER_MAC)))
                .as("not from the other side")
                .isEmpty();
    }

    @Example
    @Label("what a device sends leaves by the uplinks, or by the server ports, and reaches no other device")
    void aDeviceReachesItsSide() {
        final Lab lab = Lab.of(ONE_SWITCH);
        assertThat(leaves(lab, 11, ping(Lab.ROUTER_MAC, GATEWAY.ingress().mac())))
                .containsExactly(UPLINK, SECOND_UPLINK);
        assertThat(leaves(lab, 61, ping(Lab.SERVER_MAC, GATEWAY.egress().mac())))
                .containsExactly(Shape.SERVER_PORT);
        assertThat(leaves(
                        lab, 61, Frames.arpReply(GATEWAY.egress().mac(), "172.16.0.1", Lab.SERVER_MAC, "172.16.0.10")))
                .containsExactly(Shape.SERVER_PORT);
    }

    @Example
    @Label("a port of neither side hears nothing of them, and is forwarded as by any other switch")
    void aPortOfNeitherSideIsNoneOfOurs() {
        final Lab lab = Lab.of(ONE_SWITCH);
        assertThat(lab.network()
                        .receive("sw1", Shape.OTHER_PORT, ping(MacAddress.BROADCAST, OUTSIDER))
                        .normal())
                .isTrue();
        assertThat(leaves(lab, UPLINK, ping(OUTSIDER, Lab.ROUTER_MAC))).doesNotContain(Shape.OTHER_PORT);
        assertThat(leaves(lab, Shape.SERVER_PORT, ping(MacAddress.BROADCAST, Lab.SERVER_MAC)))
                .doesNotContain(Shape.OTHER_PORT);
    }

    @Example
    @Label("a switch that gets the other side too keeps them apart, and one that loses it forwards normally again")
    void aSwitchMayChangeItsSides() {
        final Service two = ServiceBuilder.office().build();
        final Lab lab = Lab.of(two);
        assertThat(lab.network()
                        .receive("sw1", UPLINK, ping(Lab.SERVER_MAC, OUTSIDER))
                        .normal())
                .isTrue();
        lab.reconfigure(ONE_SWITCH);
        assertThat(leaves(lab, UPLINK, ping(Lab.SERVER_MAC, OUTSIDER))).containsExactly(SECOND_UPLINK);
        lab.assertConsistent();
        lab.reconfigure(two);
        assertThat(lab.network()
                        .receive("sw1", UPLINK, ping(Lab.SERVER_MAC, OUTSIDER))
                        .normal())
                .isTrue();
        lab.assertConsistent();
    }

    private static byte[] ping(final MacAddress to, final MacAddress from) {
        return Frames.ip(to, from, OUTSIDE, Lab.SERVER, Frames.Kind.PING);
    }

    /** The ports by which a frame leaves. */
    private static List<Long> leaves(final Lab lab, final long port, final byte[] frame) {
        return lab.network().receive("sw1", port, frame).sent().stream()
                .map(Verdict.Sent::port)
                .sorted()
                .toList();
    }

    /** What anybody may send to anybody. */
    private static byte[] frame(final Lab lab, final Random random) {
        final Service service = pick(random, lab.enabled());
        final Device device = pick(random, service.devices());
        final int number = random.nextInt(RandomTraffic.CLIENTS);
        final List<MacAddress> macs = new ArrayList<>(
                List.of(device.ingress().mac(), device.egress().mac(), Lab.SERVER_MAC, Lab.ROUTER_MAC, OUTSIDER));
        final MacAddress from = pick(random, macs);
        macs.addAll(List.of(service.virtualMac(), MacAddress.BROADCAST, MULTICAST));
        final MacAddress to = pick(random, macs);
        if (service.outerFamilies().contains(Family.V6) && random.nextBoolean()) {
            return outside(service, device, to, from, random);
        }
        final List<IpAddress> addresses = Stream.of(
                        pick(random, service.clusterAddresses()),
                        service.egress().gatewayAddress(Family.V4).orElse(OUTSIDE),
                        device.egress().address().orElse(OUTSIDE),
                        Lab.SERVER,
                        Lab.outer(number),
                        Lab.inner(service, number),
                        Lab.inner(service, 0))
                .filter(address -> address.family() == Family.V4)
                .toList();
        final IpAddress source = pick(random, addresses);
        final IpAddress destination = pick(random, addresses);
        return switch (random.nextInt(6)) {
            case 0 -> Frames.arpRequest(from, source.toString(), destination.toString());
            case 1 -> Frames.arpReply(from, source.toString(), to, destination.toString());
            default -> Frames.ip(to, from, source, destination, pick(random, Frames.Kind.of(service)));
        };
    }

    /** What anybody may send to anybody of the addresses outside, in IPv6. */
    private static byte[] outside(
            final Service service,
            final Device device,
            final MacAddress to,
            final MacAddress from,
            final Random random) {
        final List<IpAddress> addresses = Stream.of(
                        pick(random, service.clusterAddresses()),
                        device.ingress().address().orElse(OUTSIDE_V6),
                        OUTSIDE_V6,
                        ALL_NODES,
                        LINK_LOCAL,
                        Lab.outside(service, Lab.outer(random.nextInt(RandomTraffic.CLIENTS))))
                .filter(address -> address.family() == Family.V6)
                .toList();
        final IpAddress source = pick(random, addresses);
        final IpAddress destination = pick(random, addresses);
        final String target = pick(random, addresses).toString();
        return switch (random.nextInt(6)) {
            case 0 -> Frames.solicitation(to, from, source.toString(), destination.toString(), target);
            case 1 -> Frames.advertisement(to, from, source.toString(), destination.toString(), target);
            default -> Frames.ip(to, from, source, destination, pick(random, Frames.Kind.of(service)));
        };
    }

    private static <T> T pick(final Random random, final List<T> items) {
        return items.get(random.nextInt(items.size()));
    }
}
