/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.HealthCheck.Question;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.IpDatagram;

@DisplayName("A device of a service with several checks")
class SeveralChecksTest {
    private static final int TCP_PORT = 443;
    private static final int OTHER_TCP_PORT = 8443;
    private static final long LONG_ENOUGH = 10_000;

    private final Service office = ServiceBuilder.office()
            .healthCheck(new HealthCheck(
                            Type.UDP,
                            Optional.of(1194),
                            500,
                            3,
                            2,
                            Optional.of(ServiceBuilder.gateway(250)
                                    .ingress()
                                    .address()
                                    .orElseThrow()),
                            Optional.empty())
                    .with(List.of(
                            new Question("web", Type.TCP, Optional.of(TCP_PORT)),
                            new Question("admin", Type.TCP, Optional.of(OTHER_TCP_PORT)))))
            .build();
    private final CheckedLab lab = new CheckedLab(office, new Random(1));
    private final Device first = office.devices().getFirst();

    @Test
    @DisplayName("is up when it answers all of them, on both sides")
    void isUpWhenAllAreAnswered() {
        lab.loseNothing();
        lab.run(LONG_ENOUGH, () -> {});
        assertThat(lab.health(first).state()).isEqualTo(Health.State.UP);
        assertThat(lab.checks(first).values()).hasSize(4).allMatch(health -> health.state() == Health.State.UP);
        assertThat(lab.effective().devices()).isEqualTo(office.devices());
    }

    @Test
    @DisplayName("is down when it does not answer one, has no clients then, and it is said which and why")
    void isDownWhenOneIsNotAnswered() {
        lab.loseNothing();
        lab.run(LONG_ENOUGH, () -> {});
        lab.deafen(first, frame -> isTcp(frame, OTHER_TCP_PORT));
        lab.run(LONG_ENOUGH, () -> {});
        assertThat(lab.health(first).state()).isEqualTo(Health.State.DOWN);
        assertThat(lab.health(first).reason().orElseThrow()).contains("TCP at 10.0.0.100 port 8443, ingress side");
        assertThat(states(first))
                .isEqualTo(Map.of("health-check", Health.State.UP, "web", Health.State.UP, "admin", Health.State.DOWN));
        assertThat(lab.effective().keeper("g1")).isEmpty();
        lab.deafen(first, frame -> false);
        lab.run(LONG_ENOUGH, () -> {});
        assertThat(lab.health(first).state()).isEqualTo(Health.State.UP);
    }

    @Test
    @DisplayName("is asked on the servers' side once, where all of them ask the same")
    void isAskedTheSameOnce() {
        assertThat(Check.of(office, first))
                .extracting(
                        check -> check.subject().side(),
                        check -> check.subject().question(),
                        check -> check.target().kind())
                .containsExactly(
                        tuple(Side.INGRESS, "health-check", Target.Kind.UDP),
                        tuple(Side.INGRESS, "web", Target.Kind.TCP),
                        tuple(Side.INGRESS, "admin", Target.Kind.TCP),
                        tuple(Side.EGRESS, "health-check", Target.Kind.ARP));
    }

    @Test
    @DisplayName("keeps what is known of it when a check is added, which has to be answered too")
    void whatIsKnownStaysWhenACheckIsAdded() {
        final Service one = ServiceBuilder.like(office)
                .healthCheck(office.healthCheck().orElseThrow().with(List.of()))
                .build();
        final var before = new CheckedLab(one, new Random(2));
        before.loseNothing();
        before.run(LONG_ENOUGH, () -> {});
        assertThat(before.health(first).state()).isEqualTo(Health.State.UP);
        before.reconfigure(office);
        assertThat(before.health(first).state()).isEqualTo(Health.State.UNKNOWN);
        assertThat(before.effective().keeper("g1")).isPresent();
        before.run(LONG_ENOUGH, () -> {});
        assertThat(before.health(first).state()).isEqualTo(Health.State.UP);
    }

    private Map<String, Health.State> states(final Device device) {
        return lab.checks(device).entrySet().stream()
                .filter(check -> check.getKey().side() == Side.INGRESS)
                .collect(Collectors.toMap(
                        check -> check.getKey().question(),
                        check -> check.getValue().state()));
    }

    private static boolean isTcp(final byte[] frame, final int port) {
        return IpDatagram.parse(frame)
                .filter(datagram -> datagram.protocol() == IpDatagram.TCP)
                .filter(datagram -> ((datagram.payload()[2] & 0xff) << 8 | datagram.payload()[3] & 0xff) == port)
                .isPresent();
    }
}
