/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.opendaylight.mdsal.binding.api.RpcProviderService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitch;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitchInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitchOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ClearSessions;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ClearSessionsInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ClearSessionsOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.FindClient;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.FindClientInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.FindClientOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListSessions;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListSessionsInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListSessionsOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.check._switch.output.Difference;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.find.client.output.Place;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.list.sessions.output.Session;
import org.opendaylight.yangtools.binding.Rpc;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.app.Office;
import org.vpnlb.app.openflow.TestAgents;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.openflow.Flow;

class OperatorRpcsTest {
    private static final Device G1 = Office.device(1);
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

    private final List<Rpc<?, ?>> offered = new ArrayList<>();
    private final TestAgents agents = new TestAgents(Office.of(G1, Office.device(2)));

    OperatorRpcsTest() {
        final RpcProviderService provider = mock();
        when(provider.registerRpcImplementations(any(Rpc[].class))).thenAnswer(call -> {
            for (final Object rpc : call.getArguments()) {
                offered.add((Rpc<?, ?>) rpc);
            }
            return mock(Registration.class);
        });
        OperatorRpcs.register(
                provider,
                agents.inquiry(),
                new Rebalances(new ManualTimer(), (service, end) -> {}),
                new PathTests(new ManualTimer()),
                new LinksDown(),
                () -> Futures.immediateFuture(agents.services()),
                Futures::immediateFuture,
                () -> TestAgents.NOW,
                InstantSource.fixed(NOW));
    }

    @Test
    void aClientIsFoundWithItsDeviceOnBothSides() {
        agents.connect(G1, "203.0.113.7");
        final List<Place> places = answer(find("203.0.113.7")).getPlace();
        assertThat(places).hasSize(2).allSatisfy(place -> {
            assertThat(place.getBasis()).isEqualTo(Place.Basis.Session);
            assertThat(place.getDevice()).isEqualTo("g1");
            assertThat(place.getService()).isEqualTo("office");
            assertThat(place.getConnected()).isTrue();
            assertThat(place.getPinned()).isFalse();
            // The switch had it before the controller came.
            assertThat(place.getSince()).isNull();
        });
        assertThat(places).extracting(Place::getSide).containsExactly(Role.Ingress, Role.Egress);
        assertThat(places).extracting(place -> place.getNode().getValue()).containsExactly("openflow:1", "openflow:2");
        assertThat(places.getFirst().getWhy()).isEqualTo("a client session with g1");
    }

    @Test
    void whereAClientWasBeforeIsToldWithTheTimeAndWhyItIsThereNoMore() {
        agents.connect(G1, "203.0.113.7", "203.0.113.8");
        answer(rpc(ClearSessions.class)
                .invoke(new ClearSessionsInputBuilder()
                        .setService("office")
                        .setPrefix("203.0.113.7")
                        .build()));
        assertThat(answer(find("203.0.113.7")).getPlace()).hasSize(2).allSatisfy(place -> {
            assertThat(place.getBasis()).isEqualTo(Place.Basis.Nothing);
            assertThat(place.getBefore()).singleElement().satisfies(before -> {
                assertThat(before.getDevice()).isEqualTo("g1");
                assertThat(before.getUntil().getValue()).isEqualTo(NOW.toString());
                assertThat(before.getWhy()).isEqualTo("an operator ended the session, by clear-sessions");
            });
        });
        assertThat(answer(find("203.0.113.8")).getPlace())
                .as("who has not moved")
                .allMatch(place -> place.nonnullBefore().isEmpty());
    }

    @Test
    void aClientThatNobodyKnowsIsSaidToBeNowhere() {
        agents.connect(G1);
        assertThat(answer(find("203.0.113.7")).getPlace())
                .extracting(Place::getBasis)
                .containsExactly(Place.Basis.Nothing, Place.Basis.Nothing);
    }

    @Test
    void sessionsComeInPagesUntilThereIsNoMore() {
        agents.connect(
                G1,
                IntStream.range(0, 25).mapToObj(i -> "203.0.113." + (100 + i)).toArray(String[]::new));
        final List<String> seen = new ArrayList<>();
        String marker = null;
        int pages = 0;
        do {
            final ListSessionsOutput page = answer(list(10, marker));
            page.getSession()
                    .forEach(session -> seen.add(
                            session.getClientAddress().getIpv4AddressNoZone().getValue()));
            marker = page.getNextMarker();
            pages++;
        } while (marker != null);
        assertThat(pages).isEqualTo(3);
        assertThat(seen)
                .containsExactlyElementsOf(IntStream.range(0, 25)
                        .mapToObj(i -> "203.0.113." + (100 + i))
                        .toList());
    }

