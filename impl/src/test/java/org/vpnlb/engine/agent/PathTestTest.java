/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.PathAnswer;
import org.vpnlb.engine.model.PathAnswer.Result;
import org.vpnlb.engine.model.PathQuestion;
import org.vpnlb.engine.model.PathStep;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.probe.Answers;

/** A test of the path says what becomes of a client's packets, and leaves nothing behind. */
@Label("A test of the path")
class PathTestTest {
    private static final Optional<IpAddress> SOURCE = Optional.of(IpAddress.parse("10.0.0.250"));
    private static final long MILLIS = 2000;
    /** Until the address that is asked from is known to be free. */
    private static final long FREE = 5000;

    private static final int IKE = 500;
    private static final int NAT_T = 4500;
    private static final int ESP = 50;
    private static final int UDP_AT = 34;

    /** What a device does with a frame. */
    private interface Gateway extends Function<byte[], Optional<byte[]>> {}

    private static final Gateway ALIVE =
            frame -> port(frame) == IKE || port(frame) == NAT_T ? Optional.of(ofIke(frame)) : Answers.of(frame);
    private static final Gateway DEAD = frame -> Optional.empty();
    private static final Gateway WITHOUT_DAEMON =
            frame -> port(frame) == 0 ? Answers.of(frame) : Optional.of(Answers.refusal(List.of(frame)));

    private Lab lab;
    private Service service;
    private final Map<String, Gateway> gateways = new HashMap<>();
    private final List<byte[]> heard = new ArrayList<>();

    private static HealthCheck check(final Type type, final Optional<Integer> port) {
        return new HealthCheck(type, port, 500, 3, 2, SOURCE, Optional.empty());
    }

    private static ServiceBuilder office() {
        return ServiceBuilder.office().healthCheck(check(Type.IKE, Optional.empty()));
    }

    private void start(final Service started) {
        service = started;
        lab = Lab.of(started);
        started.devices().forEach(device -> gateways.put(device.name(), ALIVE));
        run(FREE);
    }

    @Example
    @Label("says of each gateway that it answers IKE at both ports and its neighbours, and how soon")
    void eachGatewayAnswers() {
        start(office().build());
        final Map<PathQuestion, PathAnswer> answers = test();
        assertThat(answers).hasSize(3 * 3);
        assertThat(answers.values()).allSatisfy(answer -> {
            assertThat(answer.result()).isEqualTo(Result.ANSWERED);
            assertThat(answer.millis().orElseThrow()).isBetween(0L, 500L);
        });
        assertThat(results("g1", answers))
                .containsExactlyInAnyOrder("ike ANSWERED", "ipsec-nat-t ANSWERED", "egress ANSWERED");
    }

    @Example
    @Label("says which gateway is silent, and which one has no daemon")
    void theSilentAndTheRefusingAreNamed() {
        start(office().build());
        gateways.put("g1", DEAD);
        gateways.put("g2", WITHOUT_DAEMON);
        final Map<PathQuestion, PathAnswer> answers = test();
        assertThat(results("g1", answers))
                .containsExactlyInAnyOrder("ike SILENT", "ipsec-nat-t SILENT", "egress SILENT");
        assertThat(results("g2", answers))
                .containsExactlyInAnyOrder("ike REFUSED", "ipsec-nat-t REFUSED", "egress ANSWERED");
        assertThat(results("g3", answers)).allMatch(result -> result.endsWith("ANSWERED"));
        assertThat(answer("g1", "ike", answers).text())
                .isEqualTo("no answer to IKE at 10.0.0.100 port 500 within 2000 ms: see the cable at port 11 of sw1,"
                        + " its MAC address 02:00:00:00:0a:01, and the daemon");
        assertThat(answer("g2", "ike", answers).text())
                .isEqualTo("IKE at 10.0.0.100 port 500 is refused: its host is there, the daemon is not");
    }

    @Example
    @Label("asks a gateway that is out of service, and one that drains")
    void aGatewayIsAskedWhateverItsState() {
        start(withStates(office(), AdminState.OUT_OF_SERVICE, AdminState.DRAINING));
        assertThat(test().values()).hasSize(3 * 3).allMatch(answer -> answer.result() == Result.ANSWERED);
    }

