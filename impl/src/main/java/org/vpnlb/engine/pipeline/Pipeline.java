/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.CheckSource;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.ModelName;
import org.vpnlb.engine.model.Neighbour;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.selection.Slots;
import org.vpnlb.engine.selection.SourceSlots;

/**
 * The flow entries and groups of all services in a switch, as a pure function of the configuration. Each {@link Stage}
 * makes those of its table; the tables and who leads where are in {@code docs/pipeline.md}.
 */
public final class Pipeline {
    /** The cookie of all suppressed sources, which are nobody's. */
    public static final long SUPPRESSED_SOURCE_COOKIE = LearnedSourceStage.SUPPRESSED_COOKIE;

    private final Layout layout;
    private final CheckAnswers checkAnswers;
    private final Sources sources;
    private final NeighbourAnswers neighbourAnswers;
    private final ClientSessionStage clientSessions;
    private final SelectionStage selection;
    private final SlotStage slotStage;
    private final DeviceTraffic deviceTraffic;
    private final LearnedSourceStage learnedSources;
    private final ReturnSessionStage returnSessions;
    private final List<Stage> stages;
    private final DeviceGroups deviceGroups;
    private final SwitchLearnedFormat learnedFormat;
    private final Metering metering;
    private final long maxMeters;
    private final Supplier<Pipeline> withoutMeters;

    /** A pipeline where no service finds its slots by the source, in a switch without meters. */
    public Pipeline(final int base, final Numbers numbers, final Set<String> learnedBySwitch, final Set<Long> full) {
        this(base, numbers, learnedBySwitch, full, Set.of(), Set.of(), Capabilities.Meters.NONE);
    }

    /**
     * A pipeline.
     *
     * @param base the number of table 0 of the pipeline in the switch
     * @param numbers the numbers of services and devices
     * @param learnedBySwitch the services whose sessions the switch learns by itself
     * @param full the cookies of sessions of which the switch is to learn no more
     * @param bySource the services whose slots are found by the source address, a power of two each
     * @param unclaimed the addresses that checks were to come from and that vpnlb does not have
     * @param meters the meters of the switch
     */
    public Pipeline(
            final int base,
            final Numbers numbers,
            final Set<String> learnedBySwitch,
            final Set<Long> full,
            final Set<String> bySource,
            final Set<CheckSource> unclaimed,
            final Capabilities.Meters meters) {
        maxMeters = meters.max();
        withoutMeters =
                () -> new Pipeline(base, numbers, learnedBySwitch, full, bySource, unclaimed, Capabilities.Meters.NONE);
        layout = new Layout(base, numbers);
        metering = new Metering(layout, meters);
        final var learnedClients = new SwitchLearnedClientStage(layout, learnedBySwitch, full);
        final var learnedReturns = new SwitchLearnedReturnStage(layout, full);
        final var learners = new LearnerEntriesByService(
                new ControllerLearnerEntries(layout, metering),
                new SwitchLearnerEntries(layout, learnedClients, learnedReturns),
                learnedBySwitch);
        checkAnswers = new CheckAnswers(layout, metering);
        final var sides = new SideStage(layout);
        sources = new Sources(unclaimed);
        neighbourAnswers = new NeighbourAnswers(layout, metering, sides, sources);
        selection = new SelectionStage(layout, metering, learners, bySource);
        slotStage = new SlotStage(layout, selection);
        deviceTraffic = new DeviceTraffic(layout, selection);
        clientSessions = new ClientSessionStage(layout, learners, sources, deviceTraffic);
        learnedSources = new LearnedSourceStage(layout, metering, learners);
        returnSessions = new ReturnSessionStage(layout, metering, learners, sides);
        final List<Stage> all = new ArrayList<>(List.of(
                new ClassifyStage(
                        layout,
                        learners,
                        checkAnswers,
                        neighbourAnswers,
                        new IcmpEntries(layout, metering),
                        deviceTraffic,
                        sides),
                clientSessions,
                selection,
                learnedSources,
                returnSessions,
                learnedClients,
                learnedReturns,
                sides));
        for (int bit = 0; bit < SourceSlots.MAX_BITS; bit++) {
            all.add(new SlotBitStage(layout, selection, bit));
        }
        all.add(slotStage);
        all.add(new NewClientCopyStage(layout, metering, learners, selection));
        all.add(new SlotDeviceStage(layout, learners, selection, sides));
        stages = List.copyOf(all);
        deviceGroups = new DeviceGroups(layout, learners, selection);
        learnedFormat = new SwitchLearnedFormat(layout, learnedClients, learnedReturns, learnedSources);
    }

    /** The part that is different where the switch learns by itself. */
    public SwitchLearnedFormat learnedFormat() {
        return learnedFormat;
    }

    /** The tables, in their order. */
    List<Stage> stages() {
        return stages;
    }

