/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.explain.Narrator;
import org.vpnlb.engine.explain.Supposed;
import org.vpnlb.engine.explain.Supposition;
import org.vpnlb.engine.model.PathAnswer;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.neighbour.Neighbours;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Origins;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.SessionRow;

/**
 * What an agent can be asked by operators. Nothing here changes anything. Where the switch learns the sessions of a
 * service by itself, the agent does not know them one by one: the question brings what was read from the switch.
 */
public final class Answers {
    private final boolean isConnected;
    private final boolean isQuiet;
    private final Plan plan;
    private final SwitchLearnedSessions switchLearned;
    private final Finder finder;
    private final Comparer comparer;
    private final PinnedClients pinned;

    Answers(
            final boolean isConnected,
            final boolean isQuiet,
            final Plan plan,
            final SwitchLearnedSessions switchLearned,
            final Reconciler reconciler,
            final Neighbours neighbours) {
        this.isConnected = isConnected;
        this.isQuiet = isQuiet;
        this.plan = plan;
        this.switchLearned = switchLearned;
        comparer = new Comparer(plan, switchLearned, reconciler, neighbours);
        finder = new Finder(plan, switchLearned);
        pinned = new PinnedClients(plan, switchLearned);
    }

    /** Whether the switch is connected; else the answers are as old as the end of the connection. */
    public boolean isConnected() {
        return isConnected;
    }

    /**
     * Whether the sessions have to be read from the switch.
     *
     * @param service the service's name; empty = any service
     */
    public boolean needsReading(final Optional<String> service) {
        return isConnected && named(service).stream().map(ServiceHere::service).anyMatch(switchLearned::learns);
    }

    /**
     * A page of the sessions of a side of a service, in the order of their addresses.
     *
     * @param service the service's name
     * @param side the side
     * @param filter which of the sessions
     * @param after the last client of the page before; empty for the first page
     * @param limit the most sessions, at least 1
     * @param read vpnlb's flows that the switch holds, where {@link #needsReading}
     * @return the sessions; none where the switch does not serve that side
     */
    public List<SessionRow> page(
            final String service,
            final Side side,
            final SessionFilter filter,
            final Optional<ClientKey> after,
            final int limit,
            final Collection<Flow> read) {
        return SessionRow.page(
                plan.services().named(service).stream().flatMap(here -> finder.rows(here, side, read)),
                filter,
                after,
                limit);
    }

    /**
     * The number of sessions of both sides of a service.
     *
     * @param service the service's name
     * @param filter which of the sessions
     * @param read vpnlb's flows that the switch holds, where {@link #needsReading}
     */
    public int count(final String service, final SessionFilter filter, final Collection<Flow> read) {
        return (int) plan.services().named(service).stream()
                .flatMap(here -> Stream.of(Side.values()).flatMap(side -> finder.rows(here, side, read)))
                .filter(row -> filter.takes(row.client(), row.device()))
                .count();
    }

    /**
     * Where the packets of an address go.
     *
     * @param address a client's address, outside or inside of the tunnel
     * @param service the service's name; empty = all services
     * @param read vpnlb's flows that the switch holds, where {@link #needsReading}
     * @return one for each side of each service that may be meant, and where ports tell clients apart one for each of
     *     the first {@value Finder#MOST} sessions; those with a session first
     */
    public List<Sighting> find(final IpAddress address, final Optional<String> service, final Collection<Flow> read) {
        return find(address, OptionalInt.empty(), service, read);
    }

    /** The same of one port of an address, where ports tell clients apart. */
    public List<Sighting> find(
            final IpAddress address,
            final OptionalInt port,
            final Optional<String> service,
            final Collection<Flow> read) {
        return finder.find(address, port, named(service), read);
    }

    /**
     * The clients of a service whose session is not where their slot is, of those slots whose device takes clients.
     *
     * @param service the service's name
     * @param read vpnlb's flows that the switch holds, where {@link #needsReading}
     * @return empty where nobody can tell a client's slot, since the switch selects by its own hash; none where the
     *     switch does not serve the clients' side
     */
    public Optional<List<PinnedClient>> pinned(final String service, final Collection<Flow> read) {
        final List<ServiceHere> here = named(Optional.of(service)).stream()
                .filter(found -> found.clients().isPresent())
                .toList();
        return here.stream().map(ServiceHere::service).allMatch(pinned::isSlotKnown)
                ? Optional.of(
                        here.stream().flatMap(found -> pinned.of(found, read)).toList())
                : Optional.empty();
    }

