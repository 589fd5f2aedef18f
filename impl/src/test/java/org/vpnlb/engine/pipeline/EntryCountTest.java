/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.Label;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Capabilities.Meters;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.selection.Assignments;

/** The figures are those of {@code docs/selection.md}: who changes one changes the other. */
@Label("The entries of an ingress switch for ten devices, however many clients there are")
class EntryCountTest {
    private static final Meters METERS = Capabilities.OPEN_VSWITCH.meters();
    private static final String V4 = "10.0.0.100";
    private static final String V6 = "2001:db8::100";

    @Example
    @Label("with 256 slots are about 400 where there is nothing else, as in a switch without meters")
    void withoutMeters() {
        assertThat(entries(plain(256), Meters.NONE, false)).isEqualTo(409);
        assertThat(entries(plain(256).outerV6(V6), Meters.NONE, false)).isEqualTo(436);
        assertThat(entries(plain(256).additionalClusterAddresses(V6), Meters.NONE, false))
                .isEqualTo(524);
    }

    @Example
    @Label("with 256 slots are more with the meters of Open vSwitch")
    void withMeters() {
        assertThat(entries(plain(256), METERS, false)).isEqualTo(441);
        assertThat(entries(plain(256).outerV6(V6), METERS, false)).isEqualTo(468);
        assertThat(entries(plain(256).additionalClusterAddresses(V6), METERS, false))
                .isEqualTo(567);
    }

    @Example
    @Label("with 256 slots are more with meters and checks, and still more where the switch learns")
    void withChecks() {
        assertThat(entries(checked(plain(256)), METERS, false)).isEqualTo(507);
        assertThat(entries(checked(plain(256).outerV6(V6)), METERS, false)).isEqualTo(559);
        assertThat(entries(checked(plain(256).additionalClusterAddresses(V6)), METERS, false))
                .isEqualTo(633);
        assertThat(entries(checked(plain(256)), METERS, true)).isEqualTo(536);
        assertThat(entries(checked(plain(256).outerV6(V6)), METERS, true)).isEqualTo(588);
        assertThat(entries(checked(plain(256).additionalClusterAddresses(V6)), METERS, true))
                .isEqualTo(692);
    }

    @Example
    @Label("with 128 slots are at most 400 with meters and checks, by IPv4")
    void fitWithFewerSlots() {
        assertThat(entries(checked(plain(128)), METERS, false)).isEqualTo(373);
    }

    private static ServiceBuilder plain(final int slots) {
        final var builder = ServiceBuilder.service("office")
                .clusterAddress(V4)
                .slots(slots)
                .method(Method.SOURCE_HASH)
                .sessions(Sessions.PINNED);
        IntStream.rangeClosed(1, 10).forEach(builder::device);
        return builder;
    }

    /** A check comes from an address of the family of the cluster address. */
    private static ServiceBuilder checked(final ServiceBuilder service) {
        return service.healthCheck(HealthCheck.Type.ICMP);
    }

    private static int entries(final ServiceBuilder builder, final Meters meters, final boolean isLearnedBySwitch) {
        final Service service = builder.build();
        final Set<String> office = Set.of(service.name());
        return new Pipeline(
                        0,
                        Numbers.of(List.of(service)),
                        isLearnedBySwitch ? office : Set.of(),
                        Set.of(),
                        office,
                        Set.of(),
                        meters)
                .tables(
                        "sw1",
                        List.of(service),
                        Assignments.NONE.with(service, Made.bySource(service).slots()))
                .flows()
                .size();
    }
}
