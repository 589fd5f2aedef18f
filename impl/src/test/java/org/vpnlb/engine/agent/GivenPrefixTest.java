/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.agent.Sighting.Basis;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.Icmp;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.session.Counters;
import org.vpnlb.engine.session.Counters.Ignored;

/** g1 and g2 have inner prefixes of their own, g3 has none. */
@Label("An inner prefix that a device has for its clients")
class GivenPrefixTest {
    private static final int TRIES = 4;
    private static final String EGRESS = "sw2";
    /** Of both prefixes of g1, and one of g2. */
    private static final IpPrefix OF_G1_PREFIX = IpPrefix.parse("10.99.1.0/24");

    private static final List<IpAddress> OF_G1 = addresses("10.99.1.0", "10.99.1.7", "10.99.1.255", "fd00:1::1");

    private static final IpAddress OF_G1_V6 = OF_G1.getLast();

    private static final IpAddress OF_G2 = IpAddress.parse("10.99.2.9");
    private static final IpAddress OF_NOBODY = IpAddress.parse("10.99.3.9");

    private Lab lab;

    @Provide
    Arbitrary<Learning> learning() {
        return Arbitraries.of(Learning.CONTROLLER, Learning.SWITCH);
    }

    @Property(tries = TRIES)
    @Label("is reached from the first packet on, though nobody there has sent anything; the controller sees nothing")
    void isReachedFromTheFirstPacketOn(@ForAll("learning") final Learning learning) {
        final Service office = start(learning);
        for (final MacAddress nextHop : Lab.nextHops(office)) {
            OF_G1.forEach(client -> assertReaches(office, nextHop, client, "g1"));
            assertReaches(office, nextHop, OF_G2, "g2");
        }
        assertNothingWasAsked(office);
    }

    @Property(tries = TRIES)
    @Label("teaches nothing: what its device sends from there is forwarded, without a session or a copy")
    void teachesNothing(@ForAll("learning") final Learning learning) {
        final Service office = start(learning);
        for (final IpAddress client : OF_G1) {
            lab.deviceSends(device(office, "g1"), client);
            lab.network().settle();
            assertThat(lab.returnSession(office, client)).isEmpty();
        }
        assertNothingWasAsked(office);
    }

    @Property(tries = TRIES)
    @Label("is no other device's: frames from there are forwarded, counted, named once, and take nothing")
    void isNoOtherDevices(@ForAll("learning") final Learning learning) {
        final Service office = start(learning);
        for (int second = 0; second < 10; second++) {
            for (final String other : List.of("g2", "g3")) {
                OF_G1.forEach(client -> lab.deviceSends(device(office, other), client));
                lab.network().settle();
            }
            lab.network().advance(1000);
            OF_G1.forEach(client -> assertReaches(office, office.virtualMac(), client, "g1"));
        }
        final Counters counters = lab.egressStatus(office).counters();
        assertThat(counters.created()).isZero();
        assertThat(counters.ignored()).isEqualTo(Map.of(Ignored.GIVEN_TO_ANOTHER, 2L * OF_G1.size()));
        assertThat(counters.punts()).isEqualTo(2L * OF_G1.size());
        assertThat(lab.network().notices())
                .filteredOn(Notice.Conflict.class::isInstance)
                .containsExactly(
                        new Notice.Conflict(office.name(), OF_G1.getFirst(), "g1", "g2"),
                        new Notice.Conflict(office.name(), OF_G1.getFirst(), "g1", "g3"));
        assertThat(lab.egressStatus(office).conflicts())
                .extracting(AddressConflict::device)
                .as("one row an address")
                .containsExactly("g1");
        lab.count();
        assertThat(lab.egressStatus(office).devices().values()).allMatch(device -> device.returnSessions() == 0);
        lab.assertConsistent();

        lab.network().advance(61_000);
        lab.network().wake();
        lab.network().settle();
        assertThat(lab.egressStatus(office).conflicts()).isEmpty();
    }

