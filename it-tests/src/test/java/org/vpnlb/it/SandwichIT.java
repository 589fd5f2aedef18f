/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The main job: strongSwan clients log in through one cluster address and talk to a server behind the gateways. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SandwichIT {
    private static final int CLIENTS = 12;
    private static final int GATEWAYS = 3;
    /** A switch that nobody masters is told so after 20 s; one that is not lost is back long before. */
    private static final double MOST_SECONDS_AWAY = 20;

    private static final int PINNED_IDLE_TIMEOUT = 10;

    private static final String CLUSTER_ADDRESS = "10.0.0.100";

    private Lab lab;
    private Restconf restconf;
    private List<String> flowsBefore;
    private List<String> groupsBefore;

    @BeforeAll
    void startWithForeignEntriesInTheSwitch() {
        lab = Lab.start("sandwich-" + learning(), CLIENTS, GATEWAYS, Lab.distribution());
        restconf = new Restconf(lab);
        addForeignEntries();
        lab.startKaraf();
        flowsBefore = lab.flows("sw1");
        groupsBefore = lab.groups("sw1");

        configureAsAtFirst();
    }

    /** Who learns the sessions, as the model says it. */
    String learning() {
        return "controller";
    }

    private boolean isLearnedBySwitch() {
        return learning().equals("switch");
    }

    @AfterAll
    void stop() {
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    @Order(1)
    void theSwitchesHoldTheTablesAndOneSelectGroup() {
        assertThat(lab.groups("sw1").stream().filter(group -> group.contains("type=select")))
                .singleElement()
                .satisfies(group -> assertThat(group.split("bucket=", -1)).hasSize(64 + 1));
        assertThat(tables("sw1")).contains("table=0", "table=1", "table=2");
        assertThat(tables("sw2")).contains("table=0", "table=3", "table=4");
        assertThat(ours("sw2")).isEqualTo(lab.flows("sw2"));
    }

    @Test
    @Order(2)
    void eachClientIsSeenAtOneDeviceOnlyInBothDirectionsAndEveryDeviceIsUsed() {
        lab.run("capture-start", "name", "all");
        lab.run("vpn-start");
        lab.run("vpn-connect");
        assertAllWell(lab.run("traffic"));
        assertThat(lab.run("capture-stop", "name", "all")
                        .getAsJsonObject()
                        .get("dropped")
                        .getAsInt())
                .isZero();

        final var seen = new Seen(lab, "all");
        final Map<String, String> gateways = gateways();
        assertThat(gateways).hasSize(CLIENTS);
        gateways.forEach((client, gateway) -> assertThat(seen.onlyGatewayOf(client, Set.of("ike", "esp-in-udp")))
                .isEqualTo(gateway));
        assertThat(Set.copyOf(gateways.values())).hasSize(GATEWAYS);
    }

    @Test
    @Order(3)
    void theOperationalTreeCountsASessionOnEachSideForEachClient() {
        Waiting.until(
                "all sessions are counted",
                () -> sessions("client-sessions") == CLIENTS && sessions("return-sessions") == CLIENTS);
    }

    @Test
    @Order(3)
    void findClientTellsTheGatewayThatHasTheTunnelByEitherAddress() {
        final JsonObject tunnels = lab.run("vpn-status").getAsJsonObject();
        for (final Map.Entry<String, JsonElement> tunnel : tunnels.entrySet()) {
            final JsonObject ends = tunnel.getValue().getAsJsonObject();
            for (final String address : List.of("outer_address", "inner_address")) {
                assertThat(Lab.objects(restconf.output("find-client", "{\"address\": " + ends.get(address) + "}")
                                        .get("place"))
                                .filter(place ->
                                        place.get("basis").getAsString().equals("session")))
                        .as(tunnel.getKey() + " by its " + address)
                        .singleElement()
                        .satisfies(place -> {
                            assertThat(place.get("device")).isEqualTo(ends.get("gateway"));
                            assertThat(place.get("side").getAsString())
                                    .isEqualTo(address.startsWith("outer") ? "ingress" : "egress");
                        });
            }
        }
    }

    @Test
    @Order(3)
    void sessionsAreListedInPagesAndTheSwitchesHoldWhatTheyShould() {
        final Set<String> clients = new HashSet<>();
        String marker = "";
        do {
            final JsonObject page = restconf.output(
                    "list-sessions", "{\"service\": \"office\", \"side\": \"ingress\", \"limit\": 5" + marker + "}");
            Lab.objects(page.get("session"))
                    .forEach(session -> assertThat(
                                    clients.add(session.get("client-address").getAsString()))
                            .isTrue());
            marker = page.has("next-marker") ? ", \"marker\": " + page.get("next-marker") : "";
        } while (!marker.isEmpty());
        assertThat(clients).hasSize(CLIENTS);
        for (final String node : List.of("openflow:1", "openflow:2")) {
            Waiting.until(
                    node + " holds what it should",
                    () -> restconf.output("check-switch", "{\"node\": \"" + node + "\"}")
                            .get("consistent")
                            .getAsBoolean());
        }
    }

    @Test
    @Order(3)
    void theControllerSeesTheSessionsThatItLearnsAndNoOthers() {
        assertThat(counter("sessions-created")).isEqualTo(isLearnedBySwitch() ? 0 : 2 * CLIENTS);
        assertThat(lab.flows("sw1").stream()
                        .filter(flow -> flow.contains(" table=5,") && flow.contains("idle_timeout=300,")))
                .hasSize(isLearnedBySwitch() ? CLIENTS + GATEWAYS : 0);
    }

    @Test
    @Order(8)
    void whoLearnsIsChangedWithoutLosingAPacket() {
        final Map<String, String> before = gateways();
        final Ping ping = Ping.start(lab, "c2");
        for (final String next : List.of(isLearnedBySwitch() ? "controller" : "auto", learning())) {
            final var leaf = new JsonObject();
            leaf.addProperty("vpnlb:learning", next);
            assertThat(restconf.request("PUT", "/rests/data/vpnlb:vpn-services/vpn-service=office/learning", leaf)
                            .status())
                    .isIn(201, 204);
            final String wanted = next.equals("auto") ? "switch" : next;
            Waiting.until(
                    wanted + " learns",
                    () -> restconf.state()
                            .filter(state -> Lab.objects(state.get("switch"))
                                    .allMatch(each ->
                                            each.get("learning").getAsString().equals(wanted)))
                            .isPresent());
            assertAllWell(pings());
            Waiting.until(
                    "all sessions are counted",
                    () -> sessions("client-sessions") == CLIENTS && sessions("return-sessions") == CLIENTS);
        }
        assertThat(ping.stop()).as("lost").isEmpty();
        assertThat(gateways()).isEqualTo(before);
        assertAllWell(lab.run("traffic"));
    }

    private Map<String, String> gateways() {
        return lab.run("vpn-status").getAsJsonObject().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        tunnel -> tunnel.getValue()
                                .getAsJsonObject()
                                .get("gateway")
                                .getAsString()));
    }

    @Test
    @Order(4)
    void fragmentsTakeThePathOfTheirPackets() {
        lab.run(
                "exec",
                "host",
                "c1",
                "argv",
                List.of(
                        "ip",
                        "route",
                        "change",
                        "10.0.0.0/24",
                        "dev",
                        "c1-eth0",
                        "src",
                        "10.0.0.11",
                        "mtu",
                        "lock",
                        "1300"));
        lab.run("capture-start", "name", "fragments");
        assertAllWell(lab.run("traffic", "clients", List.of("c1"), "kinds", List.of("tcp-up")));
        lab.run("capture-stop", "name", "fragments");

        final JsonObject report = lab.run("capture-report", "name", "fragments").getAsJsonObject();
        final JsonObject outer = report.getAsJsonObject("outer").getAsJsonObject("10.0.0.11");
        assertThat(outer.keySet()).hasSize(1);
        assertThat(outer.entrySet()
                        .iterator()
                        .next()
                        .getValue()
                        .getAsJsonObject()
                        .getAsJsonObject("kinds")
                        .keySet())
                .contains("fragment");
    }

    @Test
    @Order(5)
    void clientsHearOnlyTheVirtualMacAddressForTheClusterAddress() {
        // As a gateway would do that nobody told not to answer for the cluster address.
        for (int i = 1; i <= GATEWAYS; i++) {
            lab.run("exec", "host", "g" + i, "argv", List.of("sysctl", "-w", "net.ipv4.conf.all.arp_ignore=0"));
            lab.run("exec", "host", "g" + i, "argv", List.of("sysctl", "-w", "net.ipv4.conf.all.arp_announce=0"));
        }
        lab.run("capture-start", "name", "arp", "interfaces", json("c1-eth0", "c1"));
        lab.run("send-frames", "host", "g1", "frames", List.of(announcement("02000000" + "0a01", "0a000064")));
        final Set<String> answers = answering("c1", CLUSTER_ADDRESS);
        lab.run("capture-stop", "name", "arp");

        assertThat(answers).hasSize(1);
        final String virtualMac = answers.iterator().next();
        assertThat(virtualMac).doesNotStartWith("02:00:00:00:0a");
        assertThat(Lab.objects(lab.run("capture-frames", "name", "arp", "interface", "c1-eth0"))
                        .map(frame -> frame.get("hex").getAsString())
                        .filter(frame -> frame.startsWith("0806", 24))
                        // the sender's hardware and protocol address of an ARP packet
                        .filter(frame -> frame.substring(56, 64).equals("0a000064"))
                        .map(frame -> frame.substring(44, 56))
                        .map(mac -> mac.replaceAll("(..)(?=.)", "$1:")))
                .containsOnly(virtualMac);
    }

    @Test
    @Order(6)
    void aFrameOfAnUnknownMacIsForwardedAndCountedAndTeachesNothing() {
        final int before = ignored("unknown-mac");
        final List<String> frames = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            frames.add(udp("020000000201", "02000000ffee", "0a630909", "ac10000a", i));
        }
        lab.run("capture-start", "name", "unknown", "interfaces", json("server-eth0", "server"));
        lab.run("send-frames", "host", "g1", "interface", "g1-eth1", "frames", frames.subList(0, 1));
        Waiting.until(
                "its frames are suppressed",
                () -> lab.flows("sw2").stream()
                        .anyMatch(flow -> flow.contains("dl_src=02:00:00:00:ff:ee") && flow.contains("hard_timeout=")));
        for (final String frame : frames.subList(1, frames.size())) {
            lab.run("send-frames", "host", "g1", "interface", "g1-eth1", "frames", List.of(frame));
        }
        Waiting.until("the server has them all", () -> captured("unknown", "server-eth0", "02000000ffee") == 10);
        Waiting.until("they are counted", () -> ignored("unknown-mac") > before);
        lab.run("capture-stop", "name", "unknown");

        assertThat(ignored("unknown-mac") - before).isBetween(1, 5);
        assertThat(lab.flows("sw2"))
                .noneMatch(flow -> flow.contains("priority=100")
                        && (flow.contains("nw_src=10.99.9.9") || flow.contains("nw_dst=10.99.9.9")));
    }

    @Test
    @Order(9)
    void otherNamesMoveNobodyAndTouchNoFlow() {
        final Ping ping = Ping.start(lab, "c2");
        awaitNoSuppression();
        final List<List<String>> before = List.of(lab.flows("sw1"), lab.flows("sw2"), lab.groups("sw1"));
        final int slots = slots("g1");
        final JsonObject services = restconf.example();
        Restconf.service(services).addProperty("learning", learning());
        // The first two exchange their names.
        for (int i = 0; i < GATEWAYS; i++) {
            Restconf.device(services, i)
                    .addProperty("name", List.of("g2", "g1", "north").get(i));
        }
        assertThat(restconf.put(services).status()).isIn(201, 204);
        Waiting.until("the state has the names", () -> slots("north") > 0);
        restconf.awaitUp();

        assertThat(slots("g2")).isEqualTo(slots);
        assertThat(List.of(lab.flows("sw1"), lab.flows("sw2"), lab.groups("sw1")))
                .isEqualTo(before);
        assertThat(ping.stop()).as("lost").isEmpty();
        assertAllWell(lab.run("traffic"));
    }

    private void awaitNoSuppression() {
        // Whatever is temporary must be gone before two states can be compared.
        Waiting.until(
                "suppressions have ended", () -> lab.flows("sw2").stream().noneMatch(f -> f.contains("hard_timeout=")));
    }

    @Test
    @Order(10)
    void aRestartOfKarafKeepsTheConfigurationAndTouchesNoFlow() {
        final String configuration = restconf.get().body();
        final Ping ping = Ping.start(lab, "c2");
        awaitNoSuppression();
        final List<String> ingress = lab.flows("sw1");
        final List<String> egress = lab.flows("sw2");

        lab.run("karaf-stop");
        forgetNeighbours();
        assertAllWell(pings());
        lab.run("karaf-start");
        lab.awaitSwitches();
        restconf.awaitUp();

        assertThat(restconf.get().body()).isEqualTo(configuration);
        assertThat(lab.flows("sw1")).isEqualTo(ingress);
        assertThat(lab.flows("sw2")).isEqualTo(egress);
        assertThat(lab.flowStatistics("sw1"))
                .as("no entry is younger than the restart")
                .noneMatch(flow -> flow.matches(".*duration=[0-9](\\.[0-9]+)?s.*"));
        Waiting.until("the sessions are known again", () -> sessions("client-sessions") == CLIENTS);
        // With the names of before again.
        configureAsAtFirst();
        assertThat(lab.flows("sw1")).isEqualTo(ingress);
        assertThat(ping.stop()).as("lost").isEmpty();
        assertAllWell(lab.run("traffic"));
    }

    @Test
    @Order(11)
    void aSwitchThatComesBackEmptyAtOnceGetsAll() {
        final List<String> flows =
                lab.flows("sw1").stream().filter(SandwichIT::isLasting).toList();
        final List<String> groups = lab.groups("sw1");

        lab.run("ovs", "argv", List.of("ovs-ofctl", "-O", "OpenFlow13", "del-flows", "sw1"));
        lab.run("ovs", "argv", List.of("ovs-ofctl", "-O", "OpenFlow13", "del-groups", "sw1"));
        addForeignEntries();
        // So quickly that OpenDaylight still has in its datastore what was there before.
        retarget("sw1", "tcp:127.0.0.1:6690");
        retarget("sw1", "tcp:127.0.0.1:6653");

        Waiting.until("the groups are there again", () -> lab.groups("sw1").equals(groups));
        Waiting.until("the entries are there again", () -> lab.flows("sw1").containsAll(flows));
        // Who missed a gateway's answers meanwhile logs in again.
        Waiting.until(
                "all are served again",
                () -> Lab.objects(lab.run("traffic"))
                        .allMatch(result -> result.get("ok").getAsBoolean()));
    }

    @Test
    @Order(12)
    void aSwitchComesBackAlthoughGroupsWereAddedWhileItConnected() {
        // OpenFlowPlugin asks for groups two times; where the second answer has a new one, what it writes is refused.
        for (int attempt = 0; attempt < 30 && failedWrites() == 0; attempt++) {
            disconnectIngress();
            manyGroups(
                    "ovs-vsctl set controller sw1 target='\"tcp:127.0.0.1:6653\"'",
                    "add-group sw1 group_id=$i,type=all");
            Waiting.until("sw1 is connected", this::isIngressConnected);
            manyGroups(":", "del-groups sw1 group_id=$i");
        }
        assertThat(failedWrites())
                .as("groups were added at the moment that is tried")
                .isPositive();

        disconnectIngress();
        retarget("sw1", "tcp:127.0.0.1:6653");
        Waiting.until("sw1 is connected again", this::isIngressConnected);
        restconf.awaitUp();
    }

    private void manyGroups(final String before, final String command) {
        final String each = "for i in $(seq 1001 1100); do ovs-ofctl -O OpenFlow13 " + command + "; done";
        lab.run("ovs", "argv", List.of("bash", "-c", before + "; " + each));
    }

    private int failedWrites() {
        return lab.run("karaf-log", "grep", "Transaction chain failed")
                .getAsJsonObject()
                .getAsJsonArray("lines")
                .size();
    }

    private void disconnectIngress() {
        retarget("sw1", "tcp:127.0.0.1:6690");
        Waiting.until("sw1 is disconnected", () -> !isIngressConnected());
    }

    private boolean isIngressConnected() {
        return restconf.state()
                .filter(state -> Lab.objects(state.get("switch"))
                        .filter(each -> each.get("node").getAsString().equals("openflow:1"))
                        .anyMatch(each -> each.get("connected").getAsBoolean()))
                .isPresent();
    }

    /** Whether an entry is neither a session that the switch has learned, nor an answer to a host that asked. */
    private static boolean isLasting(final String flow) {
        return !flow.contains("idle_timeout=") && !flow.contains("hard_timeout=");
    }

    @Test
    @Order(13)
    void aSwitchAlwaysComesBackAndKeepsItsSessions() {
        final int rounds = isLearnedBySwitch() ? 3 : 10;
        final Ping ping = Ping.start(lab, "c2");
        assertBack(lab.run("bounce", "rounds", rounds, "switches", 1));
        assertBack(lab.run("bounce", "rounds", rounds, "switches", 2));
        // Longer than the switches wait for an answer: many connections come and go at once when Karaf wakes up.
        assertBack(lab.run("hold", "seconds", 20));
        assertThat(ping.stop()).as("lost").isEmpty();
    }

    @Test
    @Order(13)
    void theStateOfASwitchThatIsAwaySaysHowOldItIs() {
        assertThat(disconnectedSince()).isEmpty();
        final Instant begun = Instant.now();
        disconnectIngress();
        final Optional<Instant> since = disconnectedSince();
        final Instant known = Instant.now();
        final int sessions = sessions("client-sessions");
        // All that follows needs the switch.
        retarget("sw1", "tcp:127.0.0.1:6653");
        // The numbers of before are shown still, and it is said that they are those of then.
        assertThat(since).get(InstanceOfAssertFactories.INSTANT).isBetween(begun, known);
        assertThat(sessions).isPositive();
        restconf.awaitUp();
        assertThat(disconnectedSince()).isEmpty();
    }

    private static void assertBack(final JsonElement result) {
        assertThat(result.getAsJsonObject().get("longest").getAsDouble())
                .as("seconds until all switches were back")
                .isLessThan(MOST_SECONDS_AWAY);
    }

    /** When the ingress switch's last connection ended, as the state says it. */
    private Optional<Instant> disconnectedSince() {
        return restconf.state().stream()
                .flatMap(state -> Lab.objects(state.get("switch")))
                .filter(each -> each.get("node").getAsString().equals("openflow:1"))
                .flatMap(each -> Stream.ofNullable(each.get("disconnected-since")))
                .map(since -> OffsetDateTime.parse(since.getAsString()).toInstant())
                .findFirst();
    }

    @Test
    @Order(13)
    void allOfANewClientGoesToOneGatewayFromItsFirstPacket() {
        final var clients = new NewClients(lab, virtualMac(), 0xc633_6400, 200);
        final Map<String, NewClients.Seen> seen = clients.send("new-clients", NewClients.IPSEC);
        assertThat(seen).hasSize(200);
        assertThat(seen.values())
                .allSatisfy(client -> assertThat(client.gateways()).hasSize(1));
        assertThat(seen.values().stream()
                        .flatMap(client -> client.gateways().stream())
                        .distinct())
                .hasSize(GATEWAYS);
        assertThat(restconf.state().orElseThrow().get("switch").toString()).contains("source-hash", "auto:");
    }

    @Test
    @Order(13)
    void aClientComesBackToItsGatewayAfterItsSessionHasIdledOut() {
        final var clients = new NewClients(lab, virtualMac(), 0xcb00_7100, 100);
        final Map<String, NewClients.Seen> before = clients.send("before", List.of(NewClients.Packet.IKE));
        Waiting.until("they have sessions", () -> sessionsOf("203.0.113.") == 100);
        setIdleTimeout("ingress", 5);
        Waiting.until("they have none any more", () -> sessionsOf("203.0.113.") == 0);
        final Map<String, NewClients.Seen> after = clients.send("after", List.of(NewClients.Packet.ESP));
        setIdleTimeout("ingress", 300);
        assertThat(after).hasSize(100);
        after.forEach((client, seen) -> assertThat(seen.gateways())
                .as(client)
                .isEqualTo(before.get(client).gateways()));
    }

    @Test
    // Before sessions are pinned: for an idle timeout after that slots wait.
    @Order(12)
    void aServiceThatIsDisabledAndEnabledAgainMovesNobodyWhoIsWhereHisSlotIs() {
        // The slots are not as they would be assigned anew.
        setAdminState("g1", "draining");
        Waiting.until("its slots have moved", () -> slots("g1") == 0);
        setAdminState("g1", "in-service");
        Waiting.until("it has slots again", () -> slots("g1") > 0);
        final var clients = new NewClients(lab, virtualMac(), 0xc000_0280, 60);
        final Map<String, NewClients.Seen> before = clients.send("enabled", List.of(NewClients.Packet.IKE));

        setEnabled(false);
        Waiting.until(
                "nothing of vpnlb is left",
                () -> ours("sw1").isEmpty() && ours("sw2").isEmpty());
        setEnabled(true);
        restconf.awaitUp();

        final Map<String, NewClients.Seen> after = clients.send("enabled-again", List.of(NewClients.Packet.ESP));
        assertThat(after).hasSize(60);
        after.forEach((client, seen) -> assertThat(seen.gateways())
                .as(client)
                .isEqualTo(before.get(client).gateways()));
        Waiting.until(
                "all are served again",
                () -> Lab.objects(pings()).allMatch(result -> result.get("ok").getAsBoolean()));
    }

    private void setEnabled(final boolean isEnabled) {
        final var leaf = new JsonObject();
        leaf.addProperty("vpnlb:enabled", isEnabled);
        assertThat(restconf.request("PUT", "/rests/data/vpnlb:vpn-services/vpn-service=office/enabled", leaf)
                        .status())
                .isIn(201, 204);
    }

    @Test
    @Order(13)
    void whereOnlyPinnedClientsHaveSessionsADrainMovesNobodyAndLosesNothing() {
        // Those who live keep the entries that they have, so the service is made anew.
        assertThat(restconf.delete().status()).isEqualTo(204);
        Waiting.until(
                "nothing of vpnlb is left",
                () -> ours("sw1").isEmpty() && ours("sw2").isEmpty());
        configurePinned();
        Waiting.until(
                "all are served again",
                () -> Lab.objects(pings()).allMatch(result -> result.get("ok").getAsBoolean()));
        final Map<String, String> before = gateways();
        final String drained = before.get("c2");
        final Map<String, Ping> pings = new TreeMap<>();
        // Each is heard of within the idle timeout.
        for (int client = 1; client <= CLIENTS; client++) {
            final String name = "c" + client;
            pings.put(name, client == 2 ? Ping.start(lab, name) : Ping.start(lab, name, 2));
        }
        final int created = counter("sessions-created");
        assertAllWell(pings());
        assertThat(clientsWithEntries()).isZero();
        assertThat(counter("sessions-created")).isEqualTo(created);

        setAdminState(drained, "draining");
        Waiting.until("its slots wait", () -> sessionsState("waiting-slots") > 0);
        Waiting.until("its slots have moved", () -> slots(drained) == 0);

        assertThat(gateways()).isEqualTo(before);
        final long itsClients = before.values().stream().filter(drained::equals).count();
        assertThat(clientsWithEntries()).isEqualTo(itsClients);
        Waiting.until("they are counted", () -> sessionsState("pinned-clients") == itsClients);
        assertThat(sessionsState("waiting-slots")).isZero();

        setAdminState(drained, "in-service");
        Waiting.until("its slots are back", () -> slots(drained) > 0);
        configureAsAtFirst();
        assertThat(gateways()).isEqualTo(before);
        pings.forEach((client, ping) ->
                assertThat(ping.stop()).as("what %s lost", client).isEmpty());
    }

    private void configurePinned() {
        final JsonObject example = restconf.example();
        final JsonObject service = Restconf.service(example);
        service.addProperty("learning", learning());
        service.getAsJsonObject("ingress").addProperty("sessions", "pinned");
        service.getAsJsonObject("ingress").addProperty("idle-timeout", PINNED_IDLE_TIMEOUT);
        service.add("selection", json("method", "source-hash"));
        assertThat(restconf.put(example).status()).isIn(201, 204);
        restconf.awaitUp();
    }

    private void configureAsAtFirst() {
        final JsonObject example = restconf.example();
        Restconf.service(example).addProperty("learning", learning());
        assertThat(restconf.put(example).status()).isIn(201, 204);
        restconf.awaitUp();
    }

    /** The clients with entries in the ingress switch, whoever wrote them. */
    private long clientsWithEntries() {
        final Pattern client = Pattern.compile("idle_timeout=%d,.*nw_src=([0-9.]+)".formatted(PINNED_IDLE_TIMEOUT));
        return lab.flows("sw1").stream()
                .map(client::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .distinct()
                .count();
    }

    private int sessionsState(final String leaf) {
        return restconf.state()
                .map(state -> state.getAsJsonObject("sessions").get(leaf).getAsInt())
                .orElse(-1);
    }

    private int slots(final String device) {
        return Lab.objects(restconf.state().orElseThrow().get("vpn-device"))
                .filter(each -> device.equals(each.get("name").getAsString()))
                .mapToInt(each -> each.get("slots").getAsInt())
                .sum();
    }

    private void setAdminState(final String device, final String state) {
        assertThat(restconf.request(
                                "PUT",
                                "/rests/data/vpnlb:vpn-services/vpn-service=office/vpn-device=%s/admin-state"
                                        .formatted(device),
                                json("vpnlb:admin-state", state))
                        .status())
                .isIn(201, 204);
    }

    private long sessionsOf(final String network) {
        return lab.flows("sw1").stream()
                .filter(flow -> flow.contains("nw_src=" + network))
                .count();
    }

    private String virtualMac() {
        return answering("c1", CLUSTER_ADDRESS).iterator().next();
    }

    @Test
    @Order(14)
    void aDeletedServiceLeavesTheSwitchesAsTheyWere() {
        assertThat(restconf.delete().status()).isEqualTo(204);

        Waiting.until(
                "nothing of vpnlb is left",
                () -> ours("sw1").isEmpty() && ours("sw2").isEmpty());
        Waiting.until(
                "no group is left",
                () -> lab.groups("sw1").equals(groupsBefore)
                        && lab.groups("sw2").isEmpty());
        assertThat(lab.flows("sw1")).isEqualTo(flowsBefore);
        assertThat(lab.flows("sw2")).isEmpty();
    }

    @Test
    @Order(15)
    void oneSwitchForBothSidesLetsNothingPassButThroughADevice() {
        final var oneSwitch = new OneSwitch(lab, CLIENTS, GATEWAYS, isLearnedBySwitch());
        final JsonObject example = oneSwitch.service(restconf.example());
        Restconf.service(example).addProperty("learning", learning());
        assertThat(restconf.put(example).status()).isIn(201, 204);
        restconf.awaitUp();

        oneSwitch.assertServes();
        oneSwitch.assertNothingCrosses();
        final String virtualMac =
                answering("c1", CLUSTER_ADDRESS).iterator().next().replace(":", "");
        final String inner = lab.run("vpn-status")
                .getAsJsonObject()
                .getAsJsonObject("c1")
                .get("inner_address")
                .getAsString();
        oneSwitch.assertNoneComesOut(
                "to-a-client",
                List.of(
                        udp(virtualMac, oneSwitch.intruderMac(), "ac10004d", hex(inner), 1),
                        udp("020000000b01", oneSwitch.intruderMac(), "ac10004d", hex(inner), 2)));
    }

    private static String hex(final String address) {
        return Stream.of(address.split("\\."))
                .map(octet -> "%02x".formatted(Integer.parseInt(octet)))
                .collect(Collectors.joining());
    }

    @Test
    @Order(7)
    void anIdleSessionEndsAndTheNextFrameBeginsAnother() {
        final int expired = counter("sessions-expired");
        setEgressIdleTimeout(1);
        Waiting.until("the return sessions have ended", () -> sessions("return-sessions") == 0);
        assertThat(counter("sessions-expired") - expired).isEqualTo(isLearnedBySwitch() ? 0 : CLIENTS);
        assertThat(sessions("client-sessions")).isEqualTo(CLIENTS);

        setEgressIdleTimeout(600);
        assertAllWell(lab.run("traffic"));
        Waiting.until("there are return sessions again", () -> sessions("return-sessions") == CLIENTS);
    }

    @Test
    @Order(8)
    void theLogIsClean() {
        lab.assertNoneLogged("errors");
        lab.assertNoneLogged("vpnlb-warnings");
    }

    /** As happens after a minute or so: hosts ask again, and without a controller the switch itself must answer. */
    private void forgetNeighbours() {
        for (final String host : List.of("c1", "server")) {
            lab.run("exec", "host", host, "argv", List.of("ip", "neigh", "flush", "all"));
        }
        assertThat(answering("c1", CLUSTER_ADDRESS)).hasSize(1);
        assertThat(answering("server", "172.16.0.254")).hasSize(1);
    }

    @Test
    @Order(8)
    void oneThreadOfOpenFlowPluginReadsFromAllSwitches() {
        // So that it is done with an old connection of a switch before it deals with a new one.
        for (final String listener : List.of("default", "legacy")) {
            final String path = "/rests/data/openflow-switch-connection-config:switch-connection-config"
                    + "=openflow-switch-connection-provider-" + listener + "-impl/threads/worker-threads";
            assertThat(restconf.request("GET", path, null).body().replaceAll("\\s", ""))
                    .isEqualTo("{\"openflow-switch-connection-config:worker-threads\":1}");
        }
    }

    /** The MAC addresses that answer a host for an address. */
    private Set<String> answering(final String host, final String address) {
        return Lab.objects(lab.run("arping", "host", host, "address", address))
                .map(answer -> answer.get("mac").getAsString())
                .collect(Collectors.toSet());
    }

    private void foreign(final String command, final String bridge, final String entry) {
        lab.run("ovs", "argv", List.of("ovs-ofctl", "-O", "OpenFlow13", command, bridge, entry));
    }

    private void addForeignEntries() {
        foreign("add-group", "sw1", "group_id=7,type=indirect,bucket=output:1");
        foreign("add-flow", "sw1", "table=0,priority=500,udp,tp_dst=9,cookie=0x7,actions=group:7");
        foreign("add-flow", "sw1", "table=1,priority=7,udp,tp_dst=9,cookie=0x7,actions=drop");
    }

    private void retarget(final String bridge, final String target) {
        lab.run("ovs", "argv", List.of("ovs-vsctl", "set", "controller", bridge, "target=\"" + target + "\""));
    }

    private List<String> ours(final String bridge) {
        return lab.flows(bridge).stream()
                .filter(flow -> flow.contains("cookie=0x7670"))
                .toList();
    }

    private Set<String> tables(final String bridge) {
        return lab.flows(bridge).stream()
                .flatMap(flow -> List.of(flow.split("[ ,]+")).stream())
                .filter(word -> word.startsWith("table="))
                .collect(Collectors.toSet());
    }

    private int sessions(final String leaf) {
        return restconf.state()
                .map(state -> Lab.objects(state.get("vpn-device"))
                        .mapToInt(device -> device.get(leaf).getAsInt())
                        .sum())
                .orElse(-1);
    }

    private int counter(final String leaf) {
        return restconf.state()
                .map(state -> state.getAsJsonObject("counters").get(leaf).getAsInt())
                .orElse(0);
    }

    private void setEgressIdleTimeout(final int seconds) {
        setIdleTimeout("egress", seconds);
    }

    private void setIdleTimeout(final String side, final int seconds) {
        final var leaf = new JsonObject();
        leaf.addProperty("vpnlb:idle-timeout", seconds);
        assertThat(restconf.request(
                                "PUT",
                                "/rests/data/vpnlb:vpn-services/vpn-service=office/%s/idle-timeout".formatted(side),
                                leaf)
                        .status())
                .isIn(201, 204);
    }

    private int ignored(final String reason) {
        return restconf.state()
                .map(state -> state.getAsJsonObject("counters").get("ignored"))
                .map(ignored -> Lab.objects(ignored)
                        .filter(entry -> reason.equals(entry.get("reason").getAsString()))
                        .mapToInt(entry -> entry.get("punts").getAsInt())
                        .sum())
                .orElse(0);
    }

    private long captured(final String name, final String tap, final String sourceMac) {
        return Lab.objects(lab.run("capture-frames", "name", name, "interface", tap))
                .filter(frame -> frame.get("hex").getAsString().startsWith(sourceMac, 12))
                .count();
    }

    /** Each client and the server ping each other. */
    private JsonElement pings() {
        return lab.run("traffic", "kinds", List.of("ping-up", "ping-down"));
    }

    private static void assertAllWell(final JsonElement results) {
        assertThat(Lab.objects(results).toList())
                .isNotEmpty()
                .allSatisfy(result -> assertThat(result.get("ok").getAsBoolean())
                        .as(result.toString())
                        .isTrue());
    }

    private static JsonObject json(final String key, final String value) {
        final var object = new JsonObject();
        object.addProperty(key, value);
        return object;
    }

    /** An ARP announcement (RFC 5227), as hexadecimal digits. */
    private static String announcement(final String mac, final String address) {
        return "ffffffffffff" + mac + "0806" + "0001080006040001" + mac + address + "000000000000" + address;
    }

    /** A UDP datagram without payload, as hexadecimal digits. */
    private static String udp(
            final String toMac, final String fromMac, final String from, final String to, final int id) {
        final String header = "4500001c%04x00004011".formatted(id);
        int sum = 0;
        for (final String words : List.of(header, from, to)) {
            for (int i = 0; i < words.length(); i += 4) {
                sum += Integer.parseInt(words.substring(i, i + 4), 16);
            }
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return toMac + fromMac + "0800" + header + "%04x".formatted(~sum & 0xffff) + from + to + "0009000900080000";
    }
}
