/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** What befalls gateways and switches in the field, one small fault after the other in one lab. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FieldIT extends Site {
    private static final int SLOTS = 64;
    private static final String GATEWAY_ADDRESS = "172.16.0.254";
    private static final String SERVER_ADDRESS = "172.16.0.10";
    private static final String SERVER_MAC = "02:00:00:00:02:01";
    private static final String SERVER = "server-eth0";
    /** Nobody has it at first. */
    private static final String CHECK_SOURCE = "10.0.0.250";

    /** No port of the ingress switch has this number, whatever is plugged in again. */
    private static final int NO_PORT = 77;

    private static final int WEB = 8443;
    private static final int IDLE_SECONDS = 5;
    private static final int LONG_SECONDS = 300;
    /** Made-up clients in a second. */
    private static final int NEW_CLIENTS = 20_000;

    private static final int FLOOD_SECONDS = 5;
    private static final int MAX_SESSIONS = 1000;
    private static final Duration REPAIR = Duration.ofSeconds(10);

    private static final Duration AT_ONCE = Duration.ofSeconds(2);
    /** What the meter of a device's port lets pass in a second, and after silence; see docs/pipeline.md. */
    private static final int LEARNED_RATE = 1000;

    private static final int LEARNED_AT_ONCE = 2000;
    private static final int STRAY_RATE = 100;
    private static final Duration FLOOD = Duration.ofSeconds(30);
    /** What a request, and the second until the state is published, take at most. */
    private static final Duration TO_BE_SEEN = Duration.ofSeconds(3);

    /** Groups are asked for their counters every 10 s. */
    private static final Duration COUNTED = Duration.ofSeconds(13);

    private static final String REPAIRED = "openflow:1 held something else than it should";
    private static final int COPIES = 30;
    private static final List<String> PREFIXES = List.of("10.99.77.0/24", "fd00:77::/64");
    private static final int CLIENTS_BEHIND_ONE = 60;
    private static final String SHARED = "10.99.8.1";
    private static final String UNREACHABLE = "Destination Host Unreachable";

    @BeforeAll
    void startWithAServiceWhoseLinksAreWatched() {
        start("field", 2);
        assertThat(restconf().put(services()).status()).isEqualTo(201);
        awaitServed();
        assertThat(macOf("server", GATEWAY_ADDRESS)).isEqualTo(virtualMac());
    }

    private JsonObject services() {
        final JsonObject services = restconf().example();
        final JsonObject service = Restconf.service(services);
        service.add("health-check", leaf("type", "link"));
        service.getAsJsonObject("ingress").addProperty("idle-timeout", IDLE_SECONDS);
        service.getAsJsonObject("ingress").addProperty("max-sessions", MAX_SESSIONS);
        return services;
    }

    @Test
    @Order(0)
    void afterAnOutageAnOperatorMovesAsManyClientsAsHeWants() {
        assertThat(put("/ingress/idle-timeout", idleTimeout(LONG_SECONDS))).isEqualTo(204);
        // Of slots all over, since those of a device are next to each other.
        final List<String> clients =
                IntStream.range(0, 18).mapToObj(i -> "10.4.0." + (1 + 5 * i)).toList();
        link("g2", "down");
        Waiting.until("g2 is down", () -> is("g2", "down"));
        assertThat(gatewaysOf(clients).values()).doesNotContain(2);
        link("g2", "up");
        Waiting.until("g2 has slots", () -> device("g2").get("slots").getAsInt() > 0);
        restconf().awaitUp();
        assertThat(gatewaysOf(clients).values()).as("nobody moves by himself").doesNotContain(2);

        final int listener = restconf().listen("rebalance-finished");
        final JsonObject foreseen = rebalance("\"share\": 50, \"dry-run\": true");
        final int pinned = foreseen.get("pinned").getAsInt();
        assertThat(pinned).isBetween(3, 9);
        final int moving = (pinned + 1) / 2;
        assertThat(foreseen.get("moving").getAsInt()).isEqualTo(moving);
        rebalance("\"share\": 50, \"per-second\": 2");
        Waiting.until("it is told", () -> restconf().heard(listener).findAny().isPresent());
        lab().run("kill", "pid", listener);
        assertThat(restconf().heard(listener).findFirst().orElseThrow().toString())
                .contains("\"clients\":" + moving, "\"moved\":" + moving, "\"stopped\":false");
        assertThat(gatewaysOf(clients).values().stream().filter(gateway -> gateway == 2))
                .hasSize(moving);

        rebalance("\"share\": 100, \"per-second\": 1000");
        Waiting.until(
                "nobody is pinned any more",
                () -> rebalance("\"share\": 100, \"dry-run\": true")
                                .get("pinned")
                                .getAsInt()
                        == 0);
        assertThat(gatewaysOf(clients).values().stream().filter(gateway -> gateway == 2))
                .hasSize(pinned);
        restconf().output("clear-sessions", "{\"service\": \"office\", \"prefix\": \"10.4.0.0/24\"}");
        assertThat(put("/ingress/idle-timeout", idleTimeout(IDLE_SECONDS))).isEqualTo(204);
        Waiting.until("no session is left", () -> clientSessions() == 0);
        restconf().awaitUp();
    }

    private static JsonObject idleTimeout(final int seconds) {
        final var leaf = new JsonObject();
        leaf.addProperty("vpnlb:idle-timeout", seconds);
        return leaf;
    }

    private JsonObject rebalance(final String input) {
        return restconf().output("rebalance", "{\"service\": \"office\", " + input + "}");
    }

    @Test
    @Order(1)
    void noClientHasAnAddressOfOursOrOfADeviceOrOfNobody() {
        final String capture = capture(outerTaps());
        for (final String source : List.of(CLUSTER_ADDRESS, "10.0.0.1", "127.0.0.1", "224.0.0.1", "10.0.0.77")) {
            fromClient(source);
        }
        Waiting.until("the one client has a session", () -> clientSessions() > 0);
        lab().run("capture-stop", "name", capture);

        assertThat(clientSessions()).isEqualTo(1);
        assertThat(outerTaps().flatMap(tap -> frames(capture, tap)).filter(frame -> frame.contains(Frames.KEEPALIVE)))
                .singleElement()
                .satisfies(frame -> assertThat(frame).contains("0a00004d" + "0a000064"));
        Waiting.until("they are counted", () -> dropped("sw1", "table=1,") == 4);
    }

    @Test
    @Order(2)
    void aFrameToTheVirtualMacIsFloodedToNobody() {
        final long before = dropped("sw2", "dl_dst=" + virtualMac());
        final String capture = capture(innerTaps(2).toList(), SERVER);
        fromGateway(1, Frames.discard(virtualMac(), innerMac(1), "172.16.0.1", GATEWAY_ADDRESS));
        assertNobodyHears(capture, frame -> frame.startsWith(Frames.digits(virtualMac())));
        Waiting.until("it is counted", () -> dropped("sw2", "dl_dst=" + virtualMac()) == before + 1);
    }

    @Test
    @Order(3)
    void nobodyElseTakesTheGatewayAddress() {
        final long before = dropped("sw2", "arp_spa=" + GATEWAY_ADDRESS);
        final String byDevice = Frames.announcement(innerMac(1), GATEWAY_ADDRESS);
        final String byServer = Frames.announcement(SERVER_MAC, GATEWAY_ADDRESS);
        final String capture = capture(innerTaps(2).toList(), SERVER);
        fromGateway(1, byDevice);
        lab().run("send-frames", "host", "server", "frames", List.of(byServer));
        assertNobodyHears(capture, frame -> frame.startsWith(byDevice));
        assertThat(innerTaps(2).flatMap(tap -> frames(capture, tap)).filter(frame -> frame.startsWith(byServer)))
                .isEmpty();
        Waiting.until("both are counted", () -> dropped("sw2", "arp_spa=" + GATEWAY_ADDRESS) == before + 2);
        assertThat(macOf("server", GATEWAY_ADDRESS)).isEqualTo(virtualMac());
    }

    @Test
    @Order(4)
    void anInnerAddressThatTwoDevicesSendStaysWithOneAndIsNamedOnce() {
        final JsonObject before = counters();
        final int listener = restconf().listen("conflict");
        for (int i = 0; i < 100; i++) {
            final int gateway = 1 + i % 2;
            fromGateway(gateway, Frames.discard(SERVER_MAC, innerMac(gateway), "10.99.1.1", SERVER_ADDRESS));
        }
        Waiting.until("the conflict is counted", () -> ignored("conflict") > 0);

        assertThat(growth(before, "sessions-moved")).isLessThanOrEqualTo(2);
        assertThat(growth(before, "punts")).isLessThanOrEqualTo(20);
        assertThat(logged("both send from the inner address 10.99.1.1")).hasSize(1);
        Waiting.until(
                "the state names it",
                () -> Stream.ofNullable(restconf().state().orElseThrow().get("address-conflict"))
                        .flatMap(Lab::objects)
                        .anyMatch(conflict ->
                                conflict.get("client-address").getAsString().equals("10.99.1.1")));
        assertThat(returnSessions()).isEqualTo(1);
        Waiting.until(
                "who listens hears of it",
                () -> restconf().heard(listener).findAny().isPresent());
        assertThat(restconf().heard(listener))
                .singleElement()
                .satisfies(told -> assertThat(told.getAsJsonObject("vpnlb:conflict")
                                .get("client-address")
                                .getAsString())
                        .isEqualTo("10.99.1.1"));
        lab().run("kill", "pid", listener);
    }

    @Test
    @Order(5)
    void whatAnOperatorDeletesIsRepairedAndReported() {
        fromClient("10.0.0.78");
        Waiting.until("it has a session", () -> clientSessions() > 0);
        final List<String> flows = lasting("sw1");
        final List<String> groups = lab().groups("sw1");
        final int listener = restconf().listen("switch-repaired");

        final Instant begun = Instant.now();
        ofctl("del-flows", "sw1");
        ofctl("del-groups", "sw1");

        Waiting.until(
                "all is there again",
                () -> lasting("sw1").equals(flows) && lab().groups("sw1").equals(groups));
        assertThat(Duration.between(begun, Instant.now())).isLessThan(REPAIR);
        Waiting.until("it is reported", () -> !logged(REPAIRED).isEmpty());
        Waiting.until(
                "who listens hears of it", () -> repairs(listener).findAny().isPresent());
        assertThat(repairs(listener)).allSatisfy(repair -> {
            assertThat(repair.get("node").getAsString()).isEqualTo("openflow:1");
            assertThat(repair.get("missing").getAsInt()).isPositive();
        });
        lab().run("kill", "pid", listener);
        restconf().awaitUp();
    }

    private Stream<JsonObject> repairs(final int listener) {
        return restconf().heard(listener).map(told -> told.getAsJsonObject("vpnlb:switch-repaired"));
    }

    @Test
    @Order(20)
    void whatSomebodyChangesOrAddsIsMadeAsItWasAndNothingElse() {
        final List<String> flows = lasting("sw1");
        final List<String> groups = lab().groups("sw1");
        final List<String> meters = meters();
        final String meter = meters.getFirst().split(" ")[0];
        final String group = first(groups, "output:11");
        final String drop = first(flows, "actions=drop").replaceFirst(".*(table=\\d+), (.*) actions=drop", "$1,$2");
        final int told = logged(REPAIRED).size();
        final int listener = restconf().listen("switch-repaired");

        ofctl("mod-meter", "sw1", meter + ",pktps,burst,stats,band=type=drop,rate=1,burst_size=1");
        ofctl("mod-group", "sw1", group.replace("output:11", "output:12"));
        ofctl("--strict", "mod-flows", "sw1", drop + ",actions=NORMAL");
        ofctl("add-flow", "sw1", "cookie=0x7670000000000000,table=1,priority=77,ip,nw_src=203.0.113.9,actions=drop");
        assertThat(meters()).isNotEqualTo(meters);
        assertThat(lab().groups("sw1")).isNotEqualTo(groups);
        assertThat(lasting("sw1"))
                .doesNotContainAnyElementsOf(changed(flows, drop))
                .isNotEqualTo(flows);

        Waiting.untilAsserted("all is as it was", () -> {
            assertThat(lasting("sw1")).isEqualTo(flows);
            assertThat(lab().groups("sw1")).isEqualTo(groups);
            assertThat(meters()).isEqualTo(meters);
        });
        Waiting.untilAsserted("it is told, and logged in one line for each repair", () -> {
            assertThat(repaired(listener, "missing")).isGreaterThanOrEqualTo(3);
            assertThat(repaired(listener, "extra")).isPositive();
            assertThat(logged(REPAIRED)).hasSize(told + (int) repairs(listener).count());
        });
        lab().run("kill", "pid", listener);
    }

    private int repaired(final int listener, final String what) {
        return repairs(listener).mapToInt(repair -> repair.get(what).getAsInt()).sum();
    }

    private static String first(final List<String> lines, final String text) {
        return lines.stream().filter(line -> line.contains(text)).findFirst().orElseThrow();
    }

    /** The lines of one entry. */
    private static List<String> changed(final List<String> flows, final String entry) {
        final String match = entry.substring(entry.indexOf(',') + 1);
        return flows.stream()
                .filter(flow -> flow.contains(match + " actions=drop"))
                .toList();
    }

    /** What each meter of the ingress switch does. */
    private List<String> meters() {
        final String told = lab().run(
                        "exec", "host", "root", "argv", List.of("ovs-ofctl", "-O", "OpenFlow13", "dump-meters", "sw1"))
                .getAsJsonObject()
                .get("stdout")
                .getAsString();
        return Stream.of(told.split("(?=meter=)"))
                .skip(1)
                .map(meter -> meter.replaceAll("\\s+", " ").strip())
                .sorted()
                .toList();
    }

    @Test
    @Order(6)
    void whatTheOperatorWantsOfADeviceIsTold() {
        final Instant before = since("g3");
        assertThat(put("/vpn-device=g3/admin-state", leaf("vpnlb:admin-state", "draining")))
                .isIn(201, 204);
        Waiting.until("it is told", () -> is("g3", "draining"));
        assertThat(since("g3")).isAfter(before);
        assertThat(put("/vpn-device=g3/admin-state", leaf("vpnlb:admin-state", "in-service")))
                .isIn(201, 204);
        Waiting.until("it is told", () -> is("g3", "up"));
        assertThat(logged("device g3 of office is draining")).hasSize(1);
    }

    @Test
    @Order(7)
    void whatADeviceThatIsOutOfServiceSaysAsTheServiceReachesNobody() {
        assertThat(heardOf(3)).as("in service").hasSize(2);
        assertThat(put("/vpn-device=g3/admin-state", leaf("vpnlb:admin-state", "out-of-service")))
                .isIn(201, 204);
        Waiting.until("the switch silences it", () -> entries("sw1", "priority=305,") == 1);
        final List<String> heard = heardOf(3);
        final long dropped = dropped("sw1", "priority=305,");

        assertThat(put("/vpn-device=g3/admin-state", leaf("vpnlb:admin-state", "in-service")))
                .isIn(201, 204);
        Waiting.until("the switch lets it speak", () -> entries("sw1", "priority=305,") == 0);
        assertThat(heardOf(3)).as("in service again").hasSize(2);
        restconf().awaitUp();
        assertThat(heard)
                .as("out of service")
                .singleElement()
                .satisfies(frame -> assertThat(frame).contains("0a000003"));
        assertThat(dropped).isPositive();
    }

    /** The frames of a gateway at the clients' port, of one that it sends as the service and a later one as itself. */
    private List<String> heardOf(final int gateway) {
        final String capture = capture(Stream.of(UPLINK));
        final String own = "10.0.0." + gateway;
        fromGatewayOutside(gateway, Frames.discard(CLIENT_MAC, outerMac(gateway), CLUSTER_ADDRESS, "10.0.0.77"));
        fromGatewayOutside(gateway, Frames.discard(CLIENT_MAC, outerMac(gateway), own, "10.0.0.77"));
        final String start = Frames.digits(CLIENT_MAC) + Frames.digits(outerMac(gateway));
        Waiting.until(
                "the later frame has come",
                () -> frames(capture, UPLINK)
                        .anyMatch(seen ->
                                seen.startsWith(start) && seen.contains("0a0000%02x".formatted(gateway) + "0a00004d")));
        lab().run("capture-stop", "name", capture);
        return frames(capture, UPLINK).filter(seen -> seen.startsWith(start)).toList();
    }

    @Test
    @Order(8)
    void aDeviceWhosePortIsDeletedIsDownAtOnceAndUpWhenItIsAddedAgain() {
        final Instant begun = Instant.now();
        vsctl("del-port", "sw1", "sw1-eth13");
        Waiting.until("g3 is down", () -> is("g3", "down"));
        assertThat(Duration.between(begun, Instant.now())).isLessThan(AT_ONCE.plus(TO_BE_SEEN));
        assertThat(device("g3").get("reason").getAsString()).isEqualTo("port 13 of openflow:1 is gone");
        assertThat(device("g3").get("slots").getAsInt()).isZero();

        vsctl("add-port", "sw1", "sw1-eth13", "--", "set", "interface", "sw1-eth13", "ofport_request=13");
        Waiting.until("g3 is up", () -> is("g3", "up"));
        restconf().awaitUp();
    }

    @Test
    @Order(10)
    void aFloodOfMadeUpClientsIsNoticedByNobodyElseAndIsBounded() {
        final JsonObject before =
                JsonParser.parseString(restconf().get().body()).getAsJsonObject();
        lab().run("vpn-start");
        lab().run("vpn-connect");
        final JsonObject check = leaf("type", "icmp");
        check.addProperty("source-address-ingress", CHECK_SOURCE);
        assertThat(configureCheck(check)).isIn(201, 204);
        Waiting.until(
                "the devices answer",
                () -> Stream.of("g1", "g2", "g3")
                        .allMatch(device -> checks(device).equals("health-check up") && is(device, "up")));
        restconf().awaitUp();
        final List<Instant> since = since();
        final Ping ping = Ping.start(lab(), "c2");
        final JsonObject flood = lab().run(
                        "flood", "host", "c1", "mac", virtualMac(), "rate", NEW_CLIENTS, "seconds", FLOOD_SECONDS)
                .getAsJsonObject();
        assertThat(flood.get("sent").getAsInt() / flood.get("seconds").getAsDouble())
                .as("in a second")
                .isGreaterThan(NEW_CLIENTS / 4.0);
        assertThat(since()).as("no device is taken for dead").isEqualTo(since);
        assertThat(clientSessions()).isLessThanOrEqualTo(MAX_SESSIONS);
        assertThat(entries("sw1", "nw_src=10.1"))
                .as("sessions and suppressions")
                .isLessThanOrEqualTo(2 * MAX_SESSIONS);
        assertThat(ping.stop()).as("lost").isEmpty();

        Waiting.until("all is as before", () -> clientSessions() <= tunnels() && entries("sw1", "nw_src=10.1") == 0);
        restconf().awaitUp();
        fromClient("10.0.0.79");
        Waiting.until("a new client gets a session again", () -> entries("sw1", "nw_src=10.0.0.79") == 1);
        assertThat(since()).as("no device is taken for dead").isEqualTo(since);
        assertThat(restconf().put(before).status()).isEqualTo(204);
        restconf().awaitUp();
    }

    /** Since when each device is as it is, and up. */
    private List<Instant> since() {
        return devices()
                .peek(device -> assertThat(device.get("health").getAsString()).isEqualTo("up"))
                .map(device -> Instant.parse(device.get("since").getAsString()))
                .toList();
    }

    @Test
    @Order(11)
    void anAddressForChecksThatIsSomebodysIsNotTakenUntilItIsFree() {
        host("c1", "add", CHECK_SOURCE);
        final Ping ping = Ping.start(lab(), "c2");
        final JsonObject check = leaf("type", "arp");
        check.addProperty("source-address-ingress", CHECK_SOURCE);
        assertThat(configureCheck(check)).isIn(201, 204);

        final String said = CHECK_SOURCE + " is the address of " + CLIENT_MAC + " at port 1 of openflow:1";
        Waiting.until("it is said", () -> saysReason(said));
        assertThat(logged(said)).hasSize(1);
        assertThat(macOf("c2", CHECK_SOURCE)).isEqualTo(CLIENT_MAC);
        assertThat(devices())
                .noneMatch(device -> "down".equals(device.get("health").getAsString()));
        assertThat(devices().mapToInt(device -> device.get("slots").getAsInt()).sum())
                .isEqualTo(SLOTS);

        host("c1", "del", CHECK_SOURCE);
        Waiting.until(
                "the devices are asked",
                () -> devices()
                        .allMatch(device -> "up".equals(device.get("health").getAsString())));
        restconf().awaitUp();
        assertThat(macOf("c2", CHECK_SOURCE)).isEqualTo(virtualMac());
        assertThat(ping.stop()).as("lost").isEmpty();
        assertThat(configureCheck(leaf("type", "link"))).isEqualTo(204);
        Waiting.until("the address is given back", () -> entries("sw1", CHECK_SOURCE) == 0);
        lab().run("vpn-stop");
    }

    private int configureCheck(final JsonObject check) {
        final var container = new JsonObject();
        container.add("vpnlb:health-check", check);
        return put("/health-check", container);
    }

    @Test
    @Order(12)
    void aChangeForWhichThereIsNoRoomLeavesWhatIsThereAndIsMadeWhenThereIs() {
        final JsonObject elsewhere = uplink(NO_PORT);
        final List<String> before = ofUplink(1);
        assertThat(before).isNotEmpty();
        vsctl(
                "--id=@t",
                "create",
                "Flow_Table",
                "flow_limit=" + entries("sw1", "table=0,"),
                "overflow_policy=refuse",
                "--",
                "set",
                "Bridge",
                "sw1",
                "flow_tables:0=@t");
        assertThat(put("/ingress/switch=openflow%3A1", elsewhere)).isEqualTo(204);
        Waiting.until("it is said", () -> !refused("openflow:1").isEmpty());
        assertThat(refused("openflow:1")).allSatisfy(refusal -> {
            assertThat(refusal.get("request").getAsString()).contains("in_port=" + NO_PORT);
            assertThat(refusal.get("reason").getAsString()).contains("TABLEFULL");
        });
        assertThat(saysReason("TABLEFULL")).isTrue();
        final JsonObject generation = switched("openflow:1").getAsJsonObject("generation");
        assertThat(generation.get("confirmed").getAsLong())
                .isLessThan(generation.get("wanted").getAsLong());
        assertThat(ofUplink(1)).as("what serves clients").isEqualTo(before);
        final String capture = capture(outerTaps());
        fromClient("10.2.1.1");
        Waiting.until(
                "its client is served",
                () -> tapsThatSaw(capture, Frames.KEEPALIVE).count() == 1);
        lab().run("capture-stop", "name", capture);

        vsctl("clear", "Bridge", "sw1", "flow_tables");
        Waiting.until(
                "it is made",
                () -> refused("openflow:1").isEmpty()
                        && ofUplink(1).isEmpty()
                        && ofUplink(NO_PORT).size() == before.size());
        assertThat(put("/ingress/switch=openflow%3A1", uplink(1))).isEqualTo(204);
        // What was refused lately keeps the service from being up for a minute.
        Waiting.until("all is as before", () -> ofUplink(1).equals(before));
    }

    @Test
    @Order(13)
    void aFullTableIsReportedAndNoSessionIsCountedThatTheSwitchDoesNotHold() {
        vsctl(
                "--id=@t",
                "create",
                "Flow_Table",
                "flow_limit=20",
                "overflow_policy=refuse",
                "--",
                "set",
                "Bridge",
                "sw1",
                "flow_tables:1=@t");
        for (int i = 1; i <= 100; i++) {
            fromClient("10.2.0." + i);
        }
        Waiting.until(
                "it is said",
                () -> restconf()
                        .state()
                        .filter(state ->
                                "degraded".equals(state.get("oper-status").getAsString()))
                        .filter(state -> state.get("reason").getAsString().contains("openflow:1 refuse"))
                        .isPresent());
        assertThat(clientSessions()).isLessThanOrEqualTo(20);
        Waiting.until("all sessions have ended", () -> clientSessions() == 0);
        assertThat(entries("sw1", "nw_src=10.2.0.")).isZero();
        vsctl("clear", "Bridge", "sw1", "flow_tables");
        restconf().awaitUp();
    }

    private static JsonObject uplink(final int port) {
        final var ports = new JsonArray();
        ports.add(port);
        final JsonObject side = leaf("node", "openflow:1");
        side.add("uplink-port", ports);
        final var all = new JsonArray();
        all.add(side);
        final var container = new JsonObject();
        container.add("vpnlb:switch", all);
        return container;
    }

    /** The lasting entries of table 0 for the frames of an uplink. */
    private List<String> ofUplink(final int port) {
        return lasting("sw1").stream()
                .filter(flow -> flow.contains("table=0,") && flow.contains("in_port=" + port + ","))
                .toList();
    }

    private JsonObject switched(final String node) {
        return Lab.objects(restconf().state().orElseThrow().get("switch"))
                .filter(each -> node.equals(each.get("node").getAsString()))
                .findFirst()
                .orElseThrow();
    }

    private List<JsonObject> refused(final String node) {
        return Stream.ofNullable(switched(node).get("refused"))
                .flatMap(Lab::objects)
                .toList();
    }

    @Test
    @Order(9)
    void aDeviceAtANamedPortFollowsItToAnotherNumber() {
        final JsonObject ingress = lab().run("service")
                .getAsJsonObject()
                .getAsJsonObject("vpnlb:vpn-services")
                .getAsJsonArray("vpn-service")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("vpn-device")
                .get(2)
                .getAsJsonObject()
                .getAsJsonObject("ingress");
        ingress.remove("port");
        ingress.addProperty("port-name", "sw1-eth13");
        final var container = new JsonObject();
        container.add("vpnlb:ingress", ingress);
        assertThat(put("/vpn-device=g3/ingress", container)).isIn(201, 204);
        restconf().awaitUp();

        vsctl("del-port", "sw1", "sw1-eth13");
        Waiting.until("g3 is down", () -> is("g3", "down"));
        assertThat(device("g3").get("reason").getAsString()).isEqualTo("no port named sw1-eth13 of openflow:1");
        vsctl("add-port", "sw1", "sw1-eth13");
        Waiting.until("g3 is up", () -> is("g3", "up"));
        Waiting.until("it has its slots", () -> device("g3").get("slots").getAsInt() >= SLOTS / GATEWAYS);
        final String number = lab().run("ovs", "argv", List.of("ovs-vsctl", "get", "interface", "sw1-eth13", "ofport"))
                .getAsString()
                .trim();
        assertThat(number).isNotEqualTo("13");
        assertThat(lab().groups("sw1"))
                .anyMatch(group -> group.contains("output:" + number))
                .noneMatch(group -> group.contains("output:13"));
    }

    @Test
    @Order(14)
    void aDeviceThatIsMiscabledIsNamed() {
        fromGateway(3, Frames.discard(SERVER_MAC, innerMac(2), "10.99.2.1", SERVER_ADDRESS));
        final String said = "g2's MAC is seen at the port of g3, port 13 of openflow:2";
        Waiting.until("it is said", () -> saysReason(said));
        assertThat(logged(said)).hasSize(1);
    }

    @Test
    @Order(15)
    void devicesWhoseCablesAreExchangedAreNamed() {
        plug(12, 11);
        areNamed("openflow:1", number -> lookForNobody("g" + number));
        areNamed(
                "openflow:2",
                number -> fromGateway(
                        number,
                        Frames.discard(SERVER_MAC, innerMac(number), "10.99.%d.15".formatted(number), SERVER_ADDRESS)));
        plug(11, 12);
        Waiting.until("both are up", () -> is("g1", "up") && is("g2", "up"));
        assertThat(lab().flows("sw2"))
                .as("learned at the wrong port")
                .filteredOn(flow -> !flow.endsWith("actions=drop"))
                .noneMatch(flow -> flow.contains("=10.99.1.15") || flow.contains("=10.99.2.15"));
    }

    /** Plugs the cables of g1 and g2 into these ports of both switches. */
    private void plug(final int first, final int second) {
        final List<String> arguments = new ArrayList<>();
        for (final String bridge : List.of("sw1", "sw2")) {
            for (final String port : List.of("-eth11", "-eth12")) {
                arguments.addAll(List.of("--", "del-port", bridge, bridge + port));
            }
        }
        vsctl(arguments.subList(1, arguments.size()).toArray(String[]::new));
        arguments.clear();
        for (final String bridge : List.of("sw1", "sw2")) {
            Map.of(bridge + "-eth11", first, bridge + "-eth12", second)
                    .forEach((port, number) -> arguments.addAll(List.of(
                            "--",
                            "add-port",
                            bridge,
                            port,
                            "--",
                            "set",
                            "interface",
                            port,
                            "ofport_request=" + number)));
        }
        vsctl(arguments.subList(1, arguments.size()).toArray(String[]::new));
    }

    /** Each of the two is told at the port of the other, once, as soon as it sends. */
    private void areNamed(final String node, final IntConsumer send) {
        for (final String said : List.of(
                "g1's MAC is seen at the port of g2, port 12 of " + node,
                "g2's MAC is seen at the port of g1, port 11 of " + node)) {
            Waiting.until("it is said", () -> {
                send.accept(1);
                send.accept(2);
                return saysReason(said);
            });
            assertThat(logged(said)).hasSize(1);
        }
    }

    /** A gateway asks by ARP for an address that nobody has. */
    private void lookForNobody(final String gateway) {
        lab().run("exec", "host", gateway, "argv", List.of("ping", "-c", "1", "-W", "1", "10.0.0.66"));
    }

    @Test
    @Order(16)
    void eachEntryThatSendsToTheControllerHasAMeter() {
        for (final String bridge : List.of("sw1", "sw2")) {
            assertThat(lab().flows(bridge).stream()
                            .filter(flow -> flow.contains("CONTROLLER:") || flow.contains("controller(")))
                    .isNotEmpty()
                    .allMatch(flow -> flow.contains("meter:") || flow.contains("meter_id="));
            assertThat(lab().groups(bridge)).noneMatch(group -> group.contains("CONTROLLER"));
        }
    }

    @Test
    @Order(17)
    void oneNoisyDevicePortSilencesNoOther() {
        final long before = punts("unknown-source");
        final Instant begun = Instant.now();
        final int flood = flood(1);
        Waiting.until("the meter is full", () -> punts("unknown-source") > before + LEARNED_AT_ONCE);
        fromGateway(2, Frames.discard(SERVER_MAC, innerMac(2), "10.99.2.7", SERVER_ADDRESS));
        Waiting.until(
                "the other device's client is learned",
                () -> has("sw2", "table=3,ip,in_port=12,dl_src=" + innerMac(2) + ",nw_src=10.99.2.7"));
        assertThat(Duration.between(begun, Instant.now()))
                .as("while the flood goes on")
                .isLessThan(FLOOD);
        lab().run("kill", "pid", flood);
        assertThat(punts("unknown-source") - before)
                .isLessThan(LEARNED_AT_ONCE
                        + (LEARNED_RATE + STRAY_RATE)
                                * (1 + Duration.between(begun, Instant.now()).toSeconds()));
        Waiting.until("what is too much is counted", () -> overMeter("unknown-source") > 0);
    }

    @Test
    @Order(18)
    void anIcmpErrorIsAtItsClientsGatewayAloneAndItsSenderHasNoSession() {
        final String capture = capture(outerTaps());
        fromClient("10.0.0.77");
        Waiting.until(
                "a gateway saw the client",
                () -> tapsThatSaw(capture, Frames.KEEPALIVE).count() == 1);
        for (final int protocol : new int[] {17, 50}) {
            final String error =
                    Frames.tooBig(virtualMac(), CLIENT_MAC, "192.0.2.1", protocol, CLUSTER_ADDRESS, "10.0.0.77");
            lab().run("send-frames", "host", "c1", "frames", List.of(error));
            final String packet = error.substring(2 * 14);
            Waiting.until(
                    "a gateway saw the error",
                    () -> tapsThatSaw(capture, packet).findAny().isPresent());
            assertThat(tapsThatSaw(capture, packet))
                    .containsExactlyElementsOf(
                            tapsThatSaw(capture, Frames.KEEPALIVE).toList());
        }
        lab().run("capture-stop", "name", capture);
        assertThat(has("sw1", "table=1,ip,nw_src=192.0.2.1")).isFalse();
        Waiting.until("they are counted", () -> punts("icmp-error") >= 2);
    }

    @Test
    @Order(19)
    void theClusterAndTheGatewayAddressArePinged() {
        assertThat(pings("c1", CLUSTER_ADDRESS)).isTrue();
        assertThat(pings("server", GATEWAY_ADDRESS)).isTrue();
        assertThat(pings("g1", GATEWAY_ADDRESS)).isTrue();
        assertThat(has("sw1", "table=1,ip,nw_src=10.0.0.11")).isFalse();
    }

    @Test
    @Order(48)
    void aClientThatChangesItsAddressKeepsItsGatewayAndItsLogin() {
        try (var client = new Mobike(lab())) {
            assertThat(pings(Mobike.CLIENT, SERVER_ADDRESS)).isTrue();
            final String inner = client.inner();
            final String gateway = deviceOf("10.0.0.11");
            for (final String address : List.of("10.0.0.211", "10.0.0.212", "10.0.0.213", "10.0.0.214")) {
                client.move(address);
                Waiting.until("it is reached again", () -> pings(Mobike.CLIENT, SERVER_ADDRESS));
                assertThat(deviceOf(address)).as(address).isEqualTo(gateway);
                assertThat(client.inner()).isEqualTo(inner);
                assertThat(client.remote()).isEqualTo(CLUSTER_ADDRESS);
            }
        }
    }

    private String deviceOf(final String address) {
        return Lab.objects(restconf()
                        .output("find-client", leaf("address", address).toString())
                        .get("place"))
                .filter(place -> place.get("side").getAsString().equals("ingress"))
                .map(place -> place.get("device").getAsString())
                .collect(Collectors.joining());
    }

    @Test
    @Order(21)
    void whatIsSentToADeviceIsCountedForEachDirection() {
        final String client = "10.5.0.1";
        final String inner = "10.99.2.1";
        Waiting.until(
                "the switches have told",
                () -> devices().allMatch(device -> device.has("from-clients") && device.has("from-servers")));
        final int gateway = gatewaysOf(List.of(client)).get(client);
        fromGateway(1, Frames.discard(SERVER_MAC, innerMac(1), inner, SERVER_ADDRESS));
        Waiting.until("its return session is there", () -> entries("sw2", "nw_dst=" + inner + " ") > 0);
        final String device = "g" + gateway;
        final List<Long> before =
                settled(() -> List.of(packets(device, "from-clients"), packets("g1", "from-servers")));
        lab().run(
                        "send-frames",
                        "host",
                        "c1",
                        "frames",
                        copies(Frames.keepalive(virtualMac(), CLIENT_MAC, client, CLUSTER_ADDRESS)));
        lab().run(
                        "send-frames",
                        "host",
                        "server",
                        "frames",
                        copies(Frames.discard(virtualMac(), SERVER_MAC, SERVER_ADDRESS, inner)));
        Waiting.until(
                "all are counted",
                () -> packets(device, "from-clients") == before.getFirst() + COPIES
                        && packets("g1", "from-servers") == before.getLast() + COPIES);
    }

    @Test
    @Order(22)
    void anInnerPrefixOfADeviceIsReachedWithoutASessionAndIsNoOtherDevices() {
        final String client = "10.99.77.9";
        for (final String prefix : PREFIXES) {
            final var leaf = new JsonObject();
            leaf.add("vpnlb:client-prefix", list(prefix));
            assertThat(put("/vpn-device=g1/client-prefix=" + prefix.replace("/", "%2F"), leaf))
                    .isEqualTo(201);
        }
        Waiting.until(
                "the switch has them",
                () -> PREFIXES.stream().allMatch(prefix -> entries("sw2", "_dst=" + prefix + " actions=group") == 1));
        final long asked = punts("unknown-source") + punts("no-return");
        final String capture = capture(innerTaps(1).toList(), SERVER);

        // Nobody has sent anything yet; then both of it.
        final String toClient = Frames.discard(virtualMac(), SERVER_MAC, SERVER_ADDRESS, client);
        final String toServer = Frames.discard(SERVER_MAC, innerMac(1), client, SERVER_ADDRESS);
        lab().run("send-frames", "host", "server", "frames", List.of(toClient));
        fromGateway(1, toServer);
        lab().run("send-frames", "host", "server", "frames", List.of(toClient));
        final String arrived = Frames.discard(innerMac(1), SERVER_MAC, SERVER_ADDRESS, client);
        Waiting.until(
                "both directions arrive",
                () -> frames(capture, "sw2-eth11")
                                        .filter(frame -> frame.startsWith(arrived))
                                        .count()
                                == 2
                        && frames(capture, SERVER).anyMatch(frame -> frame.startsWith(toServer)));
        fromGateway(2, Frames.discard(SERVER_MAC, innerMac(2), client, SERVER_ADDRESS));
        Waiting.until("the other device's frame is counted", () -> ignored("given-to-another") == 1);
        assertThat(punts("unknown-source") + punts("no-return"))
                .as("the other device's alone")
                .isEqualTo(asked + 1);
        assertThat(logged("both send from the inner address " + client)).hasSize(1);
        assertThat(entries("sw2", "nw_dst=" + client + " ")).isZero();

        // While the device is out of service, nobody gets what is sent there, and who sends it is told.
        put("/vpn-device=g1/admin-state", leaf("vpnlb:admin-state", "out-of-service"));
        Waiting.until(
                "nothing leads there", () -> entries("sw2", "nw_dst=" + PREFIXES.getFirst() + " actions=group") == 0);
        assertThat(ping("server", client)).contains("From " + GATEWAY_ADDRESS, UNREACHABLE);
        Waiting.until("it is counted", () -> ignored("out-of-service") > 0);
        lab().run("capture-stop", "name", capture);
        assertThat(innerTaps(2).flatMap(tap -> frames(capture, tap)).filter(frame -> frame.startsWith(arrived)))
                .isEmpty();

        put("/vpn-device=g1/admin-state", leaf("vpnlb:admin-state", "in-service"));
        assertThat(restconf()
                        .output("check-switch", "{\"node\": \"openflow:2\"}")
                        .get("consistent")
                        .getAsBoolean())
                .isTrue();
        for (final String prefix : PREFIXES) {
            remove("/vpn-device=g1/client-prefix=" + prefix.replace("/", "%2F"));
        }
        Waiting.until("they are gone", () -> entries("sw2", "_dst=" + PREFIXES.getFirst() + " actions") == 0);
    }

    /** The gateways that have an address of their own answer ARP for it, as they would for a client. */
    @Test
    @Order(23)
    void aClientWithoutASessionIsFoundByAskingTheGateways() {
        final List<String> clients = List.of("10.99.66.1", "10.99.66.2");
        clientOf("g2", "add", clients.getFirst());
        Stream.of("g2", "g3").forEach(gateway -> clientOf(gateway, "add", clients.getLast()));

        assertThat(ping("server", clients.getFirst())).as("the first packet").contains("1 received");
        assertThat(entries("sw2", "nw_dst=" + clients.getFirst() + " ")).isEqualTo(1);
        assertThat(ping("server", "10.99.66.3")).as("nobody has it").contains("From " + GATEWAY_ADDRESS, UNREACHABLE);
        ping("server", clients.getLast());
        final String named = "both answer for the inner address " + clients.getLast()
                + "; it keeps only a session that it has otherwise";
        Waiting.until("the two are named", () -> logged(named).size() == 1);
        Waiting.until("it is counted", () -> ignored("no-session") > 0 && ignored("conflict") > 0);
        Waiting.until("each answer is counted", () -> punts("client-found") == 3);

        clientOf("g2", "del", clients.getFirst());
        Stream.of("g2", "g3").forEach(gateway -> clientOf(gateway, "del", clients.getLast()));
    }

    /**
     * One gateway has a client's address, another one answers for its clients, as strongSwan and Linux can. Late: where
     * all have IPv6, a tunnel over IPv4 may go over to it.
     */
    @Test
    @Order(51)
    void aClientIsFoundByProxyArpAndByIpv6WithItsNetwork() {
        lab().run("ipv6");
        final JsonObject egress = Restconf.service(services()).getAsJsonObject("egress");
        final JsonObject withIpv6 = egress.deepCopy();
        withIpv6.add("additional-gateway-address", list("fd01::fe"));
        withIpv6.getAsJsonArray("client-prefix").add("fd00::/32");
        withIpv6.addProperty("session-prefix-length-v6", 64);
        assertThat(put("/egress", container("vpnlb:egress", withIpv6))).isEqualTo(204);
        restconf().awaitUp();
        shell("g2", "ip -6 address add fd00:0:66::1/128 dev g2-eth1 nodad");
        shell(
                "g3",
                "ip route add 10.99.66.4 dev g3-eth0; ip neigh add proxy 10.99.66.4 dev g3-eth1;"
                        + " ip -6 route add fd00:0:68::/64 dev g3-eth0; ip neigh add proxy fd00:0:68::1 dev g3-eth1;"
                        + " echo 1 > /proc/sys/net/ipv6/conf/g3-eth1/proxy_ndp");

        assertThat(ping("server", "fd00:0:66::1")).as("the first packet").contains("1 received");
        assertThat(entries("sw2", "ipv6_dst=fd00:0:66::/64 ")).isEqualTo(1);
        assertThat(ping("server", "fd00:0:67::1"))
                .as("nobody has it")
                .contains("From fd01::fe", "Destination unreachable: Address unreachable");
        ping("server", "10.99.66.4");
        ping("server", "fd00:0:68::1");
        Waiting.until(
                "both are at g3",
                () -> entries("sw2", "nw_dst=10.99.66.4 ") == 1 && entries("sw2", "ipv6_dst=fd00:0:68::/64 ") == 1);

        shell("g2", "ip -6 address del fd00:0:66::1/128 dev g2-eth1");
        shell("g3", "ip neigh del proxy 10.99.66.4 dev g3-eth1; ip neigh del proxy fd00:0:68::1 dev g3-eth1");
        assertThat(put("/egress", container("vpnlb:egress", egress))).isEqualTo(204);
        restconf().awaitUp();
    }

    private static JsonObject container(final String name, final JsonObject content) {
        final var container = new JsonObject();
        container.add(name, content);
        return container;
    }

    private void shell(final String host, final String script) {
        final JsonObject outcome = lab().run("exec", "host", host, "argv", List.of("sh", "-c", script))
                .getAsJsonObject();
        assertThat(outcome.get("rc").getAsInt()).as(outcome.toString()).isZero();
    }

    private void clientOf(final String gateway, final String what, final String address) {
        lab().run(
                        "exec",
                        "host",
                        gateway,
                        "argv",
                        List.of("ip", "address", what, address + "/32", "dev", gateway + "-eth1"));
    }

    /** What one ping says. */
    private String ping(final String host, final String address) {
        return lab().run("exec", "host", host, "argv", List.of("ping", "-n", "-c", "1", "-W", "2", address))
                .getAsJsonObject()
                .get("stdout")
                .getAsString();
    }

    private static JsonArray list(final String value) {
        final var list = new JsonArray();
        list.add(value);
        return list;
    }

    private static List<String> copies(final String frame) {
        return Collections.nCopies(COPIES, frame);
    }

    /** The counts when nothing is sent: they stay as they are for longer than until the switch is asked again. */
    private static List<Long> settled(final Supplier<List<Long>> counts) {
        final var settled = new AtomicReference<List<Long>>(List.of());
        Waiting.untilSteady("all of before is counted", COUNTED, () -> {
            final List<Long> now = counts.get();
            return now.equals(settled.getAndSet(now));
        });
        return settled.get();
    }

    private long packets(final String device, final String direction) {
        return device(device).getAsJsonObject(direction).get("packets").getAsLong();
    }

    /** Each client sends, and comes to one gateway. */
    private Map<String, Integer> gatewaysOf(final List<String> clients) {
        final String capture = capture(outerTaps());
        clients.forEach(this::fromClient);
        final Map<String, Integer> gateways = new TreeMap<>();
        Waiting.until("all have come", () -> {
            IntStream.rangeClosed(1, GATEWAYS)
                    .forEach(gateway -> frames(capture, "sw1-eth" + (10 + gateway))
                            .forEach(frame -> clients.stream()
                                    .filter(client -> frame.contains(
                                            Frames.keepalive(outerMac(gateway), CLIENT_MAC, client, CLUSTER_ADDRESS)
                                                    .substring(24)))
                                    .forEach(client -> gateways.put(client, gateway))));
            return gateways.keySet().containsAll(clients);
        });
        lab().run("capture-stop", "name", capture);
        return gateways;
    }

    @Test
    @Order(49)
    void aDownloadPassesARouterOfALesserMtu() {
        try (var router = new NarrowRouter(lab())) {
            lab().run("vpn-start");
            lab().run("vpn-connect", "clients", List.of("c2"));
            assertThat(pings("c2", SERVER_ADDRESS)).isTrue();
            assertThat(Lab.objects(lab().run("traffic", "clients", List.of("c2"), "kinds", List.of("tcp-down"))))
                    .singleElement()
                    .satisfies(result -> assertThat(result.get("ok").getAsBoolean())
                            .as(result.toString())
                            .isTrue());
            assertThat(router.errors()).as("what the router could not forward").isPositive();
            lab().run("vpn-stop");
        }
    }

    /** Two Linux clients and strongSwan gateways; what differs from IPv4 is in {@link OuterIpv6}. */
    @Test
    @Order(50)
    void aTunnelOverIpv6WithFragmentsAndOneOverIpv4PassOneGatewayEach() {
        final var outer = new OuterIpv6(lab(), restconf());
        outer.begin();
        Waiting.until("the client reaches the cluster address", outer::reachesClusterAddress);
        assertThat(outer.clusterMac()).isEqualTo(virtualMac());
        final String capture = capture(outerTaps());
        outer.logIn();
        assertThat(pings(OuterIpv6.CLIENT, SERVER_ADDRESS)).isTrue();
        assertThat(pings(OuterIpv6.IPV4_CLIENT, SERVER_ADDRESS)).isTrue();
        outer.fragment();
        assertThat(outer.pingsWithFragments(SERVER_ADDRESS)).isTrue();
        lab().run("capture-stop", "name", capture);
        for (final String packet : List.of(OuterIpv6.NAT_T, OuterIpv6.FRAGMENT, OuterIpv6.NAT_T_OVER_IPV4)) {
            assertThat(tapsThatSaw(capture, packet)).as(packet).hasSize(1);
        }
        assertThat(tapsThatSaw(capture, OuterIpv6.NAT_T).toList())
                .isEqualTo(tapsThatSaw(capture, OuterIpv6.FRAGMENT).toList());
        // While they send: their sessions idle out within seconds.
        Waiting.until(
                "each client has its session",
                () -> pings(OuterIpv6.CLIENT, SERVER_ADDRESS)
                        && pings(OuterIpv6.IPV4_CLIENT, SERVER_ADDRESS)
                        && entries("sw1", "ipv6_src=" + OuterIpv6.CLIENT_ADDRESS) == 1
                        && entries("sw1", "nw_src=10.0.0.12") == 1);
        outer.end();
        awaitServed();
    }

    @Test
    @Order(40)
    void aGatewayThatSpeaksFirstGetsTheAnswerAndKeepsAClientThatIsSilent() {
        for (final String learning : List.of("switch", "controller")) {
            assertThat(put("/learning", leaf("vpnlb:learning", learning))).isIn(201, 204);
            restconf().awaitUp();
            // Two clients of one slot: where the one comes to, the other would.
            final String client = "switch".equals(learning) ? "10.3.0.7" : "10.3.0.23";
            final String mate = "switch".equals(learning) ? "10.3.1.6" : "10.3.1.22";
            final String found = capture(outerTaps());
            fromClient(mate);
            Waiting.until(
                    "a gateway saw the client",
                    () -> tapsThatSaw(found, Frames.KEEPALIVE).count() == 1);
            lab().run("capture-stop", "name", found);
            final int other = 1 + (gatewayAt(found) % GATEWAYS);

            final Instant begun = Instant.now();
            Waiting.until("the other gateway sends to the client for longer than the timeout", () -> {
                fromGatewayOutside(other, Frames.discard(CLIENT_MAC, outerMac(other), CLUSTER_ADDRESS, client));
                return entries("sw1", "nw_src=" + client + " ") > 0
                        && Duration.between(begun, Instant.now()).toSeconds() > 2 * IDLE_SECONDS + 1;
            });
            final String capture = capture(outerTaps());
            fromClient(client);
            Waiting.until(
                    "a gateway saw the answer",
                    () -> tapsThatSaw(capture, Frames.KEEPALIVE).findAny().isPresent());
            lab().run("capture-stop", "name", capture);
            assertThat(gatewayAt(capture)).as("learning by %s", learning).isEqualTo(other);
        }
        // The controller is told until its entry is there, and not of each frame.
        assertThat(punts("to-client")).isBetween(1L, 10L);
    }

    /** The one gateway that a capture saw a client's frame come to. */
    private int gatewayAt(final String capture) {
        final List<String> taps = tapsThatSaw(capture, Frames.KEEPALIVE).toList();
        assertThat(taps).hasSize(1);
        return Integer.parseInt(taps.getFirst().replaceFirst(".*-eth1", ""));
    }

    @Test
    @Order(41)
    void aDeviceIsUpWhenItAnswersAllChecksAndTheStateTellsThemApart() {
        final JsonObject web = leaf("name", "web");
        web.addProperty("type", "tcp");
        web.addProperty("port", WEB);
        final var more = new JsonArray();
        more.add(web);
        final JsonObject check = leaf("type", "icmp");
        check.addProperty("source-address-ingress", CHECK_SOURCE);
        check.add("additional-check", more);
        IntStream.rangeClosed(1, 2).forEach(this::listen);
        final int third = listen(3);
        assertThat(configureCheck(check)).isIn(201, 204);
        Waiting.until("both are asked, and answered", () -> checks("g3").equals("health-check up, web up"));
        restconf().awaitUp();

        lab().run("kill", "pid", third);
        Waiting.until("g3 is down", () -> is("g3", "down"));
        assertThat(device("g3").get("reason").getAsString())
                .startsWith("refused: TCP at " + CLUSTER_ADDRESS + " port " + WEB + ", ingress side");
        assertThat(checks("g3")).isEqualTo("health-check up, web down");
        assertThat(device("g3").get("slots").getAsInt()).isZero();

        listen(3);
        Waiting.until("g3 is up", () -> is("g3", "up"));
        assertThat(configureCheck(leaf("type", "link"))).isEqualTo(204);
        restconf().awaitUp();
    }

    /** A gateway listens. */
    private int listen(final int gateway) {
        return lab().run(
                        "spawn",
                        "host",
                        "g" + gateway,
                        "argv",
                        List.of("/usr/bin/python3", "-m", "http.server", Integer.toString(WEB)))
                .getAsJsonObject()
                .get("pid")
                .getAsInt();
    }

    /** What the checks of the clients' side tell of a device, by their names. */
    private String checks(final String device) {
        return Stream.ofNullable(device(device).get("check"))
                .flatMap(Lab::objects)
                .filter(check -> "ingress".equals(check.get("side").getAsString()))
                .map(check -> check.get("name").getAsString() + " "
                        + check.get("health").getAsString())
                .sorted()
                .collect(Collectors.joining(", "));
    }

    @Test
    @Order(42)
    void clientsBehindOneAddressHaveAGatewayEachByTheirPortsWhoeverLearns() {
        final JsonObject before =
                JsonParser.parseString(restconf().get().body()).getAsJsonObject();
        for (final String learning : List.of("controller", "switch")) {
            final String translator = "switch".equals(learning) ? "10.4.0.1" : "10.4.0.2";
            final JsonObject services = before.deepCopy();
            final JsonObject service = Restconf.service(services);
            final var wireGuard = new JsonArray();
            wireGuard.add("wireguard");
            service.add("protocol", wireGuard);
            service.addProperty("client-key", "address-and-port");
            service.addProperty("learning", learning);
            assertThat(restconf().put(services).status()).isEqualTo(204);
            restconf().awaitUp();
            final Map<Integer, List<String>> homes = tapsByPort(translator);
            assertThat(homes.values()).allMatch(taps -> taps.size() == 1);
            assertThat(Set.copyOf(homes.values())).hasSize(GATEWAYS);
            Waiting.until(
                    "each has a session",
                    () -> entries("sw1", "nw_src=" + translator + ",tp_src=") == CLIENTS_BEHIND_ONE);
            assertThat(tapsByPort(translator)).isEqualTo(homes);
        }
        lab().run(
                        "send-frames",
                        "host",
                        "c1",
                        "frames",
                        List.of(Frames.fragment(virtualMac(), CLIENT_MAC, "10.4.0.1", 40_000, CLUSTER_ADDRESS)));
        Waiting.until("the fragment is counted", () -> dropped("sw1", "priority=302,") == 1);
        assertThat(restconf().put(before).status()).isEqualTo(204);
        awaitServed();
    }

    /** The gateways' ports at which a packet comes out of each port of an address. */
    private Map<Integer, List<String>> tapsByPort(final String address) {
        final String capture = capture(outerTaps());
        final List<Integer> ports =
                IntStream.range(40_000, 40_000 + CLIENTS_BEHIND_ONE).boxed().toList();
        lab().run(
                        "send-frames",
                        "host",
                        "c1",
                        "frames",
                        ports.stream()
                                .map(port -> Frames.wireGuard(virtualMac(), CLIENT_MAC, address, port, CLUSTER_ADDRESS))
                                .toList());
        final Map<Integer, List<String>> taps = new TreeMap<>();
        Waiting.until("all have come", () -> {
            final Map<String, List<String>> seen = outerTaps()
                    .collect(Collectors.toMap(
                            tap -> tap, tap -> frames(capture, tap).toList()));
            ports.forEach(port -> taps.put(
                    port,
                    seen.keySet().stream()
                            .filter(tap ->
                                    seen.get(tap).stream().anyMatch(frame -> frame.contains(Frames.wireGuard(port))))
                            .toList()));
            return taps.values().stream().noneMatch(List::isEmpty);
        });
        lab().run("capture-stop", "name", capture);
        return taps;
    }

    @Test
    @Order(43)
    void whereTheSwitchLearnsAnInnerAddressOfTwoDevicesStaysWithTheFirstToo() {
        final JsonObject before =
                JsonParser.parseString(restconf().get().body()).getAsJsonObject();
        assertThat(put("/learning", leaf("vpnlb:learning", "switch"))).isIn(201, 204);
        restconf().awaitUp();
        final List<String> cookies = new ArrayList<>();
        for (int gateway = 1; gateway <= 2; gateway++) {
            fromGateway(gateway, shared(gateway));
            Waiting.until("it has the session", () -> !cookies.containsAll(sharedSession("cookie=")));
            cookies.addAll(sharedSession("cookie="));
            // By itself vpnlb reads the sessions every five minutes; this change makes it read them at once.
            final int seconds = 600 + gateway;
            assertThat(put("/egress/idle-timeout", idleTimeout(seconds))).isIn(201, 204);
            Waiting.until(
                    "they have been read",
                    () -> sharedSession("idle_timeout=").equals(List.of("idle_timeout=" + seconds + ",")));
        }
        Waiting.until("it is told", () -> {
            fromGateway(1, shared(1));
            fromGateway(2, shared(2));
            return !logged("both send from the inner address " + SHARED).isEmpty();
        });
        assertThat(logged("both send from the inner address " + SHARED))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("g1 keeps the session");
        Waiting.until("the first has the session", () -> {
            fromGateway(1, shared(1));
            return sharedSession("cookie=").equals(cookies.subList(0, 1));
        });
        Waiting.until("frames of the other one are counted", () -> {
            fromGateway(2, shared(2));
            return lab().flowStatistics("sw2").stream()
                    .filter(flow -> flow.contains(innerMac(2) + ",nw_src=" + SHARED + " "))
                    .anyMatch(flow -> !flow.contains("n_packets=0,"));
        });
        assertThat(sharedSession("cookie=")).isEqualTo(cookies.subList(0, 1));
        assertThat(restconf().put(before).status()).isEqualTo(204);
        awaitServed();
    }

    private String shared(final int gateway) {
        return Frames.discard(SERVER_MAC, innerMac(gateway), SHARED, SERVER_ADDRESS);
    }

    /** A word of the return session that the switch has learned of the address that two gateways send; none without. */
    private List<String> sharedSession(final String word) {
        return lab().flows("sw2").stream()
                .filter(flow -> flow.contains("table=6,") && flow.contains("nw_dst=" + SHARED + " "))
                .flatMap(flow -> Stream.of(flow.split(" ")))
                .filter(found -> found.startsWith(word))
                .toList();
    }

    @Test
    @Order(99)
    void theLogHasNoError() {
        lab().assertNoneLogged("errors");
    }

    /** A gateway sends as fast as it can, of clients and from MAC addresses that it makes up. */
    private int flood(final int gateway) {
        final String script = Path.of(System.getProperty("vpnlb.root"), "it-tests/lab/flood.py")
                .toString();
        final String seconds = Long.toString(FLOOD.toSeconds());
        final String host = "g" + gateway;
        return lab().run(
                        "spawn",
                        "host",
                        host,
                        "argv",
                        List.of("/usr/bin/python3", "-B", script, host + "-eth1", innerMac(gateway), seconds))
                .getAsJsonObject()
                .get("pid")
                .getAsInt();
    }

    /** Nobody else than g1 got such a frame, though a later one of g1 came to the server. */
    private void assertNobodyHears(final String capture, final Predicate<String> frame) {
        final String later = Frames.discard(SERVER_MAC, innerMac(1), "172.16.0.1", SERVER_ADDRESS);
        fromGateway(1, later);
        Waiting.until("a later frame has come", () -> frames(capture, SERVER).anyMatch(seen -> seen.startsWith(later)));
        lab().run("capture-stop", "name", capture);
        assertThat(Stream.concat(innerTaps(2), Stream.of(SERVER))
                        .flatMap(tap -> frames(capture, tap))
                        .filter(frame))
                .isEmpty();
    }
}
