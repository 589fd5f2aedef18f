/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.session.Counters;
import org.vpnlb.engine.session.Counters.Ignored;

@Label("On the way back")
class ReturnPathTest {
    private static final int CLIENTS = 10;

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.any());
    }

    @Property
    @Label("every packet to a learned client goes to the device that it is behind, whatever the next hop")
    void everyPacketToALearnedClientGoesToItsDevice(
            @ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        lab.network().duplicate(0.2);
        final Random random = new Random(seed);
        final Map<String, Device> homes = new HashMap<>();
        for (int i = 0; i < 150 && !lab.enabled().isEmpty(); i++) {
            final Service service = pick(random, lab.enabled());
            final int number = random.nextInt(CLIENTS);
            final IpAddress client = Lab.inner(service, number);
            final Device home = homes.computeIfAbsent(service.name() + number, key -> pick(random, service.devices()));
            final Optional<Device> session = lab.returnSession(service, client);
            session.ifPresent(device -> assertThat(device).isEqualTo(home));
            if (random.nextBoolean()) {
                lab.deviceSends(home, client);
            } else {
                final MacAddress nextHop = pick(random, Lab.nextHops(service));
                session.ifPresentOrElse(
                        device -> assertThat(lab.serverSends(service, nextHop, client))
                                .contains(device),
                        () -> lab.serverVerdict(service, nextHop, client));
            }
            for (int step = random.nextInt(5); step > 0 && lab.network().step(); step--) {
                // Nothing asks any more once the source is known, so the way back must be there.
                assertThat(lab.isLearned(service, home, client))
                        .isIn(false, lab.returnSession(service, client).isPresent());
            }
            lab.network().advance(random.nextInt(40));
        }
        lab.network().settle();
        homes.forEach((key, home) -> assertThatReturnsHold(lab, lab.service(key.substring(0, 2)), home));
    }

    private static void assertThatReturnsHold(final Lab lab, final Service service, final Device home) {
        for (int number = 0; number < CLIENTS; number++) {
            final IpAddress client = Lab.inner(service, number);
            if (lab.isLearned(service, home, client)) {
                for (final MacAddress nextHop : Lab.nextHops(service)) {
                    assertThat(lab.serverSends(service, nextHop, client)).contains(home);
                }
            }
        }
    }

    @Property(tries = 50)
    @Label("a client is learned from one punted frame of a device that keeps sessions, and from no other's")
    void aClientIsLearnedFromOneFrame(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            int number = 0;
            int learned = 0;
            for (final Device device : service.devices()) {
                final IpAddress client = Lab.inner(service, number++);
                lab.deviceSends(device, client);
                lab.network().settle();
                assertThat(lab.isLearned(service, device, client)).isEqualTo(Lab.mayKeep(device));
                assertThat(lab.returnSession(service, client).isPresent()).isEqualTo(Lab.mayKeep(device));
                if (Lab.mayKeep(device)) {
                    learned++;
                    lab.deviceSends(device, client);
                    lab.network().settle();
                }
            }
            final Counters counters = lab.egressStatus(service).counters();
            final int told = Lab.isLearnedBySwitch(service) ? 0 : learned;
            assertThat(counters.created()).isEqualTo(told);
            assertThat(counters.punts()).isEqualTo(service.devices().size() - learned + told);
            assertThat(counters.ignored().getOrDefault(Ignored.OUT_OF_SERVICE, 0L))
                    .isEqualTo(service.devices().size() - learned);
        }
    }

    @Property(tries = 50)
    @Label("a packet from one client to another goes to the other's device, and its sender is learned")
    void clientsReachEachOther(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        for (final Service service : lab.enabled()) {
            final List<Device> keepers =
                    service.devices().stream().filter(Lab::mayKeep).toList();
            if (keepers.isEmpty()) {
                continue;
            }
            final Device here = pick(random, keepers);
            final Device there = pick(random, keepers);
            final IpAddress sender = Lab.inner(service, 1);
            final IpAddress receiver = Lab.inner(service, 2);
            lab.deviceSends(there, receiver);
            lab.network().settle();

            final Verdict verdict = lab.network()
                    .receive(
                            Lab.egress(service),
                            here.egress().port(),
                            Frames.ip(
                                    pick(random, Lab.nextHops(service)),
                                    here.egress().mac(),
                                    sender,
                                    receiver,
                                    Frames.Kind.PING));
            lab.network().settle();

            assertThat(lab.isLearned(service, here, sender)).isTrue();
            // A switch does not send a frame back to the port where it came in.
            if (here.egress().port() != there.egress().port()) {
                assertThat(verdict.sent()).singleElement().satisfies(sent -> {
                    assertThat(sent.port()).isEqualTo(there.egress().port());
                    assertThat(sent.destination()).isEqualTo(there.egress().mac());
                });
            }
        }
    }

    @Property(tries = 50)
    @Label("a packet to a client without a session is asked about once; a device that is addressed gets it")
    void aMissIsPuntedOnceAndADeviceThatIsAddressedGetsIt(
            @ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            final IpAddress client = Lab.inner(service, 3);
            for (final MacAddress nextHop : Lab.nextHops(service)) {
                final Verdict first = lab.serverVerdict(service, nextHop, client);
                assertThat(first.punts()).isEqualTo(1);
                assertThat(first.isDropped()).isTrue();
                lab.network().settle();
                if (nextHop.equals(service.virtualMac())) {
                    lab.network().advance(300);
                    lab.network().wake();
                    lab.network().settle();
                    lab.network().spoken();
                } else {
                    assertThat(lab.spokenTo(service))
                            .extracting(device -> device.egress().mac())
                            .containsExactly(nextHop);
                }

                final Verdict second = lab.serverVerdict(service, nextHop, client);
                assertThat(second.punts()).isZero();
                assertThat(second.normal()).isFalse();
                assertThat(second.sent())
                        .extracting(Verdict.Sent::port)
                        .isEqualTo(service.devices().stream()
                                .map(Device::egress)
                                .filter(egress -> egress.mac().equals(nextHop))
                                .map(Attachment::port)
                                .toList());
            }
            assertThat(lab.egressStatus(service).counters().ignored().get(Ignored.NO_SESSION))
                    .isEqualTo(Lab.nextHops(service).size());
        }
    }

    @Property(tries = 50)
    @Label("a device is reached at its own address by everybody, and is not taken for a client")
    void aDeviceIsReachedAtItsOwnAddress(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            for (final Device device : service.devices()) {
                device.egress().address().ifPresent(own -> {
                    final Verdict toDevice =
                            lab.serverVerdict(service, device.egress().mac(), own);
                    lab.assertForwarded(toDevice, Lab.egress(service));
                    assertThat(toDevice.punts()).isZero();
                    lab.deviceSends(device, own);
                });
            }
            lab.network().settle();
            assertThat(lab.egressStatus(service).counters().punts()).isZero();
        }
    }

    private static <T> T pick(final Random random, final List<T> items) {
        return items.get(random.nextInt(items.size()));
    }
}
