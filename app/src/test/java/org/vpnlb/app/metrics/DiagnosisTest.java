/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.opendaylight.infrautils.diagstatus.DiagStatusService;
import org.opendaylight.infrautils.diagstatus.ServiceDescriptor;
import org.opendaylight.infrautils.diagstatus.ServiceRegistration;
import org.opendaylight.infrautils.diagstatus.ServiceState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesStateBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnServiceBuilder;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.vpnlb.app.health.DeviceHealth;

class DiagnosisTest {
    private Instant now = Instant.parse("2026-11-26T12:00:00Z");
    private final ServiceRegistration registration = mock();
    private final Metrics metrics = new Metrics("1.2.3", () -> now);
    private final DiagStatusService diagstatus = mock();
    private Diagnosis diagnosis;

    @BeforeEach
    void register() {
        when(diagstatus.register(any())).thenReturn(registration);
        diagnosis = new Diagnosis(diagstatus, metrics, Map.of(), () -> now);
        verify(diagstatus).register("VPNLB");
    }

    @AfterEach
    void close() {
        diagnosis.close();
        verify(registration, atLeastOnce()).close();
    }

    @Test
    void beforeAnythingIsKnownItStarts() {
        assertThat(reported().getServiceState()).isEqualTo(ServiceState.STARTING);
    }

    @Test
    void aServiceThatIsDownIsToldOfAndIsNoErrorOfVpnlb() {
        tell(new VpnServicesStateBuilder()
                .setVpnService(BindingMap.of(
                        service("branch", VpnService.OperStatus.Up, null),
                        service("office", VpnService.OperStatus.Down, "device g1 is down")))
                .build());
        assertThat(reported().getServiceState()).isEqualTo(ServiceState.OPERATIONAL);
        assertThat(reported().getStatusDesc()).isEqualTo("branch is up; office is down: device g1 is down");
    }

    @Test
    void withoutAServiceItIsOperational() {
        tell(new VpnServicesStateBuilder().build());
        assertThat(reported().getServiceState()).isEqualTo(ServiceState.OPERATIONAL);
        assertThat(reported().getStatusDesc()).isEqualTo("no service is configured");
    }

    @Test
    void whenTheStateIsNotReadAnyMoreItIsAnError() {
        tell(new VpnServicesStateBuilder().build());
        now = now.plusSeconds(31);
        assertThat(reported().getServiceState()).isEqualTo(ServiceState.ERROR);
        assertThat(reported().getStatusDesc()).isEqualTo("the state has not been read since 2026-11-26T12:00:00Z");
    }

    @Test
    void aWrongSettingIsAnErrorThatTellsWhatToUse() {
        tell(new VpnServicesStateBuilder().build());
        diagnosis.close();
        diagnosis = new Diagnosis(diagstatus, metrics, Map.of("learned-per-second", "0"), () -> now);
        assertThat(reported().getServiceState()).isEqualTo(ServiceState.ERROR);
        assertThat(reported().getStatusDesc())
                .isEqualTo("vpnlb does not start: etc/org.vpnlb.cfg: learned-per-second = 0: is out of range;"
                        + " use 1 to 50000");
    }

    private static VpnService service(final String name, final VpnService.OperStatus status, final String reason) {
        return new VpnServiceBuilder()
                .setName(name)
                .setOperStatus(status)
                .setReason(reason)
                .build();
    }

    private void tell(final VpnServicesState state) {
        metrics.observed(new DeviceHealth.Snapshot(List.of(), Map.of()), List.of(), state);
    }

    private ServiceDescriptor reported() {
        diagnosis.report();
        final var reports = ArgumentCaptor.forClass(ServiceDescriptor.class);
        verify(registration, atLeastOnce()).report(reports.capture());
        return reports.getValue();
    }
}