    /**
     * All entries of the services in a switch but the sessions. Where they need more meters than the switch can have,
     * they have none.
     *
     * @param node the switch
     * @param services the services of the switch
     * @param slots the slots of each service
     * @return flows and groups, and the meters that the flows name
     */
    public Tables tables(final String node, final List<Service> services, final Assignments slots) {
        final var site = new Site(node, services);
        final List<Flow> flows = new ArrayList<>();
        stages.forEach(stage -> flows.addAll(stage.flows(site)));
        flows.addAll(slotStage.flows(site, slots));
        final List<Group> groups = new ArrayList<>(deviceGroups.groups(site));
        groups.addAll(selection.groups(site, slots));
        final Tables tables = Tables.of(flows, groups, metering.namedBy(flows));
        return tables.meters().size() > maxMeters ? withoutMeters.get().tables(node, services, slots) : tables;
    }

    /** The slots as a switch has them, and those of before where it has none. */
    public Assignments adopt(final Tables actual, final List<Service> services, final Assignments before) {
        Assignments adopted = before;
        for (final Service service : services) {
            final Optional<Slots> slots = selection.adopt(actual, service);
            if (slots.isPresent()) {
                adopted = adopted.with(service, slots.orElseThrow());
            }
        }
        return adopted;
    }

    /** Whether the switch finds the slots of a service by the source. */
    public boolean isBySource(final Service service) {
        return selection.isBySource(service);
    }

    /** Whether an entry is one of those by which slots are found by the source. */
    public boolean isOfSourceHash(final Flow flow) {
        return flow.key().table() >= layout.id(Table.SLOT_BIT_0) && flow.key().table() <= layout.id(Table.SLOTS)
                || flow.key().table() == layout.id(Table.SLOT_DEVICES)
                || flow.nextTable() != null && flow.nextTable() == layout.id(Table.SLOT_BIT_0);
    }

    /** The checks that go through a switch, by the cookie of the entries that send their answers. */
    public Map<Long, List<Check>> checks(final String node, final List<Service> services) {
        return checkAnswers.checks(new Site(node, services));
    }

    /** Whether vpnlb has the address that a check comes from. */
    public boolean isSourceOurs(final Check.Subject subject) {
        return sources.unclaimed().stream()
                .noneMatch(source -> source.service().equals(subject.service()) && source.side() == subject.side());
    }

    /** Whether a switch holds the entries by which vpnlb has an address. */
    public boolean isHeld(final Tables actual, final IpAddress address) {
        return neighbourAnswers.isAnswered(actual, address);
    }

    /** The ports of a side of all services in a switch. */
    public static Set<Long> ports(final String node, final List<Service> services, final Side side) {
        return new Site(node, services).places(side).stream().map(Place::port).collect(Collectors.toSet());
    }

    /** The entry by which the switch itself answers a neighbour that asks for an address of the service again. */
    public Flow addressAnswer(final Service service, final Neighbour neighbour) {
        return neighbourAnswers.answer(service, neighbour);
    }

    /** The neighbour whom an entry answers; empty when the entry is no answer. */
    public static Optional<Neighbour> neighbour(final String node, final Flow.Key key, final long cookie) {
        return NeighbourAnswers.neighbour(node, key, cookie);
    }

    /** The entry of a client session. */
    public Flow clientSession(final Service service, final Device device, final ClientKey client) {
        return clientSessions.session(service, device, client);
    }

    /** The entry by which a client is known to be a device's, from what the device sends to it. */
    public Flow toClient(final Service service, final Device device, final ClientKey client) {
        return deviceTraffic.known(service, device, client);
    }

    /** The entry by which a client's frames from its device are known. */
    public Flow learnedSource(final Service service, final Device device, final IpAddress client) {
        return learnedSources.source(service, device, client);
    }

    /** The entry that sends the servers' frames to a client's device. */
    public Flow returnSession(final Service service, final Device device, final IpAddress client) {
        return returnSessions.session(service, device, client);
    }

    /** Why the entry with this key drops frames, when that is what it does: what it is for. */
    public Optional<String> dropReason(final Flow.Key key) {
        return Stream.of(Band.values())
                .filter(band -> layout.id(band.table()) == key.table() && band.priority() == key.priority())
                .map(ModelName::of)
                .findFirst();
    }

    /** The client of a session's entry; empty when the entry is none. */
    public static Optional<ClientKey> client(final Cookie cookie, final Flow.Key key) {
        if (cookie.device() == 0) {
            return Optional.empty();
        }
        return switch (cookie.kind()) {
            case CLIENT_SESSION -> key.match().source();
            // The first address stands for all of a session.
            case LEARNED_SOURCE -> Optional.ofNullable(key.match().ipSource()).map(IpPrefix::address);
            case RETURN_SESSION ->
                Optional.ofNullable(key.match().ipDestination()).map(IpPrefix::address);
            // What the switch itself writes has the client where its session has it.
            case TO_CLIENT -> key.match().source().or(() -> key.match().destination());
            case CLASSIFY,
                    SELECTION,
                    SUPPRESSION,
                    ADDRESS_ANSWER,
                    INGRESS_CHECK,
                    EGRESS_CHECK,
                    DEVICE,
                    SIDE,
                    ICMP_ERROR,
                    ECHO_REQUEST,
                    CONTESTED -> Optional.empty();
        };
    }

