/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Pipeline;

@DisplayName("When another number of inner addresses has one session,")
class RekeyingTest {
    private static final IpAddress CLIENT = IpAddress.parse("10.99.7.9");
    private static final IpAddress NEIGHBOUR = IpAddress.parse("10.99.7.10");
    private static final IpAddress CLIENT_V6 = IpAddress.parse("fd00:0:7:8::9");
    private static final IpAddress SERVER = IpAddress.parse("172.31.0.10");
    private static final IpAddress SERVER_V6 = IpAddress.parse("fd00:ffff::10");
    private static final long NOW = 1_000_000;

    private final Service office = office(32, 128);
    private final Pipeline pipeline = new Pipeline(0, Numbers.of(List.of(office)), Set.of(), Set.of());
    private final ReturnSessions sessions =
            new ReturnSessions(office, pipeline, new Counters.Tally(), new PuntSuppression());
    private final Device first = office.devices().get(0);
    private final Device second = office.devices().get(1);

    @Test
    @DisplayName("sessions that the switch has lost are kept, as one where many have one now")
    void lostSessionsAreKept() {
        learn(first, CLIENT);
        learn(first, NEIGHBOUR);
        sessions.lost();
        final Service next = office(29, 128);
        sessions.configure(next, pipeline, NOW);
        assertThat(sessions.table().pending()).isEqualTo(1);
        assertThat(sessions.table().countByDevice()).isEqualTo(Map.of("g1", 1));
        assertThat(added(sessions.table().restore(100, NOW)))
                .containsExactlyInAnyOrder(
                        pipeline.returnSession(next, first, CLIENT), pipeline.learnedSource(next, first, CLIENT));
        assertThat(sessions.table().entries()).isEqualTo(2);
    }

    @Test
    @DisplayName("sessions are kept that the switch loses before it can be read")
    void sessionsAreKeptThatTheSwitchLoses() {
        learn(first, CLIENT);
        sessions.configure(office(29, 128), pipeline, NOW);
        sessions.lost();
        assertThat(sessions.table().pending()).isEqualTo(1);
    }

    @Test
    @DisplayName("those of the other family stay as they are")
    void theOtherFamilyStays() {
        learn(first, CLIENT);
        learn(first, CLIENT_V6);
        sessions.lost();
        assertThat(sessions.configure(office(32, 64), pipeline, NOW)).isEmpty();
        assertThat(sessions.table().pending()).isEqualTo(2);
        sessions.configure(office(32, 128), pipeline, NOW);
        assertThat(sessions.table().all()).containsOnlyKeys(CLIENT);
        assertThat(sessions.table().pending()).isEqualTo(1);
    }

    @Test
    @DisplayName("sessions of a device that fails meanwhile are deleted at once")
    void thoseOfADeadDeviceGo() {
        learn(first, CLIENT);
        learn(second, NEIGHBOUR);
        final Service next = ServiceBuilder.like(office(29, 128))
                .device("g1", device -> device.with(AdminState.OUT_OF_SERVICE))
                .build();
        assertThat(sessions.configure(next, pipeline, NOW))
                .contains(
                        new Effect.DeleteFlows(pipeline.cookie(Kind.RETURN_SESSION, office, first)),
                        new Effect.DeleteFlows(pipeline.cookie(Kind.LEARNED_SOURCE, office, first)))
                .doesNotContain(new Effect.DeleteFlows(pipeline.cookie(Kind.RETURN_SESSION, office, second)));
        assertThat(sessions.table().countByDevice()).isEqualTo(Map.of("g2", 1));
    }

    private void learn(final Device device, final IpAddress client) {
        sessions.learn(
                device, new IpPacket(client, client.family() == SERVER.family() ? SERVER : SERVER_V6), NOW - 5000);
    }

    private static List<Flow> added(final List<Effect> effects) {
        return effects.stream()
                .flatMap(effect -> effect instanceof Effect.AddFlow added ? Stream.of(added.flow()) : Stream.empty())
                .toList();
    }

    private static Service office(final int v4, final int v6) {
        return ServiceBuilder.office()
                .additionalGatewayAddresses("fd01::fe")
                .clientPrefixes("10.99.0.0/16", "fd00::/32")
                .sessionPrefixLengths(v4, v6)
                .build();
    }
}
