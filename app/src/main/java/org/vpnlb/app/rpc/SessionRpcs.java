/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.PortNumber;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ClearSessionsInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ClearSessionsOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ClearSessionsOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.FindClientInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.FindClientOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.FindClientOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListSessionsInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListSessionsOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListSessionsOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.NodeId;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.find.client.output.Place;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.find.client.output.PlaceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.find.client.output.place.Before;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.find.client.output.place.BeforeBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.list.sessions.output.Session;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.list.sessions.output.SessionBuilder;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.engine.agent.Answers;
import org.vpnlb.engine.agent.Sighting;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.session.SessionRow;
import org.vpnlb.engine.session.Stay;

/** The RPCs about sessions: find-client, list-sessions, clear-sessions. */
final class SessionRpcs {
    private static final int DEFAULT_LIMIT = 1000;
    private static final int MAX_LIMIT = 10_000;

    private final Inquiry inquiry;
    private final Replies replies;

    SessionRpcs(final Inquiry inquiry, final Replies replies) {
        this.inquiry = inquiry;
        this.replies = replies;
    }

    /** Something that is known of a switch. */
    private record At<T>(String node, boolean isConnected, T what) {}

    ListenableFuture<RpcResult<FindClientOutput>> findClient(final FindClientInput input) {
        return replies.reply(services -> {
            final IpAddress address = Inputs.address("address", input.getAddress());
            final OptionalInt port = Inputs.port("port", input.getPort());
            final List<Service> meant =
                    input.getService() == null ? services : List.of(Inputs.service(input.getService(), services));
            final Optional<String> service = Optional.ofNullable(input.getService());
            return Futures.transform(
                    askAll(
                            meant.stream().flatMap(SessionRpcs::nodes),
                            service,
                            (answers, read) -> answers.find(address, port, service, read)),
                    found -> new FindClientOutputBuilder()
                            .setPlace(places(found))
                            .build(),
                    MoreExecutors.directExecutor());
        });
    }

    private List<Place> places(final List<At<List<Sighting>>> found) {
        final List<Place> sessions = new ArrayList<>();
        final List<Place> others = new ArrayList<>();
        for (final At<List<Sighting>> at : found) {
            for (final Sighting sighting : at.what()) {
                (sighting.basis() == Sighting.Basis.SESSION ? sessions : others).add(place(at, sighting));
            }
        }
        sessions.addAll(others);
        return sessions;
    }

    private Place place(final At<List<Sighting>> at, final Sighting sighting) {
        final var builder = new PlaceBuilder()
                .setService(sighting.service())
                .setNode(new NodeId(at.node()))
                .setSide(role(sighting.side()))
                .setClientPort(port(sighting.client()))
                .setBasis(
                        switch (sighting.basis()) {
                            case SESSION -> Place.Basis.Session;
                            case SLOT -> Place.Basis.Slot;
                            case GIVEN -> Place.Basis.Given;
                            case NOTHING -> Place.Basis.Nothing;
                        })
                .setDevice(sighting.device().orElse(null))
                .setSince(replies.timeOf(sighting.since()))
                .setPinned(sighting.isPinned())
                .setWhy(sighting.why())
                .setBefore(sighting.before().stream().map(this::before).toList())
                .setConnected(at.isConnected());
        sighting.slot()
                .ifPresent(slot -> builder.setSlot(Uint16.valueOf(slot.number()))
                        .setSlotDevice(slot.device().orElse(null)));
        return builder.build();
    }

    private Before before(final Stay stay) {
        return new BeforeBuilder()
                .setDevice(stay.device())
                .setSince(replies.timeOf(stay.since()))
                .setUntil(replies.timeOf(OptionalLong.of(stay.until())))
                .setWhy(stay.end().words())
                .build();
    }

    ListenableFuture<RpcResult<ListSessionsOutput>> listSessions(final ListSessionsInput input) {
        return replies.reply(services -> {
            final Service service = Inputs.service(input.getService(), services);
            final Side side = Inputs.side(input.getSide());
            final int limit = limit(input.getLimit());
            final SessionFilter filter = filter(service, input.getDevice(), input.getPrefix());
            final Optional<ClientKey> after = input.getMarker() == null
                    ? Optional.empty()
                    : Optional.of(Inputs.client("marker", input.getMarker()));
            return Futures.transform(
                    askAll(
                            nodes(service, side),
                            Optional.of(service.name()),
                            // One more, which tells whether there is another page.
                            (answers, read) -> answers.page(service.name(), side, filter, after, limit + 1, read)),
                    found -> page(found, limit),
                    MoreExecutors.directExecutor());
        });
    }

