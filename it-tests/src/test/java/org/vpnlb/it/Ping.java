/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A ping through a client's tunnel that runs until it is stopped, to tell whether anything was lost meanwhile.
 *
 * <p>Bulk transfers must wait until then: their bursts make the switch's packet sockets lose some by themselves.
 */
final class Ping {
    private static final Pattern ANSWER = Pattern.compile("icmp_seq=(\\d+) ttl");
    private static final int A_SECOND = 50;

    private final Lab lab;
    private final JsonObject spawned;
    private final int perSecond;

    private Ping(final Lab lab, final JsonObject spawned, final int perSecond) {
        this.lab = lab;
        this.spawned = spawned;
        this.perSecond = perSecond;
    }

    /** Begins to ping the server, fifty times a second. */
    static Ping start(final Lab lab, final String client) {
        return start(lab, client, A_SECOND);
    }

    /** Begins to ping the server, so many times a second. */
    static Ping start(final Lab lab, final String client, final int perSecond) {
        final String interval = String.valueOf(1.0 / perSecond);
        return new Ping(
                lab,
                lab.run("spawn", "host", client, "argv", List.of("ping", "-i", interval, "172.16.0.10"))
                        .getAsJsonObject(),
                perSecond);
    }

    /**
     * Ends it, when what was sent before this call has had a second to be answered.
     *
     * @return the numbers of those that were not
     */
    List<Long> stop() {
        final long next = last() + 1;
        Waiting.until("pings are answered", () -> last() >= next + perSecond);
        final Set<Long> answered = answered();
        lab.run("kill", "pid", spawned.get("pid").getAsInt(), "signal", "int");
        return LongStream.rangeClosed(1, next)
                .filter(number -> !answered.contains(number))
                .boxed()
                .toList();
    }

    private long last() {
        return answered().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private Set<Long> answered() {
        final String log = lab.run(
                        "exec",
                        "host",
                        "root",
                        "argv",
                        List.of("cat", spawned.get("log").getAsString()))
                .getAsJsonObject()
                .get("stdout")
                .getAsString();
        return ANSWER.matcher(log)
                .results()
                .map(result -> Long.parseLong(result.group(1)))
                .collect(Collectors.toSet());
    }
}
