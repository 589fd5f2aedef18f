/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.vpnlb.engine.agent.InMemorySwitch.Feature;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpEndpoint;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.reconcile.AuditClock;
import org.vpnlb.engine.session.SessionRow;
import org.vpnlb.engine.session.SwitchLearnedCounts;
import org.vpnlb.engine.validate.Validator;

/**
 * The sandwich: clients at the uplinks, devices between the switches, servers behind. It speaks of services, clients
 * and devices where {@link SimulatedNetwork} speaks of switches, ports and frames.
 */
final class Lab {
    static final MacAddress ROUTER_MAC = MacAddress.parse("02:00:00:00:01:01");
    static final MacAddress SERVER_MAC = MacAddress.parse("02:00:00:00:02:01");
    static final IpAddress SERVER = IpAddress.parse("172.31.0.10");

    private static final IpAddress SERVER_V6 = IpAddress.parse("fd00:ffff::10");
    private static final long OUTSIDE_V6 = 0x2001_0db8_ffff_0000L;

    private static final int UDP = 17;
    private static final int ALL_ROWS = 100_000;
    private static final long FOREIGN_COOKIE = 0x1234L;

    private final SimulatedNetwork network;
    private final int tableBase;
    private List<Service> services = List.of();
    private Numbers numbers = Numbers.NONE;

    Lab(final List<Service> services, final int tableBase, final Random random, final Feature... lacking) {
        this.tableBase = tableBase;
        network = new SimulatedNetwork(random);
        nodes(services).forEach(node -> network.add(node, tableBase, Shape.ports()));
        nodes(services).forEach(this::addForeign);
        nodes(services).forEach(node -> List.of(lacking).forEach(network.datapath(node)::lacks));
        configure(services);
        network.settle();
        nodes(services).forEach(network::connect);
        network.settle();
    }

    static Lab of(final Shape shape, final long seed, final Feature... lacking) {
        return new Lab(shape.toServices(), shape.tableBase(), new Random(seed), lacking);
    }

    static Lab of(final Service... services) {
        return new Lab(List.of(services), 0, new Random(1));
    }

    SimulatedNetwork network() {
        return network;
    }

    List<Service> services() {
        return services;
    }

    /** The services that are in the switches. */
    List<Service> enabled() {
        return services.stream().filter(Service::enabled).toList();
    }

