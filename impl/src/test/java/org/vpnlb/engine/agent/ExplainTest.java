/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import org.vpnlb.engine.explain.Branch;
import org.vpnlb.engine.explain.Explainer;
import org.vpnlb.engine.explain.Step;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.openflow.WalkResult.Outcome;
import org.vpnlb.engine.openflow.WalkStep;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Origin;
import org.vpnlb.engine.pipeline.Origins;

/** What explains a packet says what the switch does with it, and every entry has a reason. */
class ExplainTest {
    @Provide
    static Arbitrary<Shape> shapes() {
        return Shape.ofAnyFamily(Shape.learnedByController());
    }

    /** What leaves a switch, where, and as what. */
    private record Sent(long port, String frame) {
        static Sent of(final long port, final byte[] frame) {
            return new Sent(port, HexFormat.of().formatHex(frame));
        }
    }

    @Property(tries = 60)
    void whatIsExplainedIsWhatTheSwitchDoes(@ForAll("shapes") final Shape shape, @ForAll final long seed) {
        final Lab lab = Lab.of(shape, seed);
        final var random = new Random(seed);
        new RandomTraffic(lab, random).run(40);
        lab.network().settle();
        for (final Service service : lab.enabled()) {
            for (int i = 0; i < 10 && !service.devices().isEmpty(); i++) {
                for (final Tuple2<String, Packet> packet : packets(service, random)) {
                    assertExplained(lab, packet.get1(), packet.get2());
                }
            }
        }
    }

    private record Packet(long port, byte[] frame) {}

    private static List<Tuple2<String, Packet>> packets(final Service service, final Random random) {
        final int client = random.nextInt(60);
        final Device device =
                service.devices().get(random.nextInt(service.devices().size()));
        final List<MacAddress> hops = Lab.nextHops(service);
        return List.of(
                Tuple.of(
                        Lab.ingress(service),
                        new Packet(
                                service.ingress().switches().get(0).ports().get(0),
                                Frames.ip(
                                        service.virtualMac(),
                                        Lab.ROUTER_MAC,
                                        Lab.outside(service, Lab.outer(client)),
                                        Lab.called(service, Lab.outer(client)),
                                        pick(Frames.Kind.of(service), random)))),
                Tuple.of(
                        Lab.egress(service),
                        new Packet(
                                device.egress().port(),
                                Frames.ip(
                                        Lab.SERVER_MAC,
                                        device.egress().mac(),
                                        Lab.inner(service, client),
                                        Lab.SERVER,
                                        Frames.Kind.PING))),
                Tuple.of(
                        Lab.egress(service),
                        new Packet(
                                service.egress().switches().get(0).ports().get(0),
                                Frames.ip(
                                        pick(hops, random),
                                        Lab.SERVER_MAC,
                                        Lab.SERVER,
                                        Lab.inner(service, client),
                                        Frames.Kind.PING))));
    }

    /** By what the switch holds, and by what it should hold where it holds nothing short-lived beside that. */
    private static void assertExplained(final Lab lab, final String node, final Packet packet) {
        final Answers answers = lab.network().agent(node).answers();
        final Tables held = lab.network().datapath(node).ours();
        final List<Branch> byHeld = explain(answers, held, packet);
        final List<Branch> byDesired =
                explain(answers, answers.desired(lab.network().now()), packet);
        final Verdict verdict = lab.network().receive(node, packet.port(), packet.frame());
        lab.network().settle();
        assertTold(byHeld, verdict);
        if (held.flows().values().stream().noneMatch(ExplainTest::isShortLived)) {
            assertTold(byDesired, verdict);
        }
    }

    private static boolean isShortLived(final Flow flow) {
        return Cookie.parse(flow.cookie())
                .filter(cookie -> cookie.kind() == Cookie.Kind.SUPPRESSION)
                .isPresent();
    }

    private static List<Branch> explain(final Answers answers, final Tables tables, final Packet packet) {
        final List<Branch> branches =
                new Explainer(tables, Set.of(), answers.narrator()).explain(packet.port(), packet.frame());
        for (final Branch branch : branches) {
            assertThat(branch.choice().isEmpty()).isEqualTo(branches.size() == 1);
            assertThat(branch.steps())
                    .hasSameSizeAs(branch.result().steps())
                    .allSatisfy(step -> assertThat(step.text()).isNotBlank());
            assertThat(branch.steps().stream().filter(step -> step.kind() == Step.Kind.MATCH))
                    .as("entries of the configuration")
                    .allSatisfy(step -> assertThat(step.origin().orElseThrow()).isNotEqualTo(Origin.FOREIGN));
        }
        return branches;
    }

    private static void assertTold(final List<Branch> branches, final Verdict verdict) {
        if (verdict.normal()) {
            // By which ports is the switch's own to know.
            assertThat(branches).anyMatch(branch -> branch.result().outcome() == Outcome.NORMAL);
            return;
        }
        assertThat(branches.stream()
                        .map(branch -> branch.result().all(WalkStep.Sent.class).stream()
                                .map(step -> Sent.of(step.port(), step.frame()))
                                .toList()))
                .contains(verdict.sent().stream()
                        .map(left -> Sent.of(left.port(), left.frame()))
                        .toList());
    }

    @Property(tries = 60)
    void everyEntryAndGroupHasItsReason(@ForAll("shapes") final Shape shape) {
        final Lab lab = Lab.of(shape, 1);
        for (final String node : lab.network().names()) {
            final Origins origins = lab.network().agent(node).answers().origins();
            for (final Flow flow : lab.network().datapath(node).ours().flows().values()) {
                final Cookie cookie = Cookie.parse(flow.cookie()).orElseThrow();
                final Origin origin = origins.of(flow);
                assertThat(origin.service().isPresent()).as(flow.toString()).isEqualTo(cookie.service() != 0);
                assertThat(origin.device().isPresent()).as(flow.toString()).isEqualTo(cookie.device() != 0);
                assertThat(origins.of(flow.cookie()).service()).isEqualTo(origin.service());
            }
            for (final Group group :
                    lab.network().datapath(node).ours().groups().values()) {
                assertThat(origins.of(group).service()).as(group.toString()).isPresent();
            }
        }
    }

    private static <T> T pick(final List<T> some, final Random random) {
        return some.get(random.nextInt(some.size()));
    }
}
