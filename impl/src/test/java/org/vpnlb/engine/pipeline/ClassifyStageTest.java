/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.Label;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Neighbour;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;

@Label("Table 0")
class ClassifyStageTest {
    private final Made office = Made.byController(ServiceBuilder.office()
            .protocols(EnumSet.of(Protocol.IKE))
            .clientPrefixes("10.99.0.0/16", "10.98.0.0/16")
            .healthCheck(HealthCheck.Type.ICMP)
            .build());

    @Example
    @Label("lets the fragments of a protocol with ports in beside it")
    void letsFragmentsIn() {
        assertThat(office.flows(Band.SERVICE_TRAFFIC))
                .extracting(flow -> flow.key().match().destinationPort())
                .containsExactlyInAnyOrder(500, 0);
    }

    @Example
    @Label("marks what is for a client, whoever it is sent to, and lets table 3 see it")
    void marksWhatIsForAClient() {
        assertThat(office.flows(Band.TO_CLIENT))
                .as("two prefixes, each by way of the virtual MAC and of three devices")
                .hasSize(2 * 4)
                .allMatch(flow -> flow.metadata() == office.layout().metadata(office.service()))
                .allMatch(flow -> flow.nextTable() == office.layout().id(Table.LEARNED_SOURCES));
    }

    @Example
    @Label("forwards what is for a device itself, though its address may be among the clients'")
    void forwardsWhatIsForADevice() {
        assertThat(office.flows(Band.TO_DEVICE_ITSELF))
                .hasSize(3)
                .allMatch(flow -> flow.actions().equals(List.of(new Action.OutputNormal())));
        assertThat(Band.TO_DEVICE_ITSELF.priority()).isGreaterThan(Band.TO_CLIENT.priority());
    }

    @Example
    @Label("floods nothing that is sent to the virtual MAC address")
    void floodsNothing() {
        assertThat(office.flows(Band.UNSERVED))
                .allMatch(flow -> flow.key()
                        .match()
                        .etherDestination()
                        .equals(office.service().virtualMac()))
                .allMatch(ClassifyStageTest::drops)
                .isNotEmpty();
        assertThat(Band.UNSERVED.priority())
                .as("also what a device sends there")
                .isGreaterThan(Band.FROM_DEVICE.priority());
    }

    @Example
    @Label("lets nobody claim an address of ours, nor a device answer for the cluster address")
    void letsNobodyClaimAnAddressOfOurs() {
        assertThat(office.flows(Band.ADDRESS_CLAIMED))
                .allMatch(ClassifyStageTest::drops)
                .extracting(flow -> flow.key().match().arpSender().toString())
                .containsExactlyInAnyOrder(
                        office.service().clusterAddress().toString(), "10.0.0.250", "172.16.0.254", "172.16.0.250");
        assertThat(office.flows(Band.DEVICE_ASKS_CLUSTER)).hasSize(3).allMatch(ClassifyStageTest::drops);
    }

    @Example
    @Label("answers a neighbour that asks again, and knows from the entry whom")
    void answersANeighbour() {
        final var neighbour = new Neighbour(
                Place.untagged("sw1", 1),
                new MacAddress(0x0200_0000_0c01L),
                Made.OUTER,
                office.service().clusterAddress());
        final Flow answer = office.pipeline().addressAnswer(office.service(), neighbour);
        assertThat(office.isOf(answer, Band.ADDRESS_ASKED_AGAIN)).isTrue();
        assertThat(answer.actions()).endsWith(new Action.OutputInPort());
        assertThat(Pipeline.neighbour("sw1", answer.key(), answer.cookie())).contains(neighbour);
    }

    @Example
    @Label("punts the answers to a check with the cookie of the check, and only what the device sends")
    void puntsAnswersToChecks() {
        final var checks = office.pipeline().checks("sw1", List.of(office.service()));
        assertThat(checks).hasSize(3);
        checks.forEach((cookie, asked) -> asked.forEach(check -> assertThat(office.flows(Band.CHECK_ANSWER))
                .filteredOn(flow -> flow.cookie() == cookie)
                .filteredOn(flow -> !isOfPathTest(flow))
                .as("ARP, and an echo reply")
                .hasSize(2)
                .allMatch(flow -> flow.key().match().inPort() == check.port())
                .allMatch(flow ->
                        flow.key().match().etherSource().equals(check.target().targetMac()))
                .allMatch(flow -> flow.actions().equals(List.of(PuntLength.WHOLE_FRAME.action())))));
        assertThat(office.flows(Band.CHECK_ANSWER))
                .filteredOn(flow -> flow.key().match().ipDestination() != null)
                .allMatch(flow -> flow.key().match().ipDestination().isHost())
                .extracting(flow -> flow.key().match().ipDestination())
                .contains(IpPrefix.parse("10.0.0.250/32"), IpPrefix.parse("172.16.0.250/32"));
    }

    @Example
    @Label("punts of a device's answers only what comes from the address and the port that were asked, and the errors")
    void puntsNarrowly() {
        final Made asked = Made.byController(
                ServiceBuilder.office().healthCheck(HealthCheck.Type.IKE).build());
        final List<Match> answers = asked.flows(Band.CHECK_ANSWER).stream()
                .map(flow -> flow.key().match())
                .filter(match -> match.ipProtocol() != null)
                .toList();
        assertThat(answers)
                .hasSize(3 * asked.service().devices().size())
                .extracting(Match::ipSource)
                .containsOnly(IpPrefix.of(asked.service().clusterAddress()));
        assertThat(answers)
                .extracting(match -> match.ipProtocol() + " " + match.sourcePort())
                .containsOnly("17 500", "17 4500", "1 null");
    }

    /** What answers at the cluster address, where the check asks at the device's own. */
    private boolean isOfPathTest(final Flow flow) {
        final IpPrefix cluster = IpPrefix.of(office.service().clusterAddress());
        return cluster.equals(flow.key().match().ipSource());
    }

    @Example
    @Label("punts the answers to tests of the path too, whatever is checked, and none where nobody can be asked")
    void puntsAnswersToTestsOfThePath() {
        final List<Match> answers = office.flows(Band.CHECK_ANSWER).stream()
                .filter(this::isOfPathTest)
                .map(flow -> flow.key().match())
                .toList();
        assertThat(answers)
                .hasSize(2 * office.service().devices().size())
                .extracting(match -> match.ipProtocol() + " " + match.sourcePort())
                .containsOnly("17 500", "1 null");
        final Made unasked = Made.byController(
                ServiceBuilder.office().healthCheck(HealthCheck.LINKS).build());
        assertThat(unasked.flows(Band.CHECK_ANSWER)).isEmpty();
    }

    private static boolean drops(final Flow flow) {
        return flow.actions().isEmpty() && flow.nextTable() == null;
    }
}
