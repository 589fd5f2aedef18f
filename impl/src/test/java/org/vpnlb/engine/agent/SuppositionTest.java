/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.explain.Branch;
import org.vpnlb.engine.explain.Explainer;
import org.vpnlb.engine.explain.Supposed;
import org.vpnlb.engine.explain.Supposition;
import org.vpnlb.engine.explain.Supposition.What;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.openflow.WalkStep;

@Label("What is explained as if something were so")
class SuppositionTest {
    private static final int CLIENTS = 4;

    @Provide
    static Arbitrary<Shape> shapes() {
        return Shape.ofAnyFamily(Shape.pinnedToo(Shape.any()));
    }

    /** What leaves a switch, where, and as what. */
    private record Sent(long port, String frame) {
        static Sent of(final long port, final byte[] frame) {
            return new Sent(port, HexFormat.of().formatHex(frame));
        }
    }

    @Property(tries = 15)
    @Label("is what the switch does when it is so: for a new client, then with its session, both ways")
    void itIsWhatTheSwitchDoesWhenItIsSo(@ForAll("shapes") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            for (int i = 0; i < CLIENTS; i++) {
                final byte[] up = fromClient(service, Lab.outer(i));
                final Map<String, List<Sent>> selected = told(lab, What.SELECTED, service, Side.INGRESS, up);
                final Map<String, List<Sent>> withSession = told(lab, What.SESSION, service, Side.INGRESS, up);
                final Verdict first = lab.network().receive(Lab.ingress(service), uplink(service), up);
                lab.network().settle();
                final Verdict second = lab.network().receive(Lab.ingress(service), uplink(service), up);
                lab.network().settle();
                deviceOf(service, first).ifPresent(device -> {
                    assertThat(selected.get(device.name())).isEqualTo(sent(first));
                    assertThat(withSession.get(device.name())).isEqualTo(sent(second));
                });
                final IpAddress inner = Lab.inner(service, i);
                final byte[] down = toClient(service, inner);
                final Map<String, List<Sent>> back = told(lab, What.SESSION, service, Side.EGRESS, down);
                final Device device =
                        service.devices().get(i % service.devices().size());
                if (device.keepsSessions()) {
                    lab.deviceSends(device, inner);
                    lab.network().settle();
                    final Verdict answer = lab.network().receive(Lab.egress(service), serverPort(service), down);
                    assertThat(lab.returnSession(service, inner)).contains(device);
                    assertThat(back.get(device.name())).isEqualTo(sent(answer));
                }
            }
        }
    }

    @Property(tries = 15)
    @Label("leads to the device that is named, also where the client has a session with another")
    void itLeadsToTheDeviceThatIsNamed(@ForAll("shapes") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        for (final Service service : lab.enabled()) {
            for (int i = 0; i < CLIENTS; i++) {
                lab.clientSends(service, Lab.outer(i), Frames.Kind.of(service).getFirst());
            }
            lab.network().settle();
            for (int i = 0; i < 2 * CLIENTS; i++) {
                final byte[] frame = fromClient(service, Lab.outer(i));
                for (final What what : What.values()) {
                    final Map<String, List<Sent>> told = told(lab, what, service, Side.INGRESS, frame);
                    service.devices().stream()
                            .filter(Device::keepsSessions)
                            .forEach(device -> assertThat(told.get(device.name()))
                                    .as("%s %s", what, device.name())
                                    .singleElement()
                                    .satisfies(sent -> {
                                        assertThat(sent.port())
                                                .isEqualTo(device.ingress().port());
                                        assertThat(sent.frame())
                                                .startsWith(device.ingress()
                                                        .mac()
                                                        .toString()
                                                        .replace(":", ""));
                                    }));
                }
            }
        }
    }

    @Example
    @Label("changes nothing in the switch")
    void nothingChanges() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = Lab.of(office);
        final Tables before = lab.network().datapath("sw1").ours();
        told(lab, What.SELECTED, office, Side.INGRESS, fromClient(office, Lab.outer(1)));
        told(lab, What.SESSION, office, Side.INGRESS, fromClient(office, Lab.outer(1)));
        lab.network().settle();
        assertThat(lab.network().datapath("sw1").ours()).isEqualTo(before);
        lab.assertConsistent();
    }

    @Example
    @Label("is refused where it says nothing about the packet")
    void itIsRefusedWhereItSaysNothing() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = Lab.of(office);
        final Answers ingress = lab.network().agent("sw1").answers();
        final Answers egress = lab.network().agent("sw2").answers();
        final byte[] up = fromClient(office, Lab.outer(1));
        final String device = office.devices().getFirst().name();
        final var session = new Supposition(What.SESSION, office.name(), device);
        final Tables tables = ingress.desired(0);
        assertThat(ingress.supposing(session, uplink(office), up, tables)).isInstanceOf(Supposed.Held.class);
        assertThat(ingress.supposing(session, Shape.OTHER_PORT, up, tables))
                .isEqualTo(new Supposed.Refused("it is no IP packet, or port 9 is none of service office: nobody knows"
                        + " whose session is meant"));
        assertThat(ingress.supposing(
                        session, uplink(office), Frames.arpRequest(Lab.ROUTER_MAC, "192.0.2.1", "192.0.2.2"), tables))
                .isInstanceOf(Supposed.Refused.class);
        assertThat(ingress.supposing(new Supposition(What.SESSION, office.name(), "g99"), uplink(office), up, tables))
                .isEqualTo(new Supposed.Refused("the device is down or out of service: no client can be with it"));
        assertThat(ingress.supposing(new Supposition(What.SESSION, "home", device), uplink(office), up, tables))
                .isEqualTo(new Supposed.Refused("service home is not in sw1"));
        assertThat(egress.supposing(
                        new Supposition(What.SELECTED, office.name(), device),
                        serverPort(office),
                        toClient(office, Lab.inner(office, 1)),
                        egress.desired(0)))
                .isEqualTo(new Supposed.Refused("on the servers' side no device is selected"));
    }

    @Example
    @Label("is refused for an address that is given to a device")
    void itIsRefusedForAGivenAddress() {
        final Service office = ServiceBuilder.office().build();
        final Service giving = ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.withPrefixes(device, "10.99.7.0/24"))
                .build();
        final Answers egress = Lab.of(giving).network().agent("sw2").answers();
        final var session = new Supposition(
                What.SESSION, giving.name(), office.devices().getLast().name());
        assertThat(egress.supposing(
                        session, serverPort(giving), toClient(giving, IpAddress.parse("10.99.7.1")), egress.desired(0)))
                .isEqualTo(new Supposed.Refused(
                        "10.99.7.1 is in client-prefix of device g1, which gets it without a session"));
    }

    @Example
    @Label("is not met by a packet whose way is not the service's")
    void itIsNotMetByAPacketOfNobody() {
        final Service office = ServiceBuilder.office().build();
        final Answers ingress = Lab.of(office).network().agent("sw1").answers();
        for (final What what : What.values()) {
            assertThat(isMet(ingress, what, office, fromClient(office, Lab.outer(1))))
                    .isTrue();
            assertThat(isMet(
                            ingress,
                            what,
                            office,
                            Frames.ip(
                                    office.virtualMac(),
                                    Lab.ROUTER_MAC,
                                    Lab.outer(1),
                                    IpAddress.parse("192.0.2.99"),
                                    Frames.Kind.of(office).getFirst())))
                    .isFalse();
        }
    }

    private static boolean isMet(final Answers answers, final What what, final Service service, final byte[] frame) {
        final var held = (Supposed.Held) answers.supposing(
                new Supposition(
                        what, service.name(), service.devices().getFirst().name()),
                uplink(service),
                frame,
                answers.desired(0));
        return held.isMet(new Explainer(held.tables(), Set.of(), answers.narrator()).explain(uplink(service), frame));
    }

    @Example
    @Label("leads to the device that is named, also where the switch holds slots that it should not")
    void itLeadsThereWhateverTheSlotsAre() {
        for (final Method method : List.of(Method.SELECT_GROUP, Method.SOURCE_HASH)) {
            final Service office = ServiceBuilder.office().method(method).build();
            final Answers answers = Lab.of(office).network().agent("sw1").answers();
            final Device named = office.devices().getFirst();
            final Device other = office.devices().getLast();
            for (int i = 0; i < 2 * CLIENTS; i++) {
                final byte[] frame = fromClient(office, Lab.outer(i));
                final Tables others = selecting(answers, office, other, frame, answers.desired(0));
                assertThat(new Explainer(selecting(answers, office, named, frame, others), Set.of(), answers.narrator())
                                .explain(uplink(office), frame).stream()
                                        .flatMap(way -> way.result().all(WalkStep.Sent.class).stream())
                                        .map(WalkStep.Sent::port))
                        .as("%s, client %d", method, i)
                        .containsExactly(named.ingress().port());
            }
        }
    }

    private static Tables selecting(
            final Answers answers,
            final Service service,
            final Device device,
            final byte[] frame,
            final Tables tables) {
        return ((Supposed.Held) answers.supposing(
                        new Supposition(What.SELECTED, service.name(), device.name()), uplink(service), frame, tables))
                .tables();
    }

    private static Map<String, List<Sent>> told(
            final Lab lab, final What what, final Service service, final Side side, final byte[] frame) {
        final String node = side == Side.INGRESS ? Lab.ingress(service) : Lab.egress(service);
        final long port = side == Side.INGRESS ? uplink(service) : serverPort(service);
        final Answers answers = lab.network().agent(node).answers();
        final Map<String, List<Sent>> told = new HashMap<>();
        for (final Device device : service.devices()) {
            final Supposed supposed = answers.supposing(
                    new Supposition(what, service.name(), device.name()),
                    port,
                    frame,
                    answers.desired(lab.network().now()));
            if (!device.keepsSessions()) {
                assertThat(supposed).isInstanceOf(Supposed.Refused.class);
                continue;
            }
            final Tables tables = ((Supposed.Held) supposed).tables();
            final List<Branch> branches = new Explainer(tables, Set.of(), answers.narrator()).explain(port, frame);
            assertThat(branches).as("nothing is left to a hash").hasSize(1);
            told.put(
                    device.name(),
                    branches.getFirst().result().all(WalkStep.Sent.class).stream()
                            .map(step -> Sent.of(step.port(), step.frame()))
                            .toList());
        }
        return told;
    }

    private static List<Sent> sent(final Verdict verdict) {
        return verdict.sent().stream()
                .map(left -> Sent.of(left.port(), left.frame()))
                .toList();
    }

    private static Optional<Device> deviceOf(final Service service, final Verdict verdict) {
        return service.devices().stream()
                .filter(device -> verdict.sent().stream().anyMatch(sent -> Lab.isAt(device.ingress(), sent)))
                .findFirst();
    }

    private static byte[] fromClient(final Service service, final IpAddress client) {
        return Frames.ip(
                service.virtualMac(),
                Lab.ROUTER_MAC,
                Lab.outside(service, client),
                Lab.called(service, client),
                Frames.Kind.of(service).getFirst());
    }

    private static byte[] toClient(final Service service, final IpAddress client) {
        return Frames.ip(service.virtualMac(), Lab.SERVER_MAC, Lab.SERVER, client, Frames.Kind.PING);
    }

    private static long uplink(final Service service) {
        return service.ingress().switches().getFirst().ports().getFirst();
    }

    private static long serverPort(final Service service) {
        return service.egress().switches().getFirst().ports().getFirst();
    }
}
