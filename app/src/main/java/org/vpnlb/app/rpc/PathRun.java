/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.engine.agent.Answers;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.PathAnswer;
import org.vpnlb.engine.model.PathAnswer.Result;
import org.vpnlb.engine.model.PathQuestion;
import org.vpnlb.engine.model.PathStep;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;

/** Asks the agents of the switches what comes of a test of the path. */
final class PathRun {
    private final Inquiry inquiry;
    private final PathTests tests;
    private final LinksDown links;

    PathRun(final Inquiry inquiry, final PathTests tests, final LinksDown links) {
        this.inquiry = inquiry;
        this.tests = tests;
        this.links = links;
    }

    /** What is tested. */
    record Test(
            Service service, List<Device> devices, int millis, Optional<IpAddress> inner, Optional<IpAddress> server) {}

    /** A switch that can be asked; why it cannot be, and its tables, as far as it tells them. */
    private record At(Optional<String> obstacle, Optional<Tables> tables) {}

    /**
     * What came of it.
     *
     * @param walked what the tables say, by device, in the order of its steps, the step inner last
     * @param answers what came back; nothing of what no agent told
     */
    record Outcome(List<List<PathAnswer>> walked, Map<PathQuestion, PathAnswer> answers) {}

    /** Tests. */
    ListenableFuture<Outcome> run(final Test test) {
        final List<String> nodes = test.devices.stream()
                .flatMap(device ->
                        Stream.of(device.ingress().node(), device.egress().node()))
                .distinct()
                .sorted()
                .toList();
        final Map<String, ListenableFuture<Optional<String>>> connected = new LinkedHashMap<>();
        nodes.forEach(node -> connected.put(node, obstacle(node)));
        return Futures.transformAsync(
                all(connected),
                obstacles -> Futures.transformAsync(
                        ask(test, obstacles),
                        // Then the tables: while a switch tells them, its packets are late.
                        answers -> FluentFuture.from(all(read(obstacles)))
                                .transformAsync(tables -> walk(test, tables), MoreExecutors.directExecutor())
                                .transform(walked -> new Outcome(walked, answers), MoreExecutors.directExecutor()),
                        MoreExecutors.directExecutor()),
                MoreExecutors.directExecutor());
    }

    private static <A> ListenableFuture<Map<String, A>> all(final Map<String, ListenableFuture<A>> asked) {
        return Futures.transform(
                Futures.allAsList(asked.values()),
                answers -> {
                    final Map<String, A> byNode = new TreeMap<>();
                    final var next = answers.iterator();
                    asked.keySet().forEach(node -> byNode.put(node, next.next()));
                    return byNode;
                },
                MoreExecutors.directExecutor());
    }

    /** Why a switch cannot be asked; empty when it can. */
    private ListenableFuture<Optional<String>> obstacle(final String node) {
        final Optional<String> away =
                Optional.of(node + " is not connected with this controller: see its state in vpn-services-state");
        return inquiry.nodes().contains(node)
                ? failed(Futures.transform(
                        inquiry.ask(node, Answers::isConnected),
                        isConnected -> isConnected ? Optional.empty() : away,
                        MoreExecutors.directExecutor()))
                : Futures.immediateFuture(away);
    }

    private static ListenableFuture<Optional<String>> failed(final ListenableFuture<Optional<String>> asked) {
        return Futures.catching(
                asked,
                Inquiry.UnansweredException.class,
                cause -> Optional.of(cause.getMessage()),
                MoreExecutors.directExecutor());
    }

    private Map<String, ListenableFuture<At>> read(final Map<String, Optional<String>> obstacles) {
        final Map<String, ListenableFuture<At>> tables = new LinkedHashMap<>();
        obstacles.forEach((node, obstacle) -> tables.put(
                node,
                obstacle.isPresent()
                        ? Futures.immediateFuture(new At(obstacle, Optional.empty()))
                        : Futures.catching(
                                FluentFuture.from(inquiry.entries(node))
                                        .transform(Answers::withoutSessions, MoreExecutors.directExecutor())
                                        .transformAsync(
                                                (List<Flow> held) ->
                                                        inquiry.ask(node, answers -> answers.walkable(held)),
                                                MoreExecutors.directExecutor())
                                        .transform(
                                                held -> new At(Optional.empty(), Optional.of(held)),
                                                MoreExecutors.directExecutor()),
                                Exception.class,
                                cause -> new At(Optional.of(unread(node, cause)), Optional.empty()),
                                MoreExecutors.directExecutor())));
        return tables;
    }

