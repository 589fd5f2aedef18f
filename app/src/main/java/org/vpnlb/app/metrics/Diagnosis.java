/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.opendaylight.infrautils.diagstatus.DiagStatusService;
import org.opendaylight.infrautils.diagstatus.ServiceDescriptor;
import org.opendaylight.infrautils.diagstatus.ServiceRegistration;
import org.opendaylight.infrautils.diagstatus.ServiceState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.vpnlb.app.openflow.Settings;

/**
 * vpnlb's entry in OpenDaylight's {@code diagstatus}: whether vpnlb itself works. A service that is down is reported,
 * but not as an error: others restart a controller that says so, which brings no gateway back.
 *
 * <p>It reports, and is not asked: a provider that comes later makes OpenDaylight's service start again, and with it
 * those who use it, the listeners of OpenFlow among them. A thread of its own finds out when the one that reads hangs.
 */
@Component(
        service = {},
        configurationPid = "org.vpnlb")
public final class Diagnosis {
    private static final String NAME = "VPNLB";
    private static final Duration OLD = Duration.ofSeconds(30);
    private static final long REPORT_SECONDS = 2;

    private final Metrics metrics;
    private final InstantSource time;
    /** Why vpnlb does not start with its settings; empty if it does. */
    private final Optional<String> refusal;

    private final ServiceRegistration registration;
    private final ScheduledExecutorService reporting;

    /** Begins to report; starts anew with each change of {@code etc/org.vpnlb.cfg}. */
    @Activate
    public Diagnosis(
            @Reference final DiagStatusService diagstatus,
            @Reference final Metrics metrics,
            final Map<String, ?> file) {
        this(diagstatus, metrics, file, InstantSource.system());
        reporting.scheduleWithFixedDelay(this::report, 0, REPORT_SECONDS, TimeUnit.SECONDS);
    }

    /** Reports when it is told to. */
    Diagnosis(
            final DiagStatusService diagstatus,
            final Metrics metrics,
            final Map<String, ?> file,
            final InstantSource time) {
        this.metrics = metrics;
        this.time = time;
        refusal = refusal(file);
        registration = diagstatus.register(NAME);
        reporting = Executors.newSingleThreadScheduledExecutor(new ThreadFactoryBuilder()
                .setNameFormat("vpnlb-diagstatus")
                .setDaemon(true)
                .build());
    }

    /** Reports no more. */
    @Deactivate
    public void close() {
        reporting.shutdownNow();
        registration.close();
    }

    void report() {
        registration.report(refusal.map(why -> new ServiceDescriptor(NAME, ServiceState.ERROR, why))
                .or(() -> metrics.reading().map(reading -> describe(reading.at(), reading.state())))
                .orElseGet(() -> new ServiceDescriptor(NAME, ServiceState.STARTING, "nothing is known yet")));
    }

    private static Optional<String> refusal(final Map<String, ?> file) {
        try {
            Settings.of(file);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of("vpnlb does not start: " + e.getMessage());
        }
    }

    private ServiceDescriptor describe(final Instant at, final VpnServicesState state) {
        return Duration.between(at, time.instant()).compareTo(OLD) > 0
                ? new ServiceDescriptor(NAME, ServiceState.ERROR, "the state has not been read since " + at)
                : new ServiceDescriptor(NAME, ServiceState.OPERATIONAL, describe(state));
    }

    private static String describe(final VpnServicesState state) {
        final String services = state.nonnullVpnService().values().stream()
                .sorted(Comparator.comparing(VpnService::getName))
                .map(service ->
                        service.getName() + " is " + service.getOperStatus().getName()
                                + Optional.ofNullable(service.getReason())
                                        .map(reason -> ": " + reason)
                                        .orElse(""))
                .collect(Collectors.joining("; "));
        return services.isEmpty() ? "no service is configured" : services;
    }
}
