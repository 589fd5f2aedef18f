/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Every kind of VPN software of the lab at once, in one service: each gateway runs all of them, and each has clients of
 * its own, by IPv4 and by IPv6.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GatewaySoftwareIT {
    private static final int GATEWAYS = 3;
    private static final int CLIENTS_OF_EACH = 3;
    private static final String CLUSTER_ADDRESS = "10.0.0.100";
    private static final int PINGS_A_SECOND = 10;
    private static final String NATIVE_ESP = "strongswan-esp";

    /**
     * A kind of VPN software.
     *
     * @param name as the lab has it
     * @param seen what its packets are, outside
     * @param away the longest that its clients may be away when their gateway is killed: its own timers decide
     */
    private record Software(String name, Set<String> seen, Duration away) {}

    private static final List<Software> ALL = List.of(
            new Software("strongswan", Set.of("ike", "esp-in-udp"), Duration.ofSeconds(8)),
            new Software("openvpn", Set.of("openvpn-udp"), Duration.ofSeconds(8)),
            new Software("openvpn-tcp", Set.of("openvpn-tcp"), Duration.ofSeconds(8)),
            new Software("wireguard", Set.of("wireguard"), Duration.ofSeconds(25)),
            new Software("ocserv", Set.of("tls", "dtls"), Duration.ofSeconds(8)));

    /** The clients that use a kind of software by one address family. */
    private record Group(Software software, String family, String cluster, List<String> clients) {
        String name() {
            return software.name() + " over " + family;
        }
    }

    private final List<Group> groups = groups();
    private final Map<String, Ping> pings = new HashMap<>();
    private final Map<String, Duration> away = new HashMap<>();
    private Lab lab;
    private Restconf restconf;
    private String killed;
    private Map<String, String> before;

    private static List<Group> groups() {
        final int count = 2 * ALL.size();
        return IntStream.range(0, count)
                .mapToObj(number -> new Group(
                        ALL.get(number / 2),
                        number % 2 == 0 ? "IPv4" : "IPv6",
                        number % 2 == 0 ? CLUSTER_ADDRESS : OuterIpv6.CLUSTER_ADDRESS,
                        IntStream.range(0, CLIENTS_OF_EACH)
                                .mapToObj(client -> "c" + (1 + number + count * client))
                                .toList()))
                .toList();
    }

    @BeforeAll
    void start() {
        lab = Lab.start("vpn-software", groups.size() * CLIENTS_OF_EACH, GATEWAYS, Lab.distribution());
        restconf = new Restconf(lab);
        lab.run("ipv6");
        lab.startKaraf();
        assertThat(restconf.put(services()).status()).isEqualTo(201);
        restconf.awaitUp();
    }

    /** Not before all are in service: of gateways that come up in turn, the first one gets all the slots. */
    private void startAllSoftwareAtAllGateways() {
        ALL.forEach(software -> lab.run("vpn-start", "software", software.name()));
        final JsonObject services = services();
        Restconf.service(services).add("health-check", checks());
        assertThat(restconf.put(services).status()).isEqualTo(204);
        Waiting.until(
                "all gateways have answered all checks",
                () -> restconf.state().stream()
                        .flatMap(state -> Lab.objects(state.get("vpn-device")))
                        .allMatch(GatewaySoftwareIT::hasAnsweredAll));
    }

    private static boolean hasAnsweredAll(final JsonObject device) {
        return device.has("check")
                && Lab.objects(device.get("check"))
                        .allMatch(check -> check.get("health").getAsString().equals("up"));
    }

    /** One service of both families. */
    private JsonObject services() {
        final JsonObject services = restconf.example();
        final JsonObject service = Restconf.service(services);
        service.add(
                "protocol", texts("ike", "ipsec-nat-t", "esp", "ah", "openvpn", "wireguard", "tls", "dtls", "l2tp"));
        service.add("additional-cluster-address", texts(OuterIpv6.CLUSTER_ADDRESS));
        final JsonObject egress = service.getAsJsonObject("egress");
        egress.add("additional-gateway-address", texts("fd01::fe"));
        egress.getAsJsonArray("client-prefix").add("fd00::/32");
        return services;
    }

    /** A check for each kind of software. */
    private static JsonObject checks() {
        final var check = new JsonObject();
        check.addProperty("type", "ike");
        check.addProperty("source-address-ingress", "10.0.0.250");
        check.addProperty("source-address-egress", "172.16.0.250");
        final var others = new JsonArray();
        others.add(check("openvpn", "udp", 1194));
        others.add(check("openvpn-tcp", "tcp", 1194));
        others.add(check("wireguard", "udp", 51820));
        others.add(check("tls", "tcp", 443));
        check.add("additional-check", others);
        return check;
    }

    private static JsonObject check(final String name, final String type, final int port) {
        final var check = new JsonObject();
        check.addProperty("name", name);
        check.addProperty("type", type);
        check.addProperty("port", port);
        return check;
    }

    private static JsonArray texts(final String... texts) {
        final var array = new JsonArray();
        Stream.of(texts).forEach(array::add);
        return array;
    }

    @AfterAll
    void stop() {
        if (lab != null) {
            lab.close();
        }
    }

    /** At first, and alone: its daemons would have the ports of the other strongSwan. */
    @TestFactory
    @Order(1)
    Stream<DynamicTest> nativeEspIsAtTheGatewayOfTheIkeOfItsClient() {
        Assumptions.assumeTrue(
                lab.run("status").getAsJsonObject().getAsJsonArray("software").contains(new JsonPrimitive(NATIVE_ESP)),
                "no strongSwan that has it");
        final List<Group> families = groups.subList(0, 2);
        lab.run("capture-start", "name", "esp");
        lab.run("vpn-start", "software", NATIVE_ESP);
        families.forEach(group -> connect(group, NATIVE_ESP));
        final List<JsonObject> traffic = traffic(families, "ping-up", "ping-down", "tcp-up", "tcp-down");
        lab.run("capture-stop", "name", "esp");
        final var seen = new Seen(lab, "esp");
        final Map<String, String> gateways = gateways();
        lab.run("vpn-stop");

        return families.stream()
                .map(group -> DynamicTest.dynamicTest("over " + group.family(), () -> {
                    assertAllWell(group, traffic);
                    group.clients()
                            .forEach(client -> assertThat(seen.onlyGatewayOf(client, Set.of("ike", "esp")))
                                    .isEqualTo(gateways.get(client)));
                }));
    }

    private void connect(final Group group, final String software) {
        lab.run("vpn-connect", "clients", group.clients(), "cluster", group.cluster(), "software", software);
    }

    /** How traffic of these clients went. */
    private List<JsonObject> traffic(final List<Group> of, final String... kinds) {
        final List<String> clients =
                of.stream().flatMap(group -> group.clients().stream()).toList();
        return Lab.objects(lab.run("traffic", "clients", clients, "kinds", List.of(kinds)))
                .toList();
    }

    @TestFactory
    @Order(2)
    Stream<DynamicTest> everyPacketOfAClientIsAtTheOneGatewayOfItsTunnel() {
        startAllSoftwareAtAllGateways();
        lab.run("capture-start", "name", "all");
        groups.forEach(group -> connect(group, group.software().name()));
        final List<JsonObject> traffic = traffic(groups, "ping-up", "ping-down", "tcp-up", "tcp-down");
        assertThat(lab.run("capture-stop", "name", "all")
                        .getAsJsonObject()
                        .get("dropped")
                        .getAsInt())
                .isZero();
        final var seen = new Seen(lab, "all");
        before = gateways();
        killed = before.get(groups.getFirst().clients().getFirst());

        return ofEach(group -> {
            assertThat(before.keySet()).containsAll(group.clients());
            assertAllWell(group, traffic);
            group.clients()
                    .forEach(client -> assertThat(
                                    seen.onlyGatewayOf(client, group.software().seen()))
                            .isEqualTo(before.get(client)));
            assertThat(group.clients().stream().map(before::get).distinct())
                    .as("gateways")
                    .hasSizeGreaterThan(1)
                    .contains(killed);
        });
    }

    /** Both families inside of one tunnel, whichever is outside: WireGuard's clients have an address of each. */
    @TestFactory
    @Order(3)
    Stream<DynamicTest> aTunnelsIpv6IsReachedAsItsIpv4() {
        return groups.stream()
                .filter(group -> group.software().name().equals("wireguard"))
                .flatMap(group -> group.clients().stream()
                        .map(client -> DynamicTest.dynamicTest(
                                client + " over " + group.family(), () -> assertReachedByIpv6(client))));
    }

    private void assertReachedByIpv6(final String client) {
        assertThat(pings(client, "fd01::10")).as("it reaches the server").isTrue();
        final String inner = "fd00::" + (10 + Integer.parseInt(client.substring(1)));
        assertThat(lab.flowStatistics("sw2"))
                .filteredOn(entry -> entry.contains("table=4,") && entry.contains("ipv6_dst=" + inner + " "))
                .hasSize(1);
        assertThat(pings("server", inner)).as("the server reaches it").isTrue();
    }

    private boolean pings(final String host, final String address) {
        final List<String> argv = List.of("ping", "-6", "-n", "-c", "2", "-i", "0.2", "-W", "2", address);
        final JsonObject outcome = lab.run("exec", "host", host, "argv", argv).getAsJsonObject();
        return outcome.get("rc").getAsInt() == 0;
    }

    @Test
    @Order(4)
    void thePathThroughEachGatewayPassesItsTestAndNothingIsLeftBehind() {
        serveWithoutAh();
        final List<String> flows = lab.flows("sw1");
        final JsonObject output = restconf.output("test-path", "{\"service\": \"office\"}");
        assertThat(output.get("passed").getAsBoolean()).as(output.toString()).isTrue();
        assertThat(results(output))
                .hasSize(GATEWAYS)
                .allSatisfy((gateway, results) -> assertThat(results)
                        .contains(
                                "ike answered",
                                "ipsec-nat-t answered",
                                "esp walked",
                                "openvpn answered",
                                "wireguard host-answered",
                                "tls answered",
                                "egress answered",
                                "inner walked"));
        assertThat(lab.flows("sw1")).as("entries of sw1").hasSameSizeAs(flows);
    }

    /** By IPv6, AH does not come through Open vSwitch, and the test of a path says so of every gateway. */
    private void serveWithoutAh() {
        serve(service -> service.getAsJsonArray("protocol").remove(new JsonPrimitive("ah")));
        Waiting.until("AH is let in no more", () -> !isAhLetIn());
    }

    private boolean isAhLetIn() {
        return lab.flows("sw1").stream().anyMatch(entry -> entry.contains("nw_proto=51"));
    }

    private void serve(final Consumer<JsonObject> change) {
        final JsonObject services =
                JsonParser.parseString(restconf.get().body()).getAsJsonObject();
        change.accept(Restconf.service(services));
        assertThat(restconf.put(services).status()).isEqualTo(204);
    }

    /** What came of each step of each gateway. */
    private static Map<String, List<String>> results(final JsonObject output) {
        final var results = new HashMap<String, List<String>>();
        Lab.objects(output.get("device"))
                .forEach(device -> results.put(
                        device.get("name").getAsString(),
                        Lab.objects(device.get("step"))
                                .map(step -> step.get("name").getAsString() + " "
                                        + step.get("result").getAsString())
                                .toList()));
        return results;
    }

    @Test
    @Order(5)
    void aGatewayThatIsKilledCostsTheClientsOfTheOthersNoPacket() {
        before.keySet().forEach(client -> pings.put(client, Ping.start(lab, client, PINGS_A_SECOND)));
        pings.values().forEach(Ping::awaitAnswers);

        lab.run("vpn-stop", "host", killed, "signal", "kill");

        Waiting.until("all clients have tunnels to the other gateways", () -> {
            final Map<String, String> now = gateways();
            return now.keySet().equals(before.keySet()) && !now.containsValue(killed);
        });
        final var ends = new HashMap<String, Long>();
        pings.forEach((client, ping) -> ends.put(client, ping.next()));
        final var lost = new HashMap<String, List<Long>>();
        pings.forEach((client, ping) -> lost.put(client, ping.stop(ends.get(client))));
        pings.forEach((client, ping) -> away.put(client, ping.longestSilence()));
        final Map<String, String> after = gateways();

        assertThat(before.keySet())
                .filteredOn(client -> !before.get(client).equals(killed))
                .allSatisfy(client -> {
                    assertThat(lost.get(client)).as("lost by " + client).isEmpty();
                    assertThat(after.get(client)).as("gateway of " + client).isEqualTo(before.get(client));
                });
    }

    @TestFactory
    @Order(6)
    Stream<DynamicTest> theClientsOfAKilledGatewayAreBackAtAnotherInTheTimeOfTheirSoftware() {
        final Map<String, String> after = gateways();
        final List<JsonObject> traffic = traffic(groups, "ping-down");
        return ofEach(group -> {
            assertThat(movedOf(group))
                    .isNotEmpty()
                    .allSatisfy(client -> assertThat(after.get(client)).isNotEqualTo(killed))
                    .allSatisfy(client -> assertThat(away.get(client))
                            .isLessThan(group.software().away()));
            assertAllWell(group, traffic);
        });
    }

    @Test
    @Order(7)
    void theGatewayThatWasKilledFailsTheTestOfItsPathAndTheOthersPass() {
        final JsonObject outcome =
                lab.run("karaf-shell", "command", "vpnlb:test-path office").getAsJsonObject();
        assertThat(outcome.get("rc").getAsInt()).isEqualTo(1);
        final String told =
                outcome.get("stdout").getAsString() + outcome.get("stderr").getAsString();
        assertThat(told).contains("1 of 3 devices did not pass: " + killed);
        // By UDP, the checks may have used up the errors that its host sends in a second.
        assertThat(told.lines().filter(line -> line.startsWith(killed + " ")))
                .noneSatisfy(line -> assertThat(line).contains("| ike ", "| answered "))
                .anySatisfy(line -> assertThat(line).contains("| tls ", "| refused "))
                .anySatisfy(line -> assertThat(line).contains("| egress ", "| answered "));
    }

    /** Software for these takes what not every kernel has: AH of IPsec, and PPP. */
    @Test
    @Order(8)
    void packetsOfAhAndOfL2tpGoWhereTheOthersOfTheirClientsGo() {
        serve(service -> service.getAsJsonArray("protocol").add("ah"));
        Waiting.until("AH is let in", this::isAhLetIn);
        final var clients = new NewClients(lab, virtualMac(), 0xc633_6400, 50);
        final Map<String, NewClients.Seen> seen = clients.send("frames", List.of(NewClients.Packet.values()));
        assertThat(seen).hasSize(50);
        assertThat(seen.values()).allSatisfy(client -> {
            assertThat(client.gateways()).hasSize(1);
            assertThat(client.kinds()).contains("ike", "ah", "l2tp");
        });
    }

    private String virtualMac() {
        return Lab.objects(lab.run("arping", "host", "c1", "address", CLUSTER_ADDRESS))
                .findFirst()
                .orElseThrow()
                .get("mac")
                .getAsString();
    }

    /** Tunnels of every software, while who learns and what selects becomes something else. */
    @TestFactory
    @Order(9)
    Stream<DynamicTest> eachTunnelGoesOnWhereItIsWhateverSelectsAndWhoeverLearns() {
        // Where the controller selects, the switch cannot learn.
        return Stream.of(
                        List.of("select-group", "switch"),
                        List.of("select-group", "controller"),
                        List.of("source-hash", "switch"),
                        List.of("controller", "controller"),
                        List.of("source-hash", "controller"))
                .map(with -> DynamicTest.dynamicTest(
                        "%s, the %s learns".formatted(with.get(0), with.get(1)),
                        () -> assertAllGoOn(with.get(0), with.get(1))));
    }

    @Test
    @Order(10)
    void theControllerGivesEachNewClientOneGatewayInTurns() {
        final var selection = new JsonObject();
        selection.addProperty("method", "controller");
        selection.addProperty("metric", "round-robin");
        serve(service -> service.add("selection", selection));
        awaitServed("controller", "controller");
        final var clients = new NewClients(lab, virtualMac(), 0xc633_6500, 30);
        final Map<String, NewClients.Seen> seen = clients.send("chosen", List.of(NewClients.Packet.values()));
        assertThat(seen).hasSize(30);
        assertThat(seen.values())
                .allSatisfy(client -> assertThat(client.gateways()).hasSize(1));
        assertThat(seen.values().stream()
                        .collect(Collectors.groupingBy(NewClients.Seen::gateways, Collectors.counting()))
                        .values())
                .as("clients of each gateway that is left")
                .hasSize(GATEWAYS - 1)
                .containsOnly(15L);
    }

    private void assertAllGoOn(final String method, final String learning) {
        final Map<String, String> tunnels = gateways();
        final var selection = new JsonObject();
        selection.addProperty("method", method);
        serve(service -> {
            service.add("selection", selection);
            service.addProperty("learning", learning);
        });
        awaitServed(method, learning);
        final List<JsonObject> traffic = traffic(groups, "ping-up", "ping-down");
        groups.forEach(group -> assertAllWell(group, traffic));
        assertThat(gateways()).isEqualTo(tunnels);
    }

    private void awaitServed(final String method, final String learning) {
        Waiting.until(
                "both switches do so",
                () -> switches()
                        .allMatch(each -> each.get("reconciled").getAsBoolean()
                                && each.get("learning").getAsString().equals(learning)
                                && (!each.has("selection")
                                        || each.getAsJsonObject("selection")
                                                .get("method")
                                                .getAsString()
                                                .equals(method))));
    }

    private Stream<JsonObject> switches() {
        return restconf.state().stream().flatMap(state -> Lab.objects(state.get("switch")));
    }

    @Test
    @Order(11)
    void nothingIsWrittenToTheLogThatShouldNotBe() {
        lab.assertNoneLogged("errors");
        lab.assertNoneLogged("vpnlb-warnings");
    }

    private Stream<DynamicTest> ofEach(final Consumer<Group> assertions) {
        return groups.stream().map(group -> DynamicTest.dynamicTest(group.name(), () -> assertions.accept(group)));
    }

    /** The clients that were at the gateway that was killed. */
    private Stream<String> movedOf(final Group group) {
        return group.clients().stream().filter(client -> killed.equals(before.get(client)));
    }

    private static void assertAllWell(final Group group, final List<JsonObject> traffic) {
        assertThat(traffic)
                .filteredOn(
                        result -> group.clients().contains(result.get("client").getAsString()))
                .hasSizeGreaterThanOrEqualTo(group.clients().size())
                .allSatisfy(result -> assertThat(result.get("ok").getAsBoolean())
                        .as(result.toString())
                        .isTrue());
    }

    /** The gateway of each client that has a tunnel. */
    private Map<String, String> gateways() {
        final var gateways = new HashMap<String, String>();
        lab.run("vpn-status")
                .getAsJsonObject()
                .asMap()
                .forEach((client, tunnel) -> gateways.put(
                        client, tunnel.getAsJsonObject().get("gateway").getAsString()));
        return gateways;
    }
}
