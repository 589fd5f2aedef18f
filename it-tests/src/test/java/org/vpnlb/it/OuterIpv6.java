/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The service with IPv6 outside, and IPv4 as before: the same gateways, a client that calls their IPv6 cluster address,
 * and another one that calls the IPv4 one.
 */
final class OuterIpv6 {
    /** The client that calls the IPv6 cluster address. */
    static final String CLIENT = "c1";
    /** The client that calls the IPv4 one. */
    static final String IPV4_CLIENT = "c2";

    static final String CLUSTER_ADDRESS = "2001:db8::100";
    /** From the client to the cluster address: the addresses, then UDP to port 4500. */
    static final String NAT_T = "20010db8000000000000000000000011" + "20010db8000000000000000000000100" + "11941194";
    /** The same of the client that calls the IPv4 cluster address. */
    static final String NAT_T_OVER_IPV4 = "0a00000c" + "0a000064" + "11941194";
    /** As of IPv6, and a fragment header with the protocol of what is behind it. */
    static final String FRAGMENT =
            "2c40" + "20010db8000000000000000000000011" + "20010db8000000000000000000000100" + "1100";

    private static final String CLIENT_INTERFACE = CLIENT + "-eth0";
    static final String CLIENT_ADDRESS = "2001:db8::11";
    private static final String CHECK_SOURCE = "2001:db8::250";
    private static final int GATEWAYS = 3;
    private static final Pattern MAC = Pattern.compile("lladdr (\\S+)");

    private final Lab lab;
    private final Restconf restconf;
    private final JsonObject before;

    OuterIpv6(final Lab lab, final Restconf restconf) {
        this.lab = lab;
        this.restconf = restconf;
        before = JsonParser.parseString(restconf.get().body()).getAsJsonObject();
    }

    /** Gives the hosts their IPv6 addresses, starts the gateways and waits until checks by IKE have found them. */
    void begin() {
        lab.run("ipv6");
        lab.run("vpn-start");
        final JsonObject services = before.deepCopy();
        final JsonObject service = Restconf.service(services);
        final var others = new JsonArray();
        others.add(service.get("cluster-address"));
        service.add("additional-cluster-address", others);
        service.addProperty("cluster-address", CLUSTER_ADDRESS);
        for (int number = 1; number <= GATEWAYS; number++) {
            Restconf.device(services, number - 1)
                    .getAsJsonObject("ingress")
                    .addProperty("address", "2001:db8::" + number);
        }
        final var check = new JsonObject();
        check.addProperty("type", "ike");
        check.addProperty("source-address-ingress", CHECK_SOURCE);
        check.addProperty("source-address-egress", "172.16.0.250");
        service.add("health-check", check);
        assertThat(restconf.put(services).status()).isIn(201, 204);
        Waiting.until("each gateway answers checks over IPv6", () -> answeredChecks() == GATEWAYS);
        restconf.awaitUp();
    }

    /** The gateways of which the switch has brought an answer of IKE to the controller. */
    private long answeredChecks() {
        return lab.flowStatistics("sw1").stream()
                .filter(entry ->
                        entry.contains("priority=410,") && entry.contains("udp6,") && !entry.contains("n_packets=0,"))
                .count();
    }

    /** Whether the client finds the cluster address, and is answered. */
    boolean reachesClusterAddress() {
        return succeeds(CLIENT, "ping", "-6", "-n", "-c", "3", "-i", "0.2", "-W", "2", CLUSTER_ADDRESS);
    }

    /** The MAC address that the client has found for the cluster address. */
    String clusterMac() {
        final String told = exec(CLIENT, "ip", "-6", "neigh", "show", CLUSTER_ADDRESS)
                .get("stdout")
                .getAsString();
        final Matcher found = MAC.matcher(told);
        assertThat(found.find()).as(told).isTrue();
        return found.group(1);
    }

    /** Lets both clients log in. */
    void logIn() {
        lab.run("vpn-connect", "clients", List.of(CLIENT), "cluster", CLUSTER_ADDRESS);
        lab.run("vpn-connect", "clients", List.of(IPV4_CLIENT));
    }

    /** From now on the client sends packets of 1280 octets at most. */
    void fragment() {
        run(CLIENT, "ip -6 route replace %s/128 dev %s mtu 1280".formatted(CLUSTER_ADDRESS, CLIENT_INTERFACE));
    }

    /** Whether a host answers whose packets are too large for the way to the gateway. */
    boolean pingsWithFragments(final String address) {
        return succeeds(CLIENT, "ping", "-n", "-c", "3", "-i", "0.2", "-W", "2", "-s", "1300", address);
    }

    /** Ends the VPN, and serves as before. */
    void end() {
        lab.run("vpn-stop");
        assertThat(restconf.put(before).status()).isIn(201, 204);
    }

    private void run(final String host, final String... lines) {
        final JsonObject outcome = exec(host, "sh", "-ec", String.join("\n", lines));
        assertThat(outcome.get("rc").getAsInt()).as(outcome.toString()).isZero();
    }

    private boolean succeeds(final String host, final String... argv) {
        return exec(host, argv).get("rc").getAsInt() == 0;
    }

    private JsonObject exec(final String host, final String... argv) {
        return lab.run("exec", "host", host, "argv", List.of(argv)).getAsJsonObject();
    }
}
