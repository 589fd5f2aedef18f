/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.TestPathInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.TestPathOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.test.path.output.device.Step;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.app.Office;
import org.vpnlb.app.openflow.TestAgents;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;

class PathRpcTest {
    private static final Device G1 = Office.device(1);

    private final ManualTimer timer = new ManualTimer();
    private final PathTests tests = new PathTests(timer);
    private final LinksDown links = new LinksDown();
    private TestAgents agents;

    private void start(final Service service) {
        agents = new TestAgents(service);
        agents.listen(notice -> {
            if (notice instanceof Notice.PathAnswered told) {
                tests.answered(told);
            }
        });
        agents.answering((device, frame) -> Optional.of(Office.ofIke(device, frame)));
    }

    private void startConnected() {
        start(Office.checked(G1, Office.device(2)));
        agents.connect(G1, "203.0.113.7");
    }

    @Test
    void aDeviceThatAnswersPasses() {
        startConnected();
        final var before = Map.copyOf(agents.flows(Office.INGRESS));
        final TestPathOutput output = answer(input -> input);
        assertThat(output.getPassed()).isTrue();
        assertThat(output.nonnullDevice())
                .extracting(device -> device.getName())
                .containsExactly("g1", "g2");
        assertThat(results(output, "g1"))
                .containsExactly("ike answered", "esp walked", "egress not-applicable", "inner walked");
        assertThat(steps(output, "g1").getFirst().getRoundTrip().intValue()).isEqualTo(3);
        assertThat(agents.flows(Office.INGRESS)).isEqualTo(before);
    }

    @Test
    void aDeviceThatRefusesFailsAloneAndIsSaidWhy() {
        startConnected();
        agents.answering((device, frame) ->
                Optional.of(device.equals(G1) ? Office.ofIke(device, frame) : Office.ofNobody(device, frame)));
        final TestPathOutput output = answer(input -> input);
        assertThat(output.getPassed()).isFalse();
        assertThat(device(output, "g1").getPassed()).isTrue();
        assertThat(device(output, "g2").getPassed()).isFalse();
        assertThat(results(output, "g2")).startsWith("ike refused", "esp walked");
        assertThat(answer(input -> input.setDevice("g1")).getPassed()).isTrue();
    }

    @Test
    void aDeviceWhoseTablesLeadElsewhereFailsThoughItAnswers() {
        startConnected();
        agents.flows(Office.INGRESS)
                .values()
                .removeIf(flow -> flow.key().match().ipProtocol() != null
                        && flow.key().match().ipProtocol() == 50);
        final TestPathOutput output = answer(input -> input);
        assertThat(output.getPassed()).isFalse();
        assertThat(results(output, "g1")).startsWith("ike answered", "esp astray");
        agents.flows(Office.INGRESS).values().removeIf(flow -> flow.key().priority() == 300);
        final Step ike = steps(answer(input -> input), "g1").getFirst();
        assertThat(ike.getResult()).isEqualTo(Step.Result.Astray);
        assertThat(ike.getText())
                .startsWith("IP protocol 17 port 500 to 192.0.2.1 from uplink 1 does not come through: ")
                .endsWith("; asked all the same: IKE at 192.0.2.1 port 500 answers");
    }

    @Test
    void aSwitchThatIsNotConnectedIsSaidAtOnce() {
        start(Office.checked(G1));
        final TestPathOutput output = answer(input -> input);
        assertThat(output.getPassed()).isFalse();
        assertThat(results(output, "g1"))
                .containsExactly("ike not-sent", "esp not-sent", "egress not-applicable", "inner not-sent");
        assertThat(steps(output, "g1").getFirst().getText())
                .isEqualTo("openflow:1 is not connected with this controller: see its state in vpn-services-state");
    }

    @Test
    void aLinkThatIsDownIsSaidAtOnce() {
        startConnected();
        links.ports(Office.INGRESS, Map.of(11L, false, 12L, true));
        final TestPathOutput output = answer(input -> input);
        assertThat(results(output, "g1")).startsWith("ike not-sent", "esp not-sent");
        assertThat(steps(output, "g1").getFirst().getText())
                .isEqualTo("port 11 of openflow:1 has no link: see the cable and the gateway");
        assertThat(device(output, "g2").getPassed()).isTrue();
    }

