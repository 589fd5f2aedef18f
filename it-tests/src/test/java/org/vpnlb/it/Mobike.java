/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A strongSwan client that changes its address while it is logged in (MOBIKE, RFC 4555), as a telephone does that
 * leaves a building.
 */
final class Mobike implements AutoCloseable {
    static final String CLIENT = "c1";
    private static final String HOME = "10.0.0.11";
    private static final String INTERFACE = CLIENT + "-eth0";
    /** Where a host's daemon has its files. */
    private static final String FILES = "/run/vpnlb/vpn/";

    private final Lab lab;
    private String address = HOME;

    /** Logs in from where the client always is. */
    Mobike(final Lab lab) {
        this.lab = lab;
        lab.run("vpn-start");
        final List<String> gateways =
                IntStream.rangeClosed(1, Site.GATEWAYS).mapToObj(i -> "g" + i).toList();
        // The daemon that speaks to nobody yet: its configuration is made with its first connection.
        lab.run("vpn-start", "hosts", List.of(CLIENT));
        Stream.concat(gateways.stream(), Stream.of(CLIENT)).forEach(this::allow);
        lab.run("vpn-connect", "clients", List.of(CLIENT));
    }

    private void allow(final String host) {
        final String files = FILES + host + "-strongswan";
        run(
                host,
                "sed -i 's/mobike = no/mobike = yes/' %s/swanctl.conf && HOME=/run/vpnlb".formatted(files)
                        + " STRONGSWAN_CONF=%s/strongswan.conf /run/vpnlb/bin/swanctl --load-all --noprompt"
                                .formatted(files)
                        + " --file %s/swanctl.conf --uri unix://%s/vici.sock".formatted(files, files));
    }

    /** The client has another address, and nothing else changes. */
    void move(final String next) {
        run(
                CLIENT,
                "ip address del %s/24 dev %s && ip address add %s/24 dev %s"
                        .formatted(address, INTERFACE, next, INTERFACE));
        address = next;
    }

    /** Its addresses inside of tunnels. */
    String inner() {
        return run(CLIENT, "ip -4 -o address | grep -o 'inet 10[.]9[0-9.]*' | sort -u");
    }

    private String run(final String host, final String script) {
        final JsonObject outcome = lab.run("exec", "host", host, "argv", List.of("sh", "-c", script))
                .getAsJsonObject();
        assertThat(outcome.get("rc").getAsInt()).as("%s: %s", host, outcome).isZero();
        return outcome.get("stdout").getAsString();
    }

    @Override
    public void close() {
        lab.run("vpn-stop");
        move(HOME);
    }
}