    @Test
    void aPageGoesOnBehindAPortOfAnAddress() {
        agents.connect(G1, "203.0.113.1", "203.0.113.2");
        for (final String marker : List.of("203.0.113.1:40000", "203.0.113.1:0", "203.0.113.1")) {
            assertThat(answer(list(10, marker)).getSession())
                    .extracting(session ->
                            session.getClientAddress().getIpv4AddressNoZone().getValue())
                    .as(marker)
                    .containsExactly("203.0.113.2");
        }
        assertThat(answer(list(10, "[2001:db8::1]:40000")).getSession()).isNull();
    }

    @Test
    void aPageThatIsJustFullIsTheLast() {
        agents.connect(G1, "203.0.113.1", "203.0.113.2");
        assertThat(answer(list(2, null)).getNextMarker()).isNull();
        assertThat(answer(list(2, null)).getSession())
                .extracting(Session::getDevice, Session::getHeld)
                .containsOnly(tuple("g1", true));
    }

    @Test
    void theSessionsOfAClientOrADeviceAreEndedAndCounted() {
        agents.connect(G1, "203.0.113.1", "203.0.113.2");
        final var ofClient = new ClearSessionsInputBuilder()
                .setService("office")
                .setPrefix("203.0.113.1")
                .build();
        assertThat(answer(rpc(ClearSessions.class).invoke(ofClient)))
                .extracting(ClearSessionsOutput::getCleared)
                .isEqualTo(Uint32.TWO);
        assertThat(answer(list(10, null)).getSession()).hasSize(1);
        final var ofDevice = new ClearSessionsInputBuilder()
                .setService("office")
                .setDevice("g1")
                .build();
        assertThat(answer(rpc(ClearSessions.class).invoke(ofDevice)).getCleared())
                .isEqualTo(Uint32.TWO);
        assertThat(answer(list(10, null)).nonnullSession()).isEmpty();
        assertThat(answer(check(Office.INGRESS)).getConsistent()).isTrue();
        assertThat(answer(check(Office.EGRESS)).getConsistent()).isTrue();
    }

    @Test
    void whatASwitchLacksIsNamed() {
        agents.connect(G1, "203.0.113.1");
        assertThat(answer(check(Office.INGRESS)).getConsistent()).isTrue();
        final Flow.Key gone = agents.flows(Office.INGRESS).keySet().iterator().next();
        final Flow flow = agents.flows(Office.INGRESS).remove(gone);
        final CheckSwitchOutput output = answer(check(Office.INGRESS));
        assertThat(output.getConsistent()).isFalse();
        assertThat(output.getDifferences()).isEqualTo(Uint32.ONE);
        assertThat(output.getDifference()).singleElement().satisfies(difference -> {
            assertThat(difference.getKind()).isEqualTo(Difference.Kind.Missing);
            assertThat(difference.getWanted()).isEqualTo(flow.toString());
            assertThat(difference.getHeld()).isNull();
        });
    }

    @Test
    void aSwitchThatDoesNotAnswerIsNamedAndNotWaitedForForEver() {
        agents.connect(G1);
        agents.silence();
        final ListenableFuture<RpcResult<CheckSwitchOutput>> asked = check(Office.INGRESS);
        assertThat(asked).isNotDone();
        agents.timeOut();
        assertRefused(asked, ErrorTag.OPERATION_FAILED, "openflow:1 has not told what it holds within 20 s; ask again");
    }

    @Test
    void aSwitchThatIsNotConnectedCannotBeChecked() {
        assertRefused(check(Office.INGRESS), ErrorTag.INVALID_VALUE, "input/node = openflow:1: is not connected");
    }