    /** The clients that an order to move pinned ones moves now. */
    public Set<ClientKey> moving(final Event.Rebalanced order) {
        return plan.services()
                .named(order.service())
                .map(here -> pinned.moves(here, order.clients()).keySet())
                .filter(clients -> isConnected)
                .orElse(Set.of());
    }

    /**
     * Compares what the switch holds with what it should hold.
     *
     * @param held what was read from the switch
     * @param askedAt when it was asked, in milliseconds of the clock of {@link Event}
     */
    public Comparison compare(final Event.Audited held, final long askedAt) {
        return comparer.compare(held, askedAt, isQuiet);
    }

    /**
     * The tables that the switch should hold, with the sessions that this controller knows.
     *
     * @param now the time, in milliseconds of the clock of {@link Event}
     */
    public Tables desired(final long now) {
        return comparer.desired(now);
    }

    /**
     * The tables that the switch would have if something were so; nothing changes.
     *
     * @param supposed what is supposed of a packet's client
     * @param inPort the port at which the packet comes in
     * @param frame the packet, whole
     * @param tables the tables that it has, or should have
     */
    public Supposed supposing(final Supposition supposed, final long inPort, final byte[] frame, final Tables tables) {
        return new Supposer(plan, switchLearned).suppose(supposed, inPort, frame, tables);
    }

    /**
     * The way of a client's packets to a device and back, by tables; nothing is sent.
     *
     * @param tables the tables that the switch has, {@link #walkable}
     * @param down the ports whose link is down
     * @param traffic what the client sends
     */
    public PathAnswer path(
            final String service,
            final String device,
            final List<Traffic> traffic,
            final Tables tables,
            final Set<Long> down) {
        return walk(tables, down).ofClient(service, device, traffic);
    }

    /**
     * The way of a client's decrypted packets to servers and back, by tables; nothing is sent.
     *
     * @param tables the tables that the switch has, {@link #walkable}
     * @param down the ports whose link is down
     * @param inner the client's address inside of the tunnel; empty = one that it may have
     * @param server the server's address; empty = any
     */
    public PathAnswer innerPath(
            final String service,
            final String device,
            final Optional<IpAddress> inner,
            final Optional<IpAddress> server,
            final Tables tables,
            final Set<Long> down) {
        return walk(tables, down).ofServer(service, device, inner, server);
    }

    private PathWalk walk(final Tables tables, final Set<Long> down) {
        return new PathWalk(plan, new Supposer(plan, switchLearned), narrator(), tables, down);
    }

    /** Those entries of a switch that are to be walked by a test of the path: no session is the test's. */
    public static List<Flow> withoutSessions(final Collection<Flow> held) {
        return PathWalk.withoutSessions(held);
    }

    /**
     * The tables for {@link #path}: entries that the switch holds, and groups as it should hold them, since
     * OpenFlowPlugin knows only what they were a while ago.
     *
     * @param held vpnlb's flows that the switch holds, {@link #withoutSessions}
     */
    public Tables walkable(final Collection<Flow> held) {
        return Tables.of(held, comparer.desired().groups().values());
    }

    /**
     * What would become of the slots and sessions if all services were these; nothing changes.
     *
     * @param next all services, valid, with the devices as their health makes them
     * @param limit the most sessions that are told one by one for each service
     * @param read vpnlb's flows that the switch holds, where {@link #needsReading}
     * @return one for each service that is in the switch, or would be, in the order of their names
     */
    public List<Forecast> forecast(final List<Service> next, final int limit, final Collection<Flow> read) {
        return new Forecaster(plan, switchLearned, finder).forecast(next, limit, read);
    }

    /** Tells why there is an entry or a group of the switch. */
    public Origins origins() {
        return plan.origins();
    }

    /** Puts the steps of a packet's way through the switch into words. */
    public Narrator narrator() {
        return new Narrator(plan.origins(), plan.portNames());
    }

    private Collection<ServiceHere> named(final Optional<String> service) {
        return service.<Collection<ServiceHere>>map(
                        name -> plan.services().named(name).stream().toList())
                .orElseGet(plan.services()::all);
    }
}