    private static int limit(final Uint32 limit) throws InvalidInputException {
        if (limit == null) {
            return DEFAULT_LIMIT;
        }
        if (limit.toJava() < 1 || limit.toJava() > MAX_LIMIT) {
            throw new InvalidInputException("limit", limit, "is out of range", "use 1 to " + MAX_LIMIT);
        }
        return limit.intValue();
    }

    private ListSessionsOutput page(final List<At<List<SessionRow>>> found, final int limit) {
        final TreeMap<ClientKey, List<Session>> byClient = new TreeMap<>(ClientKey.ORDER);
        for (final At<List<SessionRow>> at : found) {
            at.what()
                    .forEach(row -> byClient.computeIfAbsent(row.client(), client -> new ArrayList<>())
                            .add(session(at.node(), row)));
        }
        final var builder = new ListSessionsOutputBuilder();
        if (byClient.size() > limit) {
            final List<ClientKey> clients =
                    byClient.keySet().stream().limit(limit).toList();
            final ClientKey last = clients.getLast();
            builder.setNextMarker(last.toString());
            byClient.tailMap(last, false).clear();
        }
        return builder.setSession(
                        byClient.values().stream().flatMap(List::stream).toList())
                .build();
    }

    private Session session(final String node, final SessionRow row) {
        return new SessionBuilder()
                .setClientAddress(
                        IetfInetUtil.ipAddressNoZoneFor(row.client().address().toBytes()))
                .setClientPort(port(row.client()))
                .setNode(new NodeId(node))
                .setDevice(row.device())
                .setSince(replies.timeOf(row.since()))
                .setHeld(row.isHeld())
                .build();
    }

    ListenableFuture<RpcResult<ClearSessionsOutput>> clearSessions(final ClearSessionsInput input) {
        return replies.reply(services -> {
            final Service service = Inputs.service(input.getService(), services);
            final OptionalInt port = Inputs.port("port", input.getPort());
            if (port.isPresent() && input.getPrefix() == null) {
                throw new InvalidInputException(
                        "port",
                        port.getAsInt(),
                        "prefix is absent, and a port is one client's only behind its address",
                        "name the address as prefix too");
            }
            final SessionFilter of = filter(service, input.getDevice(), input.getPrefix());
            final SessionFilter filter = new SessionFilter(of.device(), of.prefix(), port);
            if (filter.equals(SessionFilter.ALL)) {
                throw new InvalidInputException(
                        "device",
                        "absent",
                        "prefix is absent too, and that would end every session of " + service.name(),
                        "name a device, or a prefix such as 192.0.2.1");
            }
            return Futures.transform(
                    Futures.allAsList(nodes(service)
                            .distinct()
                            .filter(inquiry.nodes()::contains)
                            .map(node -> inquiry.clear(node, service.name(), filter))
                            .toList()),
                    counts -> new ClearSessionsOutputBuilder()
                            .setCleared(Uint32.valueOf(
                                    counts.stream().mapToInt(count -> count).sum()))
                            .build(),
                    MoreExecutors.directExecutor());
        });
    }

    private static SessionFilter filter(final Service service, final String device, final String prefix)
            throws InvalidInputException {
        Inputs.checkDevice(device, service);
        return new SessionFilter(
                Optional.ofNullable(device),
                prefix == null ? Optional.empty() : Optional.of(Inputs.prefix("prefix", prefix)));
    }

    private <T> ListenableFuture<List<At<T>>> askAll(
            final Stream<String> nodes,
            final Optional<String> service,
            final BiFunction<Answers, Collection<Flow>, T> question) {
        return Futures.allAsList(nodes.distinct()
                .filter(inquiry.nodes()::contains)
                .map(node -> inquiry.ask(
                        node,
                        service,
                        (answers, read) -> new At<>(node, answers.isConnected(), question.apply(answers, read))))
                .toList());
    }

    /** The switches of a service; one that is at both sides twice. */
    static Stream<String> nodes(final Service service) {
        return Stream.of(Side.values()).flatMap(side -> nodes(service, side));
    }

    private static Stream<String> nodes(final Service service, final Side side) {
        return (switch (side) {
                    case INGRESS -> service.ingress().switches();
                    case EGRESS -> service.egress().switches();
                })
                .stream().map(Service.SwitchPorts::node);
    }

    /** The port of a client; null where its address alone is the client. */
    static PortNumber port(final ClientKey client) {
        return client.port() == ClientKey.NONE ? null : new PortNumber(Uint16.valueOf(client.port()));
    }

    /** A side as the model names it. */
    static Role role(final Side side) {
        return switch (side) {
            case INGRESS -> Role.Ingress;
            case EGRESS -> Role.Egress;
        };
    }
}
