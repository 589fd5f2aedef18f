/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnServiceKey;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Redundancy;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.DeviceState;
import org.vpnlb.engine.model.ModelName;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.session.Counters;

/**
 * What was known at a time, and the samples that it makes. What only a connected switch can tell is absent while it is
 * not connected; counters stay as they were.
 *
 * @param at the time of day
 * @param snapshot what is configured, and how the devices are
 * @param switches what the agents know
 * @param state the same as operators are told it
 * @param totals the counters of the services
 * @param traffic what was sent to the devices
 */
record Reading(
        Instant at,
        DeviceHealth.Snapshot snapshot,
        List<Observation> switches,
        VpnServicesState state,
        Map<Totals.Key, Counters> totals,
        Map<TrafficTotals.Key, Volume> traffic) {
    private static final double MILLIS = 1000;

    /** The samples of all metrics but {@link Metric#BUILD}. */
    void sample(final Samples samples, final Occurrences occurrences) {
        samples.add(Metric.STATE_TIMESTAMP, seconds(at));
        for (final Service service : snapshot.services()) {
            service(service, state.nonnullVpnService().get(new VpnServiceKey(service.name())), samples);
            samples.add(Metric.CONFLICTS, occurrences.conflicts(service.name()), service.name());
            service.devices().forEach(device -> device(service, device, samples, occurrences));
        }
        totals.forEach((key, counters) -> counters(key, counters, samples));
        traffic.forEach((key, sent) -> {
            final String[] labels = {key.service(), key.device(), key.node(), ModelName.of(key.side())};
            samples.add(Metric.DEVICE_PACKETS, sent.packets(), labels);
            samples.add(Metric.DEVICE_BYTES, sent.bytes(), labels);
        });
        final Set<String> named = nodes();
        switches.stream()
                .filter(observation -> named.contains(observation.status().node()))
                .forEach(observation -> switched(observation, samples, occurrences));
    }

    private Set<String> nodes() {
        return snapshot.services().stream()
                .flatMap(service ->
                        Stream.concat(service.ingress().switches().stream(), service.egress().switches().stream()))
                .map(Service.SwitchPorts::node)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static double seconds(final Instant time) {
        return time.toEpochMilli() / MILLIS;
    }

    private static void service(final Service service, final VpnService told, final Samples samples) {
        for (final VpnService.OperStatus status : VpnService.OperStatus.values()) {
            samples.add(Metric.SERVICE_STATUS, told.getOperStatus() == status, service.name(), status.getName());
        }
        if (told.getRedundancy() != null) {
            samples.add(
                    Metric.SERVICE_REDUNDANCY_MET,
                    told.getRedundancy().getStatus() == Redundancy.Status.Met,
                    service.name());
        }
        if (told.getSessions() != null) {
            samples.add(
                    Metric.SERVICE_PINNED_CLIENTS,
                    told.getSessions().getPinnedClients().toJava(),
                    service.name());
            samples.add(
                    Metric.SERVICE_WAITING_SLOTS,
                    told.getSessions().getWaitingSlots().toJava(),
                    service.name());
        }
    }

    private void device(
            final Service service, final Device device, final Samples samples, final Occurrences occurrences) {
        snapshot.of(service, device).ifPresent(observed -> {
            final DeviceState.Value is = observed.state().value();
            if (is != DeviceState.Value.DISABLED) {
                samples.add(Metric.DEVICE_UP, is != DeviceState.Value.DOWN, service.name(), device.name());
            }
            samples.add(
                    Metric.DEVICE_TAKES_CLIENTS,
                    device.takesSessions() && is != DeviceState.Value.DOWN,
                    service.name(),
                    device.name());
            for (final DeviceState.Value value : DeviceState.Value.values()) {
                samples.add(Metric.DEVICE_HEALTH, is == value, service.name(), device.name(), ModelName.of(value));
            }
            samples.add(Metric.DEVICE_HEALTH_SINCE, seconds(observed.since()), service.name(), device.name());
        });
        samples.add(
                Metric.DEVICE_STATE_CHANGES,
                occurrences.changes(new DeviceHealth.Key(service.name(), device.name())),
                service.name(),
                device.name());
        device.maxSessions()
                .ifPresent(limit -> samples.add(Metric.DEVICE_SESSION_LIMIT, limit, service.name(), device.name()));
        connected()
                .map(status -> status.services().get(service.name()))
                .filter(served -> served != null && served.devices().containsKey(device.name()))
                .mapToInt(served -> served.devices().get(device.name()).slots())
                .max()
                .ifPresent(slots -> samples.add(Metric.DEVICE_SLOTS, slots, service.name(), device.name()));
    }

    private Stream<SwitchStatus> connected() {
        return switches.stream()
                .filter(observation -> observation.absence().isEmpty())
                .map(Observation::status)
                .filter(SwitchStatus::connected);
    }

    private void switched(final Observation observation, final Samples samples, final Occurrences occurrences) {
        final SwitchStatus status = observation.status();
        final String node = status.node();
        final boolean isConnected = status.connected() && observation.absence().isEmpty();
        samples.add(Metric.SWITCH_CONNECTED, isConnected, node);
        samples.add(Metric.SWITCH_CONFIRMED, isConnected && status.generation().isConfirmed(), node);
        samples.add(Metric.SWITCH_RECONCILED, observation.reconciled(), node);
        samples.add(Metric.SWITCH_GENERATION_WANTED, status.generation().wanted(), node);
        samples.add(Metric.SWITCH_GENERATION_CONFIRMED, status.generation().confirmed(), node);
        samples.add(Metric.SWITCH_REFUSED_ENTRIES, status.refused().size(), node);
        samples.add(Metric.SWITCH_FOREIGN_ENTRIES, status.inTheWay().size(), node);
        samples.add(Metric.SWITCH_UNWRITTEN_SESSIONS, status.unwritten(), node);
        samples.add(Metric.SWITCH_WAITING_REQUESTS, observation.waiting(), node);
        samples.add(Metric.SWITCH_FRAMES_DROPPED, occurrences.framesDropped(node), node);
        final Occurrences.Repairs repairs = occurrences.repairs(node);
        samples.add(Metric.SWITCH_REPAIRS, repairs.times(), node);
        samples.add(Metric.SWITCH_REPAIRED_ENTRIES, repairs.missing(), node, "missing");
        samples.add(Metric.SWITCH_REPAIRED_ENTRIES, repairs.extra(), node, "extra");
        if (isConnected) {
            snapshot.services().forEach(service -> {
                final ServiceStatus served = status.services().get(service.name());
                if (served != null) {
                    served(service, node, served, samples);
                }
            });
        }
    }

    private static void served(
            final Service service, final String node, final ServiceStatus served, final Samples samples) {
        samples.add(Metric.SWITCH_FLOWS, served.flows(), service.name(), node);
        samples.add(Metric.SWITCH_GROUPS, served.groups(), service.name(), node);
        for (final Side side : Side.values()) {
            if (!service.isAt(node, side)) {
                continue;
            }
            samples.add(Metric.SESSION_LIMIT, service.maxSessions(side), service.name(), node, ModelName.of(side));
            served.devices()
                    .forEach((device, held) -> samples.add(
                            Metric.DEVICE_SESSIONS,
                            sessions(held, side),
                            service.name(),
                            device,
                            node,
                            ModelName.of(side)));
        }
    }

    private static int sessions(final DeviceStatus held, final Side side) {
        return switch (side) {
            case INGRESS -> held.clientSessions();
            case EGRESS -> held.returnSessions();
        };
    }

    private static void counters(final Totals.Key key, final Counters counters, final Samples samples) {
        samples.add(Metric.SESSIONS_CREATED, counters.created(), key.service(), key.node());
        samples.add(Metric.SESSIONS_MOVED, counters.moved(), key.service(), key.node());
        samples.add(Metric.SESSIONS_EXPIRED, counters.expired(), key.service(), key.node());
        samples.add(Metric.SESSIONS_PURGED, counters.purged(), key.service(), key.node());
        samples.add(Metric.SESSIONS_REJECTED, counters.rejected(), key.service(), key.node());
        // Also those that have not happened: a rate needs a 0 to begin with.
        for (final Counters.Punt reason : Counters.Punt.values()) {
            samples.add(
                    Metric.PUNTS,
                    counters.punted().getOrDefault(reason, 0L),
                    key.service(),
                    key.node(),
                    reason.modelName());
            samples.add(
                    Metric.PUNTS_OVER_METER,
                    counters.overMeter().getOrDefault(reason, 0L),
                    key.service(),
                    key.node(),
                    reason.modelName());
        }
        for (final Counters.Ignored reason : Counters.Ignored.values()) {
            samples.add(
                    Metric.PUNTS_IGNORED,
                    counters.ignored().getOrDefault(reason, 0L),
                    key.service(),
                    key.node(),
                    reason.modelName());
        }
        counters.dropped()
                .forEach((reason, frames) ->
                        samples.add(Metric.DROPPED_FRAMES, frames, key.service(), key.node(), reason));
    }
}
