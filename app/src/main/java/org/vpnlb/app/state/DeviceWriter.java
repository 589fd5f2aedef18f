/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.Counter64;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDevice;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDeviceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.DrainBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.FromClientsBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.FromServersBuilder;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.health.DrainWatch.Progress;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Drain;
import org.vpnlb.engine.model.Service;

/**
 * Makes the state of the devices of a service.
 *
 * @param service the service
 * @param snapshot how the devices are
 * @param observed the switches of the service, as far as they are known
 * @param drains how far the devices are that drain
 * @param timeOfDay tells the time of day of a time by which drains begin
 */
record DeviceWriter(
        Service service,
        DeviceHealth.Snapshot snapshot,
        List<Observation> observed,
        DrainReports drains,
        LongFunction<Instant> timeOfDay) {
    VpnDevice write(final Device device) {
        final DeviceNumbers numbers = DeviceNumbers.of(service, device, observed);
        final Optional<Progress> progress = drains.progress(service, device);
        final var builder = new VpnDeviceBuilder()
                .setName(device.name())
                .setSlots(Uint16.valueOf(numbers.slots()))
                .setClientSessions(Uint32.valueOf(numbers.clientSessions()))
                .setReturnSessions(Uint32.valueOf(numbers.returnSessions()));
        numbers.fromClients()
                .ifPresent(sent -> builder.setFromClients(new FromClientsBuilder()
                        .setPackets(counter(sent.packets()))
                        .setBytes(counter(sent.bytes()))
                        .build()));
        numbers.fromServers()
                .ifPresent(sent -> builder.setFromServers(new FromServersBuilder()
                        .setPackets(counter(sent.packets()))
                        .setBytes(counter(sent.bytes()))
                        .build()));
        snapshot.of(service, device).ifPresent(known -> {
            builder.setAdminState(HealthCodec.write(known.wanted()));
            builder.setHealth(HealthCodec.write(known.state()));
            builder.setSince(HealthCodec.write(known.since()));
            known.state().reason().ifPresent(builder::setReason);
            builder.setCheck(known.checks().entrySet().stream()
                    .map(check -> HealthCodec.write(check.getKey(), check.getValue()))
                    .collect(BindingMap.toMap()));
            known.drain().ifPresent(drain -> builder.setDrain(drain(drain, progress)));
            final boolean isFinished =
                    progress.filter(far -> far.finishedAt().isPresent()).isPresent();
            final Removal removal = Removal.of(
                    service, device, known.state(), numbers, known.drain().isPresent() && !isFinished);
            builder.setSafeToRemove(removal.isSafe());
            builder.setSafeToRemoveReason(removal.reason());
        });
        return builder.build();
    }

    private static Counter64 counter(final long value) {
        return new Counter64(Uint64.valueOf(value));
    }

    private org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.Drain drain(
            final Drain drain, final Optional<Progress> progress) {
        final var builder = new DrainBuilder().setBegun(HealthCodec.write(timeOfDay.apply(drain.begunAt())));
        drain.endsAt().ifPresent(end -> builder.setDeadline(HealthCodec.write(timeOfDay.apply(end))));
        progress.filter(far -> far.atBegin().isPresent()).ifPresent(far -> {
            builder.setSessionsAtBegin(Uint32.valueOf(far.atBegin().getAsInt()))
                    .setSessionsLeft(Uint32.valueOf(far.left()))
                    .setEndedLastMinute(Uint32.valueOf(far.endedLately()));
            far.emptyIn().ifPresent(seconds -> builder.setEmptyIn(Uint32.saturatedOf(seconds)));
            far.finishedAt().ifPresent(at -> builder.setFinished(HealthCodec.write(timeOfDay.apply(at))));
        });
        return builder.build();
    }
}
