/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.reconcile.ReadBack;
import org.vpnlb.engine.reconcile.ReadBack.EntryClass;
import org.vpnlb.engine.selection.DeviceChoice;
import org.vpnlb.engine.session.ClientSessions;
import org.vpnlb.engine.session.Counters;
import org.vpnlb.engine.session.PuntSuppression;
import org.vpnlb.engine.session.ReturnSessions;
import org.vpnlb.engine.session.SessionTable;

/** A service in one switch: the sessions of the sides that the switch serves, and what happened to them. */
final class ServiceHere {
    private final String node;
    private final PuntSuppression suppressedSources;
    private final Counters.Tally tally = new Counters.Tally();
    private final Miscablings miscablings = new Miscablings();
    private final DeviceChoice choice = new DeviceChoice(new SplittableRandom(0));
    private final Map<Side, Map<String, Volume>> traffic = new EnumMap<>(Side.class);
    private Service service;
    private Optional<ClientSessions> clients = Optional.empty();
    private Optional<ReturnSessions> returns = Optional.empty();

    ServiceHere(final String node, final Service service, final PuntSuppression suppressedSources) {
        this.node = node;
        this.service = service;
        this.suppressedSources = suppressedSources;
    }

    Service service() {
        return service;
    }

    Counters.Tally tally() {
        return tally;
    }

    /** What the switch has sent to each device on a side; none of a device where that is not known. */
    Map<String, Volume> traffic(final Side side) {
        return traffic.computeIfAbsent(side, none -> new HashMap<>());
    }

    /** Which device a new client gets, where the controller selects. */
    DeviceChoice choice() {
        return choice;
    }

    Miscablings miscablings() {
        return miscablings;
    }

    /** Forgets what is over by time alone. */
    List<Effect> expire(final Pipeline pipeline, final long now) {
        miscablings.expire(now);
        return returns.map(sessions -> sessions.expire(pipeline, now)).orElse(List.of());
    }

    /** When {@link #expire} is to be called next; without that it may be late. */
    OptionalLong wakeAt() {
        return returns.map(ReturnSessions::wakeAt).orElse(OptionalLong.empty());
    }

    /** The switch is connected anew. */
    void connected() {
        returns.ifPresent(ReturnSessions::connected);
    }

    /** The inner addresses that two devices send in turn. */
    List<AddressConflict> conflicts() {
        return returns.map(ReturnSessions::conflicts).orElse(List.of());
    }

    Optional<ClientSessions> clients() {
        return clients;
    }

    Optional<ReturnSessions> returns() {
        return returns;
    }

    /** Whether clients of a device that takes none any more are learned, since its slots have yet to move. */
    void learnsOfDraining(final boolean isLearned) {
        clients.ifPresent(sessions -> sessions.learnsOfDraining(isLearned));
    }

    /** The session tables, the ingress side's first. */
    Stream<SessionTable> tables() {
        return Stream.concat(clients.map(ClientSessions::table).stream(), returns.map(ReturnSessions::table).stream());
    }

    /** How many entries the switch may hold that keep frames of the service from being punted. */
    int suppressed(final long now) {
        return clients.map(sessions -> sessions.suppressed(now)).orElse(0)
                + returns.map(sessions -> sessions.suppressed(now)).orElse(0);
    }

    /** The sessions that have entries of a kind. */
    Optional<SessionTable> table(final Kind kind) {
        return isOfClients(kind) ? clients.map(ClientSessions::table) : returns.map(ReturnSessions::table);
    }

    /** The sessions of a side. */
    Optional<SessionTable> table(final Side side) {
        return table(side == Side.INGRESS ? Kind.CLIENT_SESSION : Kind.RETURN_SESSION);
    }

    /** Whether the switch serves the side of the service that has entries of a kind. */
    boolean serves(final Kind kind) {
        return isOfClients(kind) ? clients.isPresent() : returns.isPresent();
    }

    private static boolean isOfClients(final Kind kind) {
        return kind == Kind.CLIENT_SESSION || kind == Kind.TO_CLIENT;
    }

    /** The devices whose client sessions have reached their limit; another set only when it has changed. */
    Set<String> fullDevices() {
        return clients.map(sessions -> sessions.table().fullDevices()).orElse(Set.of());
    }

    /** Ends the sessions of the sides that the switch does not serve in a configuration; none = of both. */
    List<Effect> leave(final Optional<Service> next) {
        final List<Effect> effects = new ArrayList<>();
        if (!isAt(next, Side.INGRESS)) {
            clients.ifPresent(sessions -> effects.addAll(sessions.purge()));
            clients = Optional.empty();
        }
        if (!isAt(next, Side.EGRESS)) {
            returns.ifPresent(sessions -> effects.addAll(sessions.purge()));
            returns = Optional.empty();
        }
        return effects;
    }

