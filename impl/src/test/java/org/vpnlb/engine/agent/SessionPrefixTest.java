/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.session.Counters.Ignored;

/** Clients have a /29 of IPv4, or a /64 of IPv6. */
@Label("A client with a prefix behind it")
class SessionPrefixTest {
    private static final int TRIES = 6;
    private static final String EGRESS = "sw2";
    private static final IpPrefix SITE = IpPrefix.parse("10.99.7.8/29");
    private static final IpPrefix SITE_V6 = IpPrefix.parse("fd00:0:7:8::/64");
    private static final IpPrefix OTHER = IpPrefix.parse("10.99.7.16/29");
    private static final IpPrefix OTHER_V6 = IpPrefix.parse("fd00:0:7:9::/64");

    private Service office = office(29, 64);
    private Lab lab = Lab.of(office);

    @Provide
    Arbitrary<IpPrefix> sites() {
        return Arbitraries.of(SITE, SITE_V6);
    }

    @Property(tries = TRIES)
    @Label("is one session: all of it is reached from the first frame of one of its addresses, and nothing else is")
    void isOneSession(@ForAll("sites") final IpPrefix site) {
        start(office(29, 64));
        sends("g1", host(site, 3));
        assertReached(site, "g1");
        assertThat(lab.egressStatus(office).devices().get("g1").returnSessions())
                .isEqualTo(1);
        final IpAddress beside = host(site.equals(SITE) ? OTHER : OTHER_V6, 0);
        assertThat(lab.serverVerdict(office, office.virtualMac(), beside).punts())
                .isEqualTo(1);
        // All of its addresses are known now.
        final long punts = lab.egressStatus(office).counters().punts();
        IntStream.range(0, 8).forEach(i -> lab.deviceSends(device("g1"), host(site, i)));
        lab.network().settle();
        assertThat(lab.egressStatus(office).counters().punts()).isEqualTo(punts + 1);
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("moves with all of it, and ends with all of it")
    void movesAsOne(@ForAll("sites") final IpPrefix site) {
        start(office(29, 64));
        sends("g1", host(site, 1));
        sends("g2", host(site, 2));
        assertReached(site, "g2");
        lab.reconfigure(ServiceBuilder.like(office)
                .device("g2", device -> device.with(AdminState.OUT_OF_SERVICE))
                .build());
        assertThat(lab.returnSession(office, host(site, 1))).isEmpty();
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("is in one conflict, whichever of its addresses two devices send, and that costs few punts")
    void isInOneConflict(@ForAll("sites") final IpPrefix site) {
        start(office(29, 64));
        for (int i = 0; i < 100; i++) {
            sends(i % 2 == 0 ? "g1" : "g2", host(site, i % 8));
        }
        assertThat(lab.network().notices())
                .filteredOn(Notice.Conflict.class::isInstance)
                .hasSize(1);
        assertThat(lab.egressStatus(office).conflicts()).hasSize(1);
        assertThat(lab.egressStatus(office).counters().moved()).isEqualTo(2);
        assertThat(lab.egressStatus(office).counters().punts()).isLessThan(12);
        assertReached(site, "g1");
    }

    @Property(tries = TRIES)
    @Label("is read back by a controller that starts, and given back to a switch that has lost it")
    void isReadBack(@ForAll("sites") final IpPrefix site, @ForAll final boolean isLost) {
        start(office(29, 64));
        sends("g1", host(site, 3));
        lab.network().disconnect(EGRESS);
        if (isLost) {
            lab.network().datapath(EGRESS).tamper(flow -> true);
        } else {
            lab.network().replaceAgent(EGRESS);
            lab.configure(List.of(office));
        }
        lab.network().settle();
        lab.network().connect(EGRESS);
        lab.network().settle();
        assertReached(site, "g1");
        assertThat(lab.egressStatus(office).devices().get("g1").returnSessions())
                .isEqualTo(1);
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("is found and told by any of its addresses")
    void isFound(@ForAll("sites") final IpPrefix site) {
        start(office(29, 64));
        sends("g1", host(site, 3));
        assertFound(site, "g1");
    }

    private void assertFound(final IpPrefix site, final String device) {
        assertThat(lab.network().agent(EGRESS).answers().find(host(site, 6), Optional.empty(), List.of()))
                .anySatisfy(sighting ->
                        assertThat(sighting.why()).isEqualTo("a return session of %s with %s".formatted(site, device)));
    }

    @Property(tries = TRIES)
    @Label("is searched for by the address that a server sends to, and has one session when it is found")
    void isSearchedFor(@ForAll("sites") final IpPrefix site) {
        start(office(29, 64));
        final IpAddress asked = host(site, 5);
        lab.serverVerdict(office, office.virtualMac(), asked);
        lab.network().settle();
        lab.network().spoken();
        answers("g2", asked);
        assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g2");
        assertReached(site, "g2");
        assertFound(site, "g2");
    }

    private void answers(final String device, final IpAddress asked) {
        final MacAddress mac = device(device).egress().mac();
        lab.network()
                .receive(
                        EGRESS,
                        device(device).egress().port(),
                        asked.family() == Family.V4
                                ? Frames.arpReply(mac, asked.toString(), office.virtualMac(), "172.16.0.254")
                                : Frames.advertisement(
                                        office.virtualMac(), mac, "fd01::2", "fd01::fe", asked.toString()));
        lab.network().settle();
    }

    @Property(tries = TRIES)
    @Label("stays where one of its addresses was found when two devices answer for another, in any order")
    void staysWhereOneIsFound(@ForAll("sites") final IpPrefix site, @ForAll final boolean isFirst) {
        start(office(29, 64));
        for (int i = 1; i <= 2; i++) {
            lab.serverVerdict(office, office.virtualMac(), host(site, i));
            lab.network().settle();
        }
        answers("g1", host(site, isFirst ? 1 : 2));
        answers("g1", host(site, isFirst ? 2 : 1));
        answers("g2", host(site, 2));
        assertReached(site, "g1");
        answers("g3", host(site, 2));
        assertReached(site, "g1");
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("stays where one of its addresses has sent when two devices answer for another")
    void staysWhereOneHasSent(@ForAll("sites") final IpPrefix site) {
        start(office(29, 64));
        lab.serverVerdict(office, office.virtualMac(), host(site, 1));
        lab.network().settle();
        answers("g1", host(site, 1));
        sends("g1", host(site, 3));
        answers("g2", host(site, 1));
        assertReached(site, "g1");
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("whose addresses had a session each has one when the length is configured; no packet is lost by it")
    void getsOneOfMany(@ForAll("sites") final IpPrefix site) {
        start(office(32, 128));
        IntStream.range(0, 4).forEach(i -> sends("g1", host(site, i)));
        final Service next = office(29, 64);
        lab.configure(List.of(next));
        office = next;
        do {
            assertThat(lab.serverSends(next, next.virtualMac(), host(site, 2)).map(Device::name))
                    .contains("g1");
        } while (lab.network().step());
        assertReached(site, "g1");
        assertThat(lab.egressStatus(office).devices().get("g1").returnSessions())
                .isEqualTo(1);
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("is none when a longer length is configured, until one of its addresses sends")
    void endsWithItsLength(@ForAll("sites") final IpPrefix site) {
        start(office(29, 64));
        sends("g1", host(site, 3));
        lab.reconfigure(office(32, 128));
        office = lab.services().getFirst();
        assertThat(lab.serverVerdict(office, office.virtualMac(), host(site, 3)).punts())
                .isEqualTo(1);
        sends("g2", host(site, 3));
        assertThat(lab.returnSession(office, host(site, 3)).map(Device::name)).contains("g2");
        assertThat(lab.returnSession(office, host(site, 4))).isEmpty();
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("is taken back from a switch that learned each of its addresses")
    void isTakenBackFromTheSwitch(@ForAll("sites") final IpPrefix site) {
        start(ServiceBuilder.like(office(32, 128)).learning(Learning.SWITCH).build());
        IntStream.range(0, 4).forEach(i -> sends("g1", host(site, i)));
        lab.reconfigure(office(29, 64));
        office = lab.services().getFirst();
        assertReached(site, "g1");
        lab.assertConsistent();

        // And back: of whom the switch is to know each address, it knows those that send.
        lab.reconfigure(
                ServiceBuilder.like(office(32, 128)).learning(Learning.SWITCH).build());
        office = lab.services().getFirst();
        assertThat(lab.returnSession(office, host(site, 0))).isEmpty();
        lab.assertConsistent();
    }

    @Example
    @Label("is learned by the controller where the learner is chosen")
    void isLearnedByTheController() {
        start(ServiceBuilder.like(office(29, 64)).learning(Learning.AUTO).build());
        sends("g1", host(SITE, 3));
        assertReached(SITE, "g1");
        assertThat(lab.egressStatus(office).counters().created()).isEqualTo(1);
    }

    @Example
    @Label("beyond max-sessions is suppressed as one")
    void isSuppressedAsOne() {
        start(ServiceBuilder.like(office).maxSessions(100, 1).build());
        sends("g1", host(OTHER, 1));
        final long punts = lab.egressStatus(office).counters().punts();
        IntStream.range(0, 8).forEach(i -> sends("g1", host(SITE, i)));
        assertThat(lab.egressStatus(office).counters().punts()).isEqualTo(punts + 1);
        assertThat(lab.egressStatus(office).counters().rejected()).isEqualTo(1);
        assertThat(lab.egressStatus(office).counters().ignored()).doesNotContainKey(Ignored.CONFLICT);
        lab.assertConsistent();
    }

    private static Service office(final int v4, final int v6) {
        return ServiceBuilder.office()
                .additionalGatewayAddresses("fd01::fe")
                .clientPrefixes("10.99.0.0/16", "fd00::/32")
                .sessionPrefixLengths(v4, v6)
                .build();
    }

    private void start(final Service service) {
        office = service;
        lab = Lab.of(service);
    }

    private static IpAddress host(final IpPrefix prefix, final int number) {
        final IpAddress first = prefix.address();
        return new IpAddress(first.family(), first.high(), first.low() + number);
    }

    private void sends(final String device, final IpAddress client) {
        lab.deviceVerdict(device(device), client);
        lab.network().settle();
    }

    private void assertReached(final IpPrefix site, final String device) {
        for (int i = 0; i < 8; i++) {
            assertThat(lab.serverSends(office, office.virtualMac(), host(site, i))
                            .map(Device::name))
                    .contains(device);
        }
    }

    private Device device(final String name) {
        return office.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
