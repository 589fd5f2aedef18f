/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;

/** What the entries look like that a switch learns, and those that it learns by: to know them in what was read. */
public final class SwitchLearnedFormat {
    /** The number of entries up to which the switch itself keeps a limit; for more the controller does. */
    public static final long MOST_COUNTED_BY_SWITCH = SwitchLearnedStage.MAX_COUNTED_BY_SWITCH;

    /** The seconds for which the entry of {@link #foundReturn} lasts at most. */
    public static final int FOUND_SECONDS = SwitchLearnedReturnStage.FOUND_SECONDS;

    private final Layout layout;
    private final SwitchLearnedClientStage clients;
    private final SwitchLearnedReturnStage returns;
    private final LearnedSourceStage sources;

    SwitchLearnedFormat(
            final Layout layout,
            final SwitchLearnedClientStage clients,
            final SwitchLearnedReturnStage returns,
            final LearnedSourceStage sources) {
        this.layout = layout;
        this.clients = clients;
        this.returns = returns;
        this.sources = sources;
    }

    /** Whether the sessions in a table are written by the switch; the number is the switch's. */
    public boolean isLearned(final int table) {
        return table == layout.id(clients.table()) || table == layout.id(returns.table());
    }

    /** Whether an entry looks into those that the switch has learned. */
    public static boolean looksUp(final Flow flow) {
        return flow.actions().stream().anyMatch(Action.Resubmit.class::isInstance);
    }

    /** Whether an entry sends the frames of a service past those, to the entries that the controller has written. */
    public static boolean passesBy(final Flow flow) {
        return flow.metadata() != null
                && flow.metadataMask() == null
                && !Layout.isSide(flow.metadata())
                && !Layout.isToClient(flow.metadata());
    }

    /** Whether the switch learns by an entry. */
    public static boolean learns(final Flow flow) {
        return flow.actions().stream().anyMatch(Action.Learn.class::isInstance);
    }

    /** The entry that the switch writes for a client. */
    public Flow learnedClient(final Service service, final Device device, final ClientKey client) {
        return clients.session(service, device, client);
    }

    /** The entry that the switch writes for a client to whom a device sends. */
    public Flow toldClient(final Service service, final Device device, final ClientKey client) {
        return clients.toldSession(service, device, client);
    }

    /** The entry that the switch writes for the way back to a client. */
    public Flow learnedReturn(final Service service, final Device device, final IpAddress client) {
        return returns.session(service, device, client);
    }

    /** The entry for the way back to a client that a device answered for, until the switch learns of the client. */
    public Flow foundReturn(final Service service, final Device device, final IpAddress client) {
        return returns.found(service, device, client);
    }

    /** Whether an entry is such a one. */
    public boolean isFound(final Flow.Key key) {
        return key.table() == layout.id(returns.table()) && key.priority() == Band.SWITCH_FOUND_RETURN.priority();
    }

    /** Whether no more ways back to clients of a device are to be learned. */
    public boolean isReturnFull(final Service service, final Device device) {
        return returns.isFull(service, device);
    }

    /**
     * The entry for the frames of one of two devices that may send a client's address.
     *
     * @param learns whether the switch learns from them
     * @param isAsked whether the controller gets a copy
     */
    public Flow contested(
            final Service service,
            final Device device,
            final IpAddress client,
            final boolean learns,
            final boolean isAsked) {
        return sources.contested(
                service,
                device,
                client,
                learns ? returns.learn(service, device, Match.ip(client.family())) : List.of(),
                isAsked);
    }

    /** Whether an entry is such a one, which ends by itself. */
    public static boolean isContested(final Flow flow) {
        return flow.timeouts().hard() > 0
                && Cookie.parse(flow.cookie())
                        .filter(cookie -> cookie.kind() == Cookie.Kind.CONTESTED)
                        .isPresent();
    }

    /** The device that has a number, when sessions may be with it. */
    public Optional<Device> keeper(final Service service, final int number) {
        return service.devices().stream()
                .filter(device -> device.keepsSessions() && layout.number(service, device) == number)
                .findFirst();
    }
}
