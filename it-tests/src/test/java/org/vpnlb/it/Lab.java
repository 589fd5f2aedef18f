/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A lab of its own for a test class: Open vSwitch, Mininet, Karaf and VPN software within one enclosure, which vanishes
 * with the process that serves it. The commands are described in {@code it-tests/lab/lab.py}.
 */
final class Lab implements AutoCloseable {
    private static final Path ROOT = Path.of(System.getProperty("vpnlb.root"));
    private static final long LONGEST_END_SECONDS = 60;

    private final Process process;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    private Lab(final Process process) {
        this.process = process;
        commands = process.outputWriter(StandardCharsets.UTF_8);
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** The distribution that boots with vpnlb. */
    static Path distribution() {
        return Path.of(System.getProperty("vpnlb.karaf"));
    }

    /** An OpenDaylight without vpnlb. */
    static Path plainDistribution() {
        return Path.of(System.getProperty("vpnlb.plain-karaf"));
    }

    /** vpnlb as a Karaf archive. */
    static Path kar() {
        return Path.of(System.getProperty("vpnlb.kar"));
    }

    /**
     * A lab whose network is up; Karaf and the VPN software are not started. Karaf compiles fast and less well: it
     * lives for minutes, beside another lab, and to optimize takes two fifths of a boot's processor time.
     */
    static Lab start(final String name, final int clients, final int gateways, final Path karaf) {
        return serve(name, clients, gateways, karaf, Map.of("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1"));
    }

    /** The same, with Karaf as it is shipped: for tests that look at times. */
    static Lab startAsShipped(final String name, final int clients, final int gateways) {
        return serve(name, clients, gateways, distribution(), Map.of());
    }

    private static Lab serve(
            final String name,
            final int clients,
            final int gateways,
            final Path karaf,
            final Map<String, String> environment) {
        try {
            final var server = new ProcessBuilder(
                            "/usr/bin/python3",
                            ROOT.resolve("it-tests/lab/lab.py").toString(),
                            "--clients",
                            Integer.toString(clients),
                            "--gateways",
                            Integer.toString(gateways),
                            "--karaf",
                            karaf.toAbsolutePath().normalize().toString(),
                            "--logs",
                            ROOT.resolve("it-tests/target/logs").resolve(name).toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT);
            server.environment().putAll(environment);
            final var lab = new Lab(server.start());
            lab.answer("start");
            return lab;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What curl prints when it is run beside Karaf. */
    String curl(final String... arguments) {
        final var argv = new ArrayList<>(List.of("curl", "--silent", "--show-error"));
        argv.addAll(List.of(arguments));
        return run("exec", "host", "root", "argv", argv)
                .getAsJsonObject()
                .get("stdout")
                .getAsString();
    }

    /**
     * Carries out a command.
     *
     * @param command its name
     * @param arguments names and values in turn; a value is text, a number, JSON or a list of texts
     * @return its result
     */
    JsonElement run(final String command, final Object... arguments) {
        final var message = new JsonObject();
        message.addProperty("cmd", command);
        for (int i = 0; i < arguments.length; i += 2) {
            message.add((String) arguments[i], json(arguments[i + 1]));
        }
        try {
            commands.write(message.toString());
            commands.newLine();
            commands.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(command, e);
        }
        return answer(command);
    }

    /** Boots Karaf and waits until RESTCONF serves vpnlb's model and both switches are connected. */
    void startKaraf() {
        run("karaf-start");
        awaitSwitches();
    }

    /** Waits until both switches are connected to Karaf. */
    void awaitSwitches() {
        Waiting.until("both switches are connected", () -> {
            final JsonObject controllers = run("status").getAsJsonObject().getAsJsonObject("controllers");
            return controllers.get("sw1").getAsBoolean()
                    && controllers.get("sw2").getAsBoolean();
        });
    }

    /** Fails where Karaf's log has such records, telling them in its first line, all that some reports keep. */
    void assertNoneLogged(final String kind) {
        final String records =
                run("karaf-log").getAsJsonObject().getAsJsonArray(kind).toString();
        assertThat(records).as("%s %s", kind, records).isEqualTo("[]");
    }

    /** The flow entries of a switch, without what changes by itself. */
    List<String> flows(final String bridge) {
        return dump("dump-flows", bridge)
                .filter(line -> line.contains("cookie="))
                .map(line -> Arrays.stream(line.trim().split("\\s+"))
                        .filter(word -> !word.matches("(duration|n_packets|n_bytes|idle_age|hard_age)=.*"))
                        .collect(Collectors.joining(" ")))
                .sorted()
                .toList();
    }

    /** The flow entries of a switch, with durations and counters. */
    List<String> flowStatistics(final String bridge) {
        return dump("dump-flows", bridge)
                .filter(line -> line.contains("cookie="))
                .map(String::trim)
                .toList();
    }

    /** The groups of a switch. */
    List<String> groups(final String bridge) {
        return dump("dump-groups", bridge)
                .filter(line -> line.contains("group_id="))
                .map(String::trim)
                .sorted()
                .toList();
    }

    /** A list of objects. */
    static Stream<JsonObject> objects(final JsonElement array) {
        return StreamSupport.stream(array.getAsJsonArray().spliterator(), false).map(JsonElement::getAsJsonObject);
    }

    /** A process within the lab's namespaces: its first one, as a process id of this machine. */
    long pid() {
        return process.descendants()
                .filter(each -> each.parent()
                        .flatMap(ProcessHandle::parent)
                        .map(ProcessHandle::pid)
                        .equals(Optional.of(process.pid())))
                .findFirst()
                .orElseThrow()
                .pid();
    }

    @Override
    public void close() {
        try {
            commands.close();
            if (!process.waitFor(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private Stream<String> dump(final String what, final String bridge) {
        return run("ovs", "argv", List.of("ovs-ofctl", "-O", "OpenFlow13", what, bridge))
                .getAsString()
                .lines();
    }

    private JsonElement answer(final String command) {
        try {
            final String line = answers.readLine();
            if (line == null) {
                throw new IllegalStateException("The lab ended at " + command);
            }
            final JsonObject answer = JsonParser.parseString(line).getAsJsonObject();
            if (!answer.get("ok").getAsBoolean()) {
                throw new IllegalStateException(
                        command + ": " + answer.get("error").getAsString());
            }
            return answer.get("result");
        } catch (IOException e) {
            throw new UncheckedIOException(command, e);
        }
    }

    private static JsonElement json(final Object value) {
        return switch (value) {
            case JsonElement element -> element;
            case Number number -> new com.google.gson.JsonPrimitive(number);
            case List<?> list -> {
                final var array = new com.google.gson.JsonArray();
                new ArrayList<>(list).forEach(item -> array.add(json(item)));
                yield array;
            }
            default -> new com.google.gson.JsonPrimitive(value.toString());
        };
    }
}
