/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The lab with one switch for both sides: what was at {@code sw2} is at {@code sw1}, 50 ports further. The last client
 * has no tunnel. It has an address of the servers' network, and knows everybody's MAC address. The servers' side may be
 * in a VLAN of Open vSwitch's own, which what a group sends out passes over.
 */
final class OneSwitch {
    private static final String NODE = "openflow:1";
    private static final int FURTHER = 50;
    private static final String SERVER = "172.16.0.10";
    private static final String SERVER_MAC = "02:00:00:00:02:01";
    private static final String INTRUDER = "172.16.0.77";

    private final Lab lab;
    private final int gateways;
    private final List<String> ofPort;
    private final String intruder;
    private final String intruderMac;
    private final List<String> others;

    /**
     * Moves the ports; the service has yet to be told.
     *
     * @param hasVlan whether the servers' side is in a VLAN of its own
     */
    OneSwitch(final Lab lab, final int clients, final int gateways, final boolean hasVlan) {
        this.lab = lab;
        this.gateways = gateways;
        ofPort = hasVlan ? List.of("tag=20") : List.of();
        intruder = "c" + clients;
        intruderMac = "02:00:00:00:01:%02x".formatted(clients);
        others = IntStream.rangeClosed(1, 3).mapToObj(i -> "c" + i).toList();
        move(1);
        IntStream.rangeClosed(1, gateways).forEach(i -> move(10 + i));
    }

    private void move(final int port) {
        final String name = "sw2-eth" + port;
        final var command =
                new ArrayList<>(List.of("ovs-vsctl", "--", "del-port", "sw2", name, "--", "add-port", "sw1", name));
        command.addAll(ofPort);
        command.addAll(List.of("--", "set", "interface", name, "ofport_request=" + (port + FURTHER)));
        lab.run("ovs", "argv", command);
    }

    /** The same service with both sides at the one switch. */
    JsonObject service(final JsonObject services) {
        final JsonObject service = Restconf.service(services);
        final JsonObject servers = service.getAsJsonObject("egress")
                .getAsJsonArray("switch")
                .get(0)
                .getAsJsonObject();
        servers.addProperty("node", NODE);
        final var ports = new JsonArray();
        ports.add(1 + FURTHER);
        servers.add("server-port", ports);
        for (int i = 0; i < gateways; i++) {
            final JsonObject egress = Restconf.device(services, i).getAsJsonObject("egress");
            egress.addProperty("node", NODE);
            egress.addProperty("port", egress.get("port").getAsInt() + FURTHER);
        }
        return services;
    }

    /** Some clients log in and talk to the server; each gateway hears its clients, and the server. */
    void assertServes() {
        lab.run("vpn-stop");
        lab.run("vpn-start");
        lab.run("vpn-connect", "clients", others);
        assertThat(Lab.objects(lab.run("traffic", "clients", others)).toList())
                .isNotEmpty()
                .allSatisfy(result -> assertThat(result.get("ok").getAsBoolean())
                        .as(result.toString())
                        .isTrue());
        for (int i = 1; i <= gateways; i++) {
            run("g" + i, "ip", "neigh", "flush", "all");
            assertThat(received("g" + i, "10.0.0.11", "g" + i + "-eth0"))
                    .as("of the client")
                    .isEqualTo(2);
            assertThat(received("g" + i, SERVER, "g" + i + "-eth1"))
                    .as("of the server")
                    .isEqualTo(2);
        }
    }

    /** Neither pings of the intruder come to the server, nor the server's to the intruder. */
    void assertNothingCrosses() {
        run(intruder, "ip", "address", "add", INTRUDER + "/24", "dev", intruder + "-eth0");
        lab.run("capture-start", "name", "crossing", "interfaces", interfaces());
        assertThat(received(intruder, SERVER, INTRUDER)).as("asking by ARP").isZero();
        assertThat(received("server", INTRUDER, SERVER)).as("asking by ARP").isZero();
        run(intruder, "ip", "neigh", "replace", SERVER, "lladdr", SERVER_MAC, "dev", intruder + "-eth0");
        run("server", "ip", "neigh", "replace", INTRUDER, "lladdr", intruderMac, "dev", "server-eth0");
        assertThat(received(intruder, SERVER, INTRUDER))
                .as("knowing the MAC address")
                .isZero();
        assertThat(received("server", INTRUDER, SERVER))
                .as("knowing the MAC address")
                .isZero();
        lab.run("capture-stop", "name", "crossing");
        interfaces()
                .keySet()
                .forEach(inside -> assertThat(of(intruderMac, "crossing", inside))
                        .as("what %s saw of the intruder", inside)
                        .isEmpty());
    }

    /**
     * What the intruder sends from outside as servers do comes out nowhere.
     *
     * @param frames such frames, as hexadecimal digits
     */
    void assertNoneComesOut(final String name, final List<String> frames) {
        lab.run("capture-start", "name", name, "interfaces", interfaces());
        lab.run("send-frames", "host", intruder, "frames", frames);
        // It comes after them, and is heard.
        assertThat(received("server", "172.16.0.1", SERVER)).isEqualTo(2);
        lab.run("capture-stop", "name", name);
        interfaces()
                .keySet()
                .forEach(inside -> assertThat(of(intruderMac, name, inside))
                        .as("what %s saw of the intruder", inside)
                        .isEmpty());
    }

    /** The MAC address of the intruder, as hexadecimal digits. */
    String intruderMac() {
        return intruderMac.replace(":", "");
    }

    /** All that is on the servers' side. */
    private JsonObject interfaces() {
        final var interfaces = new JsonObject();
        interfaces.addProperty("server-eth0", "server");
        for (int i = 1; i <= gateways; i++) {
            interfaces.addProperty("g" + i + "-eth1", "g" + i);
        }
        return interfaces;
    }

    private List<String> of(final String mac, final String capture, final String tap) {
        return Lab.objects(lab.run("capture-frames", "name", capture, "interface", tap))
                .map(frame -> frame.get("hex").getAsString())
                .filter(frame -> frame.startsWith(mac.replace(":", ""), 12))
                .toList();
    }

    /** The number of two pings that are answered. */
    private int received(final String host, final String address, final String from) {
        final String said = run(host, "ping", "-n", "-q", "-c", "2", "-i", "0.2", "-W", "1", "-I", from, address)
                .getAsJsonObject()
                .get("stdout")
                .getAsString();
        return Integer.parseInt(said.replaceAll("(?s).* (\\d+) received.*", "$1"));
    }

    private JsonElement run(final String host, final String... command) {
        return lab.run("exec", "host", host, "argv", new ArrayList<>(List.of(command)));
    }
}
