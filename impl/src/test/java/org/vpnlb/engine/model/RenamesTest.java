/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RenamesTest {
    private static final Service OFFICE = ServiceBuilder.office().build();

    @Test
    void aDeviceIsKnownByItsMacAddresses() {
        final Service next = ServiceBuilder.like(OFFICE)
                .device("g1", device -> ServiceBuilder.named(device, "north"))
                .build();
        assertThat(renames(next).devices("office")).isEqualTo(Map.of("g1", "north", "g2", "g2", "g3", "g3"));
    }

    @Test
    void exchangedNamesAreTwoRenames() {
        final Service next = ServiceBuilder.like(OFFICE)
                .device("g1", device -> ServiceBuilder.named(device, "x"))
                .device("g2", device -> ServiceBuilder.named(device, "g1"))
                .device("x", device -> ServiceBuilder.named(device, "g2"))
                .build();
        assertThat(renames(next).devices("office")).isEqualTo(Map.of("g1", "g2", "g2", "g1", "g3", "g3"));
    }

    @Test
    void aDeviceWithOtherMacAddressesIsTheOneOfItsName() {
        final Device other = ServiceBuilder.gateway(5);
        final Service next = ServiceBuilder.like(OFFICE)
                .device("g1", device -> ServiceBuilder.with(device, other.ingress(), other.egress()))
                .build();
        assertThat(renames(next).device("office", "g1")).hasValue("g1");
    }

    @Test
    void aNameThatAnotherDeviceHasNowIsNobodysSuccessor() {
        final Service next = ServiceBuilder.like(OFFICE)
                .without("g1")
                .device("g2", device -> ServiceBuilder.named(device, "g1"))
                .build();
        assertThat(renames(next).device("office", "g1")).isEmpty();
        assertThat(renames(next).device("office", "g2")).hasValue("g1");
        assertThat(renames(next).nameOf("office", "g1")).isEmpty();
    }

    @Test
    void aDeviceThatIsGoneIsSpokenOfByTheNameThatItHad() {
        final Service next = ServiceBuilder.like(OFFICE).without("g1").build();
        assertThat(renames(next).device("office", "g1")).isEmpty();
        assertThat(renames(next).nameOf("office", "g1")).hasValue("g1");
    }

    @Test
    void aServiceIsKnownByItsClusterAddressesAndSwitches() {
        final Service next = ServiceBuilder.like(OFFICE)
                .name("branch")
                .device("g1", device -> ServiceBuilder.named(device, "north"))
                .build();
        assertThat(renames(next).service("office")).hasValue("branch");
        assertThat(renames(next).device("office", "g1")).hasValue("north");
        final Service elsewhere =
                ServiceBuilder.like(next).clusterAddress("10.0.0.101").build();
        assertThat(renames(elsewhere).service("office")).isEmpty();
        assertThat(renames(elsewhere).device("office", "g2")).isEmpty();
        final Service sameName =
                ServiceBuilder.like(OFFICE).clusterAddress("10.0.0.101").build();
        assertThat(renames(sameName).service("office")).hasValue("office");
    }

    private static Renames renames(final Service next) {
        return Renames.between(List.of(OFFICE), List.of(next));
    }
}
