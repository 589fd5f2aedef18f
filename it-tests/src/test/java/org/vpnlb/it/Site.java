/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** A lab with the service of {@link Restconf#example}: what its hosts send, its switches hold and its state says. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Site {
    static final String CLUSTER_ADDRESS = "10.0.0.100";
    static final int GATEWAYS = 3;
    /** The port of the ingress switch to the clients. */
    static final String UPLINK = "sw1-eth1";

    static final String CLIENT_MAC = "02:00:00:00:01:01";
    private static final String SERVICE = "/rests/data/vpnlb:vpn-services/vpn-service=office";

    private Lab lab;
    private Restconf restconf;
    private String virtualMac;
    private int captures;

    /** Starts the network and Karaf, without a service. */
    void start(final String name, final int clients) {
        lab = Lab.start(name, clients, GATEWAYS, Lab.distribution());
        restconf = new Restconf(lab);
        lab.startKaraf();
    }

    @AfterAll
    void stop() {
        if (lab != null) {
            lab.close();
        }
    }

    Lab lab() {
        return lab;
    }

    Restconf restconf() {
        return restconf;
    }

    /** Waits until the service that was just configured is up. */
    void awaitServed() {
        restconf.awaitUp();
        virtualMac = macOf("c1", CLUSTER_ADDRESS);
    }

    /** The MAC address of the cluster address and of the gateway address. */
    String virtualMac() {
        return virtualMac;
    }

    void fromClient(final String source) {
        lab.run(
                "send-frames",
                "host",
                "c1",
                "frames",
                List.of(Frames.keepalive(virtualMac, CLIENT_MAC, source, CLUSTER_ADDRESS)));
    }

    void fromGateway(final int gateway, final String frame) {
        final String host = "g" + gateway;
        lab.run("send-frames", "host", host, "interface", host + "-eth1", "frames", List.of(frame));
    }

    void fromGatewayOutside(final int gateway, final String frame) {
        final String host = "g" + gateway;
        lab.run("send-frames", "host", host, "interface", host + "-eth0", "frames", List.of(frame));
    }

    /** The outer link of a gateway goes up or down. */
    void link(final String gateway, final String state) {
        lab.run("exec", "host", gateway, "argv", List.of("ip", "link", "set", gateway + "-eth0", state));
    }

    static String outerMac(final int gateway) {
        return "02:00:00:00:0a:%02x".formatted(gateway);
    }

    static String innerMac(final int gateway) {
        return "02:00:00:00:0b:%02x".formatted(gateway);
    }

    /** The outer ports of all gateways. */
    static Stream<String> outerTaps() {
        return IntStream.rangeClosed(1, GATEWAYS).mapToObj(gateway -> "sw1-eth" + (10 + gateway));
    }

    /** The inner ports of the gateways from this one on. */
    static Stream<String> innerTaps(final int first) {
        return IntStream.rangeClosed(first, GATEWAYS).mapToObj(gateway -> "sw2-eth" + (10 + gateway));
    }

    String capture(final Stream<String> taps) {
        return capture(taps.toList(), null);
    }

    /** Begins to capture at ports of the switches, and at the server's interface. */
    String capture(final List<String> taps, final String server) {
        final var interfaces = new JsonObject();
        taps.forEach(tap -> interfaces.addProperty(tap, "root"));
        if (server != null) {
            interfaces.addProperty(server, "server");
        }
        captures++;
        final String name = "field-" + captures;
        lab.run("capture-start", "name", name, "interfaces", interfaces);
        return name;
    }

    Stream<String> frames(final String capture, final String tap) {
        return Lab.objects(lab.run("capture-frames", "name", capture, "interface", tap))
                .map(frame -> frame.get("hex").getAsString());
    }

    /** The gateways' ports at which a capture saw what is in such a frame. */
    Stream<String> tapsThatSaw(final String capture, final String digits) {
        return outerTaps().filter(tap -> frames(capture, tap).anyMatch(frame -> frame.contains(digits)));
    }

    /** Whether a host gets an answer of an address. */
    boolean pings(final String host, final String address) {
        return lab.run("exec", "host", host, "argv", List.of("ping", "-n", "-c", "3", "-i", "0.2", "-W", "2", address))
                        .getAsJsonObject()
                        .get("rc")
                        .getAsInt()
                == 0;
    }

    /** Who answers a host for an address; nobody else does. */
    String macOf(final String host, final String address) {
        final List<String> macs = Lab.objects(lab.run("arping", "host", host, "address", address))
                .map(answer -> answer.get("mac").getAsString())
                .distinct()
                .toList();
        assertThat(macs).as("who answers for %s", address).hasSize(1);
        return macs.getFirst();
    }

    /** How many frames the entries of a switch have dropped that say so. */
    long dropped(final String bridge, final String text) {
        return lab.flowStatistics(bridge).stream()
                .filter(flow -> flow.contains(text) && flow.contains("actions=drop"))
                .mapToLong(flow -> Long.parseLong(flow.replaceFirst(".* n_packets=(\\d+).*", "$1")))
                .sum();
    }

    long entries(final String bridge, final String text) {
        return lab.flows(bridge).stream().filter(flow -> flow.contains(text)).count();
    }

    /** Whether a switch has an entry that matches all of this. */
    boolean has(final String bridge, final String match) {
        return lab.run("ovs", "argv", List.of("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", bridge, match))
                .getAsString()
                .contains("priority=100,");
    }

    /** The entries of a switch that do not end by themselves. */
    List<String> lasting(final String bridge) {
        return lab.flows(bridge).stream()
                .filter(flow -> !flow.contains("_timeout="))
                .toList();
    }

    List<String> logged(final String text) {
        final List<String> lines = new ArrayList<>();
        lab.run("karaf-log", "grep", text)
                .getAsJsonObject()
                .getAsJsonArray("lines")
                .forEach(line -> lines.add(line.getAsString()));
        return lines;
    }

    void ofctl(final String... arguments) {
        tool(List.of("ovs-ofctl", "-O", "OpenFlow13"), arguments);
    }

    void vsctl(final String... arguments) {
        tool(List.of("ovs-vsctl", "--"), arguments);
    }

    void tool(final List<String> command, final String... arguments) {
        lab.run(
                "ovs",
                "argv",
                Stream.concat(command.stream(), Stream.of(arguments)).toList());
    }

    /** Gives a host an address of the clients' network, or takes it away. */
    void host(final String name, final String what, final String address) {
        final JsonObject outcome = lab.run(
                        "exec",
                        "host",
                        name,
                        "argv",
                        List.of("ip", "address", what, address + "/24", "dev", name + "-eth0"))
                .getAsJsonObject();
        assertThat(outcome.get("rc").getAsInt()).as(outcome.toString()).isZero();
    }

    /** Whether the state says this among the reasons. */
    boolean saysReason(final String said) {
        return restconf.state()
                .filter(state ->
                        state.has("reason") && state.get("reason").getAsString().contains(said))
                .isPresent();
    }

    int put(final String path, final JsonObject leaf) {
        return restconf.request("PUT", SERVICE + path, leaf).status();
    }

    void remove(final String path) {
        assertThat(restconf.request("DELETE", SERVICE + path, null).status()).isEqualTo(204);
    }

    boolean is(final String device, final String health) {
        return health.equals(device(device).get("health").getAsString());
    }

    Instant since(final String device) {
        return Instant.parse(device(device).get("since").getAsString());
    }

    JsonObject device(final String name) {
        return devices()
                .filter(device -> name.equals(device.get("name").getAsString()))
                .findFirst()
                .orElseThrow();
    }

    Stream<JsonObject> devices() {
        return Lab.objects(restconf.state().orElseThrow().get("vpn-device"));
    }

    int clientSessions() {
        return devices()
                .mapToInt(device -> device.get("client-sessions").getAsInt())
                .sum();
    }

    int returnSessions() {
        return devices()
                .mapToInt(device -> device.get("return-sessions").getAsInt())
                .sum();
    }

    int tunnels() {
        return lab.run("vpn-status").getAsJsonObject().size();
    }

    JsonObject counters() {
        return restconf.state().orElseThrow().getAsJsonObject("counters");
    }

    long growth(final JsonObject before, final String counter) {
        return counters().get(counter).getAsLong() - before.get(counter).getAsLong();
    }

    long ignored(final String reason) {
        return counted("ignored", reason, "punts");
    }

    long punts(final String reason) {
        return counted("punted", reason, "punts");
    }

    long overMeter(final String reason) {
        return counted("punted", reason, "over-meter");
    }

    private long counted(final String list, final String reason, final String leaf) {
        return Optional.ofNullable(counters().get(list)).stream()
                .flatMap(Lab::objects)
                .filter(entry -> reason.equals(entry.get("reason").getAsString()))
                .mapToLong(entry -> entry.get(leaf).getAsLong())
                .sum();
    }

    static JsonObject leaf(final String name, final String value) {
        final var leaf = new JsonObject();
        leaf.addProperty(name, value);
        return leaf;
    }
}
