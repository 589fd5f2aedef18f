/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Service;

/**
 * The metrics. The application tells what it knows each second, as it does to the datastore, and what happens; samples
 * are made of that when somebody asks for them. The way of a punted frame knows nothing of it.
 *
 * <p>A component of its own: the counters go on when the application starts again with other settings.
 */
@Component(service = Metrics.class)
public final class Metrics implements MultiCollector {
    private final String version;
    private final InstantSource time;
    /** Confined to the thread that publishes. */
    private final Totals totals = new Totals();
    /** Confined to the thread that publishes. */
    private final TrafficTotals traffic = new TrafficTotals();

    private final Occurrences occurrences = new Occurrences();
    /** Null until something is known. */
    private volatile Reading last;

    /** Knows nothing yet. */
    @Activate
    public Metrics() {
        this(FrameworkUtil.getBundle(Metrics.class).getVersion().toString(), InstantSource.system());
    }

    /** Knows nothing yet; for a version of vpnlb, with a time of day. */
    public Metrics(final String version, final InstantSource time) {
        this.version = version;
        this.time = time;
    }

    /**
     * What is known now. Called by one thread at a time.
     *
     * @param snapshot what is configured, and how the devices are
     * @param switches what the agents know
     * @param state the same as operators are told it
     */
    public void observed(
            final DeviceHealth.Snapshot snapshot, final List<Observation> switches, final VpnServicesState state) {
        final var services = snapshot.services().stream().map(Service::name).collect(Collectors.toSet());
        occurrences.retain(services, snapshot.devices().keySet());
        switches.forEach(seen -> occurrences.dropped(seen.status().node(), seen.dropped()));
        last = new Reading(
                time.instant(),
                snapshot,
                switches,
                state,
                totals.observed(services, switches),
                traffic.observed(snapshot.services(), switches));
    }

    /** A switch was repaired. */
    public void repaired(final Notice.SwitchRepaired notice) {
        occurrences.repaired(notice);
    }

    /** Two devices send from one inner address. */
    public void conflict(final Notice.Conflict notice) {
        occurrences.conflict(notice);
    }

    /** A device has another state. */
    public void changed(final DeviceHealth.Change change) {
        occurrences.changed(change);
    }

    /** What was known last; empty until something is. */
    Optional<Reading> reading() {
        return Optional.ofNullable(last);
    }

    @Override
    public MetricSnapshots collect() {
        final var samples = new Samples();
        samples.add(Metric.BUILD, 1, version);
        final Reading reading = last;
        if (reading != null) {
            reading.sample(samples, occurrences);
        }
        return samples.snapshots();
    }
}
