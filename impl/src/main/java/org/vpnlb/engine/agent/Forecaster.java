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
import org.vpnlb.engine.agent.Forecast.End;
import org.vpnlb.engine.agent.Forecast.Ending;
import org.vpnlb.engine.agent.Forecast.Lookup;
import org.vpnlb.engine.agent.Forecast.Move;
import org.vpnlb.engine.agent.Forecast.Why;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.Side;
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
            Comparator.comparing(Ending::side).thenComparing(Ending::client);

    /** What would become of the sessions of a service; {@code clients} are those of the ingress side that go on. */
    private record Fates(List<Ending> ending, List<SessionRow> clients, int staying) {
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
        for (final ServiceHere here : plan.services().all()) {
            final String name = here.service().name();
            final Optional<Service> service = Optional.ofNullable(next.get(name));
            fates.put(name, fates(here, service, read));
            service.ifPresent(
                    found -> full.put(name, full(here, found, fates.get(name).counts())));
        }
        final Assignments slots = plan.foreseen(
                        foreseen,
                        (service, device) ->
                                full.getOrDefault(service.name(), Set.of()).contains(device.name()))
                .slots();
        return fates.entrySet().stream()
                .map(entry -> ofService(
                        entry.getKey(), entry.getValue(), Optional.ofNullable(next.get(entry.getKey())), slots, limit))
                .toList();
    }

    private Fates fates(final ServiceHere here, final Optional<Service> next, final Collection<Flow> read) {
        final List<Ending> ending = new ArrayList<>();
        final List<SessionRow> clients = new ArrayList<>();
        int staying = 0;
        for (final Side side : Side.values()) {
            final Optional<Service> after = next.filter(service -> plan.isAt(service, side));
            for (final SessionRow row : finder.rows(here, side, read).toList()) {
                final Optional<Why> end = why(row, side, after);
                if (end.isPresent()) {
                    ending.add(new Ending(side, row.client(), row.device(), end.orElseThrow()));
                    continue;
                }
                staying++;
                if (side == Side.INGRESS) {
                    clients.add(row);
                }
            }
        }
        return new Fates(ending, clients, staying);
    }

    /** Why a session would end; empty when it would go on at its device. */
    private static Optional<Why> why(final SessionRow row, final Side side, final Optional<Service> next) {
        if (next.isEmpty()) {
            return Optional.of(Why.SERVICE_LEAVES);
        }
        final Service service = next.orElseThrow();
        if (service.keeper(row.device()).isEmpty()) {
            return Optional.of(
                    service.devices().stream().anyMatch(device -> device.name().equals(row.device()))
                            ? Why.DEVICE_OUT_OF_SERVICE
                            : Why.DEVICE_REMOVED);
        }
        return service.mayHaveSession(side, row.client())
                ? Optional.empty()
                : Optional.of(side == Side.INGRESS ? Why.OTHER_FAMILY : Why.OUTSIDE_PREFIXES);
    }

    /** The devices that would have reached their limit of sessions. */
    private Set<String> full(final ServiceHere here, final Service next, final Map<String, Integer> counts) {
        return switchLearned.learns(here.service())
                ? switchLearned.wouldBeFull(next, counts)
                : here.table(Side.INGRESS)
                        .map(table -> table.wouldBeFull(next.devices(), counts))
                        .orElse(Set.of());
    }

    private Forecast ofService(
            final String name,
            final Fates fates,
            final Optional<Service> next,
            final Assignments assigned,
            final int limit) {
        final SlotPlan before = slots(plan.slotMoves().slots(), name);
        final SlotPlan after = slots(assigned, name);
        final List<Move> moves = moves(before, after);
        final Slots slots = after.finalSlots();
        return new Forecast(
                name,
                slots,
                moves,
                lookup(name, next, before, after),
                next.filter(service -> !after.isStill()).stream()
                        .mapToLong(PinnedServices::watchMillis)
                        .findFirst(),
                ends(fates.ending()),
                fates.ending().stream().collect(Comparators.least(limit, FIRST)),
                fates.staying(),
                next.map(service -> pinned(service, slots, fates.clients())).orElse(OptionalInt.empty()));
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
    private record Finding(Method method, int slots, Set<IpAddress.Family> clients) {}

    private Optional<Finding> finding(final Service service, final SlotPlan slots) {
        return plan.selection(service)
                .map(selection -> new Finding(selection.method(), slots.states().size(), service.outerFamilies()));
    }

    private Lookup lookup(
            final String name, final Optional<Service> next, final SlotPlan before, final SlotPlan after) {
        final Optional<Service> now = plan.services().named(name).map(ServiceHere::service);
        if (!now.flatMap(service -> finding(service, before))
                .equals(next.flatMap(service -> finding(service, after)))) {
            return Lookup.ALL;
        }
        return moves(before, after).isEmpty() ? Lookup.NONE : Lookup.MOVED_SLOTS;
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
                .filter(row -> owners.isEmpty()
                        || !owners.get(SourceSlots.slot(row.client(), owners.size()))
                                .equals(row.device()))
                .count());
    }
}
