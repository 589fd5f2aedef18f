/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Set;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Action.Learn;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;

/**
 * A table into which the switch itself writes the device of each client; nothing leads on from there. The sources of
 * table 3 are another thing: see {@link LearnedSourceStage}.
 */
abstract sealed class SwitchLearnedStage implements Stage permits SwitchLearnedClientStage, SwitchLearnedReturnStage {
    /**
     * The switch itself keeps a limit up to this number of entries. For more the controller does, which counts them:
     * Open vSwitch goes through all entries with a cookie for each that it learns, as long as a limit is named.
     */
    static final long MAX_COUNTED_BY_SWITCH = 1000;

    private final Layout layout;
    private final Band band;
    private final Cookie.Kind kind;
    private final Learn.Field client;
    private final Set<Long> full;

    /**
     * A table.
     *
     * @param band the band of the sessions
     * @param kind what a session is
     * @param client the field in which a session has its client
     * @param full the cookies of sessions that have reached a limit
     */
    SwitchLearnedStage(
            final Layout layout,
            final Band band,
            final Cookie.Kind kind,
            final Learn.Field client,
            final Set<Long> full) {
        this.layout = layout;
        this.band = band;
        this.kind = kind;
        this.client = client;
        this.full = Set.copyOf(full);
    }

    /** The seconds after which an idle session ends. */
    abstract int idleTimeout(Service service);

    /** The most sessions of a device. */
    abstract long maxSessions(Service service, Device device);

    @Override
    public final Table table() {
        return band.table();
    }

    /**
     * Writes the session of a frame that comes from a client; nothing when the limit is reached.
     *
     * @param clients matches the clients' frames, by their IP protocol where ports are clients
     */
    final List<Action> learn(final Service service, final Device device, final Match.Builder clients) {
        return isFull(service, device) ? List.of() : List.of(learner(service, device, clients));
    }

    /** Whether the sessions of a device have reached a limit. */
    final boolean isFull(final Service service, final Device device) {
        return full.contains(layout.cookie(kind, service, device));
    }

    /** The session that the switch writes for a client. */
    final Flow session(final Service service, final Device device, final ClientKey key) {
        return learner(service, device, of(key)).entry(key);
    }

    /** Matches the frames of clients that are told apart as one is. */
    static Match.Builder of(final ClientKey key) {
        final Match.Builder clients = Match.ip(key.family());
        return key.port() == ClientKey.NONE ? clients : clients.ipProtocol(key.protocol());
    }

    private Learn learner(final Service service, final Device device, final Match.Builder clients) {
        return learner(band, kind, Learn.Field.SOURCE, layout.metadata(service, device), service, device, clients);
    }

    /**
     * Writes a session.
     *
     * @param of the band of the session
     * @param cookie what the session is
     * @param address which address of the frame is the client's
     * @param metadata what the session sets
     * @param clients matches the clients' frames, by their IP protocol where ports are clients
     */
    final Learn learner(
            final Band of,
            final Cookie.Kind cookie,
            final Learn.Field address,
            final long metadata,
            final Service service,
            final Device device,
            final Match.Builder clients) {
        final long max = maxSessions(service, device);
        return new Learn(
                layout.flow(
                        of,
                        clients.metadata(layout.metadata(service)).build(),
                        layout.cookie(cookie, service, device),
                        new Timeouts(idleTimeout(service), 0, false),
                        List.of(new Action.SetMetadata(metadata))),
                client,
                address,
                max > MAX_COUNTED_BY_SWITCH ? 0 : (int) max);
    }
}
