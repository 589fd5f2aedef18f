/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.vpnlb.engine.KnownFault;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@Label("Dirty and clean never meet:")
class SidesTest {
    private static final MacAddress OUTSIDER = MacAddress.parse("02:00:00:00:01:77");
    private static final long UPLINK = 1;
    private static final Service ONE_SWITCH = ServiceBuilder.office()
            .egress("sw1", Shape.SERVER_PORT)
            .device("g1", device -> ServiceBuilder.atOneSwitch(device, 11))
            .device("g2", device -> ServiceBuilder.atOneSwitch(device, 12))
            .device("g3", device -> ServiceBuilder.atOneSwitch(device, 13))
            .build();

    /** The ports of one switch on either side: those of clients or servers, and the devices'. */
    private record Sides(Set<Long> dirty, Set<Long> clean) {
        static Sides of(final Lab lab, final String node) {
            final var sides = new Sides(new HashSet<>(), new HashSet<>());
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
        return Shape.any().filter(Shape::oneSwitch);
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    @KnownFault("B5")
    @Label("no frame of an uplink leaves by a server port, or the reverse, but through a device")
    void noFrameCrosses(@ForAll("oneSwitch") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        new RandomTraffic(lab, random).run(30);
        lab.network().settle();
        final Sides sides = Sides.of(lab, "sw1");
        for (int i = 0; i < 40 && !lab.enabled().isEmpty(); i++) {
            final boolean isDirty = random.nextBoolean();
            final long port = pick(random, List.copyOf(isDirty ? sides.dirty : sides.clean));
            assertThat(lab.network().receive("sw1", port, frame(lab, random)).sent())
                    .extracting(Verdict.Sent::port)
                    .as("where a frame goes that came in at port %s", port)
                    .doesNotContainAnyElementsOf(isDirty ? sides.clean : sides.dirty);
            lab.network().steps(random.nextInt(5));
        }
    }

    @Example
    @KnownFault("B5")
    @Label("a host at an uplink does not reach a server by its MAC address")
    void aServerIsNotReachedByItsMac() {
        final Lab lab = Lab.of(ONE_SWITCH);
        lab.network().receive("sw1", Shape.SERVER_PORT, Frames.arpRequest(Lab.SERVER_MAC, "172.31.0.10", "172.31.0.1"));
        assertStaysAtItsSide(
                lab, Frames.ip(Lab.SERVER_MAC, OUTSIDER, IpAddress.parse("172.31.0.7"), Lab.SERVER, Frames.Kind.PING));
    }

    @Example
    @KnownFault("B5")
    @Label("servers do not hear what a host at an uplink asks")
    void serversDoNotHearAnArpRequest() {
        assertStaysAtItsSide(Lab.of(ONE_SWITCH), Frames.arpRequest(OUTSIDER, "172.31.0.7", "172.31.0.10"));
    }

    @Example
    @Label("a host at an uplink does not reach a client's device from inside")
    void aDeviceIsNotReachedFromInside() {
        final Lab lab = Lab.of(ONE_SWITCH);
        final IpAddress client = Lab.inner(ONE_SWITCH, 1);
        lab.deviceSends(ONE_SWITCH.devices().get(0), client);
        lab.network().settle();
        assertStaysAtItsSide(lab, Frames.ip(ONE_SWITCH.virtualMac(), OUTSIDER, Lab.outer(1), client, Frames.Kind.PING));
    }

    private static void assertStaysAtItsSide(final Lab lab, final byte[] frame) {
        assertThat(lab.network().receive("sw1", UPLINK, frame).sent())
                .extracting(Verdict.Sent::port)
                .doesNotContainAnyElementsOf(Sides.of(lab, "sw1").clean);
    }

    /** What anybody may send to anybody. */
    private static byte[] frame(final Lab lab, final Random random) {
        final Service service = pick(random, lab.enabled());
        final Device device = pick(random, service.devices());
        final int number = random.nextInt(RandomTraffic.CLIENTS);
        final MacAddress to = pick(
                random,
                List.of(
                        service.virtualMac(),
                        device.ingress().mac(),
                        device.egress().mac(),
                        Lab.SERVER_MAC,
                        Lab.ROUTER_MAC,
                        MacAddress.BROADCAST));
        final List<IpAddress> addresses = List.of(
                service.clusterAddress(),
                Lab.SERVER,
                Lab.outer(number),
                Lab.inner(service, number),
                Lab.inner(service, 0));
        final IpAddress source = pick(random, addresses);
        final IpAddress destination = pick(random, addresses);
        return random.nextInt(5) == 0
                ? Frames.arpRequest(OUTSIDER, source.toString(), destination.toString())
                : Frames.ip(to, OUTSIDER, source, destination, pick(random, Frames.Kind.of(service)));
    }

    private static <T> T pick(final Random random, final List<T> items) {
        return items.get(random.nextInt(items.size()));
    }
}
