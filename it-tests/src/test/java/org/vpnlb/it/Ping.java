/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** A ping through a client's tunnel that runs until it is stopped, to tell whether anything was lost meanwhile. */
final class Ping {
    private static final Pattern ANSWER = Pattern.compile("icmp_seq=(\\d+) ttl");
    private static final Pattern SENT = Pattern.compile("(\\d+) packets transmitted");

    private final Lab lab;
    private final JsonObject spawned;

    private Ping(final Lab lab, final JsonObject spawned) {
        this.lab = lab;
        this.spawned = spawned;
    }

    /** Begins to ping the server, fifty times a second. */
    static Ping start(final Lab lab, final String client) {
        return new Ping(
                lab,
                lab.run("spawn", "host", client, "argv", List.of("ping", "-i", "0.02", "-W", "1", "172.16.0.10"))
                        .getAsJsonObject());
    }

    /** Ends it; the sequence numbers that were not answered. The last one may have been on its way, and is left out. */
    List<Long> stop() {
        lab.run("kill", "pid", spawned.get("pid").getAsInt(), "signal", "int");
        final String log = lab.run(
                        "exec",
                        "host",
                        "root",
                        "argv",
                        List.of("cat", spawned.get("log").getAsString()))
                .getAsJsonObject()
                .get("stdout")
                .getAsString();
        final Matcher sent = SENT.matcher(log);
        if (!sent.find()) {
            throw new IllegalStateException("ping did not say what it sent: " + log);
        }
        final var answered = ANSWER.matcher(log)
                .results()
                .map(result -> Long.parseLong(result.group(1)))
                .collect(Collectors.toSet());
        return LongStream.range(1, Long.parseLong(sent.group(1)))
                .filter(number -> !answered.contains(number))
                .boxed()
                .toList();
    }
}
