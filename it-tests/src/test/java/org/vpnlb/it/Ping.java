/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A ping through a client's tunnel that runs until it is stopped, to tell whether anything was lost meanwhile.
 *
 * <p>Bulk transfers must wait until then: their bursts make the switch's packet sockets lose some by themselves.
 */
final class Ping {
    private static final Pattern ANSWER = Pattern.compile("\\[(\\d+\\.\\d+)\\].* icmp_seq=(\\d+) ttl");
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
                lab.run("spawn", "host", client, "argv", List.of("ping", "-D", "-i", interval, "172.16.0.10"))
                        .getAsJsonObject(),
                perSecond);
    }

    /**
     * Ends it, when what was sent before this call has had a second to be answered.
     *
     * @return the numbers of those that were not
     */
    List<Long> stop() {
        return stop(next());
    }

    /**
     * Ends it, when what was sent before this one has had a second to be answered.
     *
     * @return the numbers of those that were not
     */
    List<Long> stop(final long next) {
        Waiting.until("pings are answered", () -> last() >= next + perSecond);
        final Set<Long> answered = answered();
        lab.run("kill", "pid", spawned.get("pid").getAsInt(), "signal", "int");
        return LongStream.rangeClosed(1, next)
                .filter(number -> !answered.contains(number))
                .boxed()
                .toList();
    }

    /** The number of the next one that is to be answered. */
    long next() {
        return last() + 1;
    }

    /** Waits for the first answer. */
    void awaitAnswers() {
        Waiting.until("pings are answered", () -> last() > 0);
    }

    /** The longest time between two answers, until now. */
    Duration longestSilence() {
        final double[] times = answers()
                .mapToDouble(answer -> Double.parseDouble(answer.group(1)))
                .sorted()
                .toArray();
        return Duration.ofMillis(Math.round(1000
                * IntStream.range(1, times.length)
                        .mapToDouble(next -> times[next] - times[next - 1])
                        .max()
                        .orElse(0)));
    }

    private long last() {
        return answered().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private Set<Long> answered() {
        return answers().map(answer -> Long.parseLong(answer.group(2))).collect(Collectors.toSet());
    }

    private Stream<MatchResult> answers() {
        final String log = lab.run(
                        "exec",
                        "host",
                        "root",
                        "argv",
                        List.of("cat", spawned.get("log").getAsString()))
                .getAsJsonObject()
                .get("stdout")
                .getAsString();
        return ANSWER.matcher(log).results();
    }
}