    private static Service withStates(final ServiceBuilder builder, final AdminState first, final AdminState second) {
        final Service built = builder.build();
        final List<Device> devices = built.devices();
        return built.withDevices(
                List.of(devices.get(0).with(first), devices.get(1).with(second), devices.get(2)));
    }

    @Example
    @Label("asks what is silent three times, no more, and forgets it then")
    void whatIsSilentIsAskedThreeTimes() {
        start(office().build());
        gateways.put("g1", DEAD);
        heard.clear();
        test();
        run(20_000);
        assertThat(heard.stream().filter(frame -> port(frame) == NAT_T && isFor("g1", frame)))
                .hasSize(3);
        assertThat(heard.stream().filter(frame -> port(frame) == NAT_T && isFor("g3", frame)))
                .hasSize(1);
    }

    @Example
    @Label("believes no answer to a check: when the gateway's group is broken, it is silent")
    void anAnswerToACheckIsNone() {
        start(office().build());
        final Group whole = groupOf("g1");
        lab.network().datapath("sw1").putForeign(new Group(whole.id(), whole.type(), List.of()));
        final Map<PathQuestion, PathAnswer> answers = test();
        assertThat(heard.stream().filter(frame -> port(frame) == IKE && isFor("g1", frame)))
                .as("checks that are answered")
                .isNotEmpty();
        assertThat(results("g1", answers))
                .containsExactlyInAnyOrder("ike SILENT", "ipsec-nat-t SILENT", "egress ANSWERED");
        assertThat(results("g2", answers)).allMatch(result -> result.endsWith("ANSWERED"));
    }

    @Example
    @Label("says at once that a link is down, and sends nothing there")
    void aLinkThatIsDownIsSaidAtOnce() {
        start(office().build());
        gateways.replaceAll((name, gateway) -> DEAD);
        final List<Notice> told = ask("sw1", questions("g1", Side.INGRESS), Set.of(11L));
        assertThat(told).hasSize(2).allSatisfy(notice -> {
            final PathAnswer answer = ((Notice.PathAnswered) notice).answer();
            assertThat(answer.result()).isEqualTo(Result.NOT_SENT);
            assertThat(answer.text()).isEqualTo("port 11 of sw1 has no link: see the cable and the gateway");
        });
        heard.clear();
        run(MILLIS + 1000);
        assertThat(heard.stream().filter(frame -> port(frame) == NAT_T)).isEmpty();
    }

    @Example
    @Label("says that it has no address to come from while that is somebody's")
    void anAddressThatIsSomebodysIsSaid() {
        service = office().build();
        lab = Lab.of(service);
        final List<Notice> told = ask("sw1", questions("g1", Side.INGRESS), Set.of());
        assertThat(told)
                .hasSize(2)
                .allSatisfy(notice -> assertThat(
                                ((Notice.PathAnswered) notice).answer().text())
                        .startsWith("vpnlb does not have the address 10.0.0.250 that checks come from"));
    }

    @Example
    @Label("says of a daemon that answers nobody whom it does not know that its host answers")
    void ofASilentDaemonTheHostIsAsked() {
        start(ServiceBuilder.office()
                .protocols(Set.of(Protocol.WIREGUARD))
                .healthCheck(check(Type.UDP, Optional.of(51820)))
                .build());
        gateways.put("g1", frame -> port(frame) == 51820 ? Optional.empty() : Answers.of(frame));
        gateways.put("g2", DEAD);
        gateways.put("g3", WITHOUT_DAEMON);
        final Map<PathQuestion, PathAnswer> answers = test();
        assertThat(answer("g1", "wireguard", answers).result()).isEqualTo(Result.HOST_ANSWERED);
        assertThat(answer("g2", "wireguard", answers).result()).isEqualTo(Result.SILENT);
        assertThat(answer("g3", "wireguard", answers).result()).isEqualTo(Result.REFUSED);
    }

