/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import com.google.common.collect.Comparators;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.agent.Sighting.Basis;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.SelectionInUse;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpEndpoint;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.selection.SourceSlots;
import org.vpnlb.engine.session.SessionHistory;
import org.vpnlb.engine.session.SessionRow;
import org.vpnlb.engine.session.SessionTable;
import org.vpnlb.engine.session.SwitchLearnedCounts;

/** Finds sessions, whoever learned them, and says where the packets of an address go. */
record Finder(Plan plan, SwitchLearnedSessions switchLearned) {
    /** The most sessions of one address that are told. */
    static final int MOST = 100;

    /**
     * The sessions of a side of a service, each once.
     *
     * @param read vpnlb's flows that the switch holds; needed where the switch learns by itself
     */
    Stream<SessionRow> rows(final ServiceHere here, final Side side, final Collection<Flow> read) {
        if (switchLearned.learns(here.service())) {
            final Set<Kind> kinds = SwitchLearnedCounts.kinds(side).collect(Collectors.toSet());
            final Map<ClientKey, LearnedEntry> counting = new HashMap<>();
            LearnedEntry.of(here.service(), plan, read)
                    .filter(learned -> kinds.contains(learned.kind()))
                    .forEach(learned -> counting.merge(learned.client(), learned, LearnedEntry::counting));
            return counting.values().stream().map(learned -> SessionRow.read(learned.client(), learned.device()));
        }
        return here.table(side).stream().flatMap(SessionRow::of);
    }

    /** Where the packets of an address go, or of one port of it; sessions before what would be without one. */
    List<Sighting> find(
            final IpAddress address,
            final OptionalInt port,
            final Collection<ServiceHere> services,
            final Collection<Flow> read) {
        final List<Sighting> found = new ArrayList<>();
        final List<Sighting> otherwise = new ArrayList<>();
        for (final ServiceHere here : services) {
            for (final Side side : Side.values()) {
                final Optional<SessionTable> table = here.table(side);
                if (table.isEmpty()) {
                    continue;
                }
                final SessionHistory history = table.orElseThrow().history();
                final IpAddress key = side == Side.EGRESS
                        ? Pipeline.ofSession(here.service(), address).address()
                        : address;
                final SessionFilter client = SessionFilter.of(key);
                // What a device is given outranks each session.
                final boolean isGiven =
                        side == Side.EGRESS && here.service().givenTo(address).isPresent();
                final List<SessionRow> sessions = (isGiven ? Stream.<SessionRow>empty() : rows(here, side, read))
                        .filter(row -> client.takes(row.client(), row.device()) && isAt(row.client(), port))
                        .collect(Comparators.least(MOST, Comparator.comparing(SessionRow::client, ClientKey.ORDER)));
                sessions.forEach(
                        row -> found.add(withSession(here.service(), side, row).after(history.of(row.client()))));
                if (sessions.isEmpty()) {
                    withoutSession(here.service(), side, address, port)
                            .map(sighting -> sighting.after(history.of(side == Side.EGRESS ? key : sighting.client())))
                            .ifPresent(otherwise::add);
                }
            }
        }
        found.addAll(otherwise);
        return found;
    }

    private static boolean isAt(final ClientKey client, final OptionalInt port) {
        return port.isEmpty() || client.port() == ClientKey.NONE || client.port() == port.getAsInt();
    }

    private Sighting withSession(final Service service, final Side side, final SessionRow row) {
        final Optional<Sighting.Slot> slot = side == Side.INGRESS ? slot(service, row.client()) : Optional.empty();
        final String session = (row.client().port() == ClientKey.NONE
                        ? ""
                        : "port " + row.client().port() + ": ")
                + (side == Side.INGRESS ? "a client session with " : returnSession(service, row.client()))
                + row.device()
                + (row.isHeld() ? "" : ", which the switch has lost and is being given again");
        final String pinned = slot.filter(found -> !found.device().equals(Optional.of(row.device())))
                .map(found -> "; pinned: its slot %d is %s".formatted(found.number(), owner(found)))
                .orElse("");
        return new Sighting(
                service.name(),
                side,
                row.client(),
                Basis.SESSION,
                Optional.of(row.device()),
                row.since(),
                slot,
                session + pinned);
    }

