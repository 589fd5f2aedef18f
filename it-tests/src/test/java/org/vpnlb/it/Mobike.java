/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
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
        // A gateway tells its own address too, and a client that can go there does: past vpnlb.
        IntStream.rangeClosed(1, Site.GATEWAYS).forEach(i -> run(CLIENT, "ip route add unreachable 10.0.0." + i));
        lab.run("vpn-connect", "clients", List.of(CLIENT));
    }

    private void allow(final String host) {
        run(
                host,
                "sed -i 's/mobike = no/mobike = yes/' %s/swanctl.conf && ".formatted(files(host))
                        + swanctl(host)
                        + " --load-all --noprompt --file %s/swanctl.conf --uri unix://%s/vici.sock"
                                .formatted(files(host), files(host)));
    }

    private static String files(final String host) {
        return "/run/vpnlb/vpn/" + host + "-strongswan";
    }

    private static String swanctl(final String host) {
        return "STRONGSWAN_CONF=%s/strongswan.conf /run/vpnlb/bin/swanctl".formatted(files(host));
    }

    /** The client has another address, and nothing else changes. */
    void move(final String next) {
        run(
                CLIENT,
                "ip address del %s/24 dev %s && ip address add %s/24 dev %s"
                        .formatted(address, INTERFACE, next, INTERFACE));
        address = next;
    }

    /** Where its tunnel leads to. */
    String remote() {
        return run(CLIENT, swanctl(CLIENT) + " --list-sas --uri unix://%s/vici.sock".formatted(files(CLIENT)))
                .lines()
                .filter(line -> line.contains("remote '"))
                .map(line -> line.replaceAll(".*@ ([0-9.]+).*", "$1"))
                .collect(Collectors.joining());
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
        IntStream.rangeClosed(1, Site.GATEWAYS).forEach(i -> run(CLIENT, "ip route del unreachable 10.0.0." + i));
        move(HOME);
    }
}
