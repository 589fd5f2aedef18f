/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.Counter64;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.NodeId;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesStateBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService.OperStatus;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnServiceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.AddressConflict;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.AddressConflictBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.AddressConflictKey;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.CountersBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Rebalance;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.RebalanceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Redundancy.Status;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.RedundancyBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Sessions;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.SessionsBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Switch;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.SwitchBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service._switch.GenerationBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service._switch.RefusedBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service._switch.Selection;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service._switch.SelectionBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.counters.DroppedBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.counters.IgnoredBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.counters.PuntedBuilder;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.openflow.Switches;
import org.vpnlb.app.rpc.Rebalances;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Health.State;
import org.vpnlb.engine.model.Plural;
import org.vpnlb.engine.model.SelectionInUse;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.SessionsInUse;
import org.vpnlb.engine.session.Counters;

/** Makes the operational tree from what the agents know. */
final class StateWriter {
    /** Nobody reads more of them. */
    private static final int MAX_REFUSED = 20;

    private StateWriter() {}

    /**
     * Makes the tree.
     *
     * @param drains how far the devices are that drain
     * @param rebalances how far the services' rebalances are
     * @param timeOfDay tells the time of day of a time that the agents know
     */
    static VpnServicesState write(
            final DeviceHealth.Snapshot snapshot,
            final List<Switches.Observation> switches,
            final DrainReports drains,
            final Rebalances rebalances,
            final LongFunction<Instant> timeOfDay) {
        return new VpnServicesStateBuilder()
                .setVpnService(snapshot.services().stream()
                        .map(service -> new VpnServiceBuilder(service(service, snapshot, switches, drains, timeOfDay))
                                .setRebalance(rebalances
                                        .progress(service.name())
                                        .map(progress -> rebalance(progress, timeOfDay))
                                        .orElse(null))
                                .build())
                        .collect(BindingMap.toMap()))
                .build();
    }

    private static VpnService service(
            final Service service,
            final DeviceHealth.Snapshot snapshot,
            final List<Switches.Observation> all,
            final DrainReports drains,
            final LongFunction<Instant> timeOfDay) {
        final List<Switches.Observation> observed = DeviceNumbers.switches(service, all);
        final List<SwitchStatus> switches =
                observed.stream().map(Switches.Observation::status).toList();
        final List<String> reasons = reasons(service, snapshot, observed);
        final var devices = new DeviceWriter(service, snapshot, observed, drains, timeOfDay);
        final var builder = new VpnServiceBuilder()
                .setName(service.name())
                .setOperStatus(
                        reasons.isEmpty()
                                ? OperStatus.Up
                                : isServed(service, snapshot, switches) ? OperStatus.Degraded : OperStatus.Down)
                .setSwitch(observed.stream()
                        .map(observation -> switched(observation, service))
                        .collect(BindingMap.toMap()))
                .setVpnDevice(service.devices().stream().map(devices::write).collect(BindingMap.toMap()))
                .setAddressConflict(conflicts(service, switches))
                .setSessions(sessions(service, switches, timeOfDay))
                .setCounters(counters(service, switches));
        if (!reasons.isEmpty()) {
            builder.setReason(String.join("; ", reasons));
        }
        if (service.enabled()) {
            builder.setRedundancy(redundancy(new Redundancy(service, snapshot, observed).missing()));
        }
        return builder.build();
    }

    private static Rebalance rebalance(final Rebalances.Progress progress, final LongFunction<Instant> timeOfDay) {
        final var builder = new RebalanceBuilder()
                .setBegun(HealthCodec.write(timeOfDay.apply(progress.begunAt())))
                .setClients(Uint32.valueOf(progress.clients()))
                .setPerSecond(Uint32.valueOf(progress.perSecond()))
                .setLookedAt(Uint32.valueOf(progress.lookedAt()))
                .setMoved(Uint32.valueOf(progress.moved()));
        progress.finishedAt()
                .ifPresent(at -> builder.setFinished(HealthCodec.write(timeOfDay.apply(at)))
                        .setStopped(progress.isStopped()));
        return builder.build();
    }

    private static Map<AddressConflictKey, AddressConflict> conflicts(
            final Service service, final List<SwitchStatus> switches) {
        return switches.stream()
                .flatMap(status -> Stream.ofNullable(status.services().get(service.name())))
                .flatMap(served -> served.conflicts().stream())
                .map(conflict -> new AddressConflictBuilder()
                        .setClientAddress(IetfInetUtil.ipAddressNoZoneFor(
                                conflict.client().toBytes()))
                        .setDevice(conflict.device())
                        .setOtherDevice(conflict.other())
                        .build())
                .collect(BindingMap.toMap());
    }