    @Test
    void whatCannotBeAskedIsRefusedWithLeafValueAndFix() {
        agents.connect(G1);
        assertInvalid(
                rpc(FindClient.class).invoke(new FindClientInputBuilder().build()),
                "input/address = absent: the leaf is mandatory; write one such as 192.0.2.1");
        assertInvalid(
                rpc(FindClient.class)
                        .invoke(new FindClientInputBuilder()
                                .setAddress("192.0.2.1")
                                .setService("offices")
                                .build()),
                "input/service = offices: there is no such service; use one of [office]");
        assertInvalid(
                rpc(ListSessions.class).invoke(new ListSessionsInputBuilder().build()),
                "input/service = absent: the leaf is mandatory; use one of [office]");
        assertInvalid(
                rpc(ListSessions.class)
                        .invoke(new ListSessionsInputBuilder()
                                .setService("office")
                                .build()),
                "input/side = absent: the leaf is mandatory; use ingress or egress");
        assertInvalid(
                rpc(ListSessions.class)
                        .invoke(new ListSessionsInputBuilder()
                                .setService("office")
                                .setSide("inside")
                                .build()),
                "input/side = inside: there is no such side; use ingress or egress");
        assertInvalid(
                find("10.0.0.300"), "input/address = 10.0.0.300: is not an IP address; write one such as 192.0.2.1");
        assertInvalid(list(10, "x"), "input/marker = x: is no client; write next-marker of the page before");
        assertInvalid(list(10, "192.0.2.1:65536"), "input/marker = 192.0.2.1:65536: is no client; write next-marker");
        assertInvalid(
                rpc(FindClient.class)
                        .invoke(new FindClientInputBuilder()
                                .setAddress("192.0.2.1")
                                .setPort(Uint32.valueOf(65_536))
                                .build()),
                "input/port = 65536: is no port; use 0 to 65535");
        assertInvalid(
                rpc(ClearSessions.class)
                        .invoke(new ClearSessionsInputBuilder()
                                .setService("office")
                                .setPrefix("10.0.0.0/33")
                                .build()),
                "input/prefix = 10.0.0.0/33: is not a prefix; write one such as 192.0.2.0/24");
        assertInvalid(list(0, null), "input/limit = 0: is out of range; use 1 to 10000");
        assertInvalid(list(10_001, null), "input/limit = 10001: is out of range; use 1 to 10000");
        assertInvalid(
                rpc(ClearSessions.class)
                        .invoke(new ClearSessionsInputBuilder()
                                .setService("office")
                                .setDevice("g9")
                                .build()),
                "input/device = g9: service office has no such device; use one of [g1, g2]");
        assertInvalid(
                rpc(ClearSessions.class)
                        .invoke(new ClearSessionsInputBuilder()
                                .setService("office")
                                .build()),
                "input/device = absent: prefix is absent too, and that would end every session of office; "
                        + "name a device, or a prefix such as 192.0.2.1");
        assertInvalid(
                rpc(ClearSessions.class)
                        .invoke(new ClearSessionsInputBuilder()
                                .setService("office")
                                .setDevice("g1")
                                .setPort(Uint32.valueOf(40_000))
                                .build()),
                "input/port = 40000: prefix is absent, and a port is one client's only behind its address; name the"
                        + " address as prefix too");
        assertInvalid(
                check("openflow:9"),
                "input/node = openflow:9: no service names such a switch, and none is connected; use one of"
                        + " [openflow:1, openflow:2]");
    }

    private ListenableFuture<RpcResult<FindClientOutput>> find(final String address) {
        return rpc(FindClient.class)
                .invoke(new FindClientInputBuilder().setAddress(address).build());
    }

    private ListenableFuture<RpcResult<ListSessionsOutput>> list(final int limit, final String marker) {
        return rpc(ListSessions.class)
                .invoke(new ListSessionsInputBuilder()
                        .setService("office")
                        .setSide("ingress")
                        .setLimit(Uint32.valueOf(limit))
                        .setMarker(marker)
                        .build());
    }

    private ListenableFuture<RpcResult<CheckSwitchOutput>> check(final String node) {
        return rpc(CheckSwitch.class)
                .invoke(new CheckSwitchInputBuilder().setNode(node).build());
    }

    private <T extends Rpc<?, ?>> T rpc(final Class<T> type) {
        return offered.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow();
    }

    private static <T> T answer(final ListenableFuture<RpcResult<T>> asked) {
        final RpcResult<T> result = Futures.getUnchecked(asked);
        assertThat(result.getErrors()).isEmpty();
        return result.getResult();
    }

    private static void assertInvalid(final ListenableFuture<? extends RpcResult<?>> asked, final String message) {
        assertRefused(asked, ErrorTag.INVALID_VALUE, message);
    }

    private static void assertRefused(
            final ListenableFuture<? extends RpcResult<?>> asked, final ErrorTag tag, final String message) {
        final RpcResult<?> result = Futures.getUnchecked(asked);
        assertThat(result.isSuccessful()).isFalse();
        assertThat(result.getErrors()).singleElement().satisfies(error -> {
            assertThat(error.getTag()).isEqualTo(tag);
            assertThat(error.getMessage()).startsWith(message);
        });
    }
}
