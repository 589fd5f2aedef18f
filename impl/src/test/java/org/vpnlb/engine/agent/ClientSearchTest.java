/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.agent.InMemorySwitch.Feature;
import org.vpnlb.engine.agent.SimulatedNetwork.Spoken;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.neighbour.ClientSearch;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.Icmp;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.session.Counters.Ignored;

/** Ports 1 and 2 of sw2 lead to servers, g1 to g3 are at 11 to 13. */
@Label("A client without a session to whom a server sends")
class ClientSearchTest {
    private static final int TRIES = 8;
    private static final String EGRESS = "sw2";
    private static final long SERVERS = 1;
    private static final long OTHER_SERVERS = 2;
    private static final IpAddress CLIENT = IpAddress.parse("10.99.7.9");
    private static final IpAddress CLIENT_V6 = IpAddress.parse("fd00::7:9");
    private static final IpAddress GATEWAY = IpAddress.parse("172.16.0.254");
    private static final IpAddress GATEWAY_V6 = IpAddress.parse("fd01::fe");
    private static final IpAddress OTHER_SERVER = IpAddress.parse("172.31.0.11");
    /** Half as long again as answers are waited for. */
    private static final long LATER = 300;

    private Service office = office(Learning.CONTROLLER);
    private Lab lab = Lab.of(office);

    @Provide
    Arbitrary<Learning> learning() {
        return Arbitraries.of(Learning.CONTROLLER, Learning.SWITCH);
    }

    @Provide
    Arbitrary<IpAddress> clients() {
        return Arbitraries.of(CLIENT, CLIENT_V6);
    }