    private static org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Redundancy
            redundancy(final List<String> missing) {
        final var builder = new RedundancyBuilder().setStatus(missing.isEmpty() ? Status.Met : Status.NotMet);
        if (!missing.isEmpty()) {
            builder.setReason(String.join("; ", missing));
        }
        return builder.build();
    }

    private static boolean isServed(
            final Service service, final DeviceHealth.Snapshot snapshot, final List<SwitchStatus> switches) {
        return service.enabled()
                && service.devices().stream()
                        .anyMatch(device -> device.takesSessions() && !isDown(snapshot, service, device))
                && switches.stream().allMatch(SwitchStatus::connected);
    }

    private static boolean isDown(final DeviceHealth.Snapshot snapshot, final Service service, final Device device) {
        return snapshot.of(service, device)
                .filter(observed -> observed.health().state() == State.DOWN)
                .isPresent();
    }

    private static List<String> reasons(
            final Service service, final DeviceHealth.Snapshot snapshot, final List<Switches.Observation> switches) {
        final List<String> reasons = new ArrayList<>();
        if (!service.enabled()) {
            reasons.add("not enabled");
        }
        if (service.devices().stream().noneMatch(Device::takesSessions)) {
            reasons.add("no device in service");
        }
        service.devices().stream()
                .filter(device -> device.takesSessions() && isDown(snapshot, service, device))
                .forEach(device -> reasons.add("device " + device.name() + " is down"));
        for (final Switches.Observation observation : switches) {
            final SwitchStatus status = observation.status();
            if (observation.absence().isPresent()) {
                reasons.add(status.node() + " "
                        + observation.absence().orElseThrow().reason());
                continue;
            }
            if (!status.refused().isEmpty()) {
                reasons.add("%s refuses %s, tried again: %s"
                        .formatted(
                                status.node(),
                                Plural.of(status.refused().size(), "entry", "entries"),
                                status.refused().get(0)));
            } else if (observation.refused() > 0) {
                reasons.add("%s refused %s within a minute, the last: %s"
                        .formatted(status.node(), Plural.of(observation.refused(), "request"), observation.why()));
            } else if (!status.generation().isConfirmed()) {
                reasons.add(status.node() + " has not confirmed the last change yet");
            }
            if (!status.inTheWay().isEmpty()) {
                reasons.add("%s: %s: %s"
                        .formatted(
                                status.node(),
                                Plural.of(
                                        status.inTheWay().size(),
                                        "entry or group of others is where vpnlb's has to be, and is left alone",
                                        "entries or groups of others are where vpnlb's have to be, and are left alone"),
                                status.inTheWay().get(0)));
            }
            Stream.ofNullable(status.services().get(service.name()))
                    .flatMap(served -> served.miscablings().stream())
                    .forEach(miscabling -> reasons.add(miscabling.toString()));
            Stream.ofNullable(status.services().get(service.name()))
                    .flatMap(served -> served.sourceConflicts().stream())
                    .forEach(conflict -> reasons.add(conflict.toString()));
            if (status.unwritten() > 0) {
                reasons.add("%s is being restored: %s to write"
                        .formatted(status.node(), Plural.of(status.unwritten(), "session")));
            }
            if (observation.waiting() > 0) {
                reasons.add("%s is busy: %s"
                        .formatted(status.node(), Plural.of(observation.waiting(), "request waits", "requests wait")));
            }
        }
        return reasons;
    }

    private static Switch switched(final Switches.Observation observation, final Service service) {
        final SwitchStatus status = observation.status();
        final Optional<ServiceStatus> served =
                Optional.ofNullable(status.services().get(service.name()));
        final Set<Role> roles = new LinkedHashSet<>();
        service.ingressSwitch(status.node()).ifPresent(ports -> roles.add(Role.Ingress));
        service.egressSwitch(status.node()).ifPresent(ports -> roles.add(Role.Egress));
        final var builder = new SwitchBuilder()
                .setNode(new NodeId(status.node()))
                .setRole(roles)
                .setConnected(status.connected())
                .setReconciled(observation.reconciled())
                .setGeneration(new GenerationBuilder()
                        .setWanted(Uint64.valueOf(status.generation().wanted()))
                        .setConfirmed(Uint64.valueOf(status.generation().confirmed()))
                        .build())
                .setRefused(status.refused().stream()
                        .limit(MAX_REFUSED)
                        .map(refused -> new RefusedBuilder()
                                .setRequest(refused.what())
                                .setReason(refused.why())
                                .build())
                        .collect(BindingMap.toMap()))
                .setLearning(
                        served.map(ServiceStatus::learnedBySwitch).orElse(false)
                                ? Switch.Learning.Switch
                                : Switch.Learning.Controller)
                .setSelection(served.flatMap(ServiceStatus::selection)
                        .map(StateWriter::selection)
                        .orElse(null))
                .setFramesDropped(counter(observation.dropped()))
                .setFlows(Uint32.valueOf(served.map(ServiceStatus::flows).orElse(0)))
                .setGroups(Uint32.valueOf(served.map(ServiceStatus::groups).orElse(0)));
        observation
                .absence()
                .flatMap(Switches.Absence::since)
                .map(HealthCodec::write)
                .ifPresent(builder::setDisconnectedSince);
        return builder.build();
    }