    @Example
    @Label("resets each TCP connection that a gateway took, even late")
    void aConnectionIsReset() {
        start(ServiceBuilder.office()
                .protocols(Set.of(Protocol.TLS))
                .healthCheck(check(Type.TCP, Optional.of(443)))
                .build());
        heard.clear();
        final Map<PathQuestion, PathAnswer> answers = test();
        assertThat(answer("g1", "tls", answers).result()).isEqualTo(Result.ANSWERED);
        final List<byte[]> toFirst = heard.stream()
                .filter(frame -> protocol(frame) == IpDatagram.TCP && isFor("g1", frame))
                .toList();
        assertThat(toFirst.stream().filter(frame -> flags(frame) == 2)).isNotEmpty();
        assertThat(toFirst.stream().filter(frame -> flags(frame) == 4)).hasSize((int)
                toFirst.stream().filter(frame -> flags(frame) == 2).count());
    }

    @Example
    @Label("leaves the tables, sessions and slots as they are, where the controller learns and where the switch does")
    void nothingIsLeftBehind() {
        for (final Supplier<ServiceBuilder> made : List.<Supplier<ServiceBuilder>>of(
                PathTestTest::office,
                () -> office().method(Method.SOURCE_HASH),
                () -> office().method(Method.SOURCE_HASH).sessions(Sessions.PINNED),
                () -> office().learning(Learning.SWITCH),
                () -> office().method(Method.SOURCE_HASH).learning(Learning.SWITCH))) {
            start(made.get().build());
            PinnedTablesTest.withSessions(lab);
            gateways.put("g3", DEAD);
            lab.count();
            final Map<String, Tables> before = tables();
            final List<Object> status = status();
            assertThat(test()).hasSize(9);
            // Its last link is lost while nobody knows it yet: the group leads to another gateway.
            lab.network().datapath("sw1").link(13, false);
            ask("sw1", questions("g3", Side.INGRESS), Set.of());
            run(MILLIS + 1000);
            lab.network().datapath("sw1").link(13, true);
            lab.count();
            assertThat(tables()).isEqualTo(before);
            assertThat(status()).isEqualTo(status);
            lab.assertConsistent();
        }
    }

    private List<Object> status() {
        return lab.network().names().stream()
                .map(node -> lab.network().status(node).services().get("office"))
                .<Object>map(known -> List.of(
                        known.flows(),
                        known.devices().values().stream()
                                .map(device ->
                                        List.of(device.slots(), device.clientSessions(), device.returnSessions()))
                                .toList()))
                .toList();
    }

    private Map<String, Tables> tables() {
        final Map<String, Tables> tables = new LinkedHashMap<>();
        lab.network()
                .names()
                .forEach(node -> tables.put(node, lab.network().datapath(node).ours()));
        return tables;
    }

    @Provide
    static Arbitrary<Shape> shapes() {
        return Shape.ofAnyFamily(Shape.byAnyMethod(Shape.any()));
    }

    @Property(tries = 60)
    @Label("finds in the tables of any configuration that a client's packets come to each device, and back")
    void theTablesOfAnyConfigurationLeadThere(@ForAll("shapes") final Shape shape, @ForAll final long seed) {
        lab = PinnedTablesTest.withSessions(Lab.of(shape, seed));
        for (final Service some : lab.enabled()) {
            for (final Device device : some.devices()) {
                final Result expected = device.keepsSessions() ? Result.WALKED : Result.NOT_APPLICABLE;
                assertThat(outer(some, device))
                        .as("%s of %s", device, some)
                        .allSatisfy(answer ->
                                assertThat(answer.result()).as(answer.text()).isEqualTo(expected));
                final PathAnswer inner = inner(some, device);
                assertThat(inner.result())
                        .as("%s of %s: %s", device, some, inner.text())
                        .isEqualTo(expected);
            }
        }
    }

    @Example
    @Label("says where the tables lead astray, and by which of a service's protocols")
    void tablesThatLeadAstrayAreNamed() {
        start(office().build());
        lab.network()
                .datapath("sw1")
                .tamper(flow -> flow.key().match().ipProtocol() != null
                        && flow.key().match().ipProtocol() == ESP);
        final Device first = service.devices().getFirst();
        assertThat(walkHeld(first, Traffic.udp(IKE)).result()).isEqualTo(Result.WALKED);
        final PathAnswer esp = walkHeld(first, Traffic.of(ESP));
        assertThat(esp.result()).isEqualTo(Result.ASTRAY);
        assertThat(esp.text()).startsWith("IP protocol 50 to 10.0.0.100 from uplink 1 does not come through: ");
        lab.network()
                .datapath("sw2")
                .tamper(flow -> Cookie.parse(flow.cookie())
                        .filter(cookie -> cookie.kind() == Cookie.Kind.CLASSIFY)
                        .isPresent());
        assertThat(inner(service, first).result()).isEqualTo(Result.ASTRAY);
    }

