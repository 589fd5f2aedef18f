/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** vpnlb is installed into an OpenDaylight that somebody has already. */
class PlainKarafIT {
    @Test
    void theArchiveInstallsIntoAPlainOpenDaylight() {
        try (Lab lab = Lab.start("plain-karaf", 2, 2, Lab.plainDistribution())) {
            lab.run("karaf-start", "module", "network-topology", "container", "network-topology");
            final var restconf = new Restconf(lab);
            assertThat(restconf.get().status()).as("vpnlb is not there yet").isEqualTo(400);

            shell(lab, "kar:install " + Lab.kar().toAbsolutePath().normalize().toUri());
            lab.run("karaf-restart", "module", "vpnlb", "container", "vpn-services");
            lab.awaitSwitches();

            assertThat(restconf.put(restconf.example()).status()).isEqualTo(201);
            restconf.awaitUp();
            assertThat(lab.groups("sw1")).anyMatch(group -> group.contains("type=select"));
            lab.run("vpn-start");
            lab.run("vpn-connect");
            assertThat(Lab.objects(lab.run("traffic")).toList())
                    .isNotEmpty()
                    .allSatisfy(result -> assertThat(result.get("ok").getAsBoolean())
                            .as(result.toString())
                            .isTrue());
        }
    }

    private static void shell(final Lab lab, final String command) {
        final var outcome = lab.run("karaf-shell", "command", command).getAsJsonObject();
        assertThat(outcome.get("rc").getAsInt()).as(outcome.toString()).isZero();
    }
}
