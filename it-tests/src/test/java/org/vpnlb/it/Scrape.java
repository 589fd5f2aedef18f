/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What Prometheus would get from vpnlb.
 *
 * @param text all of it
 * @param samples the values, by name and labels: {@code vpnlb_device_up{device="g1",service="office"}}
 */
record Scrape(String text, Map<String, Double> samples) {
    private static final Path PROMTOOL = Path.of(System.getProperty("vpnlb.root"), ".tools", "promtool");
    private static final Pattern SAMPLE = Pattern.compile("(\\w+(?:\\{.*})?) (\\S+)");

    /** Scrapes, as the user who may. */
    static Scrape of(final Lab lab) {
        return parse(request(lab, "--fail", "--user", "admin:admin"));
    }

    /** The status of the answer to a request with these arguments of curl, and its content type. */
    static String answer(final Lab lab, final String... arguments) {
        final var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--output", "/dev/null", "--write-out", "%{http_code} %{content_type}"));
        return request(lab, all.toArray(String[]::new)).trim();
    }

    private static String request(final Lab lab, final String... arguments) {
        final var all = new ArrayList<>(List.of(arguments));
        all.add("http://127.0.0.1:8181/vpnlb/metrics");
        return lab.curl(all.toArray(String[]::new));
    }

    private static Scrape parse(final String text) {
        final Map<String, Double> samples = new TreeMap<>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            final Matcher sample = SAMPLE.matcher(line);
            if (!sample.matches()) {
                throw new AssertionError(line);
            }
            samples.put(sample.group(1), Double.valueOf(sample.group(2)));
        });
        return new Scrape(text, samples);
    }

    /** A sample; the labels as names and values in turn, in the order of their names. */
    double sample(final String name, final String... labels) {
        final var inner = new ArrayList<String>();
        for (int i = 0; i < labels.length; i += 2) {
            inner.add(labels[i] + "=\"" + labels[i + 1] + '"');
        }
        final String key = inner.isEmpty() ? name : name + '{' + String.join(",", inner) + '}';
        final Double value = samples.get(key);
        if (value == null) {
            throw new AssertionError(key + " is not among\n" + text);
        }
        return value;
    }

    /** The sum of the samples of a metric that have a label. */
    double sum(final String name, final String label, final String value) {
        final String wanted = label + "=\"" + value + '"';
        return samples.entrySet().stream()
                .filter(sample -> sample.getKey().startsWith(name + '{')
                        && sample.getKey().contains(wanted))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** The counters. */
    Map<String, Double> counters() {
        return samples.entrySet().stream()
                .filter(sample -> sample.getKey().split("\\{")[0].endsWith("_total"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** What Prometheus' own checker finds wrong with it; empty when nothing is. */
    String problems() {
        return promtool(text, "check", "metrics");
    }

    /** Runs promtool, and gives what it writes when it finds a fault. */
    static String promtool(final String input, final String... arguments) {
        final var argv = new ArrayList<>(List.of(PROMTOOL.toString()));
        argv.addAll(List.of(arguments));
        try {
            final Process process =
                    new ProcessBuilder(argv).redirectErrorStream(true).start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? "" : output;
        } catch (IOException e) {
            throw new UncheckedIOException("tools/setup.sh puts promtool there", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
