/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A device whose link goes down loses its clients to the others, and nobody else notices. */
class LinkFailureIT {
    private static final int CLIENTS = 12;
    private static final int GATEWAYS = 4;

    @Test
    void onlyTheClientsOfTheDeadDeviceMoveAndNobodyMovesWhenItReturns() {
        try (Lab lab = Lab.start("link-failure", CLIENTS, GATEWAYS, Lab.distribution())) {
            lab.startKaraf();
            final var restconf = new Restconf(lab);
            final JsonObject services = restconf.example();
            Restconf.service(services).add("health-check", JsonParser.parseString("{\"type\": \"link\"}"));
            assertThat(restconf.put(services).status()).isEqualTo(201);
            restconf.awaitUp();
            awaitHealth(restconf, "g2", "up");
            lab.run("vpn-start");
            lab.run("vpn-connect");
            final Map<String, String> before = gateways(lab);
            final String dead = mostUsed(before);
            final Map<String, Ping> pings = new HashMap<>();
            before.forEach((client, gateway) -> {
                if (!gateway.equals(dead)) {
                    pings.put(client, Ping.start(lab, client));
                }
            });
            final String port = "sw1-eth" + (10 + Integer.parseInt(dead.substring(1)));

            lab.run("exec", "host", "root", "argv", List.of("ip", "link", "set", port, "down"));
            awaitHealth(restconf, dead, "down");
            Waiting.until("its sessions are gone", () -> sessions(restconf, dead) == 0);
            assertThat(restconf.state().orElseThrow().get("oper-status").getAsString())
                    .isEqualTo("degraded");
            Waiting.until("its clients are back, at others", () -> {
                final Map<String, String> now = gateways(lab);
                return now.size() == CLIENTS && !now.containsValue(dead);
            });
            final Map<String, String> moved = gateways(lab);
            pings.keySet().forEach(client -> assertThat(moved).containsEntry(client, before.get(client)));

            lab.run("exec", "host", "root", "argv", List.of("ip", "link", "set", port, "up"));
            awaitHealth(restconf, dead, "up");
            restconf.awaitUp();
            assertThat(gateways(lab)).isEqualTo(moved);
            pings.forEach((client, ping) ->
                    assertThat(ping.stop()).as("lost by " + client).isEmpty());
            assertThat(lab.run("karaf-log").getAsJsonObject().getAsJsonArray("vpnlb-warnings"))
                    .isEmpty();
        }
    }

    private static Map<String, String> gateways(final Lab lab) {
        return lab.run("vpn-status").getAsJsonObject().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue()
                                .getAsJsonObject()
                                .get("gateway")
                                .getAsString()));
    }

    private static String mostUsed(final Map<String, String> gateways) {
        return gateways.values().stream()
                .collect(Collectors.groupingBy(gateway -> gateway, Collectors.counting()))
                .entrySet()
                .stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }

    private static void awaitHealth(final Restconf restconf, final String device, final String health) {
        Waiting.until(
                device + " is " + health,
                () -> device(restconf, device).has("health")
                        && health.equals(device(restconf, device).get("health").getAsString()));
    }

    private static int sessions(final Restconf restconf, final String device) {
        final JsonObject state = device(restconf, device);
        return state.get("client-sessions").getAsInt()
                + state.get("return-sessions").getAsInt();
    }

    private static JsonObject device(final Restconf restconf, final String name) {
        return Lab.objects(restconf.state().orElseThrow().get("vpn-device"))
                .filter(device -> name.equals(device.get("name").getAsString()))
                .findFirst()
                .orElseThrow();
    }
}
