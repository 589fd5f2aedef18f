/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.health.CheckSources;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.SelectionInUse;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.SessionsInUse;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.neighbour.Neighbours;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Footprint;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Origins;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.session.PuntSuppression;
import org.vpnlb.engine.session.ReturnSessions;
import org.vpnlb.engine.session.SessionTable;

/** What one switch is to be: its services, with their sessions and slots, and the tables that follow from them. */
final class Plan {
    private final String node;
    private final int tableBase;
    private final SwitchLearnedSessions switchLearned;
    private final CheckSources sources;
    private final SelectionMethods selections = new SelectionMethods();
    private ServicesHere services = ServicesHere.NONE;
    /** All services, of other switches too: the numbers are of all of them. */
    private List<Service> known = List.of();

    private Numbers numbers = Numbers.NONE;
    private Pipeline pipeline;
    private final Footprint footprint;
    private final SlotMoves slotMoves;
    private final NamedPorts namedPorts;

    Plan(
            final String node,
            final int tableBase,
            final SwitchLearnedSessions switchLearned,
            final CheckSources sources) {
        this.node = node;
        this.tableBase = tableBase;
        this.switchLearned = switchLearned;
        this.sources = sources;
        footprint = new Footprint(tableBase);
        slotMoves = new SlotMoves(node);
        namedPorts = new NamedPorts(node);
        pipeline = newPipeline(List.of(), Set.of());
    }

    private Pipeline newPipeline(final List<Service> configured, final Set<Long> stopped) {
        return new Pipeline(
                tableBase,
                numbers,
                switchLearned.learned(),
                stopped,
                selections.bySource(configured),
                sources.unclaimed(),
                switchLearned.capabilities().meters());
    }

    /** The switch. */
    String node() {
        return node;
    }

    ServicesHere services() {
        return services;
    }

    /** The addresses that checks come from. */
    CheckSources sources() {
        return sources;
    }

    Numbers numbers() {
        return numbers;
    }

    Pipeline pipeline() {
        return pipeline;
    }

    /** Where in the switch vpnlb's entries can be. */
    Footprint footprint() {
        return footprint;
    }

    /** The slots, and when they move. */
    SlotMoves slotMoves() {
        return slotMoves;
    }

    /** The numbers of the ports that the configuration names. */
    NamedPorts namedPorts() {
        return namedPorts;
    }

    /** Tells why there is an entry of the switch. */
    Origins origins() {
        return new Origins(tableBase, known, numbers);
    }

    /** What is at the ports of the switch. */
    Map<Long, String> portNames() {
        return portNames(node, services.configured());
    }

    /** What services have at the ports of a switch. */
    static Map<Long, String> portNames(final String node, final Collection<Service> services) {
        final Map<Long, String> names = new HashMap<>();
        for (final Service service : services) {
            service.ingressSwitch(node)
                    .ifPresent(ports -> ports.ports().forEach(port -> names.putIfAbsent(port, "uplink")));
            service.egressSwitch(node)
                    .ifPresent(ports -> ports.ports().forEach(port -> names.putIfAbsent(port, "servers")));
            service.devices()
                    .forEach(device -> Stream.of(device.ingress(), device.egress())
                            .filter(side -> side.node().equals(node))
                            .forEach(side -> names.putIfAbsent(side.port(), "device " + device.name())));
        }
        return names;
    }

    /** The checks that go through the switch, by the cookie of the entries that send their answers. */
    Map<Long, List<Check>> checks() {
        return pipeline.checks(node, services.configured());
    }

    /** What a new configuration asks for at once, and whether the switch is to be read then. */
    record Change(List<Effect> sessions, List<Effect> purge, boolean isToBeRead) {}

    /**
     * The configuration changed.
     *
     * @param isHere whether the switch is here: it has the sessions of the services of now, so that their learner
     *     cannot change at once
     */
    Change configure(final Event.Configured event, final PuntSuppression suppressedSources, final boolean isHere) {
        final List<Service> next = here(event.services());
        final Renames renames = Renames.between(known, event.services());
        switchLearned.rename(renames);
        slotMoves.rename(renames);
        numbers = numbers.next(event.services(), renames);
        final boolean isLearnerToChange = switchLearned.configure(
                next,
                service -> isHere && services.numbered(numbers.of(service)).isPresent());
        final boolean isRekeyed = next.stream()
                .anyMatch(service -> services.numbered(numbers.of(service))
                        .filter(here -> !ReturnSessions.isKeyedAlike(here.service(), service))
                        .isPresent());
        final boolean isChanged = !next.equals(services.configured());
        known = event.services();
        sources.configure(next, renames, event.now());
        pipeline = newPipeline(next, switchLearned.full());

        final Map<String, Service> byName = next.stream().collect(Collectors.toMap(Service::name, service -> service));
        final List<Effect> sessions = new ArrayList<>();
        services.all()
                .forEach(here -> sessions.addAll(
                        here.leave(renames.service(here.service().name()).map(byName::get))));
        final List<ServiceHere> all = new ArrayList<>();
        for (final Service service : next) {
            final ServiceHere here = services.numbered(numbers.of(service))
                    .orElseGet(() -> new ServiceHere(node, service, suppressedSources));
            sessions.addAll(here.configure(service, pipeline, event.now()));
            all.add(here);
        }
        services = new ServicesHere(node, all, numbers);
        if (isChanged) {
            // What is suppressed may be a device's now.
            sessions.addAll(suppressedSources.release(Pipeline.SUPPRESSED_SOURCE_COOKIE));
        }
        final List<Effect> purge = switchLearned.purge(next, pipeline, event.now());
        sessions.addAll(updateLimits());
        assign();
        return new Change(sessions, purge, isLearnerToChange || isRekeyed);
    }