    private static Selection selection(final SelectionInUse inUse) {
        return new SelectionBuilder()
                .setMethod(
                        switch (inUse.method()) {
                            case SOURCE_HASH -> Selection.Method.SourceHash;
                            case SELECT_GROUP -> Selection.Method.SelectGroup;
                            case CONTROLLER -> Selection.Method.Controller;
                            case AUTO -> throw new IllegalArgumentException(inUse.toString());
                        })
                .setReason(inUse.reason())
                .build();
    }

    /** Null where no ingress switch is known. */
    private static Sessions sessions(
            final Service service, final List<SwitchStatus> switches, final LongFunction<Instant> timeOfDay) {
        final List<SessionsInUse> inUse = switches.stream()
                .map(status -> status.services().get(service.name()))
                .filter(Objects::nonNull)
                .flatMap(status -> status.sessions().stream())
                .toList();
        if (inUse.isEmpty()) {
            return null;
        }
        final boolean isPinned =
                inUse.stream().allMatch(each -> each.sessions() == org.vpnlb.engine.model.Sessions.PINNED);
        final int waiting = inUse.stream().mapToInt(SessionsInUse::waitingSlots).sum();
        final var builder = new SessionsBuilder()
                .setMode(isPinned ? Sessions.Mode.Pinned : Sessions.Mode.All)
                .setPinnedClients(Uint32.valueOf(
                        inUse.stream().mapToInt(SessionsInUse::pinnedClients).sum()))
                .setWaitingSlots(Uint16.valueOf(waiting));
        inUse.stream()
                .flatMapToLong(each -> each.waitingUntil().stream())
                .max()
                .ifPresent(until -> builder.setWaitingUntil(HealthCodec.write(timeOfDay.apply(until))));
        return builder.build();
    }

    private static org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Counters counters(
            final Service service, final List<SwitchStatus> switches) {
        final Counters sum = switches.stream()
                .map(status -> status.services().get(service.name()))
                .filter(Objects::nonNull)
                .map(ServiceStatus::counters)
                .reduce(Counters.ZERO, Counters::plus);
        return new CountersBuilder()
                .setSessionsCreated(counter(sum.created()))
                .setSessionsMoved(counter(sum.moved()))
                .setSessionsExpired(counter(sum.expired()))
                .setSessionsPurged(counter(sum.purged()))
                .setSessionsRejected(counter(sum.rejected()))
                .setPunts(counter(sum.punts()))
                .setPunted(Stream.of(Counters.Punt.values())
                        .filter(reason -> sum.punted().containsKey(reason)
                                || sum.overMeter().containsKey(reason))
                        .map(reason -> new PuntedBuilder()
                                .setReason(reason.modelName())
                                .setPunts(counter(sum.punted().getOrDefault(reason, 0L)))
                                .setOverMeter(counter(sum.overMeter().getOrDefault(reason, 0L)))
                                .build())
                        .collect(BindingMap.toMap()))
                .setDropped(sum.dropped().entrySet().stream()
                        .map(entry -> new DroppedBuilder()
                                .setReason(entry.getKey())
                                .setFrames(counter(entry.getValue()))
                                .build())
                        .collect(BindingMap.toMap()))
                .setIgnored(sum.ignored().entrySet().stream()
                        .map(entry -> new IgnoredBuilder()
                                .setReason(entry.getKey().modelName())
                                .setPunts(counter(entry.getValue()))
                                .build())
                        .collect(BindingMap.toMap()))
                .build();
    }

    private static Counter64 counter(final long value) {
        return new Counter64(Uint64.valueOf(value));
    }
}
