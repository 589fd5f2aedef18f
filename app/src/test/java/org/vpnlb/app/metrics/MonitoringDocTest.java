/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.ModelName;

class MonitoringDocTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern METRIC = Pattern.compile("vpnlb_[a-z_]+");

    @Test
    void theDocumentListsTheMetricsAsTheyAre() throws IOException {
        final List<String> documented;
        try (var lines = Files.lines(DOCS.resolve("monitoring.md"))) {
            documented = lines.filter(line -> line.startsWith("| `vpnlb_")).toList();
        }
        assertThat(documented)
                .containsExactlyElementsOf(Arrays.stream(Metric.values())
                        .map(MonitoringDocTest::line)
                        .toList());
    }

    @Test
    void alertsAndDashboardUseNoMetricThatIsNotTold() throws IOException {
        final var told = Arrays.stream(Metric.values()).map(Metric::scrapedName).toList();
        for (final String file : List.of("vpnlb-alerts.yml", "vpnlb-dashboard.json")) {
            final String text = Files.readString(DOCS.resolve("monitoring").resolve(file));
            final var used =
                    METRIC.matcher(text).results().map(MatchResult::group).collect(Collectors.toSet());
            assertThat(used).as(file).hasSizeGreaterThan(8);
            assertThat(told).as(file).containsAll(used);
        }
    }

    private static String line(final Metric metric) {
        final String labels =
                metric.labels().stream().map(label -> '`' + label + '`').collect(Collectors.joining(", "));
        return "| `%s` | %s | %s| %s |"
                .formatted(
                        metric.scrapedName(),
                        ModelName.of(metric.type()),
                        labels.isEmpty() ? "" : labels + ' ',
                        metric.help());
    }
}
