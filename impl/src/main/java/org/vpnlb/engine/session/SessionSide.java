/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Pipeline;

/** What makes the sessions of one side of a service different from those of the other: their entries. */
sealed interface SessionSide {
    /** The service. */
    Service service();

    /** The pipeline whose entries the sessions are. */
    Pipeline pipeline();

    /** The side. */
    Side side();

    /** What the entries of a session are, in the order in which they are written. */
    List<Kind> kinds();

    /** The number of entries that each session has from the beginning; of the others it has those that frames make. */
    int initial();

    /** Whether an entry is written again when it ends before the session's other one. */
    boolean isRenewed(int entry);

    /** An entry of a session. */
    Flow entry(int number, Device device, ClientKey client);

    /**
     * Whether the configuration allows a session of this client. One of port 0 is that of a fragment, unless clients
     * are told apart by their ports: a switch that learned by ports until just now may have learned it.
     */
    default boolean allows(final ClientKey client) {
        return service().mayHaveSession(side(), client.address())
                && (client.port() != 0 || service().ingress().clientKey() == KeyedBy.ADDRESS_AND_PORT);
    }

    /** The client of an entry of a session. */
    default ClientKey client(final Flow entry) {
        return Pipeline.client(entry);
    }

    /** Whether the configuration may disallow a session that the one before it allowed. */
    boolean isStricterThan(Service before);

    /** The cookie of an entry of each session of a device. */
    default long cookie(final int entry, final Device device) {
        return pipeline().cookie(kinds().get(entry), service(), device);
    }

    /** The devices that keep sessions, by the cookie of an entry of theirs. */
    default Map<Long, Device> byCookie(final int entry) {
        return service().devices().stream()
                .filter(Device::keepsSessions)
                .collect(Collectors.toMap(device -> cookie(entry, device), device -> device));
    }

    /** The seconds after which an idle entry ends. */
    default int idleTimeout() {
        return service().idleTimeout(side());
    }

    /** The entries of a session that the switch holds, and that were written by a time. */
    default Stream<Flow> held(final ClientKey client, final Session session, final long by) {
        return IntStream.range(0, kinds().size())
                .filter(i -> session.writtenAt(i) != Session.GONE && session.writtenAt(i) <= by)
                .mapToObj(i -> entry(i, session.device(), client));
    }

    /** Deletes one entry. */
    static Effect delete(final Flow flow) {
        return new Effect.DeleteFlow(flow.key(), flow.cookie());
    }

    /** While an entry waits for its successor, the session has it; without one the session must not wait. */
    static Effect rewrite(final Flow.Key old, final Flow next) {
        return old.equals(next.key()) ? new Effect.AddLater(next) : new Effect.AddFlow(next);
    }

    /** Deletes the entries of a session, in the reverse of the order in which they are written. */
    default void deleteEntries(final ClientKey client, final Device device, final List<Effect> effects) {
        for (int i = kinds().size() - 1; i >= 0; i--) {
            effects.add(delete(entry(i, device, client)));
        }
    }

    /** Deletes the entries of all sessions of a device. */
    default void deleteAllOf(final Device device, final List<Effect> effects) {
        for (int i = kinds().size() - 1; i >= 0; i--) {
            effects.add(new Effect.DeleteFlows(cookie(i, device)));
        }
    }

    /** Deletes the entries of a session with a device that the entries with the next one do not replace. */
    default void deleteReplaced(
            final ClientKey client,
            final Device old,
            final SessionSide after,
            final Device device,
            final List<Effect> effects) {
        for (int i = kinds().size() - 1; i >= 0; i--) {
            final Flow flow = entry(i, old, client);
            if (!flow.key().equals(after.entry(i, device, client).key())) {
                effects.add(delete(flow));
            }
        }
    }

    /**
     * Outer client address to device: the client session. Where the client's slot says another device, and the device
     * sends to the client, that is an entry too: while it lasts, a client that is silent keeps its session.
     */
    record Ingress(Service service, Pipeline pipeline) implements SessionSide {
        static final int CLIENT_SESSION = 0;
        static final int TO_CLIENT = 1;

        private static final List<Kind> KINDS = List.of(Kind.CLIENT_SESSION, Kind.TO_CLIENT);

        @Override
        public Side side() {
            return Side.INGRESS;
        }

        @Override
        public List<Kind> kinds() {
            return KINDS;
        }

        @Override
        public int initial() {
            return 1;
        }

        @Override
        public boolean isRenewed(final int entry) {
            return entry == CLIENT_SESSION;
        }

        @Override
        public Flow entry(final int number, final Device device, final ClientKey client) {
            return number == CLIENT_SESSION
                    ? pipeline.clientSession(service, device, client)
                    : pipeline.toClient(service, device, client);
        }

        /** The client session at once: it is what must not be used any more. */
        @Override
        public void deleteAllOf(final Device device, final List<Effect> effects) {
            effects.add(new Effect.DeleteFlows(cookie(CLIENT_SESSION, device)));
            effects.add(new Effect.DeleteFlows(cookie(TO_CLIENT, device)));
        }

        @Override
        public boolean isStricterThan(final Service before) {
            return !service.outerFamilies().equals(before.outerFamilies());
        }
    }

    /**
     * Inner client address to device: the return session, and the learned source. The return session is written first,
     * since once the source is learned nothing is punted any more.
     */
    record Egress(Service service, Pipeline pipeline) implements SessionSide {
        static final int RETURN_SESSION = 0;
        static final int LEARNED_SOURCE = 1;

        private static final List<Kind> KINDS = List.of(Kind.RETURN_SESSION, Kind.LEARNED_SOURCE);

        @Override
        public Side side() {
            return Side.EGRESS;
        }

        @Override
        public List<Kind> kinds() {
            return KINDS;
        }

        @Override
        public int initial() {
            return KINDS.size();
        }

        @Override
        public boolean isRenewed(final int entry) {
            return false;
        }

        @Override
        public Flow entry(final int number, final Device device, final ClientKey client) {
            return number == RETURN_SESSION
                    ? pipeline.returnSession(service, device, client.address())
                    : pipeline.learnedSource(service, device, client.address());
        }

        /** A session of many addresses is known by the first of them. */
        @Override
        public ClientKey client(final Flow entry) {
            return Pipeline.ofSession(service, Pipeline.client(entry).address()).address();
        }

        @Override
        public boolean isStricterThan(final Service before) {
            return !service.egress().clientPrefixes().equals(before.egress().clientPrefixes())
                    || !given(service).equals(given(before));
        }

        private static Set<IpPrefix> given(final Service service) {
            return service.devices().stream()
                    .flatMap(device -> device.clientPrefixes().stream())
                    .collect(Collectors.toSet());
        }
    }

    /** The entry number of a kind of cookie; -1 when sessions of this side have no such entry. */
    default int entryOf(final Cookie.Kind kind) {
        return kinds().indexOf(kind);
    }
}