    @Example
    @Label("says that the tables lead to another gateway, and that what a gateway answers gets lost")
    void theWayToAnotherGatewayAndTheWayBackAreLookedAt() {
        start(office().build());
        final Device first = service.devices().getFirst();
        final List<Flow> held = org.vpnlb.engine.agent.Answers.withoutSessions(
                lab.network().datapath("sw1").ours().flows().values());
        final long other = lab.pipeline().group(Side.INGRESS, service, device("g2"));
        final List<Flow> elsewhere = held.stream()
                .map(flow -> Integer.valueOf(IKE).equals(flow.key().match().destinationPort())
                        ? with(flow.key(), List.of(new Action.ToGroup(other)))
                        : flow)
                .toList();
        assertThat(walk(first, elsewhere).text())
                .startsWith("IP protocol 17 port 500 to 10.0.0.100 from uplink 1 does not come through: ")
                .endsWith("leaves by port 12 (device g2)");
        final List<Flow> oneWay = new ArrayList<>(held);
        oneWay.add(with(
                new Flow.Key(
                        0, 1000, Match.builder().inPort(first.ingress().port()).build()),
                List.of()));
        assertThat(walk(first, oneWay).text())
                .startsWith("IP protocol 17 port 500 back from the gateway does not come through: ");
        assertThat(walk(first, held).result()).isEqualTo(Result.WALKED);
    }

    private static Flow with(final Flow.Key key, final List<Action> actions) {
        return new Flow(key, 0x7670_1000_0000_0000L, Flow.Timeouts.NONE, actions, null, null);
    }

    private PathAnswer walk(final Device device, final List<Flow> held) {
        final org.vpnlb.engine.agent.Answers answers =
                lab.network().agent("sw1").answers();
        return answers.path("office", device.name(), List.of(Traffic.udp(IKE)), answers.walkable(held), Set.of());
    }

    private List<PathAnswer> outer(final Service some, final Device device) {
        return PathStep.of(some, device).stream()
                .filter(step -> step.side() == Side.INGRESS)
                .map(step -> {
                    final String node = device.ingress().node();
                    final org.vpnlb.engine.agent.Answers answers =
                            lab.network().agent(node).answers();
                    return answers.path(some.name(), device.name(), step.traffic(), held(node, answers), Set.of());
                })
                .toList();
    }

    private PathAnswer walkHeld(final Device device, final Traffic traffic) {
        final org.vpnlb.engine.agent.Answers answers =
                lab.network().agent("sw1").answers();
        return answers.path("office", device.name(), List.of(traffic), held("sw1", answers), Set.of());
    }

    private PathAnswer inner(final Service some, final Device device) {
        final String node = device.egress().node();
        final org.vpnlb.engine.agent.Answers answers = lab.network().agent(node).answers();
        return answers.innerPath(
                some.name(), device.name(), Optional.empty(), Optional.empty(), held(node, answers), Set.of());
    }

    private Tables held(final String node, final org.vpnlb.engine.agent.Answers answers) {
        return answers.walkable(org.vpnlb.engine.agent.Answers.withoutSessions(
                lab.network().datapath(node).ours().flows().values()));
    }

    private Group groupOf(final String device) {
        final Device found = device(device);
        return lab.network().datapath("sw1").ours().groups().get(lab.pipeline().group(Side.INGRESS, service, found));
    }

