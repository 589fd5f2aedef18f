/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.TestPathInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.TestPathOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.TestPathOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.test.path.output.DeviceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.test.path.output.device.Step;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.test.path.output.device.StepBuilder;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.app.rpc.PathRun.Test;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.PathAnswer;
import org.vpnlb.engine.model.PathAnswer.Result;
import org.vpnlb.engine.model.PathQuestion;
import org.vpnlb.engine.model.PathStep;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;

/** The RPC test-path: whether a client's packets come to a device and back. */
final class PathRpc {
    private static final int DEFAULT_MILLIS = 2000;
    private static final int MIN_MILLIS = 100;
    private static final int MAX_MILLIS = 10_000;

    private final Replies replies;
    private final PathTests tests;
    private final PathRun paths;

    PathRpc(final Inquiry inquiry, final Replies replies, final PathTests tests, final LinksDown links) {
        this.replies = replies;
        this.tests = tests;
        paths = new PathRun(inquiry, tests, links);
    }

    /** A step of a device, with what came of it by packets and by tables. */
    private record Tried(Optional<PathAnswer> asked, PathAnswer walked) {
        PathAnswer answer() {
            if (asked.isEmpty()) {
                return walked;
            }
            final PathAnswer sent = asked.orElseThrow();
            return switch (walked.result()) {
                case WALKED -> sent;
                case ASTRAY ->
                    new PathAnswer(
                            Result.ASTRAY, sent.millis(), walked.text() + "; asked all the same: " + sent.text());
                default -> new PathAnswer(sent.result(), sent.millis(), both(sent.text(), walked.text()));
            };
        }

        private static String both(final String one, final String other) {
            return one.equals(other) || other.isEmpty() ? one : one + "; " + other;
        }
    }

    ListenableFuture<RpcResult<TestPathOutput>> testPath(final TestPathInput input) {
        return replies.reply(services -> {
            final Test test = read(input, services);
            final String name = test.service().name();
            if (!tests.begin(name)) {
                throw new InvalidInputException(
                        "service", name, "a test of its path runs", "call again when it is over, within seconds");
            }
            final ListenableFuture<TestPathOutput> output = FluentFuture.from(
                            Futures.submitAsync(() -> paths.run(test), MoreExecutors.directExecutor()))
                    .transform(outcome -> output(test, outcome), MoreExecutors.directExecutor());
            output.addListener(() -> tests.end(name), MoreExecutors.directExecutor());
            return output;
        });
    }

    private static Test read(final TestPathInput input, final List<Service> services) throws InvalidInputException {
        final Service service = Inputs.service(input.getService(), services);
        Inputs.checkDevice(input.getDevice(), service);
        if (!service.enabled()) {
            throw new InvalidInputException(
                    "service", service.name(), "is disabled: it is in no switch", "set its leaf enabled to true");
        }
        if (Check.source(service, Side.INGRESS).isEmpty()) {
            throw new InvalidInputException(
                    "service",
                    service.name(),
                    "its health-check/source-address-ingress is absent, or its health-check/type is link: the packets"
                            + " of a test have no address to come from",
                    "configure a health-check of another type with a source-address-ingress: a free address of the"
                            + " devices' subnet on the clients' side");
        }
        final Optional<IpAddress> inner = address("inner-address", input.getInnerAddress());
        final Optional<IpAddress> server = address("server-address", input.getServerAddress());
        if (server.isPresent()
                && inner.filter(one -> one.family() == server.orElseThrow().family())
                        .isEmpty()) {
            throw new InvalidInputException(
                    "server-address",
                    server.orElseThrow(),
                    "inner-address is absent, or of another family",
                    "write an inner-address of the same family");
        }
        return new Test(
                service,
                service.devices().stream()
                        .filter(device ->
                                input.getDevice() == null || device.name().equals(input.getDevice()))
                        .toList(),
                millis(input.getTimeout()),
                inner,
                server);
    }

    private static int millis(final Uint16 timeout) throws InvalidInputException {
        final int millis = timeout == null ? DEFAULT_MILLIS : timeout.toJava();
        if (millis < MIN_MILLIS || millis > MAX_MILLIS) {
            throw new InvalidInputException(
                    "timeout", millis, "is out of range", "use %d to %d".formatted(MIN_MILLIS, MAX_MILLIS));
        }
        return millis;
    }

    private static Optional<IpAddress> address(final String leaf, final String text) throws InvalidInputException {
        return text == null ? Optional.empty() : Optional.of(Inputs.address(leaf, text));
    }

    private static TestPathOutput output(final Test test, final PathRun.Outcome outcome) {
        final List<org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.test.path.output.Device> devices =
                new ArrayList<>();
        for (int i = 0; i < test.devices().size(); i++) {
            devices.add(device(
                    test.service(), test.devices().get(i), outcome.walked().get(i), outcome.answers()));
        }
        return new TestPathOutputBuilder()
                .setPassed(devices.stream().allMatch(device -> device.getPassed()))
                .setDevice(devices)
                .build();
    }

    private static org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.test.path.output.Device device(
            final Service service,
            final Device device,
            final List<PathAnswer> walked,
            final Map<PathQuestion, PathAnswer> answers) {
        final List<PathStep> steps = PathStep.of(service, device);
        final List<Step> told = new ArrayList<>();
        final List<PathAnswer> all = new ArrayList<>();
        for (int i = 0; i < walked.size(); i++) {
            final PathAnswer walk = walked.get(i);
            final boolean isInner = i == steps.size();
            final Optional<PathQuestion> question =
                    isInner || steps.get(i).target().isEmpty()
                            ? Optional.empty()
                            : Optional.of(PathRun.question(device, steps.get(i)));
            final Optional<PathAnswer> asked = question.map(one -> Optional.ofNullable(answers.get(one))
                    .orElseGet(() -> PathRun.notSent(
                            walk.result() == Result.NOT_SENT
                                    ? walk.text()
                                    : device.on(one.side()).node() + " or its agent left during the test: ask again")));
            final PathAnswer answer = new Tried(asked, walk).answer();
            all.add(answer);
            told.add(step(isInner ? "inner" : steps.get(i).name(), answer));
        }
        return new DeviceBuilder()
                .setName(device.name())
                .setPassed(all.stream().allMatch(answer -> answer.result().isGood())
                        && all.stream().anyMatch(answer -> answer.result().isProof()))
                .setStep(told)
                .build();
    }

    private static Step step(final String name, final PathAnswer answer) {
        final var builder = new StepBuilder()
                .setName(name)
                .setText(answer.text())
                .setResult(
                        switch (answer.result()) {
                            case ANSWERED -> Step.Result.Answered;
                            case HOST_ANSWERED -> Step.Result.HostAnswered;
                            case WALKED -> Step.Result.Walked;
                            case NOT_APPLICABLE -> Step.Result.NotApplicable;
                            case REFUSED -> Step.Result.Refused;
                            case SILENT -> Step.Result.Silent;
                            case ASTRAY -> Step.Result.Astray;
                            case NOT_SENT -> Step.Result.NotSent;
                        });
        answer.millis().ifPresent(millis -> builder.setRoundTrip(Uint32.valueOf(millis)));
        return builder.build();
    }
}
