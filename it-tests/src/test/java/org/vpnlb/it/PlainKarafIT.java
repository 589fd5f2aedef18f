/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** vpnlb is installed into an OpenDaylight that somebody has already. */
class PlainKarafIT {
    @Test
    void theArchiveInstallsIntoAPlainOpenDaylight() {
        try (Lab lab = Lab.start("plain-karaf", 2, 2, Lab.plainDistribution())) {
            lab.run("karaf-start", "module", "network-topology", "container", "network-topology");
            final var restconf = new Restconf(lab);
            assertThat(restconf.get().status()).as("vpnlb is not there yet").isEqualTo(400);

            final String install =
                    "kar:install " + Lab.kar().toAbsolutePath().normalize().toUri();
            shell(lab, install);
            assertThat(settings(lab, "cat"))
                    .as("each setting is there to be changed")
                    .contains("\n#table-base = 0\n", "\n#learned-per-second = 1000\n");
            settings(lab, "echo learned-per-second = 500 >>");
            shell(lab, "kar:uninstall odl-vpnlb-0.1.0");
            shell(lab, install);
            assertThat(settings(lab, "cat")).as("what is changed stays").endsWith("\nlearned-per-second = 500\n");
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

    /** Does something with the file of vpnlb's settings. */
    private static String settings(final Lab lab, final String command) {
        final String file =
                lab.run("status").getAsJsonObject().get("karaf-home").getAsString() + "/etc/org.vpnlb.cfg";
        final var outcome = lab.run("exec", "host", "root", "argv", List.of("sh", "-c", command + " " + file))
                .getAsJsonObject();
        assertThat(outcome.get("rc").getAsInt()).as(outcome.toString()).isZero();
        return outcome.get("stdout").getAsString();
    }

    private static void shell(final Lab lab, final String command) {
        final var outcome = lab.run("karaf-shell", "command", command).getAsJsonObject();
        assertThat(outcome.get("rc").getAsInt()).as(outcome.toString()).isZero();
    }
}