    private Device device(final String name) {
        return service.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private List<PathQuestion> questions(final String name, final Side side) {
        return PathStep.of(service, device(name)).stream()
                .filter(step -> step.side() == side)
                .flatMap(
                        step -> step.target().map(target -> new PathQuestion(name, step.name(), side, target)).stream())
                .toList();
    }

    /** All devices are tested; what is told within the time. */
    private Map<PathQuestion, PathAnswer> test() {
        final List<Notice> told = new ArrayList<>();
        for (final Side side : Side.values()) {
            final String node = side == Side.INGRESS ? "sw1" : "sw2";
            final List<PathQuestion> questions = new ArrayList<>();
            service.devices().forEach(device -> questions.addAll(questions(device.name(), side)));
            told.addAll(ask(node, questions, Set.of()));
        }
        told.addAll(run(MILLIS + 200));
        final Map<PathQuestion, PathAnswer> answers = new LinkedHashMap<>();
        told.forEach(notice -> {
            if (notice instanceof Notice.PathAnswered answered) {
                assertThat(answers.put(answered.question(), answered.answer()))
                        .as("a second answer")
                        .isNull();
            }
        });
        return answers;
    }

    private List<Notice> ask(final String node, final List<PathQuestion> questions, final Set<Long> down) {
        lab.network().notices();
        lab.network()
                .tell(
                        node,
                        new Event.PathAsked(
                                "office",
                                1,
                                questions,
                                down,
                                MILLIS,
                                lab.network().now()));
        return lab.network().notices();
    }

    /** Time passes, and devices answer. */
    private List<Notice> run(final long millis) {
        final List<Notice> told = new ArrayList<>();
        final SimulatedNetwork network = lab.network();
        for (long passed = 0; passed < millis; passed += 10) {
            network.advance(10);
            network.wake();
            network.settle();
            network.spoken().forEach(this::hear);
            network.settle();
            told.addAll(network.notices());
        }
        return told;
    }

    private void hear(final SimulatedNetwork.Spoken spoken) {
        for (final Device device : service.devices()) {
            Stream.of(device.ingress(), device.egress())
                    .filter(side -> side.node().equals(spoken.node()) && Lab.isAt(side, spoken.sent()))
                    .forEach(side -> hear(device, side, spoken.sent().frame()));
        }
    }

    private void hear(final Device device, final Attachment side, final byte[] frame) {
        heard.add(frame);
        gateways.get(device.name())
                .apply(frame)
                .ifPresent(answer -> lab.network().receive(side.node(), side.port(), answer));
    }

    private boolean isFor(final String name, final byte[] frame) {
        return Arrays.equals(device(name).ingress().mac().toBytes(), Arrays.copyOf(frame, 6));
    }

    private static List<String> results(final String device, final Map<PathQuestion, PathAnswer> answers) {
        return answers.entrySet().stream()
                .filter(entry -> entry.getKey().device().equals(device))
                .map(entry -> entry.getKey().step() + " " + entry.getValue().result())
                .toList();
    }

    private static PathAnswer answer(
            final String device, final String step, final Map<PathQuestion, PathAnswer> answers) {
        return answers.entrySet().stream()
                .filter(entry -> entry.getKey().device().equals(device)
                        && entry.getKey().step().equals(step))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow();
    }

    private static int protocol(final byte[] frame) {
        return IpDatagram.parse(frame).map(IpDatagram::protocol).orElse(0);
    }

    /** The UDP port to which a frame goes, or 0. */
    private static int port(final byte[] frame) {
        return protocol(frame) == IpDatagram.UDP ? ByteBuffer.wrap(frame).getShort(UDP_AT + 2) & 0xffff : 0;
    }

    private static int flags(final byte[] frame) {
        return frame[UDP_AT + 13];
    }

    /** What an IKE daemon answers, as far as the probe looks at it. */
    private static byte[] ofIke(final byte[] frame) {
        final byte[] answer = frame.clone();
        System.arraycopy(frame, 0, answer, 6, 6);
        System.arraycopy(frame, 6, answer, 0, 6);
        System.arraycopy(frame, 26, answer, 30, 4);
        System.arraycopy(frame, 30, answer, 26, 4);
        System.arraycopy(frame, UDP_AT, answer, UDP_AT + 2, 2);
        System.arraycopy(frame, UDP_AT + 2, answer, UDP_AT, 2);
        answer[UDP_AT + 8 + (port(frame) == NAT_T ? 4 : 0) + 19] = 0x20;
        return answer;
    }
}