    private ListenableFuture<Map<PathQuestion, PathAnswer>> ask(
            final Test test, final Map<String, Optional<String>> obstacles) {
        final Map<String, List<PathQuestion>> byNode = new TreeMap<>();
        for (final Device device : test.devices) {
            questions(test.service, device)
                    .forEach(question -> byNode.computeIfAbsent(
                                    device.on(question.side()).node(), node -> new ArrayList<>())
                            .add(question));
        }
        byNode.keySet().removeIf(node -> obstacles.get(node).isPresent());
        final long number = tests.next();
        final ListenableFuture<Map<PathQuestion, PathAnswer>> answers = tests.await(
                number, byNode.values().stream().flatMap(Collection::stream).toList(), test.millis);
        byNode.forEach((node, questions) -> inquiry.test(
                node,
                new Event.PathAsked(
                        test.service.name(), number, questions, links.of(node), test.millis, inquiry.now())));
        return answers;
    }

    private static Stream<PathQuestion> questions(final Service service, final Device device) {
        return PathStep.of(service, device).stream()
                .filter(step -> step.target().isPresent())
                .map(step -> question(device, step));
    }

    /** What a device is asked in a step that has somebody to ask. */
    static PathQuestion question(final Device device, final PathStep step) {
        return new PathQuestion(
                device.name(), step.name(), step.side(), step.target().orElseThrow());
    }

    private static String unread(final String node, final Throwable cause) {
        return cause instanceof Inquiry.UnansweredException
                ? cause.getMessage()
                : node + " cannot be read: " + Throwables.getRootCause(cause).getMessage();
    }

    /** What the tables say; one device after the other, so that the agents' other work comes between. */
    private ListenableFuture<List<List<PathAnswer>>> walk(final Test test, final Map<String, At> tables) {
        ListenableFuture<List<List<PathAnswer>>> all = Futures.immediateFuture(new ArrayList<>());
        for (final Device device : test.devices) {
            all = Futures.transformAsync(
                    all,
                    before -> Futures.transform(
                            walk(test, device, tables),
                            answers -> {
                                before.add(answers);
                                return before;
                            },
                            MoreExecutors.directExecutor()),
                    MoreExecutors.directExecutor());
        }
        return all;
    }

    /** What the tables say of a device, in the order of its steps, the step inner last. */
    private ListenableFuture<List<PathAnswer>> walk(
            final Test test, final Device device, final Map<String, At> tables) {
        final String service = test.service.name();
        final List<PathStep> steps = PathStep.of(test.service, device);
        final At ingress = tables.get(device.ingress().node());
        final At egress = tables.get(device.egress().node());
        final var outer = byTables(
                device.ingress().node(),
                ingress,
                (answers, held, down) -> steps.stream()
                        .map(step -> step.side() == Side.INGRESS
                                ? answers.path(service, device.name(), step.traffic(), held, down)
                                : egress(step, egress))
                        .toList(),
                why -> steps.stream()
                        .map(step -> step.side() == Side.INGRESS ? notSent(why) : egress(step, egress))
                        .toList());
        final var inner = byTables(
                device.egress().node(),
                egress,
                (answers, held, down) -> answers.innerPath(service, device.name(), test.inner, test.server, held, down),
                PathRun::notSent);
        return Futures.transformAsync(
                outer,
                first -> Futures.transform(
                        inner,
                        last -> Stream.concat(first.stream(), Stream.of(last)).toList(),
                        MoreExecutors.directExecutor()),
                MoreExecutors.directExecutor());
    }

    private interface Walk<A> {
        A of(Answers answers, Tables held, Set<Long> down);
    }

    private <A> ListenableFuture<A> byTables(
            final String node, final At at, final Walk<A> walk, final Function<String, A> unwalked) {
        return at.tables.isEmpty()
                ? Futures.immediateFuture(unwalked.apply(at.obstacle.orElseThrow()))
                : Futures.catching(
                        inquiry.ask(node, answers -> walk.of(answers, at.tables.orElseThrow(), links.of(node))),
                        Inquiry.UnansweredException.class,
                        cause -> unwalked.apply(cause.getMessage()),
                        MoreExecutors.directExecutor());
    }

    /** On the servers' side the device is asked for itself: there is nothing to walk. */
    private static PathAnswer egress(final PathStep step, final At at) {
        return step.target().isPresent()
                ? at.obstacle.map(PathRun::notSent).orElse(new PathAnswer(Result.WALKED, ""))
                : new PathAnswer(
                        Result.NOT_APPLICABLE,
                        "nobody is asked: vpn-device/egress/address is absent, or no address of vpnlb's to ask from");
    }

    /** It could not be tried. */
    static PathAnswer notSent(final String why) {
        return new PathAnswer(Result.NOT_SENT, why);
    }
}
