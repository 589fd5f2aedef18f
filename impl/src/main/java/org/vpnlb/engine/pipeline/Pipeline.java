/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Neighbour;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.selection.Slots;

/**
 * The flow entries and groups of a service in a switch, as a pure function of the configuration; the tables of the
 * pipeline and who leads where are in {@code docs/pipeline.md}.
 */
public final class Pipeline {
    /** The tables, counted from the base. */
    private static final int CLASSIFY = 0;

    public static final int CLIENT_SESSIONS = 1;
    public static final int SELECTION = 2;
    public static final int LEARNED_SOURCES = 3;
    public static final int RETURN_SESSIONS = 4;

    /** The octets of a frame that show Ethernet, a VLAN tag, and ARP or an IPv6 header; rounded up. */
    private static final int HEADERS = 128;

    /** Longer than hosts keep an ARP entry that they use, so that they never have to wait for the controller. */
    private static final int ANSWER_SECONDS = 3600;

    private static final int HELD_PUNT_SECONDS = 30;
    private static final int HELD_MISS_SECONDS = 5;

    private static final int FRAGMENT_PORT = 0;

    /** The cookie of all held sources, which are nobody's. */
    public static final long HELD_SOURCE_COOKIE = Cookie.of(Kind.HOLD).value();

    /** The priorities of table 0, from the most to the least particular. */
    private static final int CHECK_ANSWER = 410;

    private static final int DEVICE_ASKS_CLUSTER = 400;

    private static final int DEVICE_ASKS_AS_CLUSTER = 390;
    private static final int CLUSTER_CLAIMED = 380;
    private static final int ADDRESS_ASKED_AGAIN = 375;
    private static final int ADDRESS_ASKED = 370;
    private static final int SERVICE_TRAFFIC = 300;
    private static final int TO_DEVICE_ITSELF = 290;
    private static final int TO_CLIENT = 280;
    private static final int FROM_DEVICE = 270;
    private static final int UNSERVED = 10;
    /** Above the table-miss entry, which may be somebody else's. */
    private static final int NORMAL = 1;

    /** The priorities of the other tables. */
    public static final int SESSION = 100;

    public static final int NEVER_LEARNED = 60;
    private static final int HELD = 50;
    private static final int MISS = 10;

    private final int base;
    private final Numbers numbers;
    private final Set<String> learnedBySwitch;
    private final SwitchLearning learning;

    /**
     * A pipeline.
     *
     * @param base the number of table 0 of the pipeline in the switch
     * @param numbers the numbers of services and devices
     * @param learnedBySwitch the services whose sessions the switch learns by itself
     * @param full the cookies of sessions of which the switch is to learn no more
     */
    public Pipeline(final int base, final Numbers numbers, final Set<String> learnedBySwitch, final Set<Long> full) {
        this.base = base;
        this.numbers = numbers;
        this.learnedBySwitch = Set.copyOf(learnedBySwitch);
        learning = new SwitchLearning(base, numbers, full);
    }

    /** The part that is different where the switch learns by itself. */
    public SwitchLearning learning() {
        return learning;
    }

    private boolean isLearnedBySwitch(final Service service) {
        return learnedBySwitch.contains(service.name());
    }

    /**
     * All entries of the services in a switch but the sessions.
     *
     * @param node the switch
     * @param services the services of the switch
     * @param slots the slots of each service
     * @return flows and groups
     */
    public Tables tables(final String node, final List<Service> services, final Map<String, Slots> slots) {
        final List<Flow> flows = new ArrayList<>();
        final List<Group> groups = new ArrayList<>();
        for (final Service service : services) {
            service.ingressSwitch(node).ifPresent(ports -> {
                ingressFlows(service, ports, flows);
                ingressGroups(service, slots.get(service.name()), groups);
            });
            if (service.egressSwitch(node).isPresent()) {
                egressFlows(service, flows);
                egressGroups(service, groups);
            }
        }
        checks(node, services).forEach((cookie, check) -> flows.addAll(checkAnswers(check, cookie)));
        if (!flows.isEmpty()) {
            flows.add(flow(CLASSIFY, NORMAL, Match.ALL, Cookie.of(Kind.CLASSIFY), List.of(new Action.OutputNormal())));
        }
        return Tables.of(flows, groups);
    }