    @Property(tries = 12)
    @Label("stays its device's while that drains or waits as a backup")
    void staysWhileItDrains(
            @ForAll("learning") final Learning learning, @ForAll final boolean isBackup, @ForAll final boolean drains) {
        final Service office = start(learning);
        lab.reconfigure(ServiceBuilder.like(office)
                .device(
                        "g1",
                        device -> ServiceBuilder.backup(
                                drains ? device.with(AdminState.DRAINING) : device, isBackup || !drains))
                .build());
        final Service next = lab.services().getFirst();
        OF_G1.forEach(client -> assertReaches(next, next.virtualMac(), client, "g1"));
        lab.deviceSends(device(next, "g1"), OF_G1.getFirst());
        lab.network().settle();
        assertNothingWasAsked(next);
    }

    @Property(tries = TRIES)
    @Label("is no other device's, and one punt is enough, whatever sources a client of that one makes up")
    void costsOnePuntOfAnother(@ForAll("learning") final Learning learning) {
        final Service office = start(learning);
        for (int host = 1; host < 250; host++) {
            lab.deviceSends(device(office, "g2"), Lab.within(OF_G1_PREFIX, host));
            lab.network().settle();
        }
        assertThat(lab.egressStatus(office).counters().ignored()).isEqualTo(Map.of(Ignored.GIVEN_TO_ANOTHER, 1L));
        assertThat(lab.egressStatus(office).counters().punts()).isEqualTo(1);
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("that is given no more is in no conflict")
    void isInNoConflictWhenItIsGone(@ForAll("learning") final Learning learning) {
        final Service office = start(learning);
        lab.deviceSends(device(office, "g2"), OF_G1.getFirst());
        lab.network().settle();
        assertThat(lab.egressStatus(office).conflicts()).hasSize(1);
        lab.reconfigure(ServiceBuilder.like(office)
                .device("g3", device -> device.with(AdminState.DRAINING))
                .build());
        assertThat(lab.egressStatus(office).conflicts()).hasSize(1);
        lab.reconfigure(ServiceBuilder.like(office)
                .device("g1", ServiceBuilder::withPrefixes)
                .build());
        assertThat(lab.egressStatus(office).conflicts()).isEmpty();
    }

    @Property(tries = TRIES)
    @Label("of a device that is down reaches nobody: who sends there is told so, or it is counted; all else goes on")
    void ofADeadDeviceReachesNobody(@ForAll("learning") final Learning learning) {
        final Service office = start(learning);
        lab.reconfigure(with(office, "g1", AdminState.OUT_OF_SERVICE));
        final Service next = lab.services().getFirst();
        for (final MacAddress nextHop : Lab.nextHops(next)) {
            for (final IpAddress client : OF_G1) {
                final Verdict verdict = lab.serverVerdict(next, nextHop, client);
                assertThat(verdict.isDropped()).isTrue();
                assertThat(verdict.punts()).isEqualTo(client.equals(OF_G1_V6) ? 0 : 1);
            }
            lab.network().settle();
            assertReaches(next, nextHop, OF_G2, "g2");
        }
        // Nobody can be told where there is no gateway address of IPv6.
        final long hops = Lab.nextHops(next).size();
        assertThat(dropped()).containsEntry("device-down", hops);
        assertThat(lab.egressStatus(next).counters().ignored())
                .containsEntry(Ignored.OUT_OF_SERVICE, hops * (OF_G1.size() - 1));
        assertThat(lab.network().spoken())
                .filteredOn(each -> Icmp.quoted(each.sent().frame()).isPresent())
                .hasSize((int) hops * (OF_G1.size() - 1));
        // A client that was there has logged in elsewhere, with another address.
        lab.deviceSends(device(next, "g3"), OF_NOBODY);
        lab.network().settle();
        assertReaches(next, next.virtualMac(), OF_NOBODY, "g3");
        lab.assertConsistent();

        lab.reconfigure(office);
        OF_G1.forEach(client -> assertReaches(office, office.virtualMac(), client, "g1"));
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("of a device that is down is still not another's, and what the device sends teaches nothing")
    void ofADeadDeviceIsNotAnothers(@ForAll("learning") final Learning learning) {
        start(learning);
        lab.reconfigure(with(lab.services().getFirst(), "g1", AdminState.OUT_OF_SERVICE));
        final Service office = lab.services().getFirst();
        for (final String name : List.of("g1", "g2")) {
            lab.deviceSends(device(office, name), OF_G1.getFirst());
            lab.network().settle();
        }
        assertThat(lab.returnSession(office, OF_G1.getFirst())).isEmpty();
        assertThat(lab.egressStatus(office).counters().ignored())
                .isEqualTo(Map.of(Ignored.OUT_OF_SERVICE, 1L, Ignored.GIVEN_TO_ANOTHER, 1L));
        lab.assertConsistent();
    }

    @Property(tries = 20)
    @Label("can be configured and taken away at any time: whose clients had sessions there lose no packet by it")
    void canBeGivenAtAnyTime(@ForAll("learning") final Learning learning, @ForAll final long seed) {
        final Service learned =
                ServiceBuilder.office().learning(learning).device(4).build();
        lab = new Lab(List.of(learned), 0, new Random(seed));
        final IpAddress client = OF_G1.get(1);
        lab.deviceSends(device(learned, "g1"), client);
        // What is sent there goes to g1 now, whoever had the address before.
        lab.deviceSends(device(learned, "g4"), OF_G1.get(2));
        lab.network().settle();

        final Service given = ServiceBuilder.like(learned)
                .device("g1", device -> ServiceBuilder.withPrefixes(device, "10.99.1.0/24"))
                .build();
        lab.configure(List.of(given));
        int asked = 0;
        do {
            final Verdict verdict = lab.serverVerdict(given, given.virtualMac(), client);
            asked += verdict.punts();
            assertThat(verdict.sent()).hasSize(1 - verdict.punts());
        } while (lab.network().step());
        lab.network().settle();
        // What the switch did not send itself the controller did.
        assertThat(lab.spokenTo(given))
                .hasSize(asked)
                .allMatch(device -> device.name().equals("g1"));
        assertReaches(given, given.virtualMac(), client, "g1");
        assertReaches(given, given.virtualMac(), OF_G1.get(2), "g1");
        lab.assertConsistent();

        lab.reconfigure(learned);
        lab.deviceSends(device(learned, "g1"), client);
        lab.network().settle();
        assertThat(lab.returnSession(learned, client).map(Device::name)).contains("g1");
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("is put back where somebody takes its entries away, and is there after a restart and under another name")
    void isPutBack(@ForAll("learning") final Learning learning) {
        final Service office = start(learning);
        final Map<Flow.Key, Flow> whole = lab.network().datapath(EGRESS).ours().flows();
        lab.network()
                .datapath(EGRESS)
                .tamper(flow -> flow.key().match().ipDestination() != null
                        && flow.key().match().ipDestination().contains(OF_G1.getFirst()));
        assertThat(lab.network().datapath(EGRESS).ours().flows()).isNotEqualTo(whole);
        lab.network().advance(10_000);
        lab.network().wake();
        lab.network().settle();
        assertThat(lab.network().datapath(EGRESS).ours().flows()).isEqualTo(whole);

        lab.network().disconnect(EGRESS);
        lab.network().replaceAgent(EGRESS);
        lab.configure(List.of(ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.named(device, "north"))
                .build()));
        lab.network().settle();
        lab.network().connect(EGRESS);
        lab.network().settle();
        assertThat(lab.network().datapath(EGRESS).ours().flows()).isEqualTo(whole);
        final Service renamed = lab.services().getFirst();
        assertReaches(renamed, renamed.virtualMac(), OF_G1.getFirst(), "north");
        assertNothingWasAsked(renamed);
    }

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.any());
    }

