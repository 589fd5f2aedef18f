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
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.vpnlb.engine.agent.Forecast.End;
import org.vpnlb.engine.agent.Forecast.Ending;
import org.vpnlb.engine.agent.Forecast.Lookup;
import org.vpnlb.engine.agent.Forecast.Move;
import org.vpnlb.engine.agent.Forecast.Why;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.selection.SlotPlan;
import org.vpnlb.engine.selection.SlotState;
import org.vpnlb.engine.selection.Slots;
import org.vpnlb.engine.selection.SourceSlots;
import org.vpnlb.engine.session.SessionRow;

/** Says what another configuration would make of the slots and sessions of a switch. Nothing is changed. */
record Forecaster(Plan plan, SwitchLearnedSessions switchLearned, Finder finder) {
    private static final Comparator<Ending> FIRST =
            Comparator.comparing(Ending::side).thenComparing(Ending::client, ClientKey.ORDER);

    /** What would become of the sessions of a service; {@code clients} are those of the ingress side that go on. */
    private record Fates(List<Ending> ending, List<SessionRow> clients, int staying) {
        Fates and(final Fates other) {
            return new Fates(
                    Stream.concat(ending.stream(), other.ending.stream()).toList(),
                    Stream.concat(clients.stream(), other.clients.stream()).toList(),
                    staying + other.staying);
        }

        Map<String, Integer> counts() {
            return clients.stream().collect(Collectors.toMap(SessionRow::device, row -> 1, Integer::sum));
        }
    }

    /**
     * What would become of each service that is in the switch, or would be.
     *
     * @param all all services, as they are configured next
     * @param limit the most sessions that are told one by one for each service
     * @param read vpnlb's flows that the switch holds; needed where the switch learns by itself
     */
    List<Forecast> forecast(final List<Service> all, final int limit, final Collection<Flow> read) {
        final List<Service> foreseen = plan.foreseen(all);
        final Map<String, Service> next =
                foreseen.stream().collect(Collectors.toMap(Service::name, Function.identity()));
        final Map<String, Fates> fates = new TreeMap<>();
        final Map<String, Set<String>> full = new HashMap<>();
        next.keySet().forEach(name -> fates.put(name, new Fates(List.of(), List.of(), 0)));
        final Renames renames = plan.renames(all);
        final Map<String, Service> now = new HashMap<>();
        for (final ServiceHere here : plan.services().all()) {
            final Optional<String> renamed = renames.service(here.service().name());
            final String name = renamed.orElse(here.service().name());
            final Optional<Service> service = renamed.map(next::get);
            final Fates ofService = fates(here, service, renames, read);
            // Another service may have the name of one that is gone.
            fates.merge(name, ofService, Fates::and);
            if (renamed.isPresent()) {
                now.put(name, here.service());
            } else {
                now.putIfAbsent(name, here.service());
            }
            service.ifPresent(found -> full.put(name, full(here, found, renames, ofService.counts())));
        }
        final Assignments before = plan.slotMoves().slots().renamed(renames);
        final Assignments after = plan.foreseen(
                foreseen,
                renames,
                (service, device) -> full.getOrDefault(service.name(), Set.of()).contains(device.name()));
        return fates.entrySet().stream()
                .map(entry -> ofService(
                        entry.getKey(),
                        entry.getValue(),
                        new Change(
                                Optional.ofNullable(now.get(entry.getKey())),
                                Optional.ofNullable(next.get(entry.getKey())),
                                slots(before, entry.getKey()),
                                slots(after, entry.getKey())),
                        limit))
                .toList();
    }

    /** A service and its slots before and after; under the names that the devices have after. */
    private record Change(Optional<Service> now, Optional<Service> next, SlotPlan before, SlotPlan after) {}

    private Fates fates(
            final ServiceHere here, final Optional<Service> next, final Renames renames, final Collection<Flow> read) {
        final List<Ending> ending = new ArrayList<>();
        final List<SessionRow> clients = new ArrayList<>();
        int staying = 0;
        for (final Side side : Side.values()) {
            final Optional<Service> after = next.filter(service -> plan.isAt(service, side));
            for (final SessionRow row : finder.rows(here, side, read).toList()) {
                final Optional<String> device = renames.device(here.service().name(), row.device());
                final Optional<Why> end = why(row.client(), device, side, after);
                if (end.isPresent()) {
                    ending.add(new Ending(side, row.client(), row.device(), end.orElseThrow()));
                    continue;
                }
                staying++;
                if (side == Side.INGRESS) {
                    clients.add(row.at(device.orElseThrow()));
                }
            }
        }
        return new Fates(ending, clients, staying);
    }

