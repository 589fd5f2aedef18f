/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.base.Strings;
import com.google.common.util.concurrent.AsyncFunction;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Ending;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.NodeId;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PlanChangeInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PlanChangeOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PlanChangeOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.Service.LookedUpAnew;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.ServiceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.service.EndBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.service.EndingSessionBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.service.SlotMove;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.service.SlotMoveBuilder;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.config.ServiceReader;
import org.vpnlb.app.config.ServiceReader.InvalidLeafException;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.engine.agent.Forecast;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.validate.Problem;
import org.vpnlb.engine.validate.Validator;

/** The RPC plan-change. */
final class PlanRpc {
    private static final int MAX_LISTED = 100;

    private final Inquiry inquiry;
    private final Replies replies;
    private final AsyncFunction<List<Service>, List<Service>> foreseen;

    /**
     * Answers the RPC.
     *
     * @param foreseen services as they would be in the switches, as the devices are
     */
    PlanRpc(final Inquiry inquiry, final Replies replies, final AsyncFunction<List<Service>, List<Service>> foreseen) {
        this.inquiry = inquiry;
        this.replies = replies;
        this.foreseen = foreseen;
    }

    /** What is said of a service in a switch. */
    private record At(String node, boolean isConnected, Forecast forecast) {}

    ListenableFuture<RpcResult<PlanChangeOutput>> planChange(final PlanChangeInput input) {
        return replies.reply(services -> {
            final List<Service> changed = changed(input);
            final Set<String> deleted = deleted(input, changed, services);
            final Set<String> named =
                    changed.stream().map(Service::name).collect(Collectors.toCollection(TreeSet::new));
            named.addAll(deleted);
            final List<Service> next = Stream.concat(
                            services.stream().filter(service -> !named.contains(service.name())), changed.stream())
                    .sorted(Comparator.comparing(Service::name))
                    .toList();
            final List<Problem> problems = Validator.validate(next);
            if (!problems.isEmpty()) {
                throw new InvalidInputException(problems, null);
            }
            final List<String> nodes = Stream.concat(services.stream(), next.stream())
                    .filter(service -> named.contains(service.name()))
                    .flatMap(SessionRpcs::nodes)
                    .distinct()
                    .filter(inquiry.nodes()::contains)
                    .sorted()
                    .toList();
            return FluentFuture.from(foreseen.apply(next))
                    .transformAsync(would -> ask(nodes, would, named), MoreExecutors.directExecutor())
                    .transform(PlanRpc::output, MoreExecutors.directExecutor());
        });
    }

    private static List<Service> changed(final PlanChangeInput input) throws InvalidInputException {
        try {
            return ServiceReader.read(input);
        } catch (InvalidLeafException e) {
            throw new InvalidInputException(List.of(e.problem()), e);
        }
    }

    private static Set<String> deleted(
            final PlanChangeInput input, final List<Service> changed, final List<Service> services)
            throws InvalidInputException {
        final Set<String> deleted =
                new TreeSet<>(Optional.ofNullable(input.getDeletedService()).orElse(Set.of()));
        if (changed.isEmpty() && deleted.isEmpty()) {
            throw new InvalidInputException(
                    "vpn-service",
                    "absent",
                    "there is no change",
                    "send each service as it would be, or name a deleted-service");
        }
        final List<String> names = services.stream().map(Service::name).toList();
        for (final String name : deleted) {
            if (!names.contains(name)) {
                throw new InvalidInputException(
                        "deleted-service", name, "there is no such service", "use one of " + names);
            }
            if (changed.stream().anyMatch(service -> service.name().equals(name))) {
                throw new InvalidInputException(
                        "deleted-service", name, "it is in vpn-service too", "leave one of the two out");
            }
        }
        return deleted;
    }

    private ListenableFuture<List<At>> ask(
            final List<String> nodes, final List<Service> next, final Set<String> named) {
        final Optional<String> read =
                named.size() == 1 ? Optional.of(named.iterator().next()) : Optional.empty();
        return Futures.transform(
                Futures.allAsList(nodes.stream()
                        .map(node -> inquiry.ask(
                                node,
                                read,
                                (answers, flows) -> answers.forecast(next, MAX_LISTED, flows).stream()
                                        .filter(forecast -> named.contains(forecast.service()))
                                        .map(forecast -> new At(node, answers.isConnected(), forecast))
                                        .toList()))
                        .toList()),
                found -> found.stream()
                        .flatMap(List::stream)
                        .sorted(Comparator.comparing((Function<At, String>)
                                        at -> at.forecast().service())
                                .thenComparing(At::node))
                        .toList(),
                MoreExecutors.directExecutor());
    }

    private static PlanChangeOutput output(final List<At> found) {
        return new PlanChangeOutputBuilder()
                .setService(found.stream().map(PlanRpc::service).toList())
                .build();
    }

    private static org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.Service service(final At at) {
        final Forecast forecast = at.forecast();
        final var builder = new ServiceBuilder()
                .setService(forecast.service())
                .setNode(new NodeId(at.node()))
                .setConnected(at.isConnected())
                .setSlotMove(forecast.moves().stream().map(PlanRpc::move).toList())
                .setLookedUpAnew(
                        switch (forecast.lookup()) {
                            case NONE -> LookedUpAnew.None;
                            case MOVED_SLOTS -> LookedUpAnew.MovedSlots;
                            case ALL -> LookedUpAnew.All;
                        })
                .setStayingSessions(Uint32.valueOf(forecast.staying()))
                .setEndingSessions(Uint32.valueOf(
                        forecast.ends().stream().mapToInt(Forecast.End::count).sum()))
                .setEnd(forecast.ends().stream()
                        .map(end -> new EndBuilder()
                                .setSide(SessionRpcs.role(end.side()))
                                .setDevice(end.device())
                                .setWhy(why(end.why()))
                                .setSessions(Uint32.valueOf(end.count()))
                                .build())
                        .toList())
                .setEndingSession(forecast.ending().stream()
                        .map(session -> new EndingSessionBuilder()
                                .setClientAddress(IetfInetUtil.ipAddressNoZoneFor(
                                        session.client().address().toBytes()))
                                .setClientPort(SessionRpcs.port(session.client()))
                                .setSide(SessionRpcs.role(session.side()))
                                .setDevice(session.device())
                                .setWhy(why(session.why()))
                                .build())
                        .toList());
        forecast.waitMillis()
                .ifPresent(wait -> builder.setWaitingSeconds(Uint32.valueOf(TimeUnit.MILLISECONDS.toSeconds(wait))));
        forecast.pinned().ifPresent(count -> builder.setPinnedSessions(Uint32.valueOf(count)));
        return builder.build();
    }

    private static SlotMove move(final Forecast.Move move) {
        return new SlotMoveBuilder()
                .setFrom(Strings.emptyToNull(move.from()))
                .setTo(Strings.emptyToNull(move.to()))
                .setSlots(Uint32.valueOf(move.count()))
                .setWhen(move.isWaiting() ? SlotMove.When.WhenLearned : SlotMove.When.AtOnce)
                .build();
    }

    private static Ending.Why why(final Forecast.Why why) {
        return switch (why) {
            case SERVICE_LEAVES -> Ending.Why.ServiceLeaves;
            case DEVICE_REMOVED -> Ending.Why.DeviceRemoved;
            case DEVICE_OUT_OF_SERVICE -> Ending.Why.DeviceOutOfService;
            case OTHER_FAMILY -> Ending.Why.OtherFamily;
            case OUTSIDE_PREFIXES -> Ending.Why.OutsidePrefixes;
            case GIVEN -> Ending.Why.Given;
        };
    }
}