    /** The slots as a switch has them, and those of before where it has none. */
    public Assignments adopt(final Tables actual, final List<Service> services, final Assignments before) {
        Assignments adopted = before;
        for (final Service service : services) {
            final Group group = actual.groups().get(selectionGroup(service));
            if (group == null) {
                continue;
            }
            final Map<Integer, String> devices = service.devices().stream()
                    .collect(Collectors.toMap(device -> numbers.of(service, device), Device::name));
            adopted = adopted.with(
                    service,
                    new Slots(group.buckets().stream()
                            .map(bucket -> ownerOf(bucket, devices))
                            .toList()));
        }
        return adopted;
    }

    /** The device to which a bucket leads; no device has the name that stands for none. */
    private static String ownerOf(final Group.Bucket bucket, final Map<Integer, String> devices) {
        return bucket.actions().stream()
                .filter(Action.ToGroup.class::isInstance)
                .map(action -> GroupId.parse(((Action.ToGroup) action).id()))
                .flatMap(Optional::stream)
                .map(id -> devices.get(id.number()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("");
    }

    /** The checks that go through a switch, by the cookie of the entries that send their answers. */
    public Map<Long, Check> checks(final String node, final List<Service> services) {
        final Map<Long, Check> checks = new TreeMap<>();
        for (final Service service : services) {
            for (final Device device : service.devices()) {
                Check.of(service, device).stream()
                        .filter(check -> check.node().equals(node))
                        .forEach(check -> checks.put(cookie(kind(check.subject().side()), service, device), check));
            }
        }
        return checks;
    }

    private static Kind kind(final Side side) {
        return switch (side) {
            case INGRESS -> Kind.INGRESS_CHECK;
            case EGRESS -> Kind.EGRESS_CHECK;
        };
    }

    private List<Flow> checkAnswers(final Check check, final long cookie) {
        final Target target = check.target();
        final List<Match> answers = new ArrayList<>();
        answers.add(Match.arp()
                .inPort(check.port())
                .etherSource(target.targetMac())
                .etherDestination(target.sourceMac())
                .arpOperation(ArpPacket.REPLY)
                .arpSender(target.targetAddress())
                .build());
        if (target.kind() != Target.Kind.ARP) {
            answers.add(Match.ip(target.targetAddress().family())
                    .inPort(check.port())
                    .etherSource(target.targetMac())
                    .etherDestination(target.sourceMac())
                    .ipDestination(IpPrefix.of(target.sourceAddress()))
                    .build());
        }
        return answers.stream()
                .map(match -> new Flow(
                        new Flow.Key(base + CLASSIFY, CHECK_ANSWER, match),
                        cookie,
                        Timeouts.NONE,
                        List.of(new Action.OutputController(Action.OutputController.WHOLE_FRAME)),
                        null,
                        null))
                .toList();
    }

    /**
     * The entry by which the switch itself answers a host that asks for an address of the service again. ARP entries of
     * hosts last for a minute or so: without this, a controller that is away for longer would cut everybody off.
     */
    public Flow addressAnswer(final Service service, final Neighbour neighbour) {
        return new Flow(
                new Flow.Key(
                        base + CLASSIFY,
                        ADDRESS_ASKED_AGAIN,
                        Match.arp()
                                .inPort(neighbour.place().port())
                                .etherSource(neighbour.mac())
                                .arpOperation(ArpPacket.REQUEST)
                                .arpSender(neighbour.address())
                                .arpTarget(neighbour.asked())
                                .build()),
                cookie(Kind.ADDRESS_ANSWER, service).value(),
                Timeouts.idle(ANSWER_SECONDS),
                List.of(
                        new Action.SetDestinationMac(neighbour.mac()),
                        new Action.SetSourceMac(service.virtualMac()),
                        new Action.SetArpOperation(ArpPacket.REPLY),
                        new Action.SetArpSenderMac(service.virtualMac()),
                        new Action.SetArpSender(neighbour.asked()),
                        new Action.SetArpTargetMac(neighbour.mac()),
                        new Action.SetArpTarget(neighbour.address()),
                        new Action.OutputInPort()),
                null,
                null);
    }

    /** The neighbour whom an entry answers; empty when the entry is no answer. */
    public static Optional<Neighbour> neighbour(final String node, final Flow.Key key, final long cookie) {
        final Match match = key.match();
        return Cookie.parse(cookie)
                                .filter(parsed -> parsed.kind() == Kind.ADDRESS_ANSWER)
                                .isPresent()
                        && match.inPort() != null
                        && match.etherSource() != null
                        && match.arpSender() != null
                        && match.arpTarget() != null
                ? Optional.of(new Neighbour(
                        Place.untagged(node, match.inPort()),
                        match.etherSource(),
                        match.arpSender(),
                        match.arpTarget()))
                : Optional.empty();
    }

    /** The entry of a client session. */
    public Flow clientSession(final Service service, final Device device, final IpAddress client) {
        return new Flow(
                new Flow.Key(
                        base + CLIENT_SESSIONS,
                        SESSION,
                        Match.ip(client.family())
                                .metadata(metadata(service))
                                .ipSource(IpPrefix.of(client))
                                .build()),
                cookie(Kind.CLIENT_SESSION, service, device),
                Timeouts.idle(service.ingress().idleTimeout()),
                List.of(new Action.ToGroup(group(GroupId.Kind.TO_DEVICE, service, device))),
                null,
                null);
    }

    /** The entry by which a client's frames from its device are known. */
    public Flow learnedSource(final Service service, final Device device, final IpAddress client) {
        return new Flow(
                new Flow.Key(
                        base + LEARNED_SOURCES,
                        SESSION,
                        Match.ip(client.family())
                                .inPort(device.egress().port())
                                .etherSource(device.egress().mac())
                                .ipSource(IpPrefix.of(client))
                                .build()),
                cookie(Kind.LEARNED_SOURCE, service, device),
                Timeouts.idle(service.egress().idleTimeout()),
                List.of(),
                null,
                base + RETURN_SESSIONS);
    }

    /** The entry that sends the servers' frames to a client's device. */
    public Flow returnSession(final Service service, final Device device, final IpAddress client) {
        return new Flow(
                new Flow.Key(
                        base + RETURN_SESSIONS,
                        SESSION,
                        Match.ip(client.family())
                                .metadata(metadata(service))
                                .ipDestination(IpPrefix.of(client))
                                .build()),
                cookie(Kind.RETURN_SESSION, service, device),
                Timeouts.idle(service.egress().idleTimeout()),
                List.of(new Action.ToGroup(group(GroupId.Kind.RETURN_TO_DEVICE, service, device))),
                null,
                null);
    }

    /** The client of a session's entry; empty when the entry is none. */
    public static Optional<IpAddress> client(final Cookie cookie, final Flow.Key key) {
        if (cookie.device() == 0) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                        switch (cookie.kind()) {
                            case CLIENT_SESSION, LEARNED_SOURCE -> key.match().ipSource();
                            case RETURN_SESSION -> key.match().ipDestination();
                            case CLASSIFY, SELECTION, HOLD, ADDRESS_ANSWER, INGRESS_CHECK, EGRESS_CHECK, DEVICE -> null;
                        })
                .filter(IpPrefix::isHost)
                .map(IpPrefix::address);
    }

    /** The client of an entry that is a session's. */
    public static IpAddress client(final Flow flow) {
        return Cookie.parse(flow.cookie())
                .flatMap(cookie -> client(cookie, flow.key()))
                .orElseThrow();
    }

    /** Keeps frames of a MAC address that is no device's at this port from being punted for a while. */
    public Flow heldSource(final long inPort, final MacAddress mac, final IpAddress.Family family) {
        return held(Match.ip(family).inPort(inPort).etherSource(mac).build());
    }

    /** Keeps frames of a device with a source from which nothing is learned from being punted for a while. */
    public Flow heldClient(final Device device, final IpAddress source) {
        return held(Match.ip(source.family())
                .inPort(device.egress().port())
                .etherSource(device.egress().mac())
                .ipSource(IpPrefix.of(source))
                .build());
    }

    /** Keeps frames to a client without a session from being punted for a while; to a device itself they still go. */
    public Flow heldMiss(final Service service, final MacAddress destination, final IpAddress client) {
        return new Flow(
                new Flow.Key(
                        base + RETURN_SESSIONS,
                        HELD,
                        Match.ip(client.family())
                                .metadata(metadata(service))
                                .etherDestination(destination)
                                .ipDestination(IpPrefix.of(client))
                                .build()),
                heldMissCookie(service),
                Timeouts.hard(HELD_MISS_SECONDS),
                destination.equals(service.virtualMac()) ? List.of() : List.of(new Action.OutputNormal()),
                null,
                null);
    }

    /** The cookie of the held misses of a service. */
    public long heldMissCookie(final Service service) {
        return cookie(Kind.HOLD, service).value();
    }

    private void ingressFlows(final Service service, final Service.SwitchPorts uplinks, final List<Flow> flows) {
        final IpAddress cluster = service.clusterAddress();
        final var cookie = new Cookie(Kind.CLASSIFY, numbers.of(service), 0);
        for (final Device device : service.devices()) {
            final long port = device.ingress().port();
            flows.add(flow(
                    CLASSIFY,
                    DEVICE_ASKS_CLUSTER,
                    Match.arp().inPort(port).arpTarget(cluster).build(),
                    cookie,
                    List.of()));
            // A device that asks in the cluster address's name would teach its MAC address to everybody.
            device.ingress()
                    .address()
                    .ifPresent(own -> flows.add(flow(
                            CLASSIFY,
                            DEVICE_ASKS_AS_CLUSTER,
                            Match.arp()
                                    .inPort(port)
                                    .etherSource(device.ingress().mac())
                                    .arpOperation(ArpPacket.REQUEST)
                                    .arpSender(cluster)
                                    .build(),
                            cookie,
                            List.of(new Action.SetArpSender(own), new Action.OutputNormal()))));
        }
        flows.add(flow(CLASSIFY, CLUSTER_CLAIMED, Match.arp().arpSender(cluster).build(), cookie, List.of()));
        flows.add(addressAsked(cluster, cookie));
        Check.source(service, Side.INGRESS).ifPresent(source -> flows.add(addressAsked(source, cookie)));
        for (final long port : uplinks.ports()) {
            for (final Match match : serviceTraffic(service, port)) {
                flows.add(ofService(SERVICE_TRAFFIC, match, service, SwitchLearning.LEARNED_CLIENTS, CLIENT_SESSIONS));
            }
        }
        flows.add(unserved(service, cookie));
        flows.add(toTable(CLIENT_SESSIONS, MISS, Match.ALL, Cookie.of(Kind.CLIENT_SESSION), List.of(), SELECTION));
        flows.add(flow(
                SELECTION,
                MISS,
                any(service),
                new Cookie(Kind.SELECTION, numbers.of(service), 0),
                List.of(new Action.ToGroup(selectionGroup(service)))));
        if (isLearnedBySwitch(service)) {
            flows.addAll(learning.ingress(service));
        }
    }

    /** Sends frames on to a table, with the service as metadata, and its device if the switch has learned it. */
    private Flow ofService(
            final int priority, final Match match, final Service service, final int learned, final int next) {
        final boolean bySwitch = isLearnedBySwitch(service);
        return new Flow(
                new Flow.Key(base + CLASSIFY, priority, match),
                cookie(Kind.CLASSIFY, service).value(),
                Timeouts.NONE,
                bySwitch ? learning.lookUp(service, learned) : List.of(),
                bySwitch ? null : metadata(service),
                base + next);
    }

    private Match any(final Service service) {
        return isLearnedBySwitch(service)
                ? learning.ofService(service)
                : Match.builder().metadata(metadata(service)).build();
    }

    private static List<Match> serviceTraffic(final Service service, final long port) {
        final List<Match> matches = new ArrayList<>();
        for (final Traffic traffic : service.traffic()) {
            final Match.Builder match = Match.ip(service.clusterAddress().family())
                    .inPort(port)
                    .ipDestination(IpPrefix.of(service.clusterAddress()));
            if (traffic.ipProtocol() != null) {
                match.ipProtocol(traffic.ipProtocol());
            }
            if (traffic.destinationPort() != null) {
                // A fragment shows no port, or port 0; it must take the path of its packet.
                matches.add(match.destinationPort(FRAGMENT_PORT).build());
                match.destinationPort(traffic.destinationPort());
            }
            matches.add(match.build());
        }
        return matches.stream().distinct().toList();
    }

    private void ingressGroups(final Service service, final Slots slots, final List<Group> groups) {
        final Map<String, Device> devices =
                service.devices().stream().collect(Collectors.toMap(Device::name, device -> device));
        for (final Device device : service.devices()) {
            final List<Action> toDevice = toDevice(device.ingress());
            groups.add(ofDevice(service, device, toDevice));
            groups.add(newClient(service, device, toDevice));
        }
        groups.add(new Group(
                selectionGroup(service),
                Group.Type.SELECT,
                slots.owners().stream()
                        .map(devices::get)
                        .map(device -> new Group.Bucket(
                                1,
                                device.ingress().port(),
                                List.of(new Action.ToGroup(group(GroupId.Kind.NEW_CLIENT, service, device)))))
                        .toList()));
    }

    /** Where the sessions of a device lead: to it, or while its link is down at once to one that new clients get. */
    private Group ofDevice(final Service service, final Device device, final List<Action> toDevice) {
        final long id = group(GroupId.Kind.TO_DEVICE, service, device);
        if (isLearnedBySwitch(service)) {
            // There the selection leads to this group, which must not lead back.
            return new Group(id, Group.Type.INDIRECT, List.of(new Group.Bucket(0, null, toDevice)));
        }
        final long others = selectionGroup(service);
        return new Group(
                id,
                Group.Type.FAST_FAILOVER,
                List.of(
                        new Group.Bucket(0, device.ingress().port(), toDevice),
                        new Group.Bucket(0, null, others, List.of(new Action.ToGroup(others)))));
    }

    private Group newClient(final Service service, final Device device, final List<Action> toDevice) {
        final long id = group(GroupId.Kind.NEW_CLIENT, service, device);
        if (isLearnedBySwitch(service)) {
            return new Group(
                    id, Group.Type.INDIRECT, List.of(new Group.Bucket(0, null, learning.selected(service, device))));
        }
        // Two buckets, since of two outputs in one action set only the last happens; both with the new destination, so
        // that the copy tells the controller the device.
        final List<Action> copy =
                List.of(new Action.SetDestinationMac(device.ingress().mac()), new Action.OutputController(HEADERS));
        return new Group(
                id, Group.Type.ALL, List.of(new Group.Bucket(0, null, toDevice), new Group.Bucket(0, null, copy)));
    }

    private void egressFlows(final Service service, final List<Flow> flows) {
        final var cookie = new Cookie(Kind.CLASSIFY, numbers.of(service), 0);
        Stream.concat(service.egress().gatewayAddress().stream(), Check.source(service, Side.EGRESS).stream())
                .distinct()
                .forEach(address -> flows.add(addressAsked(address, cookie)));
        final List<MacAddress> targets = new ArrayList<>();
        targets.add(service.virtualMac());
        service.devices().forEach(device -> targets.add(device.egress().mac()));
        for (final IpPrefix prefix : clientPrefixes(service)) {
            for (final MacAddress target : targets) {
                // By way of table 3, for the frames that one client sends to another through two devices.
                flows.add(ofService(
                        TO_CLIENT,
                        Match.ip(prefix.address().family())
                                .etherDestination(target)
                                .ipDestination(prefix)
                                .build(),
                        service,
                        SwitchLearning.LEARNED_RETURNS,
                        LEARNED_SOURCES));
            }
        }
        for (final Device device : service.devices()) {
            final Attachment egress = device.egress();
            flows.add(toTable(
                    CLASSIFY,
                    FROM_DEVICE,
                    Match.ip(service.clusterAddress().family())
                            .inPort(egress.port())
                            .build(),
                    cookie,
                    List.of(),
                    LEARNED_SOURCES));
            egress.address().ifPresent(own -> {
                flows.add(flow(
                        CLASSIFY,
                        TO_DEVICE_ITSELF,
                        Match.ip(own.family())
                                .etherDestination(egress.mac())
                                .ipDestination(IpPrefix.of(own))
                                .build(),
                        cookie,
                        List.of(new Action.OutputNormal())));
                flows.add(toTable(
                        LEARNED_SOURCES,
                        NEVER_LEARNED,
                        Match.ip(own.family())
                                .inPort(egress.port())
                                .etherSource(egress.mac())
                                .ipSource(IpPrefix.of(own))
                                .build(),
                        cookie(Kind.LEARNED_SOURCE, service),
                        List.of(),
                        RETURN_SESSIONS));
            });
        }
        flows.add(unserved(service, cookie));
        learnedSourceMisses(service, flows);
        if (isLearnedBySwitch(service)) {
            flows.addAll(learning.egress(service, clientPrefixes(service)));
        }
        flows.add(flow(
                RETURN_SESSIONS,
                MISS,
                any(service),
                cookie(Kind.RETURN_SESSION, service),
                List.of(new Action.OutputController(Action.OutputController.WHOLE_FRAME))));
        flows.add(flow(
                RETURN_SESSIONS,
                NORMAL,
                Match.ALL,
                Cookie.of(Kind.RETURN_SESSION),
                List.of(new Action.OutputNormal())));
    }

    private void learnedSourceMisses(final Service service, final List<Flow> flows) {
        final List<Action> copy = List.of(new Action.OutputController(HEADERS));
        final Cookie cookie = Cookie.of(Kind.LEARNED_SOURCE);
        for (final Device device : service.devices()) {
            for (final IpPrefix prefix : clientPrefixes(service)) {
                flows.add(toTable(
                        LEARNED_SOURCES,
                        MISS,
                        Match.ip(prefix.address().family())
                                .inPort(device.egress().port())
                                .ipSource(prefix)
                                .build(),
                        cookie,
                        copy,
                        RETURN_SESSIONS));
            }
        }
        flows.add(toTable(LEARNED_SOURCES, NORMAL, Match.ALL, cookie, List.of(), RETURN_SESSIONS));
    }

    private void egressGroups(final Service service, final List<Group> groups) {
        for (final Device device : service.devices()) {
            groups.add(new Group(
                    group(GroupId.Kind.RETURN_TO_DEVICE, service, device),
                    Group.Type.INDIRECT,
                    List.of(new Group.Bucket(0, null, toDevice(device.egress())))));
        }
    }

    private static List<IpPrefix> clientPrefixes(final Service service) {
        final List<IpPrefix> prefixes = service.egress().clientPrefixes();
        return prefixes.isEmpty() ? List.of(IpPrefix.parse("0.0.0.0/0")) : prefixes;
    }

    private Flow addressAsked(final IpAddress address, final Cookie cookie) {
        return flow(
                CLASSIFY,
                ADDRESS_ASKED,
                Match.arp().arpOperation(ArpPacket.REQUEST).arpTarget(address).build(),
                cookie,
                List.of(new Action.OutputController(Action.OutputController.WHOLE_FRAME)));
    }

    private Flow unserved(final Service service, final Cookie cookie) {
        // Nobody has the virtual MAC address: what is not served would be flooded.
        return flow(
                CLASSIFY,
                UNSERVED,
                Match.builder().etherDestination(service.virtualMac()).build(),
                cookie,
                List.of());
    }

    private Flow held(final Match match) {
        return new Flow(
                new Flow.Key(base + LEARNED_SOURCES, HELD, match),
                HELD_SOURCE_COOKIE,
                Timeouts.hard(HELD_PUNT_SECONDS),
                List.of(),
                null,
                base + RETURN_SESSIONS);
    }

    private Flow flow(
            final int table, final int priority, final Match match, final Cookie cookie, final List<Action> actions) {
        return new Flow(
                new Flow.Key(base + table, priority, match), cookie.value(), Timeouts.NONE, actions, null, null);
    }

    private Flow toTable(
            final int table,
            final int priority,
            final Match match,
            final Cookie cookie,
            final List<Action> actions,
            final int next) {
        return new Flow(
                new Flow.Key(base + table, priority, match), cookie.value(), Timeouts.NONE, actions, null, base + next);
    }

    private static List<Action> toDevice(final Attachment attachment) {
        return List.of(new Action.SetDestinationMac(attachment.mac()), new Action.Output(attachment.port()));
    }

    private long metadata(final Service service) {
        return numbers.of(service);
    }

    private Cookie cookie(final Kind kind, final Service service) {
        return new Cookie(kind, numbers.of(service), 0);
    }

    /** The cookie of a device's entries of one kind. */
    public long cookie(final Kind kind, final Service service, final Device device) {
        return new Cookie(kind, numbers.of(service), numbers.of(service, device)).value();
    }

    private long selectionGroup(final Service service) {
        return new GroupId(GroupId.Kind.SELECTION, numbers.of(service)).value();
    }

    private long group(final GroupId.Kind kind, final Service service, final Device device) {
        return new GroupId(kind, numbers.of(service, device)).value();
    }
}