    /** Why a session would end; empty when it would go on at its device, which would be this one. */
    private static Optional<Why> why(
            final ClientKey client, final Optional<String> device, final Side side, final Optional<Service> next) {
        if (next.isEmpty()) {
            return Optional.of(Why.SERVICE_LEAVES);
        }
        final Service service = next.orElseThrow();
        if (device.isEmpty()) {
            return Optional.of(Why.DEVICE_REMOVED);
        }
        if (device.flatMap(service::keeper).isEmpty()) {
            return Optional.of(
                    service.devices().stream().anyMatch(found -> found.name().equals(device.orElseThrow()))
                            ? Why.DEVICE_OUT_OF_SERVICE
                            : Why.DEVICE_REMOVED);
        }
        if (service.mayHaveSession(side, client.address())) {
            return Optional.empty();
        }
        return Optional.of(
                switch (side) {
                    case INGRESS -> Why.OTHER_FAMILY;
                    case EGRESS -> service.givenTo(client.address()).isPresent() ? Why.GIVEN : Why.OUTSIDE_PREFIXES;
                });
    }

    /** The devices that would have reached their limit of sessions. */
    private Set<String> full(
            final ServiceHere here, final Service next, final Renames renames, final Map<String, Integer> counts) {
        final String service = here.service().name();
        final Map<String, String> names = renames.devices(service);
        return switchLearned.learns(here.service())
                ? switchLearned.wouldBeFull(service, next, names, counts)
                : here.table(Side.INGRESS)
                        .map(table -> table.wouldBeFull(next.devices(), names, counts))
                        .orElse(Set.of());
    }

    private Forecast ofService(final String name, final Fates fates, final Change change, final int limit) {
        final SlotPlan after = change.after();
        final List<Move> moves = moves(change.before(), after);
        final Slots slots = after.finalSlots();
        return new Forecast(
                name,
                slots,
                moves,
                lookup(change),
                change.next().filter(service -> !after.isStill()).stream()
                        .mapToLong(PinnedServices::watchMillis)
                        .findFirst(),
                ends(fates.ending()),
                fates.ending().stream().collect(Comparators.least(limit, FIRST)),
                fates.staying(),
                change.next()
                        .map(service -> pinned(service, slots, fates.clients()))
                        .orElse(OptionalInt.empty()));
    }

    private static SlotPlan slots(final Assignments assigned, final String service) {
        return assigned.byService().getOrDefault(service, SlotPlan.NONE);
    }

    private static List<Move> moves(final SlotPlan before, final SlotPlan after) {
        if (before.states().size() != after.states().size()) {
            return List.of();
        }
        return IntStream.range(0, after.states().size())
                .mapToObj(slot -> move(before.states().get(slot), after.states().get(slot)))
                .filter(move -> !move.from().equals(move.to()))
                .collect(Collectors.toMap(move -> move, move -> 1, Integer::sum))
                .entrySet()
                .stream()
                .map(move -> move.getKey().times(move.getValue()))
                .sorted(Comparator.comparing(Move::isWaiting)
                        .thenComparing(Move::from)
                        .thenComparing(Move::to))
                .toList();
    }

    private static Move move(final SlotState before, final SlotState after) {
        return new Move(before.owner(), after.to(), !(after instanceof SlotState.Still), 1);
    }

    /** How a switch finds the device of a client without a session. */
    private record Finding(Method method, int slots, Set<IpAddress.Family> clients, KeyedBy clientKey) {}

    private Optional<Finding> finding(final Service service, final SlotPlan slots) {
        return plan.selection(service)
                .map(selection -> new Finding(
                        selection.method(),
                        slots.states().size(),
                        service.outerFamilies(),
                        service.ingress().clientKey()));
    }

    private Lookup lookup(final Change change) {
        if (!change.now()
                .flatMap(service -> finding(service, change.before()))
                .equals(change.next().flatMap(service -> finding(service, change.after())))) {
            return Lookup.ALL;
        }
        if (change.next()
                .filter(service -> service.selection().method() == Method.CONTROLLER)
                .isPresent()) {
            return change.now().equals(change.next()) ? Lookup.NONE : Lookup.ALL;
        }
        return moves(change.before(), change.after()).isEmpty() ? Lookup.NONE : Lookup.MOVED_SLOTS;
    }

    private static List<End> ends(final List<Ending> ending) {
        return ending.stream()
                .map(session -> new End(session.side(), session.device(), session.why(), 1))
                .collect(Collectors.toMap(end -> end, end -> 1, Integer::sum))
                .entrySet()
                .stream()
                .map(end -> end.getKey().times(end.getValue()))
                .sorted(Comparator.comparing(End::side)
                        .thenComparing(End::device)
                        .thenComparing(End::why))
                .toList();
    }

    /** The number of clients whose slot would be another device's; empty where nobody knows a client's slot. */
    private OptionalInt pinned(final Service service, final Slots slots, final List<SessionRow> clients) {
        if (plan.selection(service)
                .filter(selection -> selection.method() == Method.SOURCE_HASH)
                .isEmpty()) {
            return OptionalInt.empty();
        }
        final List<String> owners = slots.owners();
        return OptionalInt.of((int) clients.stream()
                .filter(row -> service.slotKey(row.client())
                        .filter(key -> owners.isEmpty()
                                || !owners.get(SourceSlots.slot(key, owners.size()))
                                        .equals(row.device()))
                        .isPresent())
                .count());
    }
}