    @Property(tries = 50)
    @Label("is its device's and nobody else's, whatever is configured, and whoever has sent what before")
    void isItsDevicesWhateverIsConfigured(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        lab = Lab.of(shape, seed);
        final Random random = new Random(seed);
        new RandomTraffic(lab, random).run(40);
        lab.network().settle();
        for (final Service service : lab.enabled()) {
            for (final Device device : service.devices()) {
                for (final IpPrefix prefix : device.clientPrefixes()) {
                    assertIsItsDevices(service, device, Lab.within(prefix, random.nextInt(250)));
                }
            }
        }
        lab.assertConsistent();
    }

    private void assertIsItsDevices(final Service service, final Device device, final IpAddress client) {
        lab.network().settle();
        final long punts = lab.egressStatus(service).counters().punts();
        for (final MacAddress nextHop : Lab.nextHops(service)) {
            assertThat(lab.serverSends(service, nextHop, client).map(Device::name))
                    .isEqualTo(Lab.mayKeep(device) ? Optional.of(device.name()) : Optional.empty());
        }
        if (Lab.mayKeep(device)) {
            lab.deviceSends(device, client);
            lab.network().settle();
            assertThat(lab.egressStatus(service).counters().punts()).isEqualTo(punts);
        }
        lab.network().settle();
        assertThat(lab.returnSession(service, client)).isEmpty();
    }

