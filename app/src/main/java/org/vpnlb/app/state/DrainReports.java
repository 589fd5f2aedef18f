/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.health.DeviceHealth.Observed;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.engine.health.DrainWatch;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.session.SwitchLearnedCounts;

/** Counts the sessions of the devices whenever the state is published, for those that drain. Used by one thread. */
public final class DrainReports {
    /** An entry that a switch writes late is counted after that. */
    private static final long LEARNED_LAG = SwitchLearnedCounts.REPEAT_MILLIS + SwitchLearnedCounts.COUNT_MILLIS;

    private final DrainWatch watch = new DrainWatch();
    private List<Service> last = List.of();

    /**
     * Counts.
     *
     * @param snapshot how the devices are
     * @param switches what the agents knew after that
     * @param now the time by which drains begin
     * @return the drains that have just finished
     */
    public List<DrainWatch.Finished> look(
            final DeviceHealth.Snapshot snapshot, final List<Observation> switches, final long now) {
        watch.rename(Renames.between(last, snapshot.services()));
        last = snapshot.services();
        final Map<DrainWatch.Key, DrainWatch.Seen> devices = new LinkedHashMap<>();
        for (final Service service : snapshot.services()) {
            final List<Observation> observed = DeviceNumbers.switches(service, switches);
            for (final Device device : service.devices()) {
                devices.put(
                        new DrainWatch.Key(service.name(), device.name()),
                        new DrainWatch.Seen(
                                snapshot.of(service, device).flatMap(Observed::drain),
                                count(DeviceNumbers.of(service, device, observed))));
            }
        }
        return watch.look(devices, now);
    }

    /** How far the drain of a device was at the last count; empty when it did not drain. */
    Optional<DrainWatch.Progress> progress(final Service service, final Device device) {
        return watch.progress(new DrainWatch.Key(service.name(), device.name()));
    }

    private static DrainWatch.Count count(final DeviceNumbers numbers) {
        return new DrainWatch.Count(
                numbers.sessions(),
                numbers.absent().isEmpty(),
                numbers.changing().isEmpty() && numbers.slots() == 0,
                numbers.isLearnedBySwitch() ? LEARNED_LAG : 0);
    }
}
