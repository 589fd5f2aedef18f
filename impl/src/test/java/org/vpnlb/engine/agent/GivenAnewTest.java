/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Pipeline;

@DisplayName("An inner prefix that a device of a switch which learns by itself is given")
class GivenAnewTest {
    private static final String EGRESS = "sw2";

    private final Service learned =
            ServiceBuilder.office().learning(Learning.SWITCH).build();
    private final Service given = ServiceBuilder.like(learned)
            .device("g1", device -> ServiceBuilder.withPrefixes(device, "10.99.1.0/24"))
            .build();
    private final Device owner = given.devices().get(0);
    private final Device other = given.devices().get(1);
    private final Lab lab = Lab.of(learned);

    @Test
    @DisplayName("while the switch is away is the device's alone, also when another one sent after the switch was read")
    void isTheDevicesAlone() {
        final IpAddress client = IpAddress.parse("10.99.1.7");
        lab.network().disconnect(EGRESS);
        lab.reconfigure(given);
        final Tables read = lab.network().read(EGRESS);
        lab.deviceSends(other, client);
        lab.network().connect(EGRESS, read);
        lab.network().settle();

        assertThat(lab.serverSends(given, given.virtualMac(), client)).contains(owner);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("is the device's alone, also where the connection broke before the others' entries were there")
    void isTheDevicesAloneThough() {
        final IpAddress client = IpAddress.parse("10.99.1.7");
        lab.reconfigure(given);
        lab.network().disconnect(EGRESS);
        lab.network().datapath(EGRESS).tamper(this::isForOthers);
        final Tables read = lab.network().read(EGRESS);
        lab.deviceSends(other, client);
        lab.network().connect(EGRESS, read);
        lab.network().settle();

        assertThat(lab.serverSends(given, given.virtualMac(), client)).contains(owner);
        lab.assertConsistent();
    }

    @Test
    @DisplayName(
            "costs a reading of the switch, but none when a device is back that had failed, be it its own or another")
    void costsNoReadingWhenADeviceIsBack() {
        final List<Event> readings = new ArrayList<>();
        lab.network().listen((node, event) -> {
            if (node.equals(EGRESS) && event instanceof Event.Reread) {
                readings.add(event);
            }
        });
        lab.reconfigure(given);
        assertThat(readings).isNotEmpty();
        for (final Device failed : List.of(owner, other)) {
            lab.reconfigure(ServiceBuilder.like(given)
                    .device(failed.name(), device -> device.with(AdminState.OUT_OF_SERVICE))
                    .build());
            readings.clear();
            lab.reconfigure(given);
            assertThat(readings).as("%s is back", failed.name()).isEmpty();
        }
        lab.assertConsistent();
    }

    @Test
    @DisplayName("is read for a few times only where somebody else's entry has the place of its own")
    void isReadAFewTimesWhereSomebodyElseHasItsPlace() {
        final Lab wanted = Lab.of(given);
        final List<Flow.Key> keys = wanted.network().datapath(EGRESS).ours().flows().values().stream()
                .filter(Pipeline::isGiven)
                .map(Flow::key)
                .toList();
        assertThat(keys).hasSizeGreaterThan(1);
        for (final Flow.Key taken : keys) {
            final Lab before = Lab.of(learned);
            final AtomicInteger readings = new AtomicInteger();
            before.network().listen((node, event) -> {
                if (event instanceof Event.Reread) {
                    assertThat(readings.incrementAndGet()).as(taken.toString()).isLessThan(5);
                }
            });
            before.reconfigure();
            before.network().datapath(EGRESS).putForeign(new Flow(taken, 7, Flow.Timeouts.NONE, List.of(), null, null));
            before.reconfigure(given);
            assertThat(before.network().status(EGRESS).inTheWay()).hasSize(1);
        }
    }

    /** Whether an entry keeps what others than the owner send from its addresses from teaching anything. */
    private boolean isForOthers(final Flow flow) {
        final Match match = flow.key().match();
        return match.ipSource() != null
                && owner.clientPrefixes().contains(match.ipSource())
                && !owner.egress().mac().equals(match.etherSource());
    }
}