    @Property(tries = TRIES)
    @Label("is told of: where an address goes, why, and what the entries are for")
    void isToldOf(@ForAll("learning") final Learning learning) {
        final Service office = start(learning);
        assertThat(find(OF_G1.getFirst())).satisfies(sighting -> {
            assertThat(sighting.basis()).isEqualTo(Basis.GIVEN);
            assertThat(sighting.device()).contains("g1");
            assertThat(sighting.why()).isEqualTo("in the client-prefix of g1, which needs no session");
        });
        lab.reconfigure(with(office, "g1", AdminState.OUT_OF_SERVICE));
        assertThat(find(OF_G1.getFirst())).satisfies(sighting -> {
            assertThat(sighting.basis()).isEqualTo(Basis.NOTHING);
            assertThat(sighting.why())
                    .isEqualTo("in the client-prefix of g1, which is out of service or down, so packets to it are not"
                            + " delivered");
        });
    }

    private Sighting find(final IpAddress address) {
        final Collection<Flow> read =
                lab.network().datapath(EGRESS).ours().flows().values();
        return lab.network()
                .agent(EGRESS)
                .answers()
                .find(address, Optional.empty(), read)
                .getFirst();
    }

    private Service start(final Learning learning) {
        final Service office = ServiceBuilder.office()
                .learning(learning)
                .device("g1", device -> ServiceBuilder.withPrefixes(device, OF_G1_PREFIX.toString(), "fd00:1::/64"))
                .device("g2", device -> ServiceBuilder.withPrefixes(device, "10.99.2.8/29"))
                .build();
        lab = Lab.of(office);
        return office;
    }

    private static Service with(final Service service, final String device, final AdminState state) {
        return ServiceBuilder.like(service)
                .device(device, found -> found.with(state))
                .build();
    }

    private static Device device(final Service service, final String name) {
        return service.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void assertReaches(
            final Service service, final MacAddress nextHop, final IpAddress client, final String device) {
        assertThat(lab.serverSends(service, nextHop, client).map(Device::name))
                .as("who gets what is sent to %s by way of %s", client, nextHop)
                .isEqualTo(Optional.of(device));
    }

    private void assertNothingWasAsked(final Service service) {
        lab.network().settle();
        final Counters counters = lab.egressStatus(service).counters();
        assertThat(counters.punts()).isZero();
        assertThat(counters.created()).isZero();
    }

    /** What the switch tells that it has dropped since it was asked first. */
    private Map<String, Long> dropped() {
        final SwitchAgent agent = lab.network().agent(EGRESS);
        final Set<Long> cookies = lab.network().datapath(EGRESS).ours().flows().values().stream()
                .map(Flow::cookie)
                .collect(Collectors.toSet());
        final Map<Flow, Long> counts = lab.network().datapath(EGRESS).droppedByFlow(cookies);
        final Map<Flow, Long> none = new HashMap<>();
        counts.keySet().forEach(flow -> none.put(flow, 0L));
        agent.handle(new Event.Drops(none, Map.of(), Map.of(), lab.network().now()));
        agent.handle(new Event.Drops(counts, Map.of(), Map.of(), lab.network().now()));
        return lab.egressStatus(lab.services().getFirst()).counters().dropped();
    }

    private static List<IpAddress> addresses(final String... texts) {
        return Stream.of(texts).map(IpAddress::parse).toList();
    }
}
