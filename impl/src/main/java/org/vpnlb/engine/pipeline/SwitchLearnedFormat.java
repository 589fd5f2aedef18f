/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Optional;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;

/** What the entries look like that a switch learns, and those that it learns by: to know them in what was read. */
public final class SwitchLearnedFormat {
    /** The number of entries up to which the switch itself keeps a limit; for more the controller does. */
    public static final long MOST_COUNTED_BY_SWITCH = SwitchLearnedStage.MAX_COUNTED_BY_SWITCH;

    private final Layout layout;
    private final SwitchLearnedClientStage clients;
    private final SwitchLearnedReturnStage returns;

    SwitchLearnedFormat(
            final Layout layout, final SwitchLearnedClientStage clients, final SwitchLearnedReturnStage returns) {
        this.layout = layout;
        this.clients = clients;
        this.returns = returns;
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

    /** The device that has a number, when sessions may be with it. */
    public Optional<Device> keeper(final Service service, final int number) {
        return service.devices().stream()
                .filter(device -> device.keepsSessions() && layout.number(service, device) == number)
                .findFirst();
    }
}
