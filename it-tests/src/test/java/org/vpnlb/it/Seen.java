/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Set;

/** What a capture at the gateways' ports shows of clients, whose tunnels are as they are now. */
final class Seen {
    private final JsonObject report;
    private final JsonObject tunnels;

    Seen(final Lab lab, final String capture) {
        report = lab.run("capture-report", "name", capture).getAsJsonObject();
        tunnels = lab.run("vpn-status").getAsJsonObject();
    }

    /**
     * The gateway at which all packets of a client were, in both directions, outside and inside; fails where that is
     * not one.
     *
     * @param kinds what the client's packets outside are among others
     */
    String onlyGatewayOf(final String client, final Set<String> kinds) {
        final JsonObject ends = tunnels.getAsJsonObject(client);
        final JsonObject outer = sightings("outer", ends.get("outer_address"));
        final JsonObject inner = sightings("inner", ends.get("inner_address"));
        assertThat(outer.keySet()).as(client + " outside").hasSize(1);
        assertThat(inner.keySet()).as(client + " inside").isEqualTo(outer.keySet());
        final String gateway = outer.keySet().iterator().next();
        for (final JsonObject side : List.of(outer.getAsJsonObject(gateway), inner.getAsJsonObject(gateway))) {
            assertThat(side.get("frames_to_device").getAsInt()).as(client).isPositive();
            assertThat(side.get("frames_from_device").getAsInt()).as(client).isPositive();
            assertThat(side.get("stray_frames").getAsInt()).as(client).isZero();
        }
        assertThat(outer.getAsJsonObject(gateway).getAsJsonObject("kinds").keySet())
                .as(client)
                .containsAll(kinds);
        return gateway;
    }

    private JsonObject sightings(final String side, final JsonElement address) {
        final JsonObject of = report.getAsJsonObject(side).getAsJsonObject(address.getAsString());
        assertThat(of).as(side + " " + address).isNotNull();
        return of;
    }
}
