/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.List;

/**
 * A router before a client, whose link to it takes shorter packets than all others: c1 becomes the router, c2 moves
 * behind it and keeps its address.
 */
final class NarrowRouter implements AutoCloseable {
    /** The octets of the longest IP packet. */
    static final int MTU = 1300;

    private static final String ROUTER = "10.0.0.11";
    private static final String CLIENT = "10.0.0.12";

    private final Lab lab;

    NarrowRouter(final Lab lab) {
        this.lab = lab;
        run(
                "root",
                "ip link add narrow1 mtu " + MTU + " netns c1 type veth peer name narrow2 mtu " + MTU + " netns c2");
        run(
                "c1",
                "ethtool -K narrow1 tx off && echo 1 > /proc/sys/net/ipv4/ip_forward"
                        + " && ip link set narrow1 up && ip address add " + ROUTER + "/32 dev narrow1 && ip route add "
                        + CLIENT + " dev narrow1");
        run(
                "c2",
                "ethtool -K narrow2 tx off && ip address del " + CLIENT + "/24 dev c2-eth0"
                        + " && ip link set narrow2 up && ip address add " + CLIENT + "/32 dev narrow2"
                        + " && ip route add " + ROUTER + " dev narrow2 && ip route add 10.0.0.0/24 via " + ROUTER);
        for (int gateway = 1; gateway <= Site.GATEWAYS; gateway++) {
            run("g" + gateway, "ip route add " + CLIENT + " via " + ROUTER);
        }
    }

    /** The ICMP errors that the router has sent: destination unreachable. */
    long errors() {
        final String counts = run("c1", "grep ^Icmp: /proc/net/snmp");
        final List<String> lines = counts.lines().toList();
        final int column = List.of(lines.get(0).split(" ")).indexOf("OutDestUnreachs");
        return Long.parseLong(lines.get(1).split(" ")[column]);
    }

    private String run(final String host, final String script) {
        final JsonObject outcome = lab.run("exec", "host", host, "argv", List.of("sh", "-c", script))
                .getAsJsonObject();
        assertThat(outcome.get("rc").getAsInt()).as("%s: %s", host, outcome).isZero();
        return outcome.get("stdout").getAsString();
    }

    @Override
    public void close() {
        for (int gateway = 1; gateway <= Site.GATEWAYS; gateway++) {
            run("g" + gateway, "ip route del " + CLIENT + " via " + ROUTER);
        }
        run("c1", "ip link del narrow1 && echo 0 > /proc/sys/net/ipv4/ip_forward");
        run("c2", "ip address add " + CLIENT + "/24 dev c2-eth0");
    }
}
