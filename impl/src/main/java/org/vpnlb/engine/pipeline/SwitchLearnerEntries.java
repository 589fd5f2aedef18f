/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * The entries by which the switch learns by itself. An entry that it writes can set the metadata and nothing more: it
 * sets the device there, and the tables behind have an entry for each device.
 */
final class SwitchLearnerEntries implements LearnerEntries {
    private final Layout layout;
    private final SwitchLearnedClientStage clients;
    private final SwitchLearnedReturnStage returns;

    SwitchLearnerEntries(
            final Layout layout, final SwitchLearnedClientStage clients, final SwitchLearnedReturnStage returns) {
        this.layout = layout;
        this.clients = clients;
        this.returns = returns;
    }

    @Override
    public Flow toSessions(final Band band, final Match match, final Service service, final Side side) {
        final Table learned = switch (side) {
            case INGRESS -> clients.table();
            case EGRESS -> returns.table();
        };
        return layout.toTable(
                band,
                match,
                layout.cookie(Kind.CLASSIFY, service),
                List.of(new Action.SetMetadata(layout.metadata(service)), layout.lookUp(Table.CLASSIFY, learned)),
                Table.after(side));
    }

    @Override
    public boolean learnsFromAnySource() {
        return true;
    }

    @Override
    public boolean copiesNewClients() {
        return false;
    }

    @Override
    public Match frameOf(final Service service) {
        return layout.ofService(service).build();
    }

    @Override
    public Match frameTo(final Service service, final IpPrefix prefix) {
        return layout.ofService(service)
                .etherType(prefix.address().family().etherType())
                .ipDestination(prefix)
                .build();
    }

    @Override
    public List<Flow> clientSessions(final Service service) {
        final List<Flow> flows = new ArrayList<>();
        for (final Device device : keepers(service)) {
            for (final Family family : service.outerFamilies()) {
                flows.add(ofDevice(Band.CLIENT_SESSION, Match.ip(family), service, device, GroupId.Kind.TO_DEVICE));
                flows.add(clients.answered(service, device, family));
            }
        }
        return flows;
    }

    /** Never learned are the sources that {@code session.ReturnSessions} does not learn from a device either. */
    @Override
    public List<Flow> learnedSources(final Service service) {
        final List<Flow> flows = new ArrayList<>();
        final List<IpPrefix> never = new ArrayList<>(ImpossibleSources.noHosts(service.innerFamilies()));
        service.neverClients().forEach(address -> never.add(IpPrefix.of(address)));
        for (final IpPrefix none : never) {
            flows.add(layout.toTable(
                    Band.NEVER_LEARNED,
                    Match.ip(none.address().family()).ipSource(none).build(),
                    Layout.cookie(Kind.LEARNED_SOURCE),
                    List.of(),
                    Table.RETURN_SESSIONS));
        }
        for (final Device device : keepers(service)) {
            for (final IpPrefix prefix : service.learnedPrefixes()) {
                final Family family = prefix.address().family();
                final List<Action> learns = returns.learn(service, device, Match.ip(family));
                flows.add(layout.toTable(
                        learns.isEmpty() ? Band.LEARNER_FULL : Band.LEARNER,
                        Places.from(device.egress(), Match.ip(family))
                                .ipSource(prefix)
                                .build(),
                        layout.cookie(Kind.DEVICE, service, device),
                        learns,
                        Table.RETURN_SESSIONS));
            }
        }
        return flows;
    }

    @Override
    public List<Flow> returnSessions(final Service service) {
        return keepers(service).stream()
                .map(device ->
                        ofDevice(Band.RETURN_SESSION, Match.builder(), service, device, GroupId.Kind.RETURN_TO_DEVICE))
                .toList();
    }

    @Override
    public List<Action> toOthersClient(final Service service, final Device device, final Family family) {
        return device.keepsSessions() ? clients.learnTold(service, device, family) : List.of();
    }

    @Override
    public long toOthersClientCookie(final Service service, final Device device) {
        return layout.cookie(Kind.DEVICE, service, device);
    }

    /** To the device and nowhere else: here the selection leads to this group, which must not lead back. */
    @Override
    public Group toDevice(final Service service, final Device device, final long others) {
        return indirect(GroupId.Kind.TO_DEVICE, service, device, Places.to(device.ingress()));
    }

    @Override
    public Group newClient(final Service service, final Device device) {
        return indirect(GroupId.Kind.NEW_CLIENT, service, device, clients.selected(service, device, Table.SELECTION));
    }

    private Group indirect(
            final GroupId.Kind kind, final Service service, final Device device, final List<Action> actions) {
        return new Group(
                layout.group(kind, service, device), Group.Type.INDIRECT, List.of(new Group.Bucket(0, null, actions)));
    }

    private Flow ofDevice(
            final Band band,
            final Match.Builder match,
            final Service service,
            final Device device,
            final GroupId.Kind group) {
        return layout.flow(
                band,
                match.metadata(layout.metadata(service, device)).build(),
                layout.cookie(Kind.DEVICE, service, device),
                List.of(layout.toGroup(group, service, device)));
    }

    private static List<Device> keepers(final Service service) {
        return service.devices().stream().filter(Device::keepsSessions).toList();
    }
}
