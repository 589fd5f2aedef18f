/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Action.Learn;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * The table of the client sessions that the switch has learned. What it learns by is here too, and nothing leads on
 * from here: so no frame can go round in circles.
 */
final class SwitchLearnedClientStage extends SwitchLearnedStage {
    private final Layout layout;
    private final Set<String> learnedBySwitch;

    /**
     * The table.
     *
     * @param learnedBySwitch the services whose sessions the switch learns by itself
     * @param full the cookies of sessions that have reached a limit
     */
    SwitchLearnedClientStage(final Layout layout, final Set<String> learnedBySwitch, final Set<Long> full) {
        super(layout, Band.SWITCH_LEARNED_CLIENT, Kind.CLIENT_SESSION, Learn.Field.SOURCE, full);
        this.layout = layout;
        this.learnedBySwitch = Set.copyOf(learnedBySwitch);
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        for (final Service service : site.at(Side.INGRESS)) {
            if (learnedBySwitch.contains(service.name())) {
                service.devices().stream()
                        .filter(Device::keepsSessions)
                        .forEach(device ->
                                service.outerFamilies().forEach(family -> flows.add(learner(service, device, family))));
            }
        }
        return flows;
    }

    /** Sends the frame of a client, whose device was found in a table, to the entry here that learns the client. */
    List<Action> selected(final Service service, final Device device, final Table by) {
        return List.of(new Action.SetMetadata(layout.metadata(service, device)), layout.lookUp(by, table()));
    }

    /** Writes the session of a client to whom a device sends; nothing when the limit is reached. */
    List<Action> learnTold(final Service service, final Device device, final Family family) {
        return isFull(service, device) ? List.of() : List.of(told(service, device, ofClients(service, family)));
    }

    /** The session that the switch writes for a client to whom a device sends. */
    Flow toldSession(final Service service, final Device device, final ClientKey client) {
        return told(service, device, of(client)).entry(client);
    }

    /** Matches the clients of a service; what learns a port has to match its protocol. */
    static Match.Builder ofClients(final Service service, final Family family) {
        final Match.Builder clients = Match.ip(family);
        service.keyed().ifPresent(traffic -> clients.ipProtocol(traffic.ipProtocol()));
        return clients;
    }

    /** Below the sessions that clients made themselves: a session of a device that lives counts. */
    private Learn told(final Service service, final Device device, final Match.Builder clients) {
        return learner(
                Band.SWITCH_TOLD_CLIENT,
                Kind.TO_CLIENT,
                Learn.Field.DESTINATION,
                layout.told(service, device),
                service,
                device,
                clients);
    }

    /** Makes the session of a client that sends, whose device was known from what it sent to the client. */
    Flow answered(final Service service, final Device device, final Family family) {
        return layout.flow(
                Band.TOLD_CLIENT,
                Match.ip(family).metadata(layout.told(service, device)).build(),
                layout.cookie(Kind.DEVICE, service, device),
                selected(service, device, Table.CLIENT_SESSIONS));
    }

    @Override
    int idleTimeout(final Service service) {
        return service.ingress().idleTimeout();
    }

    @Override
    long maxSessions(final Service service, final Device device) {
        final long max = service.ingress().maxSessions();
        return Math.min(max, device.maxSessions().orElse(max));
    }

    private Flow learner(final Service service, final Device device, final Family family) {
        final List<Action> actions = new ArrayList<>(learn(service, device, ofClients(service, family)));
        actions.add(layout.toGroup(GroupId.Kind.TO_DEVICE, service, device));
        return layout.flow(
                Band.SWITCH_LEARNED_CLIENT,
                ofClients(service, family)
                        .metadata(layout.metadata(service, device))
                        .build(),
                layout.cookie(Kind.DEVICE, service, device),
                actions);
    }
}
