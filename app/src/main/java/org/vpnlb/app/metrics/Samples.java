/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Gathers the samples of one scrape. */
final class Samples {
    private final Map<Metric, List<Sample>> byMetric = new EnumMap<>(Metric.class);

    private record Sample(Labels labels, double value) {}

    /** A sample; the values of the labels in the order of {@link Metric#labels}. */
    void add(final Metric metric, final double value, final String... labels) {
        byMetric.computeIfAbsent(metric, none -> new ArrayList<>())
                .add(new Sample(Labels.of(metric.labels().toArray(String[]::new), labels), value));
    }

    /** A sample that is 1 for what is so, and 0 otherwise. */
    void add(final Metric metric, final boolean isSo, final String... labels) {
        add(metric, isSo ? 1 : 0, labels);
    }

    /** All, as the library wants them. */
    MetricSnapshots snapshots() {
        final var all = MetricSnapshots.builder();
        byMetric.forEach((metric, samples) -> all.metricSnapshot(snapshot(metric, samples)));
        return all.build();
    }

    private static MetricSnapshot snapshot(final Metric metric, final List<Sample> samples) {
        return switch (metric.type()) {
            case GAUGE -> {
                final var builder =
                        GaugeSnapshot.builder().name(metric.baseName()).help(metric.help());
                samples.forEach(sample -> builder.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(sample.labels())
                        .value(sample.value())
                        .build()));
                yield builder.build();
            }
            case COUNTER -> {
                final var builder =
                        CounterSnapshot.builder().name(metric.baseName()).help(metric.help());
                samples.forEach(sample -> builder.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(sample.labels())
                        .value(sample.value())
                        .build()));
                yield builder.build();
            }
            case INFO -> {
                final var builder =
                        InfoSnapshot.builder().name(metric.baseName()).help(metric.help());
                samples.forEach(sample -> builder.dataPoint(
                        InfoDataPointSnapshot.builder().labels(sample.labels()).build()));
                yield builder.build();
            }
        };
    }
}
