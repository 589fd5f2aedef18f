/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The web page in a real browser within a lab, as an operator sees it. */
final class Browser implements AutoCloseable {
    /** Where the page is. */
    static final String PAGE = "http://127.0.0.1:8181/vpnlb/";

    private static final Path ROOT = Path.of(System.getProperty("vpnlb.root"));
    /** It asks nobody for updates, and needs no privileges that a container lacks. */
    private static final List<String> ARGUMENTS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");
    /** As slow as the slowest machine may be. */
    private static final double LONGEST_MILLIS = 60_000;
    /** What the browser itself says of an answer that is an error. */
    private static final String OF_AN_ERROR = "Failed to load resource: ";

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser chromium;
    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    private Browser(final Playwright playwright, final com.microsoft.playwright.Browser chromium) {
        this.playwright = playwright;
        this.chromium = chromium;
    }

    /** Whether this machine has one. */
    static boolean isInstalled() {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(each -> Files.isExecutable(Path.of(each, "chromium")));
    }

    /** A browser whose 127.0.0.1 is that of a lab. */
    static Browser start(final Lab lab) {
        final var environment = new HashMap<>(System.getenv());
        environment.put("VPNLB_PID", Long.toString(lab.pid()));
        final Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        return new Browser(
                playwright,
                playwright
                        .chromium()
                        .launch(new BrowserType.LaunchOptions()
                                .setExecutablePath(ROOT.resolve("it-tests/lab/browser.sh"))
                                .setEnv(environment)
                                .setArgs(ARGUMENTS)
                                .setTimeout(LONGEST_MILLIS)));
    }

    /** Opens the page as somebody who has logged in. */
    void open(final int width, final int height, final ColorScheme colours) {
        if (context != null) {
            context.close();
        }
        context = chromium.newContext(new NewContextOptions()
                .setHttpCredentials("admin", "admin")
                .setViewportSize(width, height)
                .setColorScheme(colours));
        context.setDefaultTimeout(LONGEST_MILLIS);
        page = context.newPage();
        page.onConsoleMessage(this::heard);
        page.onPageError(complaints::add);
        show("#/");
    }

    private void heard(final ConsoleMessage message) {
        if (List.of("error", "warning").contains(message.type())
                && !message.text().startsWith(OF_AN_ERROR)) {
            complaints.add(message.text());
        }
    }

    /** Goes to a view by its address, and waits until it has something to show. */
    void show(final String view) {
        page.navigate(PAGE + view);
        // By a selector: what the driver would wait for by a script, the policy of the page forbids.
        page.locator("main h1:not(:text-is('vpnlb'))").waitFor();
    }

    /** The text of the page's content. */
    String text() {
        return page.locator("body").innerText();
    }

    /** The text of an element; empty where there is none. */
    String text(final String selector) {
        final Locator found = page.locator(selector);
        return found.count() == 0 ? "" : found.first().innerText().trim();
    }

    int count(final String selector) {
        return page.locator(selector).count();
    }

    void press(final String button) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(button).setExact(true))
                .first()
                .click();
    }

    /** Opens what is behind a line. */
    void unfold(final String line) {
        page.locator("summary")
                .filter(new Locator.FilterOptions().setHasText(line))
                .first()
                .click();
    }

    void fill(final String label, final String value) {
        page.getByLabel(label).first().fill(value);
    }

    void choose(final String label, final String value) {
        page.getByLabel(label).first().selectOption(value);
    }

    /** What the keyboard leads to, from the top of the page on. */
    String tab(final int times) {
        for (int i = 0; i < times; i++) {
            page.keyboard().press("Tab");
        }
        return page.evaluate("document.activeElement.textContent.trim()").toString();
    }

    /** How many pixels the page is wider than its window. */
    int overhang() {
        return ((Number) page.evaluate("document.documentElement.scrollWidth - window.innerWidth")).intValue();
    }

    /** From now on RESTCONF seems to answer this. */
    void answer(final String urls, final int status, final String body) {
        page.unrouteAll();
        page.route(
                urls,
                route -> route.fulfill(new Route.FulfillOptions()
                        .setStatus(status)
                        .setContentType("application/yang-data+json")
                        .setBody(body)));
    }

    /** From now on nobody seems to answer. */
    void cutOff() {
        page.unrouteAll();
        page.route("**/rests/**", Route::abort);
    }

    /** From now on RESTCONF answers. */
    void answerTruly() {
        page.unrouteAll();
    }

    /** What axe finds of serious or critical faults in the view. */
    List<String> barriers() {
        try (InputStream axe = Browser.class.getResourceAsStream("/axe.min.js")) {
            page.evaluate(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        final JsonElement found =
                JsonParser.parseString(page.evaluate("async () => JSON.stringify((await axe.run(document)).violations)")
                        .toString());
        return Lab.objects(found)
                .filter(each -> List.of("serious", "critical")
                        .contains(each.get("impact").getAsString()))
                .map(each -> each.get("id").getAsString() + " " + each.get("nodes"))
                .toList();
    }

    /** A picture of the window, in target/page: for docs/, and for who wonders why a test failed. */
    void picture(final String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(ROOT.resolve("it-tests/target/page/" + name + ".png")));
    }

    /** Fails where the page had an error, or tried what its policy forbids. */
    void assertNoComplaint() {
        assertThat(complaints).isEmpty();
    }

    @Override
    public void close() {
        chromium.close();
        playwright.close();
    }
}