    Service service(final String name) {
        return services.stream()
                .filter(service -> service.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Configures what must be a valid configuration; the agents have yet to hear of it. */
    void configure(final List<Service> next) {
        assertThat(Validator.validate(next)).isEmpty();
        numbers = numbers.next(next, Renames.between(services, next));
        services = next;
        network.configure(next);
    }

    /** Configures and waits until it is done. */
    void reconfigure(final Service... next) {
        configure(List.of(next));
        network.settle();
    }

    /** A packet of a client for the cluster address: the device that gets it, or none. */
    Optional<Device> clientSends(final Service service, final IpAddress client, final Frames.Kind kind) {
        return deviceOf(clientVerdict(service, client, kind), service, Device::ingress);
    }

    Verdict clientVerdict(final Service service, final IpAddress client, final Frames.Kind kind) {
        final Service.SwitchPorts uplinks = service.ingress().switches().get(0);
        // A client is behind one port.
        return clientVerdict(service, client, kind, uplinks.ports().get((int)
                (client.low() % uplinks.ports().size())));
    }

    Verdict clientVerdict(final Service service, final IpAddress client, final Frames.Kind kind, final long port) {
        return network.receive(
                ingress(service),
                port,
                Frames.ip(service.virtualMac(), ROUTER_MAC, outside(service, client), called(service, client), kind));
    }

    /** A decrypted packet of a client leaves its device for a server; it must be forwarded, and only so. */
    void deviceSends(final Device device, final IpAddress client) {
        final Verdict verdict = deviceVerdict(device, client);
        assertForwarded(verdict, device.egress().node());
        assertThat(verdict.sent()).allSatisfy(sent -> assertThat(sent.frame()).isEqualTo(deviceFrame(device, client)));
    }

    /** A frame that is nobody's session is forwarded: within its side, where the switch has both. */
    void assertForwarded(final Verdict verdict, final String node) {
        assertThat(verdict.isDropped()).as("a frame is forwarded").isFalse();
        assertThat(verdict.normal()).isEqualTo(!hasBothSides(node));
    }

    /** Whether a switch has both sides, be it of one service or of several. */
    boolean hasBothSides(final String node) {
        return Stream.of(Side.values())
                .allMatch(side -> enabled().stream().anyMatch(service -> service.isAt(node, side)));
    }

    Verdict deviceVerdict(final Device device, final IpAddress client) {
        return network.receive(device.egress().node(), device.egress().port(), deviceFrame(device, client));
    }

    /** A device sends to a client in the service's name. */
    Verdict deviceSendsOut(final Service service, final Device device, final IpAddress client, final Frames.Kind kind) {
        final byte[] frame =
                Frames.ip(ROUTER_MAC, device.ingress().mac(), called(service, client), outside(service, client), kind);
        return network.receive(
                device.ingress().node(),
                device.ingress().port(),
                service.keyed()
                        .map(traffic -> Frames.withPorts(frame, traffic.destinationPort(), Frames.PORT))
                        .orElse(frame));
    }

    private static byte[] deviceFrame(final Device device, final IpAddress client) {
        return Frames.ip(SERVER_MAC, device.egress().mac(), client, server(client), Frames.Kind.PING);
    }

    /** A server answers a client by way of a MAC address: the device that gets the packet, or none. */
    Optional<Device> serverSends(final Service service, final MacAddress nextHop, final IpAddress client) {
        return deviceOf(serverVerdict(service, nextHop, client), service, Device::egress);
    }

    Verdict serverVerdict(final Service service, final MacAddress nextHop, final IpAddress client) {
        return network.receive(
                egress(service),
                service.egress().switches().get(0).ports().get(0),
                Frames.ip(nextHop, SERVER_MAC, server(client), client, Frames.Kind.PING));
    }

    /** The server's address of a client's family. */
    static IpAddress server(final IpAddress client) {
        return client.family() == SERVER.family() ? SERVER : SERVER_V6;
    }

    /** The devices to which agents themselves sent frames since this was asked last. */
    List<Device> spokenTo(final Service service) {
        return network.spoken().stream()
                .filter(spoken -> spoken.node().equals(egress(service)))
                .flatMap(spoken -> service.devices().stream().filter(device -> isAt(device.egress(), spoken.sent())))
                .toList();
    }

    /** All MAC addresses by which servers may reach clients. */
    static List<MacAddress> nextHops(final Service service) {
        return Stream.concat(
                        Stream.of(service.virtualMac()),
                        service.devices().stream().map(device -> device.egress().mac()))
                .toList();
    }

    /** The cluster address that a client calls: one of its family if it has IPv6, any if it may have either. */
    static IpAddress called(final Service service, final IpAddress client) {
        final List<IpAddress> callable = service.clusterAddresses().stream()
                .filter(address -> client.family() == IpAddress.Family.V4 || address.family() == client.family())
                .toList();
        return callable.get((int) ((client.low() & 0xffff) % callable.size()));
    }

    /** The address of a client as those of a service have it, whose family is that of the cluster address it calls. */
    static IpAddress outside(final Service service, final IpAddress client) {
        return client.family() == called(service, client).family()
                ? client
                : new IpAddress(IpAddress.Family.V6, OUTSIDE_V6 | client.low() & 0xffff, 1 + (client.low() >>> 16));
    }

    /** The device of a client's session, as the switch has it; it may be from before {@code client-key} changed. */
    Optional<Device> clientSession(final Service service, final IpAddress address) {
        return clientSessions(service, address).values().stream().findFirst();
    }

    /** All that a switch has of an address: of its ports, of later fragments, which have none, and of the address. */
    Map<ClientKey, Device> clientSessions(final Service service, final IpAddress address) {
        final IpAddress client = outside(service, address);
        final Map<ClientKey, Device> sessions = new LinkedHashMap<>();
        Stream.of(new IpEndpoint(client, UDP, Frames.PORT), new IpEndpoint(client, UDP, 0), client)
                .forEach(key -> held(service, key).ifPresent(device -> sessions.put(key, device)));
        return sessions;
    }

    private Optional<Device> held(final Service service, final ClientKey client) {
        final Pipeline pipeline = pipeline();
        return service.devices().stream()
                .filter(device -> isIn(ingress(service), pipeline.clientSession(service, device, client))
                        || isIn(ingress(service), pipeline.learnedFormat().learnedClient(service, device, client)))
                .findFirst()
                .or(() -> service.devices().stream()
                        .filter(device ->
                                isIn(ingress(service), pipeline.learnedFormat().toldClient(service, device, client)))
                        .findFirst());
    }

    /** The device of a return session, as the switch has it. */
    Optional<Device> returnSession(final Service service, final IpAddress client) {
        final Pipeline pipeline = pipeline();
        return service.devices().stream()
                .filter(device -> isIn(egress(service), pipeline.returnSession(service, device, client))
                        || isIn(egress(service), pipeline.learnedFormat().learnedReturn(service, device, client)))
                .findFirst()
                .or(() -> service.devices().stream()
                        .filter(device ->
                                isIn(egress(service), pipeline.learnedFormat().foundReturn(service, device, client)))
                        .findFirst());
    }

    /** Whether the switch knows that a client is behind a device. */
    boolean isLearned(final Service service, final Device device, final IpAddress client) {
        return isIn(egress(service), pipeline().learnedSource(service, device, client))
                || isIn(egress(service), pipeline().learnedFormat().learnedReturn(service, device, client));
    }

    /** The pipeline of the configuration that is wanted now. */
    Pipeline pipeline() {
        return new Pipeline(tableBase, numbers, Set.of(), Set.of());
    }

    /** The number of the switches' table that is table 0 of the pipeline. */
    int tableBase() {
        return tableBase;
    }

    /** The numbers that services and devices have in the switches. */
    Numbers numbers() {
        return numbers;
    }

    /** The client sessions of the only service that an operator is told of its ingress switch, by client. */
    List<SessionRow> clientRows() {
        final Service service = services.getFirst();
        final String node = ingress(service);
        return network.agent(node)
                .answers()
                .page(
                        service.name(),
                        Side.INGRESS,
                        SessionFilter.ALL,
                        Optional.empty(),
                        ALL_ROWS,
                        network.datapath(node).ours().flows().values());
    }

    ServiceStatus ingressStatus(final Service service) {
        return network.status(ingress(service)).services().get(service.name());
    }

    ServiceStatus egressStatus(final Service service) {
        return network.status(egress(service)).services().get(service.name());
    }

    static String ingress(final Service service) {
        return service.ingress().switches().get(0).node();
    }

    static String egress(final Service service) {
        return service.egress().switches().get(0).node();
    }

    /** Whether the switches, which all can, learn the sessions of a service by themselves. */
    static boolean isLearnedBySwitch(final Service service) {
        return service.learning() != Learning.CONTROLLER;
    }

    /** Whether the operator lets a device have sessions. */
    static boolean mayKeep(final Device device) {
        return device.adminState() != AdminState.OUT_OF_SERVICE;
    }

    /** Whether the operator lets a device have new clients. */
    static boolean mayTake(final Device device) {
        return device.takesSessions();
    }

    /** A device as a service has it, when it may keep what it has. */
    static Optional<Device> staying(final Device device, final Service service) {
        return service.devices().stream()
                .filter(now -> now.name().equals(device.name()) && mayKeep(now))
                .findFirst();
    }

    /** The address of a client outside the tunnel. */
    static IpAddress outer(final int number) {
        return new IpAddress(IpAddress.Family.V4, 0, 0xcb00_7100L + number);
    }

    /** The address of a client inside the tunnel, within the prefixes of its service. */
    static IpAddress inner(final Service service, final int number) {
        final long base = service.egress().clientPrefixes().stream()
                .findFirst()
                .map(prefix -> prefix.address().low())
                .orElse(0x0a63_0000L);
        return new IpAddress(IpAddress.Family.V4, 0, base + 1 + number);
    }

    /** An address of a prefix. */
    static IpAddress within(final IpPrefix prefix, final int number) {
        final IpAddress first = prefix.address();
        return new IpAddress(first.family(), first.high(), first.low() + 1 + number);
    }

    /** The effects that change the switch. */
    static List<Effect> changes(final List<Effect> effects) {
        return effects.stream()
                .filter(effect -> !(effect instanceof Effect.SendFrame
                        || effect instanceof Effect.SendByGroup
                        || effect instanceof Effect.Tell
                        || effect instanceof Effect.Confirm))
                .toList();
    }

    /** All that an event makes an agent do whose switch confirms everything at once. */
    static List<Effect> confirmed(final SwitchAgent agent, final Event event) {
        final List<Effect> all = new ArrayList<>();
        final Deque<Event> next = new ArrayDeque<>(List.of(event));
        while (!next.isEmpty()) {
            final List<Effect> effects = agent.handle(next.remove());
            all.addAll(effects);
            effects.forEach(effect -> {
                if (effect instanceof Effect.Confirm ask) {
                    next.add(new Event.Confirmed(ask.round(), 0));
                }
            });
        }
        return all;
    }

    /**
     * When nothing is on its way, the switches are as they should be: an agent that sees one for the first time finds
     * nothing missing and nothing left, and its own agent has all of it in its account.
     */
    void assertConsistent() {
        count();
        for (final String node : network.names()) {
            final Tables actual = network.datapath(node).ours();
            final var fresh = new SwitchAgent(node, tableBase, new Random(0), AuditClock.Intervals.DEFAULT);
            fresh.handle(new Event.Configured(services, network.now()));
            assertThat(changes(confirmed(
                            fresh,
                            new Event.Connected(
                                    actual,
                                    SimulatedNetwork.foreign(network.datapath(node)),
                                    network.datapath(node).capabilities(),
                                    network.now()))))
                    .as("what a fresh agent would do to %s", node)
                    .isEmpty();
            network.status(node).services().forEach((name, status) -> {
                final int number = numbers.of(service(name));
                assertThat((long) status.flows())
                        .as("entries of %s in %s", name, node)
                        .isEqualTo(actual.flows().values().stream()
                                .flatMap(flow -> Cookie.parse(flow.cookie()).stream())
                                .filter(cookie -> cookie.service() == number
                                        && cookie.kind() != Cookie.Kind.SUPPRESSION
                                        && cookie.kind() != Cookie.Kind.CONTESTED)
                                .count());
            });
        }
    }

    /** Time passes until no slot waits to move. */
    void awaitMoves() {
        while (enabled().stream()
                .anyMatch(service ->
                        ingressStatus(service).sessions().orElseThrow().waitingSlots() > 0)) {
            network.advance(10_000);
            network.settle();
        }
    }

    /** The agents count what the switches have learned by themselves. */
    void count() {
        for (final Service service : services) {
            for (final Device device : service.devices()) {
                SwitchLearnedCounts.kinds(Side.INGRESS)
                        .forEach(kind -> count(ingress(service), pipeline().cookie(kind, service, device)));
                SwitchLearnedCounts.kinds(Side.EGRESS)
                        .forEach(kind -> count(egress(service), pipeline().cookie(kind, service, device)));
            }
        }
    }

    private void count(final String node, final long cookie) {
        network.tell(node, new Event.Counted(cookie, network.datapath(node).count(cookie)));
    }

    private boolean isIn(final String node, final Flow flow) {
        return network.datapath(node)
                .flow(flow.key())
                .filter(actual -> actual.cookie() == flow.cookie())
                .isPresent();
    }

    private static Optional<Device> deviceOf(
            final Verdict verdict, final Service service, final Function<Device, Attachment> side) {
        assertThat(verdict.normal())
                .as("service traffic forwarded as any other")
                .isFalse();
        assertThat(verdict.sent()).as("copies of a packet").hasSizeLessThan(2);
        final List<Device> got = new ArrayList<>();
        for (final Verdict.Sent sent : verdict.sent()) {
            service.devices().stream()
                    .filter(device -> isAt(side.apply(device), sent))
                    .findFirst()
                    .ifPresentOrElse(
                            got::add,
                            () -> assertThat(sent).as("what no device gets").isNull());
        }
        return got.stream().findFirst();
    }

    static boolean isAt(final Attachment attachment, final Verdict.Sent sent) {
        return attachment.port() == sent.port() && attachment.mac().equals(sent.destination());
    }

    /** What is in a switch beside vpnlb, and leads into the pipeline where that does not begin at the first table. */
    void addForeign(final String node) {
        final InMemorySwitch datapath = network.datapath(node);
        datapath.putForeign(new Group(7, Group.Type.ALL, List.of(new Group.Bucket(0, null, List.of()))));
        if (tableBase > 0) {
            datapath.putForeign(new Flow(
                    new Flow.Key(0, 0, Match.ALL), FOREIGN_COOKIE, Flow.Timeouts.NONE, List.of(), null, tableBase));
        } else {
            datapath.putForeign(foreign(0, 0, Match.ALL));
        }
        datapath.putForeign(foreign(
                tableBase,
                5000,
                Match.builder().inPort(Shape.OTHER_PORT).etherType(0x88cc).build()));
        datapath.putForeign(
                foreign(200, 1, Match.builder().etherSource(SERVER_MAC).build()));
    }

    private static Flow foreign(final int table, final int priority, final Match match) {
        return new Flow(
                new Flow.Key(table, priority, match),
                FOREIGN_COOKIE,
                Flow.Timeouts.NONE,
                List.of(new Action.ToGroup(7)),
                null,
                null);
    }

    /** What no cookie and no group id marks as vpnlb's. */
    Tables foreign(final String node) {
        final Tables all = network.datapath(node).all();
        return Tables.of(
                all.flows().values().stream()
                        .filter(flow -> Cookie.parse(flow.cookie()).isEmpty())
                        .toList(),
                all.groups().values().stream().filter(group -> group.id() == 7).toList());
    }

    private static Set<String> nodes(final List<Service> services) {
        final Set<String> nodes = new TreeSet<>();
        services.forEach(service -> {
            nodes.add(ingress(service));
            nodes.add(egress(service));
        });
        return nodes;
    }
}
