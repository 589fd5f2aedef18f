/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.playwright.options.ColorScheme;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The web page in a real browser: what it shows and does is what RESTCONF does. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PageIT extends Site {
    private static final List<String> VIEWS =
            List.of("#/", "#/device/office/g1", "#/find", "#/sessions", "#/switches", "#/explain");
    private static final List<String> SENT_UNASKED =
            List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "");
    private static final List<String> LEAVES = List.of("health", "slots", "client-sessions", "return-sessions");
    /** What vpnlb needs, the second until the state is published, and the page's own pause, on a slow machine. */
    private static final Duration TO_BE_SHOWN = Duration.ofSeconds(5);

    private static final String STATE = "**/rests/data/vpnlb:vpn-services-state*";
    private static final int MANY = 255;

    private Browser browser;

    @BeforeAll
    void startWithAServiceWhoseLinksAreWatched() {
        start("page", 1);
        final JsonObject services = restconf().example();
        Restconf.service(services).add("health-check", leaf("type", "link"));
        assertThat(restconf().put(services).status()).isEqualTo(201);
        awaitServed();
    }

    @AfterAll
    void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    private Browser page() {
        assumeTrue(Browser.isInstalled(), "there is no Chromium here");
        if (browser == null) {
            browser = Browser.start(lab());
        }
        browser.open(1280, 900, ColorScheme.LIGHT);
        return browser;
    }

    @Test
    @Order(1)
    void strangersGetNothingOfThePage() {
        for (final String path : List.of("", "main.js", "nothing")) {
            final String answer = lab().curl("-i", Browser.PAGE + path);
            assertThat(answer).startsWith("HTTP/1.1 401").containsIgnoringCase("WWW-Authenticate: BASIC");
            assertThat(answer).doesNotContain("<html", "import");
        }
        assertThat(lab().curl("-i", "-u", "admin:admin", "http://127.0.0.1:8181/vpnlb"))
                .startsWith("HTTP/1.1 302")
                .containsPattern("Location: .*/vpnlb/");
        assertThat(lab().curl("-i", "-u", "admin:admin", Browser.PAGE))
                .startsWith("HTTP/1.1 200")
                .contains("Content-Security-Policy: default-src 'none'", "frame-ancestors 'none'", "nosniff", "ETag:");
    }

    @Test
    @Order(2)
    void noOtherSiteCanMakeABrowserChangeAnything() {
        // What a browser sends to another site without asking first: the Fetch standard's safelisted types, or none.
        for (final String type : SENT_UNASKED) {
            for (final String body : List.of(
                    "{\"vpnlb:input\": {\"service\": \"office\", \"device\": \"g1\"}}",
                    "<input xmlns=\"urn:vpnlb\"><service>office</service><device>g1</device></input>")) {
                assertThat(lab().curl(
                                        "-i",
                                        "-u",
                                        "admin:admin",
                                        "-H",
                                        "Content-Type:" + type,
                                        "-H",
                                        "Origin: http://elsewhere.example",
                                        "-d",
                                        body,
                                        "http://127.0.0.1:8181/rests/operations/vpnlb:clear-sessions"))
                        .as("%s as %s", body, type)
                        .startsWith("HTTP/1.1 415");
            }
        }
        // And what it asks first, it is not allowed.
        final String asked = lab().curl(
                        "-i",
                        "-X",
                        "OPTIONS",
                        "-H",
                        "Origin: http://elsewhere.example",
                        "-H",
                        "Access-Control-Request-Method: PATCH",
                        "-H",
                        "Access-Control-Request-Headers: content-type",
                        "http://127.0.0.1:8181/rests/data/vpnlb:vpn-services");
        assertThat(asked).doesNotContainIgnoringCase("Access-Control-Allow");
    }

    @Test
    @Order(3)
    void thePageShowsWhatRestconfTells() {
        fromClient("10.0.0.91");
        Waiting.until("it has a session", () -> clientSessions() > 0);
        final Browser page = page();
        Waiting.until("the table is as the state", () -> devices().allMatch(device -> isShown(device, row(device))));
        assertThat(page.count("tr[data-device]")).isEqualTo(GATEWAYS);
        assertThat(page.text()).contains("Service office", "10.0.0.100", "Ingress switch", "Egress switch");

        page.show("#/device/office/g2");
        Waiting.until("the device is as the state", () -> isShown(device("g2"), "dl[data-device=g2]"));
        assertThat(page.text()).contains("02:00:00:00:0a:02", "02:00:00:00:0b:02");

        page.show("#/switches");
        Waiting.until(
                "the switches are as the state",
                () -> Lab.objects(restconf().state().orElseThrow().get("switch"))
                        .allMatch(this::isShownOfSwitch));
        page.assertNoComplaint();
    }

    private static String row(final JsonObject device) {
        return "tr[data-device=" + device.get("name").getAsString() + "]";
    }

    private boolean isShown(final JsonObject device, final String within) {
        return LEAVES.stream()
                .allMatch(leaf -> browser.text(within + " [data-leaf=" + leaf + "]")
                        .equals(device.get(leaf).getAsString()));
    }

    private boolean isShownOfSwitch(final JsonObject state) {
        final String within = "section[data-switch='" + state.get("node").getAsString() + "'] [data-leaf=";
        final JsonObject generation = state.getAsJsonObject("generation");
        return browser.text(within + "wanted]").equals(generation.get("wanted").getAsString())
                && browser.text(within + "confirmed]")
                        .equals(generation.get("confirmed").getAsString())
                && browser.text(within + "flows]").equals(state.get("flows").getAsString())
                && browser.text(within + "groups]").equals(state.get("groups").getAsString());
    }

    @Test
    @Order(4)
    void aDeviceIsDrainedAndEnabledOnlyWhenTheOperatorConfirmsIt() {
        final Browser page = page();
        page.show("#/device/office/g1");
        assertThat(page.text(".answer")).contains("Can it be taken out now? No");
        page.press("Drain …");
        assertThat(page.text("dialog")).contains("Drain g1?", "client session", "return session");
        page.press("Cancel");
        assertThat(adminState("g1")).isEqualTo("in-service");

        page.press("Drain …");
        page.press("Drain");
        Waiting.until("g1 drains", () -> is("g1", "draining"));
        assertThat(adminState("g1")).isEqualTo("draining");
        Waiting.until("the page says so", () -> "draining".equals(page.text("[data-leaf=health]")));
        assertThat(page.text(".answer")).contains("it is draining");
        Waiting.until("it says how far", () -> page.text(".facts").contains("ended in the last minute"));
        page.picture("page-device");

        page.show("#/sessions/office/g1");
        page.press("End sessions …");
        assertThat(page.text("dialog")).contains("End the sessions of device g1 of office?");
        page.press("End sessions");
        Waiting.until("they have ended", () -> page.text("main .good").endsWith("ended."));
        page.show("#/device/office/g1");
        Waiting.until("it is said", () -> page.text(".answer").contains("now? Yes, it is draining and has no session"));

        page.press("Put in service …");
        page.press("Put in service");
        Waiting.until("g1 is up", () -> is("g1", "up"));
        Waiting.until("the page says so", () -> "up".equals(page.text("[data-leaf=health]")));
        page.assertNoComplaint();
    }

    private String adminState(final String device) {
        final JsonObject services =
                JsonParser.parseString(restconf().get().body()).getAsJsonObject();
        return Lab.objects(Restconf.service(services).get("vpn-device"))
                .filter(each -> device.equals(each.get("name").getAsString()))
                .map(each -> each.has("admin-state") ? each.get("admin-state").getAsString() : "in-service")
                .findFirst()
                .orElseThrow();
    }

    @Test
    @Order(5)
    void aGatewayThatDiesIsShownWithinSeconds() {
        final Browser page = page();
        Waiting.until("g2 is shown as up", () -> "up".equals(page.text("tr[data-device=g2] [data-leaf=health]")));
        final Instant begun = Instant.now();
        link("g2", "down");
        Waiting.until("it is shown", () -> "down".equals(page.text("tr[data-device=g2] [data-leaf=health]")));
        assertThat(Duration.between(begun, Instant.now())).isLessThan(TO_BE_SHOWN);
        assertThat(page.text(".problems")).contains("g2 of office is down: port 12 of openflow:1 is down", "cable");
        assertThat(page.text(".changes")).contains("g2 of office is down");
        assertThat(page.text("#said")).contains("g2 of office is down");
        page.picture("page-overview");
        link("g2", "up");
    }

    @Test
    @Order(6)
    void aClientIsFoundAndItsPacketExplainedInPlainWords() {
        fromClient("10.0.0.92");
        Waiting.until("it has a session", () -> has("sw1", "table=1,ip,nw_src=10.0.0.92"));
        final String device = Lab.objects(restconf()
                        .output("find-client", "{\"address\": \"10.0.0.92\"}")
                        .get("place"))
                .findFirst()
                .orElseThrow()
                .get("device")
                .getAsString();
        final Browser page = page();
        page.show("#/find");
        page.fill("Address", "10.0.0.92");
        page.press("Find");
        Waiting.until(
                "it is told",
                () -> page.text(".places").contains("What this client sends goes to " + device + ", by a session"));
        restconf().output("clear-sessions", "{\"service\": \"office\", \"prefix\": \"10.0.0.92\"}");
        page.press("Find");
        Waiting.until(
                "where it was before is told",
                () -> page.text(".places").contains(device + ", until")
                        && page.text(".places").contains("an operator ended the session"));
        fromClient("10.0.0.92");
        Waiting.until("it has a session again", () -> has("sw1", "table=1,ip,nw_src=10.0.0.92"));
        page.fill("Address", "10.0.0.300");
        page.press("Find");
        Waiting.until("it is refused", () -> page.text("[role=alert]").contains("input/address = 10.0.0.300"));

        page.show("#/explain");
        page.fill("Comes in at port", "1");
        page.fill("From address", "10.0.0.92");
        page.fill("To address", CLUSTER_ADDRESS);
        page.press("Explain");
        Waiting.until(
                "it is told",
                () -> page.text(".steps").contains("device " + device)
                        && page.text(".way .badge").equals("sent"));

        final String other = "g1".equals(device) ? "g3" : "g1";
        page.fill("As if its session were with device", other);
        page.press("Explain");
        Waiting.until("it is told", () -> page.text(".steps").contains("device " + other));

        page.show("#/sessions/office/" + device);
        page.press("List");
        Waiting.until("it is listed", () -> page.text("main table").contains("10.0.0.92"));

        page.show("#/switches");
        // While changes are on their way the page says so, and to ask again.
        Waiting.untilAsserted("it is told", () -> {
            page.press("Check openflow:1");
            assertThat(page.text("section[data-switch]")).contains("nothing differs");
        });
        page.assertNoComplaint();
    }

    @Test
    @Order(7)
    void whatGoesWrongIsSaidAndThePageIsNeverBlank() {
        final Browser page = page();
        Waiting.until("g2 is back", () -> "up".equals(page.text("tr[data-device=g2] [data-leaf=health]")));
        final String before = page.text("tr[data-device=g1]");
        assertThat(before).isNotEmpty();
        final String error = """
                {"errors": {"error": [{"error-tag": "%s", "error-message": "%s"}]}}""";

        page.cutOff();
        Waiting.until("it is said", () -> trouble().contains("The controller does not answer. The switches go on"));
        assertThat(trouble()).contains("What is shown is as old as");
        assertThat(page.text("tr[data-device=g1]")).isNotEmpty();

        page.answer(STATE, 503, error.formatted("operation-failed", "too busy"));
        Waiting.until("it is said", () -> trouble().contains("The controller has an error (status 503): too busy"));
        assertThat(page.count("tr[data-device]")).isEqualTo(GATEWAYS);

        page.answerTruly();
        Waiting.until("all is well", () -> trouble().isEmpty());
        assertThat(page.text("#said")).contains("The controller answers again");

        page.answer("**/rests/data/**", 409, error.formatted("data-missing", "Request could not be completed"));
        Waiting.until("it is said", () -> page.text("main").contains("No service is configured"));

        page.answerTruly();
        page.answer(STATE, 401, "");
        Waiting.until("it is said", () -> trouble().contains("You are not logged in. Load the page anew"));
        page.answerTruly();
    }

    /** What RESTCONF answers where a service has this state. */
    private static String ofServices(final JsonObject state) {
        final var list = new JsonArray();
        list.add(state);
        final var container = new JsonObject();
        container.add("vpn-service", list);
        final var body = new JsonObject();
        body.add("vpnlb:vpn-services-state", container);
        return body.toString();
    }

    private String trouble() {
        return browser.text("#trouble");
    }

    @Test
    @Order(8)
    void withManyDevicesThePageIsUsableOnATelephoneToo() {
        final Browser page = page();
        final JsonObject state = restconf().state().orElseThrow().deepCopy();
        final var devices = new JsonArray();
        for (int i = 1; i <= MANY; i++) {
            final JsonObject device = device("g1").deepCopy();
            device.addProperty("name", "gateway-" + i);
            device.addProperty("health", i % 50 == 0 ? "down" : "up");
            device.addProperty("slots", 1);
            devices.add(device);
        }
        state.add("vpn-device", devices);
        final String answer = ofServices(state);

        for (final int width : new int[] {1280, 360}) {
            page.open(width, 740, ColorScheme.LIGHT);
            page.answer("**/rests/data/**", 200, answer);
            Waiting.until("all are shown", () -> page.count("tr[data-device]") == MANY);
            assertThat(page.count(".sandwich .device")).as("boxes").isEqualTo(2);
            assertThat(page.text(".sandwich")).contains("5 devices", "250 devices");
            assertThat(page.overhang()).as("pixels too wide at %s", width).isZero();
            page.fill("Name, address or reason", "gateway-177");
            Waiting.until("the others are gone", () -> page.count("tr[data-device]") == 1);
            page.fill("Name, address or reason", "");
            page.choose("Health", "down");
            Waiting.until("five are left", () -> page.count("tr[data-device]") == 5);
            assertThat(page.text("form.filter")).contains("5 of 255 devices");
        }
    }

    @Test
    @Order(9)
    void trafficAndChecksOfADeviceAreShown() {
        final Browser page = page();
        page.show("#/device/office/g1");
        // The switches are asked every 10 s, which is too long to wait here.
        for (int step = 1; step <= 3; step++) {
            final String sent = 1000 * step + " packets in all";
            page.answer(STATE, 200, withTraffic(1000 * step));
            Waiting.until("it is read", () -> page.text("[data-device=g1]").contains(sent));
        }
        final String rate = page.text("[data-rate=from-clients]");
        assertThat(rate).matches("[1-9][\\d.]* packets/s, [1-9][\\d.]* [kM]B/s");
        assertThat(page.text("[data-check='ike ingress']")).contains("ike", "down", "no answer by IKE");
        page.answerTruly();
        page.assertNoComplaint();
    }

    /** The true state, where g1 has had some packets of 1500 octets, and one of its checks fails. */
    private String withTraffic(final int packets) {
        return withState(state -> {
            final JsonObject device = Lab.objects(state.get("vpn-device"))
                    .filter(each -> "g1".equals(each.get("name").getAsString()))
                    .findFirst()
                    .orElseThrow();
            device.add("from-clients", JsonParser.parseString("""
                    {"packets": "%d", "bytes": "%d"}""".formatted(packets, 1500 * packets)));
            device.add("check", JsonParser.parseString("""
                    [{"name": "ike", "side": "ingress", "health": "down", "reason": "no answer by IKE"}]"""));
        });
    }

    private String withState(final Consumer<JsonObject> change) {
        final JsonObject state = restconf().state().orElseThrow().deepCopy();
        change.accept(state);
        return ofServices(state);
    }

    @Test
    @Order(10)
    void clientsAreMovedBackOnlyAfterTheOperatorHasSeenWho() {
        final Browser page = page();
        page.unfold("Move clients to the devices of their slots");
        page.fill("How many", "50");
        page.press("Show who would move");
        Waiting.until("it is told", () -> isPlanTold(page));

        page.answer("**/rests/operations/vpnlb:rebalance", 200, """
                {"vpnlb:output": {"pinned": 24, "moving": 12, "seconds": 2,
                 "move": [{"from": "g1", "to": "g2", "clients": 12}]}}""");
        page.press("Show who would move");
        Waiting.until("it is told", () -> page.text(".moves").contains("g2"));
        page.press("Move 12 clients …");
        assertThat(page.text("dialog")).contains("Move 12 clients?", "log in again");
        page.press("Move");
        Waiting.until("it is done", () -> isMoved(page));

        page.answer(STATE, 200, withState(state -> state.add("rebalance", JsonParser.parseString("""
                {"clients": 12, "per-second": 10, "looked-at": 6, "moved": 5}"""))));
        Waiting.until(
                "it is shown",
                () -> page.text("[data-leaf=rebalance]")
                        .startsWith("A rebalance runs: 5 of 12 clients moved, 6 looked at, at most 10 a second."));
        page.press("Stop …");
        assertThat(page.text("dialog")).contains("Nobody else is moved");
        page.press("Cancel");
        page.answerTruly();
        page.assertNoComplaint();
    }

    private static boolean isMoved(final Browser page) {
        return page.text("section.rebalance .good").contains("12 clients will have moved within 2 s");
    }

    /** A gateway has been away further above: there may be somebody. */
    private static boolean isPlanTold(final Browser page) {
        final String told = page.text("section.rebalance");
        return told.contains("Nobody would move") || told.contains(" would move within ");
    }

    @Test
    @Order(11)
    void thePageHasNoBarriers() {
        final Browser page = page();
        assertThat(page.tab(1)).isEqualTo("Skip to the content");
        assertThat(page.tab(2)).isEqualTo("Overview");
        for (final ColorScheme colours : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            page.open(colours == ColorScheme.LIGHT ? 1280 : 360, 740, colours);
            for (final String view : VIEWS) {
                page.show(view);
                assertThat(page.barriers()).as("%s, %s", view, colours).isEmpty();
                assertThat(page.overhang()).as("%s, %s", view, colours).isZero();
            }
        }
        page.assertNoComplaint();
    }

    @Test
    @Order(12)
    void thePageShowsEachClusterAddress() {
        final JsonObject before =
                JsonParser.parseString(restconf().get().body()).getAsJsonObject();
        final JsonObject services = before.deepCopy();
        final var others = new JsonArray();
        others.add("192.0.2.100");
        Restconf.service(services).add("additional-cluster-address", others);
        assertThat(restconf().put(services).status()).isIn(201, 204);
        final Browser page = page();
        Waiting.untilAsserted(
                "both are shown", () -> assertThat(page.text()).contains(CLUSTER_ADDRESS + ", 192.0.2.100"));
        page.assertNoComplaint();
        assertThat(restconf().put(before).status()).isIn(201, 204);
        restconf().awaitUp();
    }

    @Test
    @Order(99)
    void theLogHasNoError() {
        lab().assertNoneLogged("errors");
    }
}
