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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be applied is refused when it is configured, with an error that helps, and has no effect at all. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConfigurationIT {
    private static final String G1 = "/rests/data/vpnlb:vpn-services/vpn-service=office/vpn-device=g1";

    private static final int MOST_OF_THE_COOKBOOK = 20;
    private static final int WRITERS = 8;
    private static final int ROUNDS = 5;
    private static final double LONGEST_ANSWER_SECONDS = 2;

    private Lab lab;
    private Restconf restconf;

    @BeforeAll
    void startWithAService() {
        lab = Lab.start("configuration", 1, 2, Lab.distribution());
        restconf = new Restconf(lab);
        lab.startKaraf();
        assertThat(restconf.put(restconf.example()).status()).isEqualTo(201);
        restconf.awaitUp();
    }

    @AfterAll
    void stop() {
        if (lab != null) {
            lab.close();
        }
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                refusal(
                        "two devices with one MAC address",
                        s -> Restconf.device(s, 1).getAsJsonObject("ingress").addProperty("mac", "02:00:00:00:0a:01"),
                        "vpn-device[name='g2']/ingress/mac",
                        "02:00:00:00:0a:01",
                        "give each its own"),
                refusal(
                        "a device on a switch that the service does not list",
                        s -> Restconf.device(s, 0).getAsJsonObject("egress").addProperty("node", "openflow:9"),
                        "vpn-device[name='g1']/egress/node",
                        "openflow:9",
                        "use one of [openflow:2]"),
                refusal(
                        "a device's address of another family than the cluster address",
                        s -> Restconf.device(s, 0).getAsJsonObject("ingress").addProperty("address", "2001:db8::1"),
                        "vpn-device[name='g1']/ingress/address",
                        "2001:db8::1",
                        "same family"),
                refusal(
                        "port 0",
                        s -> Restconf.device(s, 0).getAsJsonObject("ingress").addProperty("port", 0),
                        "vpn-device[name='g1']/ingress/port",
                        "= 0",
                        "use 1 to 4294967039"),
                refusal(
                        "weight 0",
                        s -> Restconf.device(s, 0).addProperty("weight", 0),
                        "vpn-device[name='g1']/weight",
                        "= 0",
                        "use 1 to 100"),
                refusal(
                        "a match without its protocol",
                        s -> {
                            final var matches = new JsonArray();
                            matches.add(JsonParser.parseString("{\"name\": \"gre\"}"));
                            Restconf.service(s).add("match", matches);
                        },
                        "vpn-service[name='office']/match[name='gre']/ip-protocol",
                        "absent",
                        "the leaf is mandatory"),
                refusal(
                        "questions every millisecond",
                        s -> Restconf.service(s)
                                .add("health-check", JsonParser.parseString("{\"type\": \"arp\", \"interval\": 1}")),
                        "vpn-service[name='office']/health-check/interval",
                        "= 1",
                        "use 100 to 60000"),
                refusal(
                        "two services with one cluster address and protocol",
                        s -> {
                            final JsonObject twin = Restconf.service(s).deepCopy();
                            twin.addProperty("name", "twin");
                            twin.add("vpn-device", new JsonArray());
                            twin.getAsJsonObject("egress").addProperty("gateway-address", "172.16.0.253");
                            s.getAsJsonObject("vpnlb:vpn-services")
                                    .getAsJsonArray("vpn-service")
                                    .add(twin);
                        },
                        "vpn-service[name='twin']/cluster-address",
                        "10.0.0.100",
                        "use another cluster-address"),
                refusal(
                        "a missing MAC address",
                        s -> Restconf.device(s, 0).getAsJsonObject("ingress").remove("mac"),
                        "vpn-device[name='g1']/ingress/mac",
                        "absent",
                        "configure it"),
                refusal(
                        "something that is no IP address",
                        s -> Restconf.service(s).addProperty("cluster-address", "10.0.0.300"),
                        "cluster-address",
                        "10.0.0.300",
                        "192.0.2.1"),
                refusal(
                        "an IPv4 prefix in the form of IPv6",
                        s -> {
                            final var prefixes = new JsonArray();
                            prefixes.add("::ffff:10.0.0.0/104");
                            Restconf.service(s).getAsJsonObject("egress").add("client-prefix", prefixes);
                        },
                        "vpn-service[name='office']/egress/client-prefix",
                        "::ffff:",
                        "write it as IPv4"),
                refusal(
                        "a link-local address for servers",
                        s -> Restconf.service(s).getAsJsonObject("egress").addProperty("gateway-address", "fe80::1"),
                        "vpn-service[name='office']/egress/gateway-address",
                        "fe80::1",
                        "use one that servers can reach"),
                refusal(
                        "a VLAN, which is not supported yet",
                        s -> Restconf.device(s, 0).getAsJsonObject("ingress").addProperty("vlan-id", 7),
                        "vpn-device[name='g1']/ingress/vlan-id",
                        "= 7",
                        "not supported yet"),
                refusal(
                        "a metric of another selection method",
                        s -> {
                            final var selection = new JsonObject();
                            selection.addProperty("metric", "round-robin");
                            Restconf.service(s).add("selection", selection);
                        },
                        "vpn-service[name='office']/selection/metric",
                        "round-robin",
                        "set selection/method to controller"),
                refusal(
                        "slots by which source-hash cannot select",
                        s -> {
                            final var selection = new JsonObject();
                            selection.addProperty("method", "source-hash");
                            selection.addProperty("slots", 100);
                            Restconf.service(s).add("selection", selection);
                        },
                        "vpn-service[name='office']/selection/slots",
                        "100",
                        "use a power of two from 2 to 256"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusals")
    void isRefusedWithTheLeafTheValueAndTheFixAndChangesNothing(
            final String what, final Consumer<JsonObject> change, final List<String> said) {
        final String before = restconf.get().body();
        final List<String> flows = lab.flows("sw1");
        final List<String> groups = lab.groups("sw1");
        final JsonObject services = restconf.example();
        // A valid change beside the bad one, which must not take effect either.
        Restconf.service(services).getAsJsonObject("ingress").addProperty("max-sessions", 5);
        change.accept(services);

        final Instant begun = Instant.now();
        final Restconf.Answer answer = restconf.put(services);

        assertThat(Duration.between(begun, Instant.now()))
                .as("until it was refused")
                .isLessThan(Duration.ofSeconds(2));
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.errorMessage()).contains(said);
        assertThat(restconf.get().body()).isEqualTo(before);
        assertThat(lab.flows("sw1")).isEqualTo(flows);
        assertThat(lab.groups("sw1")).isEqualTo(groups);
    }

    /** What the model and docs/service.md say of it: as soon as this tells more, they can say so. */
    static Stream<Arguments> refusalsOfRestconf() {
        return Stream.of(
                refusal(
                        "a pattern",
                        s -> Restconf.device(s, 0).getAsJsonObject("ingress").addProperty("node", "sw1"),
                        "node: not an OpenFlow node; write openflow:<datapath id in decimal>"),
                refusal(
                        "the pattern of another model's type",
                        s -> Restconf.device(s, 0).getAsJsonObject("ingress").addProperty("mac", "zz"),
                        "mac: not a MAC address; write six pairs of hexadecimal digits"),
                refusal(
                        "a length",
                        s -> Restconf.device(s, 0)
                                .getAsJsonObject("ingress")
                                .addProperty("port-name", "a-name-of-17-char"),
                        "port-name: the name of a port has 1 to 15 characters"),
                refusal("a word for a number", s -> Restconf.device(s, 0).addProperty("weight", "many"), "many"),
                refusal("a number below zero", s -> Restconf.device(s, 0).addProperty("weight", -1), "-1"),
                refusal(
                        "an unknown name of an enumeration",
                        s -> Restconf.device(s, 0).addProperty("admin-state", "asleep"),
                        "asleep",
                        "[in-service, draining, out-of-service]"),
                refusal(
                        "no boolean",
                        s -> Restconf.service(s).addProperty("enabled", "maybe"),
                        "maybe",
                        "'true' and 'false'"),
                refusal(
                        "an unknown leaf",
                        s -> Restconf.device(s, 0).addProperty("wieght", 1),
                        "wieght",
                        "vpn-device"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusalsOfRestconf")
    void whatTheModelItselfRefusesIsSaidAsFarAsRestconfSaysIt(
            final String what, final Consumer<JsonObject> change, final List<String> said) {
        final String before = restconf.get().body();
        final JsonObject services = restconf.example();
        change.accept(services);

        final Restconf.Answer answer = restconf.put(services);

        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.errorMessage()).contains(said);
        assertThat(restconf.get().body()).isEqualTo(before);
    }

    @Test
    void aChangeOfOneLeafIsCheckedWithAllTheOthers() {
        final var weight = new JsonObject();
        weight.add("vpnlb:weight", new JsonPrimitive(0));
        final Restconf.Answer answer = restconf.request("PUT", G1 + "/weight", weight);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.errorMessage()).contains("vpn-device[name='g1']/weight", "= 0");

        final Restconf.Answer patch =
                restconf.request("PATCH", "/rests/data/vpnlb:vpn-services", JsonParser.parseString("""
                        {"vpnlb:vpn-services": {"vpn-service": [{"name": "office",
                          "vpn-device": [{"name": "g1", "ingress": {"mac": "02:00:00:00:0a:02"}}]}]}}"""));
        assertThat(patch.status()).isEqualTo(400);
        assertThat(patch.errorMessage()).contains("02:00:00:00:0a:02");
    }

    @Test
    void whatCannotBeAskedIsRefusedWithTheLeafTheValueAndTheFix() {
        assertRefused(
                restconf.rpc("find-client", "{\"address\": \"10.0.0.300\"}"), "address", "10.0.0.300", "192.0.2.1");
        assertRefused(restconf.rpc("find-client", "{}"), "input/address", "absent", "192.0.2.1");
        assertRefused(
                restconf.rpc("list-sessions", "{\"service\": \"nowhere\"}"), "input/service", "nowhere", "[office]");
        assertRefused(
                restconf.rpc("list-sessions", "{\"service\": \"office\", \"side\": \"ingress\", \"limit\": 0}"),
                "input/limit",
                "= 0",
                "1 to 10000");
        assertRefused(restconf.rpc("clear-sessions", "{\"service\": \"office\"}"), "input/device", "absent", "prefix");
        assertRefused(
                restconf.rpc("check-switch", "{\"node\": \"openflow:9\"}"), "input/node", "openflow:9", "openflow:1");
        assertRefused(restconf.rpc("check-switch", "{\"node\": \"sw1\"}"), "input/node", "sw1", "openflow:1");
        assertRefused(
                restconf.rpc("list-sessions", "{\"service\": \"office\", \"side\": \"inside\"}"),
                "input/side",
                "inside");
    }

    @Test
    void theShellTellsTheSameAndDrainsADevice() {
        assertThat(shell("vpnlb:devices --json office")).contains("\"device\": \"g1\"", "\"device\": \"g2\"");
        Waiting.until(
                "the switch holds what it should",
                () -> shell("vpnlb:check openflow:1").contains("nothing differs"));
        shell("vpnlb:drain --wait --timeout 60 office g1");
        assertThat(restconf.request("GET", G1 + "/admin-state", null).body()).contains("draining");
        assertThat(shell("vpnlb:enable office g1")).contains("in-service");
        assertThat(restconf.request("GET", G1 + "/admin-state", null).body()).contains("in-service");
        assertThat(shell("vpnlb:find 10.0.0.300")).contains("input/address = 10.0.0.300", "192.0.2.1");
    }

    private String shell(final String command) {
        final JsonObject outcome = lab.run("karaf-shell", "command", command).getAsJsonObject();
        return outcome.get("stdout").getAsString() + outcome.get("stderr").getAsString();
    }

    private static void assertRefused(final Restconf.Answer answer, final String... said) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.errorMessage()).contains(said);
    }

    @Test
    void aDeviceOutOfServiceLosesItsSlotsAndADrainingOneToo() {
        for (final String state : List.of("draining", "out-of-service", "in-service")) {
            setAdminState(state);
            final int slots = "in-service".equals(state) ? 32 : 0;
            Waiting.until(
                    "g1 has " + slots + " slots",
                    () -> restconf.state().orElseThrow().get("vpn-device") != null
                            && Lab.objects(restconf.state().orElseThrow().get("vpn-device"))
                                    .filter(device ->
                                            "g1".equals(device.get("name").getAsString()))
                                    .allMatch(device -> device.get("slots").getAsInt() == slots));
        }
    }

    @Test
    void whatAChangeWouldDoIsToldAndHappensWhenItIsMade() {
        final JsonObject services =
                JsonParser.parseString(restconf.get().body()).getAsJsonObject();
        final JsonObject changed = services.deepCopy();
        g1(changed).addProperty("weight", 3);
        Waiting.until("g1 has its half of the slots", () -> slots("g1") == 32);
        final JsonObject input = changed.getAsJsonObject("vpnlb:vpn-services");
        final JsonObject ingress = Lab.objects(
                        restconf.output("plan-change", input.toString()).get("service"))
                .filter(service -> "openflow:1".equals(text(service, "node")))
                .findFirst()
                .orElseThrow();
        assertThat(JsonParser.parseString(restconf.get().body()))
                .as("asking changes nothing")
                .isEqualTo(services);
        final int moved = Lab.objects(ingress.get("slot-move"))
                .filter(move -> "g1".equals(text(move, "to")))
                .mapToInt(move -> move.get("slots").getAsInt())
                .sum();
        assertThat(moved).isPositive();
        assertThat(restconf.put(changed).status()).isEqualTo(204);
        Waiting.until("g1 has " + moved + " slots more", () -> slots("g1") == 32 + moved);
        assertThat(restconf.put(services).status()).isEqualTo(204);
        Waiting.until("g1 has as many slots as before", () -> slots("g1") == 32);

        g1(changed).addProperty("weight", 0);
        assertRefused(restconf.rpc("plan-change", input.toString()), "vpn-device[name='g1']/weight", "= 0", "1 to 100");
        assertThat(shell("vpnlb:plan --json --state draining office g1")).contains("\"device\": \"g1\"", "at-once");
    }

    private static JsonObject g1(final JsonObject services) {
        return Lab.objects(Restconf.service(services).get("vpn-device"))
                .filter(device -> "g1".equals(text(device, "name")))
                .findFirst()
                .orElseThrow();
    }

    private int slots(final String name) {
        return restconf.state().map(state -> state.get("vpn-device")).stream()
                .flatMap(Lab::objects)
                .filter(device -> name.equals(text(device, "name")))
                .mapToInt(device -> device.get("slots").getAsInt())
                .findFirst()
                .orElse(-1);
    }

    @Test
    void whatTheOperatorWantsOfADeviceIsToldToWhoListens() {
        final int listener = restconf.listen("device-state-changed");
        for (final String wanted : List.of("draining", "out-of-service", "in-service")) {
            final Instant before = Instant.now();
            setAdminState(wanted);
            Waiting.until(
                    wanted + " is told",
                    () -> told(listener, "device-state-changed")
                            .anyMatch(change -> wanted.equals(text(change, "admin-state"))));
            final JsonObject change = told(listener, "device-state-changed")
                    .filter(found -> wanted.equals(text(found, "admin-state")))
                    .findFirst()
                    .orElseThrow();
            assertThat(text(change, "service")).isEqualTo("office");
            assertThat(text(change, "device")).isEqualTo("g1");
            assertThat(Instant.parse(text(change, "since"))).isBetween(before, Instant.now());
            Waiting.until(
                    "the state tells the same",
                    () -> Lab.objects(restconf.state().orElseThrow().get("vpn-device"))
                            .anyMatch(device -> "g1".equals(text(device, "name"))
                                    && text(change, "health").equals(text(device, "health"))
                                    && text(change, "since").equals(text(device, "since"))));
        }
        assertThat(told(listener, "device-state-changed").map(change -> text(change, "admin-state")))
                .as("each is told once")
                .containsExactly("draining", "out-of-service", "in-service");
        lab.run("kill", "pid", listener);
    }

    private Stream<JsonObject> told(final int listener, final String what) {
        return restconf.heard(listener)
                .filter(notification -> notification.has("vpnlb:" + what))
                .map(notification -> notification.getAsJsonObject("vpnlb:" + what));
    }

    @Test
    void aDrainEndsTheSessionsOfBothSidesAtItsDeadlineAndThatIsTold() {
        fromC1();
        Waiting.until(
                "the client has a session", () -> clientSessions().findAny().isPresent());
        final JsonObject session = clientSessions().findFirst().orElseThrow();
        final String gateway = text(session, "device");
        final String client = "nw_src=" + text(session, "client-address");
        final String innerMac = "02:00:00:00:0b:0" + gateway.substring(1);
        final String frame = Frames.discard("02:00:00:00:02:01", innerMac, "10.99.7.7", "172.16.0.10");
        lab.run("send-frames", "host", gateway, "interface", gateway + "-eth1", "frames", List.of(frame));
        Waiting.until(
                "it has one of either side",
                () -> number(device(gateway), "client-sessions") > 0 && number(device(gateway), "return-sessions") > 0);
        assertThat(lab.flows("sw1")).anyMatch(flow -> flow.contains(client));
        assertThat(lab.flows("sw2")).anyMatch(flow -> flow.contains("10.99.7.7"));
        assertThat(device(gateway).get("safe-to-remove").getAsBoolean()).isFalse();

        final int listener = restconf.listen("drain-finished");
        final var drain = JsonParser.parseString("""
                {"vpnlb:vpn-services": {"vpn-service": [{"name": "office", "vpn-device": [
                  {"name": "%s", "admin-state": "draining", "drain-deadline": 5}]}]}}""".formatted(gateway));
        assertThat(restconf.request("PATCH", "/rests/data/vpnlb:vpn-services", drain)
                        .status())
                .isIn(200, 204);
        Waiting.until(
                "its drain is finished",
                () -> told(listener, "drain-finished").findAny().isPresent());

        assertThat(told(listener, "drain-finished")).singleElement().satisfies(finished -> {
            assertThat(text(finished, "device")).isEqualTo(gateway);
            assertThat(text(finished, "how")).isEqualTo("deadline");
            assertThat(number(finished, "ended-by-deadline")).isGreaterThanOrEqualTo(2);
        });
        assertThat(lab.flows("sw1")).noneMatch(flow -> flow.contains(client));
        assertThat(lab.flows("sw2")).noneMatch(flow -> flow.contains("10.99.7.7"));
        Waiting.untilAsserted("the state says so", () -> {
            final JsonObject state = device(gateway);
            assertThat(text(state, "admin-state")).isEqualTo("draining");
            assertThat(text(state, "health")).isEqualTo("disabled");
            assertThat(text(state, "reason")).isEqualTo("its drain ended after 5 s, by drain-deadline");
            assertThat(number(state, "client-sessions") + number(state, "return-sessions"))
                    .isZero();
            assertThat(state.get("safe-to-remove").getAsBoolean()).isTrue();
            assertThat(state.getAsJsonObject("drain").has("finished")).isTrue();
        });
        assertThat(shell("vpnlb:drain --wait --timeout 60 office " + gateway)).contains("finished at ");

        assertThat(restconf.put(restconf.example()).status()).isEqualTo(204);
        Waiting.until("it takes clients again", () -> slots(gateway) > 0);
        lab.run("kill", "pid", listener);
    }

    private Stream<JsonObject> clientSessions() {
        return Stream.ofNullable(restconf.output("list-sessions", "{\"service\": \"office\", \"side\": \"ingress\"}")
                        .get("session"))
                .flatMap(Lab::objects);
    }

    private JsonObject device(final String name) {
        return Lab.objects(restconf.state().orElseThrow().get("vpn-device"))
                .filter(device -> name.equals(text(device, "name")))
                .findFirst()
                .orElseThrow();
    }

    private static String text(final JsonObject object, final String leaf) {
        return object.get(leaf).getAsString();
    }

    private void setAdminState(final String state) {
        final var leaf = new JsonObject();
        leaf.addProperty("vpnlb:admin-state", state);
        assertThat(restconf.request("PUT", G1 + "/admin-state", leaf).status()).isIn(201, 204);
    }

    @Test
    void eachExampleOfTheCookbookAnswersWhatThePageSays() {
        // What the example is checked by.
        lab.run("vpn-start");
        fromC1();
        Waiting.until(
                "the client has a session", () -> clientSessions().findAny().isPresent());
        final List<Cookbook.Example> examples = Cookbook.examples();
        assertThat(examples).hasSizeGreaterThan(MOST_OF_THE_COOKBOOK);
        final List<String> wrong = new ArrayList<>();
        for (final Cookbook.Example example : examples) {
            final JsonObject outcome = lab.run("exec", "host", "root", "argv", List.of("bash", "-c", example.script()))
                    .getAsJsonObject();
            final String answer = text(outcome, "stdout") + text(outcome, "stderr");
            if (outcome.get("rc").getAsInt() != 0
                    || !example.missingFrom(answer).isEmpty()) {
                wrong.add(example + "\n" + answer);
            }
        }
        assertThat(restconf.put(restconf.example()).status()).isIn(201, 204);
        restconf.awaitUp();
        lab.run("vpn-stop");
        assertThat(wrong).isEmpty();
    }

    private void fromC1() {
        lab.run("exec", "host", "c1", "argv", List.of("bash", "-c", "echo login > /dev/udp/10.0.0.100/500"));
    }

    @Test
    void anEntryThatWasThereBeforeTheServiceStaysAsItIsAndIsReported() {
        assertThat(restconf.delete().status()).isEqualTo(204);
        Waiting.until("nothing of vpnlb is left", () -> ours().isEmpty());
        ofctl("add-flow", "sw1", "table=0,priority=1,cookie=7,actions=drop");
        final List<String> foreign = lab.flows("sw1");
        assertThat(foreign).singleElement().satisfies(flow -> assertThat(flow).contains("cookie=0x7", "priority=1"));

        assertThat(restconf.put(restconf.example()).status()).isIn(201, 204);
        Waiting.until(
                "it is reported",
                () -> restconf.state()
                        .filter(state -> "degraded".equals(text(state, "oper-status")))
                        .filter(state -> text(state, "reason")
                                .contains("openflow:1: 1 entry or group of others is where vpnlb's has to be"))
                        .isPresent());
        assertThat(ours()).isNotEmpty();
        assertThat(lab.flows("sw1")).containsAll(foreign);

        assertThat(restconf.delete().status()).isEqualTo(204);
        Waiting.until("nothing of vpnlb is left", () -> ours().isEmpty());
        assertThat(lab.flows("sw1")).isEqualTo(foreign);

        ofctl("--strict", "del-flows", "sw1", "table=0,priority=1");
        assertThat(restconf.put(restconf.example()).status()).isIn(201, 204);
        restconf.awaitUp();
    }

    private List<String> ours() {
        return lab.flows("sw1").stream()
                .filter(flow -> flow.contains("cookie=0x7670"))
                .toList();
    }

    private void ofctl(final String... arguments) {
        lab.run(
                "ovs",
                "argv",
                Stream.concat(Stream.of("ovs-ofctl", "-O", "OpenFlow13"), Stream.of(arguments))
                        .toList());
    }

    @Test
    void eightWritersAtOnceAreEachAnsweredSoon() {
        for (int round = 1; round <= ROUNDS; round++) {
            final var requests = new JsonArray();
            for (int writer = 1; writer <= WRITERS; writer++) {
                requests.add(restconf.toPut(withMaxSessions(100 * round + writer)));
            }
            final List<JsonObject> answers = Lab.objects(lab.run("restconf-at-once", "requests", requests))
                    .toList();

            assertThat(answers).allSatisfy(answer -> {
                assertThat(answer.get("status").getAsInt())
                        .as(answer.toString())
                        .isIn(201, 204, 409);
                assertThat(answer.get("seconds").getAsDouble()).isLessThan(LONGEST_ANSWER_SECONDS);
            });
            assertThat(answers).anyMatch(answer -> answer.get("status").getAsInt() == 204);
        }
        assertThat(Restconf.service(
                                JsonParser.parseString(restconf.get().body()).getAsJsonObject())
                        .getAsJsonObject("ingress")
                        .get("max-sessions")
                        .getAsInt())
                .isBetween(100 * ROUNDS + 1, 100 * ROUNDS + WRITERS);
        assertThat(restconf.put(restconf.example()).status()).isEqualTo(204);
    }

    private JsonObject withMaxSessions(final int number) {
        final JsonObject services = restconf.example();
        Restconf.service(services).getAsJsonObject("ingress").addProperty("max-sessions", number);
        return services;
    }

    @Test
    void theMetricsAreForWhoHasThePassword() {
        assertThat(Scrape.answer(lab)).startsWith("401");
        assertThat(Scrape.answer(lab, "--user", "admin:wrong")).startsWith("401");
        assertThat(Scrape.answer(lab, "--user", "admin:admin"))
                .isEqualTo("200 text/plain; version=0.0.4; charset=utf-8");
    }

    @Test
    void theMetricsTellWhatTheStateTells() {
        // A new client, so that there is something to tell.
        fromC1();
        Waiting.until(
                "the client has a session", () -> Scrape.of(lab).sum("vpnlb_device_sessions", "side", "ingress") > 0);
        Waiting.untilAsserted(
                "they tell the same", () -> assertSame(restconf.state().orElseThrow(), Scrape.of(lab)));
        assertThat(Scrape.of(lab).problems()).isEmpty();
    }

    @Test
    void untilDevicesAreCheckedRedundancyIsNotMet() {
        assertRedundancy("not-met", 0);
        final JsonObject checked = restconf.example();
        final var check = new JsonObject();
        check.addProperty("type", "link");
        Restconf.service(checked).add("health-check", check);
        assertThat(restconf.put(checked).status()).isIn(201, 204);
        assertRedundancy("met", 1);
        assertThat(shell("vpnlb:status")).contains("| met ").doesNotContain("not-met");
        assertThat(restconf.put(restconf.example()).status()).isIn(201, 204);
        assertRedundancy("not-met", 0);
    }

    private void assertRedundancy(final String status, final double metric) {
        Waiting.until(
                "redundancy is " + status,
                () -> status.equals(text(restconf.state().orElseThrow().getAsJsonObject("redundancy"), "status")));
        Waiting.until(
                "the metric tells the same",
                () -> Scrape.of(lab).sample("vpnlb_service_redundancy_met", "service", "office") == metric);
    }

    @Test
    void diagstatusTellsThatVpnlbWorks() {
        Waiting.until("it tells", () -> {
            final String told = shell("diagstatus:showSvcStatus");
            return told.contains("VPNLB") && told.contains("office is ");
        });
    }

    @Test
    void aWrongSettingIsToldAndVpnlbStartsWhenItIsCorrected() {
        shell("config:property-set --pid org.vpnlb learned-per-second many");
        Waiting.until(
                "diagstatus tells",
                () -> shell("diagstatus:showSvcStatus")
                        .contains(
                                "etc/org.vpnlb.cfg: learned-per-second = many: is not a whole number; use 1 to 50000"));
        shell("config:property-delete --pid org.vpnlb learned-per-second");
        Waiting.until("vpnlb works", () -> shell("diagstatus:showSvcStatus").contains("office is "));
        restconf.awaitUp();
    }

    @Test
    void aBundleTellsWhatTheSwitchTells() {
        Waiting.until(
                "the groups that it should hold are told of",
                () -> shell("vpnlb:check openflow:1").contains("nothing differs\n"));
        shell("vpnlb:bundle --seconds 0 saved.zip");
        assertThat(shell("vpnlb:check --bundle saved.zip openflow:2")).contains("openflow:2 held ", "nothing differs");
        final String packet = "--port 1 --from 203.0.113.50 --to 10.0.0.100 --to-port 500 openflow:1";
        assertThat(shell("vpnlb:explain --bundle saved.zip --held " + packet))
                .contains("leaves by port 1")
                .isEqualTo(shell("vpnlb:explain --held " + packet));
    }

    @Test
    void thePageOfOpenApiHasTheModelOfVpnlb() {
        final Restconf.Answer document = restconf.request("GET", "/openapi/api/v3/vpnlb?revision=2026-11-22", null);
        assertThat(document.status()).as(document.body()).isEqualTo(200);
        assertThat(JsonParser.parseString(document.body())
                        .getAsJsonObject()
                        .getAsJsonObject("paths")
                        .keySet())
                .contains(
                        "/rests/data/vpnlb:vpn-services/vpn-service={name}", "/rests/operations/vpnlb:explain-packet");
        assertThat(restconf.request("GET", "/openapi/explorer/index.html", null).status())
                .isEqualTo(200);
        for (final String path : List.of("explorer/index.html", "api/v3/vpnlb?revision=2026-11-22")) {
            assertThat(lab.curl("--include", "http://127.0.0.1:8181/openapi/" + path))
                    .as("what strangers get of %s", path)
                    .startsWith("HTTP/1.1 401");
        }
    }

    @Test
    void theAlertRulesAreWellFormedAndComeWhenTheyShould() {
        assertThat(Scrape.promtool("", "test", "rules", "src/test/monitoring/alerts-test.yml"))
                .isEmpty();
    }

    private static void assertSame(final JsonObject state, final Scrape scrape) {
        assertThat(scrape.sample("vpnlb_service_status", "service", "office", "status", text(state, "oper-status")))
                .isEqualTo(1);
        Lab.objects(state.get("switch")).forEach(held -> {
            final String node = text(held, "node");
            assertThat(scrape.sample("vpnlb_switch_connected", "switch", node)).isEqualTo(isSo(held, "connected"));
            assertThat(scrape.sample("vpnlb_switch_reconciled", "switch", node)).isEqualTo(isSo(held, "reconciled"));
            assertThat(scrape.sample("vpnlb_switch_generation_wanted", "switch", node))
                    .isEqualTo(number(held.getAsJsonObject("generation"), "wanted"));
            assertThat(scrape.sample("vpnlb_switch_flows", "service", "office", "switch", node))
                    .isEqualTo(number(held, "flows"));
            assertThat(scrape.sample("vpnlb_switch_groups", "service", "office", "switch", node))
                    .isEqualTo(number(held, "groups"));
        });
        Lab.objects(state.get("vpn-device")).forEach(device -> {
            final String name = text(device, "name");
            assertThat(scrape.sample(
                            "vpnlb_device_health",
                            "device",
                            name,
                            "service",
                            "office",
                            "state",
                            text(device, "health")))
                    .isEqualTo(1);
            assertThat(scrape.sample("vpnlb_device_slots", "device", name, "service", "office"))
                    .isEqualTo(number(device, "slots"));
            assertThat(scrape.sum("vpnlb_device_sessions", "device", name))
                    .isEqualTo(number(device, "client-sessions") + number(device, "return-sessions"));
        });
        final JsonObject counters = state.getAsJsonObject("counters");
        assertThat(scrape.sum("vpnlb_sessions_created_total", "service", "office"))
                .isGreaterThanOrEqualTo(number(counters, "sessions-created"));
        assertThat(scrape.sum("vpnlb_punts_total", "reason", "new-client")).isPositive();
    }

    private static double isSo(final JsonObject object, final String leaf) {
        return object.get(leaf).getAsBoolean() ? 1 : 0;
    }

    private static double number(final JsonObject object, final String leaf) {
        return object.get(leaf).getAsDouble();
    }

    @Test
    void countersGoOnWhenTheServiceIsDisabledAndEnabledAgain() {
        final Map<String, Double> before = Scrape.of(lab).counters();
        setEnabled(false);
        Waiting.until("nothing of vpnlb is left", () -> ours().isEmpty());
        setEnabled(true);
        restconf.awaitUp();
        final Map<String, Double> after = Scrape.of(lab).counters();
        assertThat(after).containsKeys(before.keySet().toArray(String[]::new));
        assertThat(before)
                .allSatisfy((counter, value) ->
                        assertThat(after.get(counter)).as(counter).isGreaterThanOrEqualTo(value));
    }

    private void setEnabled(final boolean isEnabled) {
        final JsonObject services = restconf.example();
        Restconf.service(services).addProperty("enabled", isEnabled);
        assertThat(restconf.put(services).status()).isIn(201, 204);
    }

    private static Arguments refusal(final String what, final Consumer<JsonObject> change, final String... said) {
        return Arguments.of(what, change, List.of(said));
    }
}