    @Property(tries = TRIES)
    @Label("is searched for at each device; the one that answers gets the frame at once, and has the session")
    void isSearchedFor(@ForAll("learning") final Learning learning, @ForAll("clients") final IpAddress client) {
        start(office(learning));
        serverSends(client);
        final List<Spoken> asked = lab.network().spoken();
        assertThat(asked).extracting(each -> each.sent().port()).containsExactly(11L, 12L, 13L);
        assertThat(asked).allSatisfy(each -> assertIsQuestion(each, client));

        answers("g2", client);

        assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g2");
        assertReaches(client, "g2");
        later();
        assertThat(lab.network().spoken()).isEmpty();
        assertThat(ignored()).isEmpty();
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("is unreachable when no device answers: the server is told, and for a while nobody is asked again")
    void isUnreachable(@ForAll("learning") final Learning learning, @ForAll("clients") final IpAddress client) {
        start(office(learning));
        serverSends(client);
        lab.network().spoken();
        later();
        assertThat(lab.network().spoken()).singleElement().satisfies(told -> assertIsUnreachable(told, client));
        assertThat(ignored()).isEqualTo(Map.of(Ignored.NO_SESSION, 1L));
        assertThat(verdict(SERVERS, Lab.server(client), client).punts()).isZero();

        lab.network().advance(5000);
        serverSends(client);
        assertThat(questions()).hasSize(3);
    }

    @Property(tries = TRIES)
    @Label("for whom two devices answer is at neither: the session is taken back, the server told, the two are named")
    void isAtNeitherOfTwo(@ForAll("learning") final Learning learning, @ForAll("clients") final IpAddress client) {
        start(office(learning));
        serverSends(client);
        answers("g2", client);
        lab.network().spoken();
        answers("g3", client);

        assertThat(lab.returnSession(office, client)).isEmpty();
        assertThat(lab.network().spoken()).singleElement().satisfies(told -> assertIsUnreachable(told, client));
        assertThat(ignored()).isEqualTo(Map.of(Ignored.CONFLICT, 1L));
        assertThat(lab.network().notices())
                .containsExactly(new Notice.Conflict(office.name(), client, "g2", "g3", true));
        assertThat(lab.egressStatus(office).conflicts()).containsExactly(new AddressConflict(client, "g2", "g3"));
        assertThat(verdict(SERVERS, Lab.server(client), client).isDropped()).isTrue();
        lab.assertConsistent();

        // What the client sends says where it is.
        lab.deviceSends(device("g3"), client);
        lab.network().settle();
        assertReaches(client, "g3");
        lab.network().advance(61_000);
        lab.network().wake();
        lab.network().settle();
        assertThat(lab.egressStatus(office).conflicts()).isEmpty();
    }

    @Property(tries = TRIES)
    @Label("that has sent keeps its session when two devices answer, and a third: only the devices are named")
    void keepsWhatItHasMade(@ForAll("clients") final IpAddress client) {
        start(office);
        serverSends(client);
        lab.deviceSends(device("g2"), client);
        lab.network().settle();
        Stream.of("g2", "g3", "g1").forEach(device -> answers(device, client));
        assertReaches(client, "g2");
        assertThat(lab.network().spoken()).noneMatch(spoken -> spoken.sent().port() == SERVERS);
        assertThat(lab.network().notices())
                .containsExactly(
                        new Notice.Conflict(office.name(), client, "g2", "g3", true),
                        new Notice.Conflict(office.name(), client, "g2", "g1", true));
        assertThat(verdict(SERVERS, Lab.server(client), client).isDropped()).isFalse();
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("that has sent after two devices answered keeps its session when a third one answers")
    void keepsWhatItHasMadeSince(@ForAll("clients") final IpAddress client) {
        start(office);
        serverSends(client);
        Stream.of("g2", "g3").forEach(device -> answers(device, client));
        lab.deviceSends(device("g2"), client);
        lab.network().settle();
        answers("g1", client);
        assertReaches(client, "g2");
    }

    @Property(tries = TRIES)
    @Label("that has sent by way of the device that answered keeps its session when a second one answers")
    void keepsWhatItHasAffirmed(@ForAll("clients") final IpAddress client, @ForAll final boolean isLate) {
        start(office);
        serverSends(client);
        if (isLate) {
            later();
        }
        answers("g2", client);
        lab.network().spoken();
        lab.deviceSends(device("g2"), client);
        lab.network().settle();
        answers("g3", client);
        assertReaches(client, "g2");
        assertThat(lab.network().spoken()).isEmpty();
        assertThat(verdict(SERVERS, Lab.server(client), client).isDropped()).isFalse();
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("that has sent is where it sends from also where the switch learns: answers overwrite nothing")
    void answersOverwriteNothing(@ForAll("clients") final IpAddress client) {
        start(office(Learning.SWITCH));
        serverSends(client);
        lab.deviceSends(device("g3"), client);
        lab.network().settle();
        answers("g1", client);
        assertReaches(client, "g3");
        answers("g2", client);
        assertReaches(client, "g3");
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("that was found where the switch learns is where it sends from later, also for the next controller")
    void sendsLaterFromElsewhere(@ForAll("clients") final IpAddress client) {
        start(office(Learning.SWITCH));
        serverSends(client);
        answers("g1", client);
        assertReaches(client, "g1");
        lab.deviceSends(device("g3"), client);
        lab.network().settle();
        assertReaches(client, "g3");
        lab.reconfigure(
                ServiceBuilder.like(office).learning(Learning.CONTROLLER).build());
        office = lab.services().getFirst();
        assertReaches(client, "g3");
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("that has sent from elsewhere is not where it was found when its device fails, or its session is ended")
    void isNotWhereItWasFoundOnce(@ForAll("clients") final IpAddress client, @ForAll final boolean isEnded) {
        start(office(Learning.SWITCH));
        serverSends(client);
        answers("g1", client);
        lab.deviceSends(device("g3"), client);
        lab.network().settle();
        if (isEnded) {
            lab.network()
                    .tell(
                            EGRESS,
                            new Event.Cleared(
                                    office.name(),
                                    new SessionFilter(Optional.of("g3"), Optional.empty()),
                                    lab.network()
                                            .datapath(EGRESS)
                                            .ours()
                                            .flows()
                                            .values(),
                                    lab.network().now()));
            lab.network().settle();
        } else {
            lab.reconfigure(ServiceBuilder.like(office)
                    .device("g3", device -> device.with(AdminState.OUT_OF_SERVICE))
                    .build());
        }
        assertThat(lab.returnSession(office, client)).isEmpty();
        lab.assertConsistent();
        serverSends(client);
    }

    @Property(tries = TRIES)
    @Label("that has sent from elsewhere is not where it was found, a minute after the controller has started anew")
    void isNotWhereItWasFoundBeforeARestart(@ForAll("clients") final IpAddress client) {
        start(office(Learning.SWITCH));
        serverSends(client);
        answers("g1", client);
        lab.deviceSends(device("g3"), client);
        lab.network().settle();
        lab.network().replaceAgent(EGRESS);
        lab.network().connect(EGRESS);
        lab.network().settle();
        assertReaches(client, "g3");
        lab.network().advance(60_000);
        lab.network().settle();
        lab.reconfigure(ServiceBuilder.like(office)
                .device("g3", device -> device.with(AdminState.OUT_OF_SERVICE))
                .build());
        assertThat(lab.returnSession(office, client)).isEmpty();
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("that was found where the switch learns, and does not send, is searched for again after a minute")
    void isSearchedForAgain(@ForAll("clients") final IpAddress client) {
        start(office(Learning.SWITCH));
        serverSends(client);
        answers("g1", client);
        lab.network().advance(59_000);
        lab.network().settle();
        assertReaches(client, "g1");
        lab.network().advance(1000);
        lab.network().settle();
        lab.network().spoken();
        serverSends(client);
        assertThat(questions()).hasSize(3);
        lab.assertConsistent();
    }

    @Property(tries = TRIES)
    @Label("is not called unreachable by a tick that is late: answers may wait behind it")
    void isFoundBehindALateTick(
            @ForAll("learning") final Learning learning, @ForAll("clients") final IpAddress client) {
        start(office(learning));
        serverSends(client);
        lab.network().spoken();
        lab.network().advance(1000);
        answers("g1", client);
        assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g1");
        assertReaches(client, "g1");

        // Nobody waits longer than that.
        final IpAddress other = Lab.inner(office, 3);
        serverSends(other);
        lab.network().spoken();
        lab.network().advance(1000);
        lab.network().settle();
        lab.network().advance(ClientSearch.WAIT_MILLIS);
        lab.network().settle();
        assertThat(lab.network().spoken()).singleElement().satisfies(told -> assertIsUnreachable(told, other));
    }

    @Property(tries = TRIES)
    @Label("is found by an answer that comes late, and unreachable again when a second one comes")
    void isFoundByALateAnswer(@ForAll("learning") final Learning learning, @ForAll("clients") final IpAddress client) {
        start(office(learning));
        serverSends(client);
        later();
        lab.network().spoken();
        answers("g1", client);
        assertReaches(client, "g1");
        assertThat(lab.spokenTo(office)).isEmpty();
        answers("g2", client);
        assertThat(lab.returnSession(office, client)).isEmpty();
        lab.assertConsistent();
    }

    @Property(tries = 4)
    @Label("is found though somebody has scanned it, and all others: at another port, and at the same one soon after")
    void isFoundAfterAScan(@ForAll("learning") final Learning learning) {
        start(office(learning));
        for (int host = 0; host < 1200; host++) {
            verdict(SERVERS, Lab.SERVER, Lab.inner(office, host));
            lab.network().settle();
        }
        lab.network().spoken();
        final IpAddress scanned = Lab.inner(office, 700);
        assertThat(verdict(OTHER_SERVERS, OTHER_SERVER, scanned).punts()).isEqualTo(1);
        lab.network().settle();
        assertThat(questions()).hasSize(3);
        answers("g2", scanned);
        assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g2");

        lab.network().advance(1000);
        lab.network().settle();
        lab.network().spoken();
        for (final int host : new int[] {800, 1199, 5000}) {
            assertThat(verdict(SERVERS, OTHER_SERVER, Lab.inner(office, host)).punts())
                    .isEqualTo(1);
            lab.network().settle();
            assertThat(questions()).hasSize(3);
        }
        lab.assertConsistent();
    }

    @Property(tries = 4)
    @Label("that nobody can look for fills the switch no more than others do, whoever scans")
    void whatNobodyLooksForIsSuppressed(@ForAll("learning") final Learning learning) {
        start(ServiceBuilder.like(office(learning)).deviceSearch(false).build());
        final int before = lab.network().datapath(EGRESS).flows().size();
        for (int host = 0; host < 1200; host++) {
            verdict(SERVERS, Lab.SERVER, Lab.inner(office, host));
            lab.network().settle();
        }
        assertThat(lab.network().datapath(EGRESS).flows()).hasSizeBetween(before + 20, before + 1000);
        assertThat(verdict(SERVERS, Lab.SERVER, CLIENT).punts()).isZero();
        for (final IpAddress client : List.of(CLIENT, Lab.inner(office, 5000))) {
            assertThat(verdict(OTHER_SERVERS, Lab.SERVER, client).punts())
                    .as("at a port where nobody scans")
                    .isEqualTo(1);
            lab.network().settle();
        }
        lab.assertConsistent();
    }

    @Example
    @Label("is never vpnlb's own address: nobody says of that that it is unreachable, and it costs a frame in 5 s")
    void isNoAddressOfOurs() {
        start(ServiceBuilder.like(office).clientPrefixes().build());
        assertThat(verdict(SERVERS, Lab.SERVER, GATEWAY).punts()).isEqualTo(1);
        lab.network().settle();
        assertThat(verdict(SERVERS, Lab.SERVER, GATEWAY).punts()).isZero();
        assertThat(lab.network().spoken()).isEmpty();
        assertThat(ignored()).isEqualTo(Map.of(Ignored.NO_SESSION, 1L));
        lab.network().advance(5000);
        assertThat(verdict(SERVERS, Lab.SERVER, GATEWAY).punts()).isEqualTo(1);
    }

    /** So are vpnlb's own addresses. */
    @Property(tries = 4)
    @Label("costs a switch without meters a few frames, also at a port that has used up its share of what is dropped")
    void isBoundedWithoutMeters(@ForAll("learning") final Learning learning, @ForAll final boolean isOurs) {
        office = ServiceBuilder.like(office(learning)).clientPrefixes().build();
        lab = new Lab(List.of(office), 0, new Random(1), Feature.METERS);
        for (int host = 0; host < 300; host++) {
            lab.serverVerdict(office, device("g2").egress().mac(), Lab.inner(office, host));
            lab.network().settle();
        }
        final IpAddress client = isOurs ? GATEWAY : CLIENT;
        IntStream.range(0, isOurs ? 1 : 5).forEach(i -> serverSends(client));
        assertThat(verdict(SERVERS, Lab.SERVER, client).punts()).isZero();
    }

    @Property(tries = 4)
    @Label("of whom two devices have very many is named once")
    void pairsAreNamedOnce(@ForAll("learning") final Learning learning) {
        start(office(learning));
        for (int host = 0; host < 10; host++) {
            final IpAddress client = Lab.inner(office, host);
            serverSends(client);
            Stream.of("g2", "g3").forEach(device -> answers(device, client));
        }
        assertThat(lab.network().notices()).hasSize(1);
        assertThat(lab.egressStatus(office).conflicts()).hasSize(1);
    }

    @Property(tries = TRIES)
    @Label("gets all that was sent to it meanwhile, a few frames, in their order")
    void getsAllThatWasSentMeanwhile(
            @ForAll("learning") final Learning learning, @ForAll("clients") final IpAddress client) {
        start(office(learning));
        IntStream.range(0, 4).forEach(i -> serverSends(client));
        lab.network().spoken();
        serverSends(client);
        assertThat(verdict(SERVERS, Lab.server(client), client).punts())
                .as("frames beyond those that are kept")
                .isZero();
        answers("g1", client);
        assertThat(lab.spokenTo(office))
                .extracting(Device::name)
                .containsExactlyElementsOf(List.of("g1", "g1", "g1", "g1"));
        assertReaches(client, "g1");
    }

    @Property(tries = TRIES)
    @Label("that sends meanwhile is where it sends from")
    void isWhereItSendsFrom(@ForAll("clients") final IpAddress client, @ForAll final boolean isAnswered) {
        start(office);
        serverSends(client);
        lab.network().spoken();
        lab.deviceSends(device("g3"), client);
        lab.network().settle();
        if (isAnswered) {
            answers("g1", client);
        }
        later();
        assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g3");
        assertReaches(client, "g3");
    }

    /** Where checks have an address of their own, the controller hears of every answer to vpnlb. */
    @Property(tries = 4)
    @Label("is not taken by an answer unasked, far too late, to others, of nobody's device, or at another's port")
    void isNotTakenByAnyAnswer(@ForAll final boolean isChecked) {
        start(
                isChecked
                        ? ServiceBuilder.like(office(Learning.CONTROLLER))
                                .healthCheck(HealthCheck.Type.ARP)
                                .build()
                        : office(Learning.CONTROLLER));
        answers("g1", CLIENT);
        assertThat(ignored()).isEqualTo(Map.of(Ignored.NOT_ASKED, 1L));
        serverSends(CLIENT);
        lab.network().spoken();
        answer("g1", 13, device("g1").egress().mac(), office.virtualMac());
        answer("g1", 11, Lab.SERVER_MAC, office.virtualMac());
        answer("g1", 11, device("g1").egress().mac(), Lab.SERVER_MAC);
        assertThat(lab.returnSession(office, CLIENT)).isEmpty();
        later();
        lab.network().advance(5000);
        lab.network().settle();
        lab.network().spoken();
        answers("g1", CLIENT);
        assertThat(lab.returnSession(office, CLIENT)).isEmpty();
        assertThat(lab.spokenTo(office)).isEmpty();
    }

    @Example
    @Label("is not searched for at a device that is out of service, but at one that drains")
    void isNotSearchedForAtADeadDevice() {
        lab.reconfigure(ServiceBuilder.like(office)
                .device("g1", device -> device.with(AdminState.OUT_OF_SERVICE))
                .device("g2", device -> device.with(AdminState.DRAINING))
                .build());
        lab.network().spoken();
        serverSends(CLIENT);
        assertThat(questions()).containsExactly(12L, 13L);
    }

    @Property(tries = TRIES)
    @Label("is never asked for where the frame came in: another's client may search, too")
    void isNotAskedForWhereTheFrameCameIn(
            @ForAll("learning") final Learning learning, @ForAll("clients") final IpAddress client) {
        start(office(learning));
        final IpAddress sender = client.equals(CLIENT) ? Lab.inner(office, 1) : IpAddress.parse("fd00::1");
        lab.network()
                .receive(
                        EGRESS,
                        11,
                        Frames.ip(office.virtualMac(), device("g1").egress().mac(), sender, client, Frames.Kind.PING));
        lab.network().settle();
        assertThat(questions()).containsExactly(12L, 13L);
        answers("g2", client);
        assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g2");
    }

    @Property(tries = TRIES)
    @Label("is one of a few when somebody scans: devices hear little, and the other servers' clients are found")
    void searchesAreBounded(@ForAll("learning") final Learning learning, @ForAll final boolean isAtOnePort) {
        start(office(learning));
        for (int host = 0; host < 500; host++) {
            verdict(SERVERS, Lab.SERVER, Lab.inner(office, host));
            lab.network().settle();
        }
        final List<Spoken> spoken = lab.network().spoken();
        assertThat(spoken.stream().filter(each -> isQuestion(each)).count()).isBetween(30L, 3L * 50);
        assertThat(spoken.stream().filter(each -> !isQuestion(each)))
                .hasSizeBetween(100, 250)
                .allSatisfy(each -> assertThat(each.sent().port()).isEqualTo(SERVERS));
        assertThat(ignored())
                .hasEntrySatisfying(
                        Ignored.TOO_MANY_SEARCHES, count -> assertThat(count).isGreaterThan(400));

        verdict(isAtOnePort ? SERVERS : OTHER_SERVERS, OTHER_SERVER, CLIENT);
        lab.network().settle();
        assertThat(questions()).hasSize(3);
        answers("g2", CLIENT);
        assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g2");
    }

    @Property(tries = 4)
    @Label("is one of a few when a port makes up servers, too: those at another port notice nothing")
    void searchesOfAPortAreBounded(@ForAll("learning") final Learning learning) {
        start(office(learning));
        for (int host = 0; host < 500; host++) {
            verdict(SERVERS, new IpAddress(Family.V4, 0, 0xac20_0001L + host), Lab.inner(office, host));
            lab.network().settle();
        }
        assertThat(questions()).hasSizeBetween(60, 3 * 110);
        verdict(OTHER_SERVERS, OTHER_SERVER, CLIENT);
        lab.network().settle();
        assertThat(questions()).hasSize(3);
    }

    @Property(tries = TRIES)
    @Label("is not searched for where that is switched off, or there is no gateway address to ask from")
    void isNotSearchedFor(@ForAll("learning") final Learning learning, @ForAll final boolean isOff) {
        final ServiceBuilder without = ServiceBuilder.like(office(learning));
        start((isOff ? without.deviceSearch(false) : without.gatewayAddress(null)).build());
        serverSends(CLIENT);
        assertThat(lab.network().spoken()).hasSize(isOff ? 1 : 0).allSatisfy(told -> assertIsUnreachable(told, CLIENT));
        assertThat(ignored()).isEqualTo(Map.of(Ignored.NO_SESSION, 1L));
    }

    @Property(tries = 4)
    @Label("beyond max-sessions has no session, but gets what was sent to it: its device has answered")
    void hasNoSessionBeyondTheLimit(@ForAll("learning") final Learning learning) {
        start(ServiceBuilder.like(office(learning)).maxSessions(100, 2).build());
        Stream.of(1, 2).forEach(host -> lab.deviceSends(device("g1"), Lab.inner(office, host)));
        lab.network().settle();
        lab.count();
        lab.network().settle();
        serverSends(CLIENT);
        lab.network().spoken();
        answers("g2", CLIENT);
        assertThat(lab.returnSession(office, CLIENT)).isEmpty();
        assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g2");
        assertThat(verdict(SERVERS, Lab.SERVER, CLIENT).punts()).isEqualTo(1);
        assertThat(lab.egressStatus(office).counters().rejected()).isEqualTo(1);
    }

    @Property(tries = 4)
    @Label("has one of a tenth of the sessions: the rest is left to clients that send, as each one may")
    void leavesRoom(@ForAll("learning") final Learning learning) {
        start(ServiceBuilder.like(office(learning)).maxSessions(100, 20).build());
        for (int host = 0; host < 20; host++) {
            final IpAddress client = Lab.inner(office, host);
            serverSends(client);
            lab.network().spoken();
            answers("g2", client);
            assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g2");
        }
        assertThat(IntStream.range(0, 20)
                        .filter(host -> lab.returnSession(office, Lab.inner(office, host))
                                .isPresent()))
                .hasSize(2);
        lab.deviceSends(device("g1"), CLIENT);
        lab.network().settle();
        assertReaches(CLIENT, "g1");
        lab.assertConsistent();
    }

    @Example
    @Label("is found up to the limit when the sessions of clients found before are over")
    void isFoundWhenOthersAreOver() {
        start(ServiceBuilder.like(office).maxSessions(100, 10).build());
        serverSends(CLIENT);
        answers("g2", CLIENT);
        // It has made its session itself.
        lab.deviceSends(device("g2"), CLIENT);
        lab.network().settle();
        lab.network().advance(2000);
        final IpAddress other = Lab.inner(office, 1);
        serverSends(other);
        answers("g2", other);
        assertReaches(other, "g2");
    }

    @Property(tries = TRIES)
    @Label("of a device that is down, and of its client-prefix, is unreachable: the server is told, and it is counted")
    void ofADeadDeviceIsUnreachable(@ForAll("learning") final Learning learning) {
        start(ServiceBuilder.like(office(learning))
                .device(
                        "g1",
                        device -> ServiceBuilder.withPrefixes(
                                device.with(AdminState.OUT_OF_SERVICE), "10.99.7.0/24", "fd00::7:0/112"))
                .build());
        for (final IpAddress client : List.of(CLIENT, CLIENT_V6)) {
            serverSends(client);
            assertThat(lab.network().spoken()).singleElement().satisfies(told -> assertIsUnreachable(told, client));
        }
        assertThat(ignored()).isEqualTo(Map.of(Ignored.OUT_OF_SERVICE, 2L));

        // Somebody who scans there gets no more than a meter lets through, and takes nothing from the others.
        for (int i = 0; i < 2000; i++) {
            verdict(SERVERS, Lab.SERVER, CLIENT);
        }
        lab.network().settle();
        assertThat(lab.network().spoken()).hasSizeLessThan(200);
        assertThat(ignored().get(Ignored.OUT_OF_SERVICE)).isLessThan(500);
        verdict(OTHER_SERVERS, OTHER_SERVER, CLIENT);
        lab.network().settle();
        assertThat(lab.network().spoken()).hasSize(1);
        lab.assertConsistent();
    }

    @Example
    @Label("of a device that is down is dropped by a switch without meters, and told to nobody")
    void ofADeadDeviceIsDroppedWithoutMeters() {
        office = ServiceBuilder.like(office)
                .device(
                        "g1",
                        device -> ServiceBuilder.withPrefixes(device.with(AdminState.OUT_OF_SERVICE), "10.99.7.0/24"))
                .build();
        lab = new Lab(List.of(office), 0, new Random(1), Feature.METERS);
        assertThat(verdict(SERVERS, Lab.SERVER, CLIENT).punts()).isZero();
    }

    @Property(tries = TRIES)
    @Label("is searched for no more when the switch is back, or the service ends; nothing is sent to anybody then")
    void isSearchedForNoMore(@ForAll("learning") final Learning learning, @ForAll final boolean isDeleted) {
        start(office(learning));
        serverSends(CLIENT);
        if (isDeleted) {
            lab.reconfigure();
        } else {
            lab.network().disconnect(EGRESS);
            lab.network().settle();
            lab.network().connect(EGRESS);
            lab.network().settle();
        }
        lab.network().spoken();
        later();
        answers("g1", CLIENT);
        assertThat(lab.network().spoken()).isEmpty();
    }

    @Property(tries = TRIES)
    @Label("is not searched for at devices where a server sends to a device's own address: that one gets it")
    void ofADeviceThatIsAddressedGoesThere(@ForAll("learning") final Learning learning) {
        start(office(learning));
        lab.serverVerdict(office, device("g2").egress().mac(), CLIENT);
        lab.network().settle();
        assertThat(lab.spokenTo(office)).extracting(Device::name).containsExactly("g2");
    }

    private static Service office(final Learning learning) {
        return ServiceBuilder.office()
                .learning(learning)
                .egress(EGRESS, SERVERS, OTHER_SERVERS)
                .additionalGatewayAddresses(GATEWAY_V6.toString())
                .clientPrefixes("10.99.0.0/16", "fd00::/32")
                .build();
    }

    private void start(final Service service) {
        office = service;
        lab = Lab.of(service);
        lab.network().spoken();
    }

    private Device device(final String name) {
        return office.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Map<Ignored, Long> ignored() {
        return lab.egressStatus(office).counters().ignored();
    }

    private void serverSends(final IpAddress client) {
        assertThat(verdict(SERVERS, Lab.server(client), client).punts()).isEqualTo(1);
        lab.network().settle();
    }

    private Verdict verdict(final long port, final IpAddress server, final IpAddress client) {
        return lab.network()
                .receive(
                        EGRESS,
                        port,
                        Frames.ip(office.virtualMac(), Lab.SERVER_MAC, server, client, Frames.Kind.udp(53)));
    }

    private void assertReaches(final IpAddress client, final String device) {
        assertThat(lab.returnSession(office, client).map(Device::name)).contains(device);
        assertThat(lab.serverSends(office, office.virtualMac(), client).map(Device::name))
                .contains(device);
    }

    /** A device says that it has the client, to vpnlb. */
    private void answers(final String device, final IpAddress client) {
        final Device from = device(device);
        final MacAddress mac = from.egress().mac();
        lab.network()
                .receive(
                        EGRESS,
                        from.egress().port(),
                        client.family() == Family.V4
                                ? Frames.arpReply(mac, client.toString(), office.virtualMac(), GATEWAY.toString())
                                : Frames.advertisement(
                                        office.virtualMac(), mac, "fd01::2", GATEWAY_V6.toString(), client.toString()));
        lab.network().settle();
    }

    private void answer(final String device, final long port, final MacAddress told, final MacAddress to) {
        final byte[] frame = Frames.arpReply(told, CLIENT.toString(), to, GATEWAY.toString());
        System.arraycopy(device(device).egress().mac().toBytes(), 0, frame, MacAddress.LENGTH, MacAddress.LENGTH);
        lab.network().receive(EGRESS, port, frame);
        lab.network().settle();
    }

    private void later() {
        lab.network().advance(LATER);
        lab.network().wake();
        lab.network().settle();
    }

    /** The ports where devices were asked since somebody looked last. */
    private List<Long> questions() {
        return lab.network().spoken().stream()
                .filter(ClientSearchTest::isQuestion)
                .map(each -> each.sent().port())
                .toList();
    }

    private static boolean isQuestion(final Spoken spoken) {
        return spoken.sent().port() > 10 && Icmp.quoted(spoken.sent().frame()).isEmpty();
    }

    /** To the device's own MAC address: Linux takes its time with what is for all. */
    private void assertIsQuestion(final Spoken spoken, final IpAddress client) {
        final MacAddress mac = office.devices().stream()
                .map(Device::egress)
                .filter(egress -> egress.port() == spoken.sent().port())
                .findFirst()
                .orElseThrow()
                .mac();
        final byte[] frame = spoken.sent().frame();
        if (client.family() == Family.V4) {
            assertThat(frame)
                    .isEqualTo(Frames.arp(
                            ArpPacket.REQUEST,
                            mac,
                            office.virtualMac(),
                            GATEWAY.toString(),
                            new MacAddress(0),
                            client.toString()));
        } else {
            assertThat(frame)
                    .isEqualTo(Frames.solicitation(
                            mac, office.virtualMac(), GATEWAY_V6.toString(), "ff02::1:ff07:9", client.toString()));
        }
    }

    private void assertIsUnreachable(final Spoken told, final IpAddress client) {
        final byte[] error = told.sent().frame();
        final boolean isV4 = client.family() == Family.V4;
        assertThat(told.sent().port()).isEqualTo(SERVERS);
        assertThat(told.sent().destination()).isEqualTo(Lab.SERVER_MAC);
        final EthernetFrame headers = EthernetFrame.parse(error).orElseThrow();
        assertThat(headers.source()).isEqualTo(office.virtualMac());
        assertThat(headers.payload())
                .isEqualTo(new EthernetFrame.IpPacket(isV4 ? GATEWAY : GATEWAY_V6, Lab.server(client)));
        assertThat(Icmp.quoted(error)).contains(new EthernetFrame.IpPacket(Lab.server(client), client));
        final int message = 14 + (isV4 ? 20 : 40);
        assertThat(new int[] {error[message], error[message + 1]}).containsExactly(isV4 ? 3 : 1, isV4 ? 1 : 3);
    }
}