    @Test
    void aServiceHasOneTestAtATimeAndNoneWaitsForEver() throws Exception {
        startConnected();
        agents.answering((device, frame) -> Optional.empty());
        final var first = call(input -> input);
        assertThat(first.isDone()).isFalse();
        assertInvalid(
                input -> input,
                "input/service = office: a test of its path runs; call again when it is over, within seconds");
        timer.advance(4000);
        assertThat(first.isDone()).isTrue();
        final TestPathOutput output = Futures.getDone(first).getResult();
        assertThat(results(output, "g1")).startsWith("ike not-sent");
        assertThat(steps(output, "g1").getFirst().getText())
                .isEqualTo("openflow:1 or its agent left during the test: ask again");
        agents.answering((device, frame) -> Optional.of(Office.ofIke(device, frame)));
        assertThat(answer(input -> input).getPassed()).isTrue();
    }

    @Test
    void aServiceWithoutAnAddressToAskFromIsRefusedWithTheLeaf() {
        start(Office.of(G1));
        assertInvalid(
                input -> input,
                "input/service = office: its health-check/source-address-ingress is absent, or its health-check/type is"
                        + " link: the packets of a test have no address to come from; configure a health-check of"
                        + " another type with a source-address-ingress: a free address of the devices' subnet on the"
                        + " clients' side");
    }

    @Test
    void whatCannotBeIsRefusedWithTheLeaf() {
        startConnected();
        assertInvalid(
                input -> input.setService(null), "input/service = absent: the leaf is mandatory; use one of [office]");
        assertInvalid(
                input -> input.setDevice("g7"),
                "input/device = g7: service office has no such device; use one of [g1, g2]");
        assertInvalid(
                input -> input.setTimeout(Uint16.valueOf(10_001)),
                "input/timeout = 10001: is out of range; use 100 to 10000");
        assertInvalid(
                input -> input.setInnerAddress("10.0.0.300"),
                "input/inner-address = 10.0.0.300: is not an IP address; write one such as 192.0.2.1");
        assertInvalid(
                input -> input.setServerAddress("172.16.0.10"),
                "input/server-address = 172.16.0.10: inner-address is absent, or of another family;"
                        + " write an inner-address of the same family");
    }

    private static org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.test.path.output.Device device(
            final TestPathOutput output, final String name) {
        return output.nonnullDevice().stream()
                .filter(device -> device.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<Step> steps(final TestPathOutput output, final String device) {
        return device(output, device).nonnullStep();
    }

    private static List<String> results(final TestPathOutput output, final String device) {
        return steps(output, device).stream()
                .map(step -> step.getName() + " " + step.getResult().getName())
                .toList();
    }

    private ListenableFuture<RpcResult<TestPathOutput>> call(final UnaryOperator<TestPathInputBuilder> input) {
        final var replies = new Replies(
                () -> Futures.immediateFuture(agents.services()), () -> TestAgents.NOW, InstantSource.system());
        return new PathRpc(agents.inquiry(), replies, tests, links)
                .testPath(input.apply(new TestPathInputBuilder().setService("office"))
                        .build());
    }

    private TestPathOutput answer(final UnaryOperator<TestPathInputBuilder> input) {
        final RpcResult<TestPathOutput> result = Futures.getUnchecked(call(input));
        assertThat(result.getErrors()).isEmpty();
        return result.getResult();
    }

    private void assertInvalid(final UnaryOperator<TestPathInputBuilder> input, final String message) {
        final RpcResult<TestPathOutput> result = Futures.getUnchecked(call(input));
        assertThat(result.getErrors()).singleElement().satisfies(error -> {
            assertThat(error.getTag()).isEqualTo(ErrorTag.INVALID_VALUE);
            assertThat(error.getMessage()).isEqualTo(message);
        });
    }
}