    /** Whether the switch is at a side of a service. */
    boolean isAt(final Service service, final Side side) {
        return service.isAt(node, side);
    }

    /** Those of all services that are in the switch, in the order of their names. */
    private List<Service> here(final List<Service> all) {
        return all.stream()
                .filter(Service::enabled)
                .filter(service -> service.isAt(node, Side.INGRESS) || service.isAt(node, Side.EGRESS))
                .sorted(Comparator.comparing(Service::name))
                .toList();
    }

    /** Which of the present services would be which of others. */
    Renames renames(final List<Service> all) {
        return Renames.between(known, all);
    }

    /** What would be in the switch if all services were these; a port that has a name gets its number. */
    List<Service> foreseen(final List<Service> all) {
        return here(namedPorts.numbered(all));
    }

    /**
     * What would become of the slots; nothing changes.
     *
     * @param next the services that would be in the switch
     * @param renames what they are now
     * @param isFull whether a device of a service would have reached its limit of sessions
     */
    Assignments foreseen(final List<Service> next, final Renames renames, final BiPredicate<Service, Device> isFull) {
        final SlotMoves moves = slotMoves.copy();
        moves.rename(renames);
        moves.configure(next, selections.bySource(next));
        moves.assign(isFull);
        return moves.slots();
    }

    /** The number of sessions that the controller knows. */
    int sessions() {
        return services.all().stream()
                .flatMap(ServiceHere::tables)
                .mapToInt(SessionTable::size)
                .sum();
    }

    /**
     * The switch is connected. The slots are those that it has; where it has none, those of before. Services and
     * devices that it knows have the numbers that they have there.
     *
     * @return whether any has another number now
     */
    boolean connected(final Tables actual, final long now) {
        selections.connected();
        services.all().forEach(ServiceHere::connected);
        final Numbers held = numbers.asHeld(known, node, actual);
        final boolean isRenumbered = held != numbers;
        numbers = held;
        renewPipeline();
        sources.connected(address -> pipeline.isHeld(actual, address), now);
        renewPipeline();
        if (isRenumbered) {
            // The sessions are read or written anew: nothing else is to be done.
            services.all().forEach(here -> here.renumbered(pipeline));
            services = new ServicesHere(node, List.copyOf(services.all()), numbers);
        }
        slotMoves.adopt(actual, pipeline);
        return isRenumbered;
    }

    /** Assigns the slots anew: as few as can be move. */
    void assign() {
        slotMoves.configure(services.configured(), selections.bySource(services.configured()));
        final BiPredicate<Service, Device> isFull = (service, device) ->
                services.named(service.name()).orElseThrow().fullDevices().contains(device.name())
                        || switchLearned.isFull(service, device);
        slotMoves.assign(isFull);
        for (final ServiceHere here : services.all()) {
            final Service service = here.service();
            here.learnsOfDraining(slotMoves.isWatched(service));
            here.choice()
                    .configure(
                            slotMoves.slots().takers(service, isFull),
                            slotMoves.slots().of(service).owners(),
                            service.devices());
        }
    }

    /** Another learner, other limits or other addresses of ours make other entries. */
    void renewPipeline() {
        pipeline = newPipeline(services.configured(), switchLearned.full());
    }

    /** How the switch selects for new clients of a service; empty when it is at the egress side alone. */
    Optional<SelectionInUse> selection(final Service service) {
        return service.isAt(node, Side.INGRESS) ? Optional.of(selections.of(service)) : Optional.empty();
    }

    /**
     * Which clients of a service have a session; empty when the switch is at the egress side alone.
     *
     * @param count the number of client sessions
     */
    Optional<SessionsInUse> sessionsInUse(final Service service, final int count) {
        return service.isAt(node, Side.INGRESS) ? Optional.of(slotMoves.inUse(service, count)) : Optional.empty();
    }

    /**
     * The switch refused an entry.
     *
     * @return whether other tables are to be tried now
     */
    boolean refuse(final Flow flow) {
        if (!pipeline.isOfSourceHash(flow) || !selections.refuse(flow)) {
            return false;
        }
        pipeline = newPipeline(services.configured(), switchLearned.stopped(services.configured(), pipeline));
        assign();
        return true;
    }

    /** Compares what the switch has learned with the limits; a notice of each that has just been reached. */
    List<Effect> updateLimits() {
        final List<Effect> notices = switchLearned.updateLimits(services.configured(), pipeline);
        pipeline = newPipeline(services.configured(), switchLearned.stopped(services.configured(), pipeline));
        return notices;
    }

    /** The tables that the switch is to have, sessions excepted. */
    Tables desired(final Neighbours neighbours) {
        return pipeline.tables(node, services.configured(), slotMoves.slots())
                .with(neighbours.answers(
                        address -> services.answering(address)
                                .filter(here -> !sources.isUnclaimed(address))
                                .map(ServiceHere::service),
                        pipeline));
    }
}