    private boolean isAt(final Optional<Service> next, final Side side) {
        return next.filter(found -> found.isAt(node, side)).isPresent();
    }

    /** The service is configured like this now. */
    List<Effect> configure(final Service next, final Pipeline pipeline, final long now) {
        final Renames renames = Renames.between(List.of(service), List.of(next));
        final String before = service.name();
        final Map<String, String> names = renames.devices(before);
        if (names.entrySet().stream().anyMatch(name -> !name.getKey().equals(name.getValue()))) {
            tables().forEach(table -> table.history().renamed(device -> renames.nameOf(before, device)));
        }
        traffic.replaceAll((side, sent) -> renamed(sent, names));
        service = next;
        miscablings.configure(next);
        final List<Effect> effects = new ArrayList<>();
        if (next.isAt(node, Side.INGRESS)) {
            clients.ifPresent(sessions -> effects.addAll(sessions.configure(next, pipeline, now)));
            clients = clients.or(() -> Optional.of(new ClientSessions(next, pipeline, tally)));
        }
        if (next.isAt(node, Side.EGRESS)) {
            returns.ifPresent(sessions -> effects.addAll(sessions.configure(next, pipeline, now)));
            returns = returns.or(() -> Optional.of(new ReturnSessions(next, pipeline, tally, suppressedSources)));
        }
        return effects;
    }

    /** What is known of devices, by the names that they have now; of those that are gone nothing. */
    private static <T> Map<String, T> renamed(final Map<String, T> before, final Map<String, String> names) {
        final Map<String, T> now = new HashMap<>();
        before.forEach((device, known) -> {
            if (names.containsKey(device)) {
                now.put(names.get(device), known);
            }
        });
        return now;
    }

    /** The numbers of services and devices are others now. */
    void renumbered(final Pipeline pipeline) {
        clients.ifPresent(sessions -> sessions.renumbered(pipeline));
        returns.ifPresent(sessions -> sessions.renumbered(pipeline));
    }

    /**
     * Takes the sessions that the controller is to know from what was read.
     *
     * @param number the service's number
     * @param isSwitchLearning whether the switch learns the sessions by itself, so that lost ones are the switch's
     */
    List<Effect> adopt(
            final ReadBack found, final int number, final boolean isSwitchLearning, final Adoption.Read read) {
        final boolean isLost = read.isLost() && !isSwitchLearning;
        final List<Effect> effects = new ArrayList<>();
        final Map<Boolean, List<Flow>> suppressed = found.of(EntryClass.SUPPRESSION, number).stream()
                .collect(Collectors.partitioningBy(Pipeline::isOfDevice));
        clients.ifPresent(sessions -> {
            if (isSwitchLearning) {
                sessions.abandon();
            }
            if (read.isAnew()) {
                sessions.adoptSuppressed(suppressed.get(true), read.now());
            }
            if (isLost) {
                sessions.lost();
            } else {
                effects.addAll(sessions.adopt(
                        found.of(EntryClass.CLIENT_SESSION, number),
                        found.of(EntryClass.TO_CLIENT, number),
                        read.since()));
            }
        });
        returns.ifPresent(sessions -> {
            if (isSwitchLearning) {
                sessions.abandon();
                sessions.learnedBySwitch(
                        found.of(EntryClass.KNOWN_BY_SWITCH, number),
                        found.of(EntryClass.CONTESTED, number),
                        read.now());
            } else {
                sessions.forgetLearned();
            }
            if (read.isAnew()) {
                sessions.adoptSuppressed(suppressed.get(false), read.now());
            }
            if (isLost) {
                sessions.lost();
            } else {
                effects.addAll(sessions.adopt(
                        found.of(EntryClass.LEARNED_SOURCE, number),
                        found.of(EntryClass.RETURN_SESSION, number),
                        read.since()));
            }
        });
        return effects;
    }

    /** The number of client sessions of each device that the controller knows. */
    Map<String, Integer> clientCounts() {
        return clients.map(sessions -> sessions.table().countByDevice()).orElse(Map.of());
    }

    /** The number of return sessions of each device that the controller knows. */
    Map<String, Integer> returnCounts() {
        return returns.map(sessions -> sessions.table().countByDevice()).orElse(Map.of());
    }

    /** The number of entries that the switch holds of sessions that the controller knows. */
    int sessionEntries() {
        return tables().mapToInt(SessionTable::entries).sum();
    }
}
