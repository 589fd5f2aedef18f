/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.agent.SwitchStatus.Generation;
import org.vpnlb.engine.agent.SwitchStatus.Refused;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.SessionTable;

/** Counts what an agent knows, for the {@link SwitchStatus}. */
record StatusReport(
        Plan plan, SwitchLearnedSessions switchLearned, Reconciler reconciler, WaitingChange waitingChange) {
    SwitchStatus of(final String node, final boolean isConnected) {
        final int pending = plan.services().all().stream()
                .flatMap(ServiceHere::tables)
                .mapToInt(SessionTable::pending)
                .sum();
        return new SwitchStatus(
                node,
                isConnected,
                new Generation(reconciler.wanted() + (waitingChange.isWaiting() ? 1 : 0), reconciler.confirmed()),
                reconciler.refused().stream()
                        .map(refused -> new Refused(refused.effect().toString(), refused.why()))
                        .toList(),
                reconciler.inTheWay(),
                pending,
                plan.services().all().stream()
                        .collect(Collectors.toMap(here -> here.service().name(), here -> of(here, isConnected))));
    }

    private ServiceStatus of(final ServiceHere here, final boolean isConnected) {
        final Service service = here.service();
        final Map<String, Integer> clients = withLearned(here.clientCounts(), Side.INGRESS, service);
        final Map<String, Integer> returns = withLearned(here.returnCounts(), Side.EGRESS, service);
        final Map<String, Integer> slotCounts =
                plan.slotMoves().slots().of(service).countByOwner();
        final boolean isLearnedBySwitch = switchLearned.learns(service);
        final int sessionEntries = isLearnedBySwitch ? learnedEntries(service) : 0;
        return new ServiceStatus(
                flows(service) + (isConnected ? here.sessionEntries() + sessionEntries : 0),
                groups(service),
                isLearnedBySwitch,
                plan.selection(service),
                plan.sessionsInUse(service, sum(clients)),
                service.devices().stream()
                        .collect(Collectors.toMap(
                                Device::name,
                                device -> new DeviceStatus(
                                        slotCounts.getOrDefault(device.name(), 0),
                                        clients.getOrDefault(device.name(), 0),
                                        returns.getOrDefault(device.name(), 0),
                                        Optional.ofNullable(
                                                here.traffic(Side.INGRESS).get(device.name())),
                                        Optional.ofNullable(
                                                here.traffic(Side.EGRESS).get(device.name()))))),
                here.tally().read(),
                here.miscablings().all(),
                here.conflicts(),
                plan.sources().conflicts(service.name()));
    }

    private int learnedEntries(final Service service) {
        return service.devices().stream()
                .mapToInt(device -> Stream.of(Side.values())
                        .mapToInt(side -> switchLearned.counts().entries(side, service, device, plan.pipeline()))
                        .sum())
                .sum();
    }

    private static int sum(final Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(count -> count).sum();
    }

    /** The number of sessions of each device, with those that the switch has learned by itself. */
    private Map<String, Integer> withLearned(
            final Map<String, Integer> counts, final Side side, final Service service) {
        final Map<String, Integer> all = new HashMap<>(counts);
        service.devices().forEach(device -> {
            final int count = switchLearned.counts().sessions(side, service, device, plan.pipeline());
            if (count > 0) {
                all.merge(device.name(), count, Integer::sum);
            }
        });
        return all;
    }

    private int flows(final Service service) {
        final int number = plan.numbers().of(service);
        return (int) reconciler.installed().flows().values().stream()
                .filter(flow -> Cookie.parse(flow.cookie())
                        .filter(cookie -> cookie.service() == number)
                        .isPresent())
                .count();
    }

    private int groups(final Service service) {
        final int number = plan.numbers().of(service);
        final Set<Integer> devices = service.devices().stream()
                .map(device -> plan.numbers().of(service, device))
                .collect(Collectors.toSet());
        return (int) reconciler.installed().groups().keySet().stream()
                .map(GroupId::parse)
                .flatMap(Optional::stream)
                .filter(id ->
                        id.kind() == GroupId.Kind.SELECTION ? id.number() == number : devices.contains(id.number()))
                .count();
    }
}