    private static String returnSession(final Service service, final ClientKey client) {
        final IpPrefix all = Pipeline.ofSession(service, client.address());
        return all.isHost() ? "a return session with " : "a return session of " + all + " with ";
    }

    private Optional<Sighting> withoutSession(
            final Service service, final Side side, final IpAddress address, final OptionalInt port) {
        return switch (side) {
            case INGRESS ->
                service.outerFamilies().contains(address.family()) && address.isHost()
                        ? Optional.of(newClient(service, address, port))
                        : Optional.empty();
            case EGRESS ->
                service.givenTo(address)
                        .map(device -> given(service, device, address))
                        .or(() -> service.innerFamilies().contains(address.family())
                                        && service.mayHaveSession(side, address)
                                ? Optional.of(nowhere(
                                        service,
                                        side,
                                        address,
                                        "no return session: no device has sent a packet of this address lately"
                                                + (isSearchedFor(service, address)
                                                        ? "; the devices are asked for it when a server sends to it"
                                                        : ", so packets to it are not delivered")))
                                : Optional.empty());
        };
    }

    private static boolean isSearchedFor(final Service service, final IpAddress address) {
        return service.egress().deviceSearch()
                && service.egress().gatewayAddress(address.family()).isPresent();
    }

    private static Sighting given(final Service service, final Device device, final IpAddress address) {
        return device.keepsSessions()
                ? new Sighting(
                        service.name(),
                        Side.EGRESS,
                        address,
                        Basis.GIVEN,
                        Optional.of(device.name()),
                        OptionalLong.empty(),
                        Optional.empty(),
                        "in the client-prefix of " + device.name() + ", which needs no session")
                : nowhere(
                        service,
                        Side.EGRESS,
                        address,
                        "in the client-prefix of " + device.name()
                                + ", which is out of service or down, so packets to it are not delivered");
    }

    private Sighting newClient(final Service service, final IpAddress address, final OptionalInt port) {
        if (service.keyed().isPresent() && port.isEmpty()) {
            return nowhere(
                    service,
                    Side.INGRESS,
                    address,
                    "no client session: with client-key address-and-port, the slot of a new client depends on its port"
                            + " too; write it");
        }
        final ClientKey client = service.keyed()
                .<ClientKey>map(traffic -> new IpEndpoint(address, traffic.ipProtocol(), port.orElseThrow()))
                .orElse(address);
        final Optional<Sighting.Slot> slot = slot(service, client);
        if (slot.isEmpty()) {
            return nowhere(
                    service,
                    Side.INGRESS,
                    client,
                    service.selection().method() == Method.CONTROLLER
                            ? "no client session: the controller chooses a device for a new client"
                            : "no client session: the switch's own hash selects for a new client, which nobody else"
                                    + " can tell");
        }
        final Sighting.Slot found = slot.orElseThrow();
        return new Sighting(
                service.name(),
                Side.INGRESS,
                client,
                Basis.SLOT,
                found.device(),
                OptionalLong.empty(),
                slot,
                "no client session: as a new client it has slot %d, which is %s"
                        .formatted(found.number(), owner(found)));
    }

    private static Sighting nowhere(final Service service, final Side side, final ClientKey client, final String why) {
        return new Sighting(
                service.name(),
                side,
                client,
                Basis.NOTHING,
                Optional.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                why);
    }

    private static String owner(final Sighting.Slot slot) {
        return slot.device().map(device -> device + "'s").orElse("nobody's");
    }

    /** The slot of a client; empty where the switch does not select by the source. */
    private Optional<Sighting.Slot> slot(final Service service, final ClientKey client) {
        if (plan.selection(service)
                .map(SelectionInUse::method)
                .filter(method -> method == Method.SOURCE_HASH)
                .isEmpty()) {
            return Optional.empty();
        }
        final List<String> owners = plan.slotMoves().slots().of(service).owners();
        return service.slotKey(client)
                .map(key -> SourceSlots.slot(key, service.selection().slots()))
                .map(number -> new Sighting.Slot(
                        number, number < owners.size() ? Optional.of(owners.get(number)) : Optional.empty()));
    }
}