    /** The client of an entry that is a session's. */
    public static ClientKey client(final Flow flow) {
        return Cookie.parse(flow.cookie())
                .flatMap(cookie -> client(cookie, flow.key()))
                .orElseThrow();
    }

    /** The inner addresses that have one session with an address: a part of a client prefix, or the address alone. */
    public static IpPrefix ofSession(final Service service, final IpAddress client) {
        return LearnedSourceStage.ofSession(service, client);
    }

    /** Whether the entry of a return session is for no more addresses than one session has. */
    public static boolean isOfOneSession(final Service service, final Flow flow) {
        final Match match = flow.key().match();
        final IpPrefix prefix = match.ipSource() == null ? match.ipDestination() : match.ipSource();
        return prefix.length() >= ofSession(service, prefix.address()).length();
    }

    /**
     * Whether an entry is for the inner addresses that a device has for its clients: for their way back, or so that
     * another device's frames from there teach nothing.
     */
    public static boolean isGiven(final Flow flow) {
        final Match match = flow.key().match();
        final Optional<Kind> kind = Cookie.parse(flow.cookie()).map(Cookie::kind);
        return match.ipDestination() != null && kind.filter(Kind.DEVICE::equals).isPresent()
                || match.ipSource() != null
                        && flow.key().priority() == Band.GIVEN_TO_ANOTHER.priority()
                        && kind.filter(Kind.LEARNED_SOURCE::equals).isPresent();
    }

    /** Whether an entry tells the senders that the device of such addresses is out of service or down. */
    public static boolean isGivenDown(final Flow flow) {
        return flow.key().match().ipDestination() != null
                && Cookie.parse(flow.cookie())
                        .filter(cookie -> cookie.kind() == Kind.RETURN_SESSION && cookie.device() == 0)
                        .isPresent();
    }

    /** Whether an entry is a device's. */
    public static boolean isOfDevice(final Flow flow) {
        return Cookie.parse(flow.cookie())
                .filter(cookie -> cookie.device() != 0)
                .isPresent();
    }

    /** Keeps what a device sends to a client that it cannot have from being punted for a few seconds. */
    public Flow suppressedToClient(final Service service, final Device device, final ClientKey client) {
        return deviceTraffic.suppressed(service, device, client);
    }

    /** Keeps frames of a MAC address that is no device's at this port from being punted for a while. */
    public Flow suppressedSource(final long inPort, final MacAddress mac, final IpAddress.Family family) {
        return learnedSources.suppressedSource(inPort, mac, family);
    }

    /** Sends a client that is not to have a session to a device for a few seconds, without a punt a frame. */
    public Flow suppressedClient(final Service service, final Device device, final ClientKey client) {
        return clientSessions.suppressedClient(service, device, client);
    }

    /** Keeps frames of a device with a source from which nothing is learned from being punted for a while. */
    public Flow suppressedClient(final Device device, final IpAddress source) {
        return learnedSources.suppressedClient(device, source);
    }

    /** Keeps frames of a device with sources that another device is given from being punted for a while. */
    public Flow suppressedGiven(final Device device, final IpPrefix given) {
        return learnedSources.suppressedGiven(device, given);
    }

    /** Keeps frames of a device with a client that it cannot have just now from being punted for a few seconds. */
    public Flow suppressedBriefly(final Device device, final IpPrefix source) {
        return learnedSources.suppressedBriefly(device, source);
    }

    /** Keeps frames of a port to a client without a session from being punted; to a device itself they still go. */
    public Flow suppressedMiss(
            final Service service, final long inPort, final MacAddress destination, final IpAddress client) {
        return returnSessions.suppressedMiss(service, inPort, destination, client);
    }

    /** Keeps frames of a port to any client of a family without a session from being punted for a while. */
    public Flow suppressedMisses(
            final Service service, final long inPort, final MacAddress destination, final IpAddress.Family family) {
        return returnSessions.suppressedMisses(service, inPort, destination, family);
    }

    /** Whether meters bound what is sent to the controller. */
    public boolean boundsPunts() {
        return metering.boundsPunts();
    }

    /** Whether the entry with this key sends what devices answer that are asked for a client. */
    public boolean isClientFound(final Flow.Key key) {
        return key.table() == layout.id(Band.CLIENT_FOUND.table()) && key.priority() == Band.CLIENT_FOUND.priority();
    }

    /** The cookie of the suppressed misses of a service. */
    public long suppressedMissCookie(final Service service) {
        return returnSessions.suppressedMissCookie(service);
    }

    /** The cookie of a device's entries of one kind. */
    public long cookie(final Kind kind, final Service service, final Device device) {
        return layout.cookie(kind, service, device);
    }

    /** The cookie of the entries that send what a side of a device answers to the controller. */
    public long answers(final Side side, final Service service, final Device device) {
        return layout.cookie(CheckAnswers.kind(side), service, device);
    }

    /** The id of the group by which packets come to a side of a device whose client is known. */
    public long group(final Side side, final Service service, final Device device) {
        return layout.group(
                switch (side) {
                    case INGRESS -> GroupId.Kind.TO_DEVICE;
                    case EGRESS -> GroupId.Kind.RETURN_TO_DEVICE;
                },
                service,
                device);
    }
}
