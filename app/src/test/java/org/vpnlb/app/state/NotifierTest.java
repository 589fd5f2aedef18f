/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.opendaylight.mdsal.binding.api.NotificationPublishService;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IpAddressNoZone;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.Ipv4AddressNoZone;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DateAndTime;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.MacAddress;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSourceTakenBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ConflictBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.DeviceStateChanged;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.DeviceStateChangedBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.DrainFinished;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.DrainFinishedBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.RebalanceFinishedBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.SessionLimitReached;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.SwitchRepairedBuilder;
import org.opendaylight.yangtools.binding.Notification;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.Office;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.rpc.Rebalances;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.health.DrainWatch;
import org.vpnlb.engine.model.CheckSource;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.SourceConflict;
import org.vpnlb.engine.net.IpAddress;

class NotifierTest {
    private final List<Notification<?>> offered = new ArrayList<>();
    private final Notifier notifier = new Notifier(new NotificationPublishService() {
        @Override
        public void putNotification(final Notification<?> notification) {
            throw new AssertionError("it would wait");
        }

        @Override
        public ListenableFuture<?> offerNotification(final Notification<?> notification) {
            offered.add(notification);
            return Futures.immediateVoidFuture();
        }

        @Override
        public ListenableFuture<?> offerNotification(
                final Notification<?> notification, final int timeout, final TimeUnit unit) {
            throw new AssertionError("it would wait");
        }
    });

    @Test
    void aLimitThatIsReachedIsToldWithItsDevice() {
        notifier.limitReached(new Notice.SessionLimitReached("office", Side.INGRESS, Optional.of("g1"), 3));
        notifier.limitReached(new Notice.SessionLimitReached("office", Side.EGRESS, Optional.empty(), 100));

        assertThat(offered).hasSize(2);
        final var ofDevice = (SessionLimitReached) offered.getFirst();
        assertThat(ofDevice.getService()).isEqualTo("office");
        assertThat(ofDevice.getSide()).isEqualTo(Role.Ingress);
        assertThat(ofDevice.getDevice()).isEqualTo("g1");
        assertThat(ofDevice.getMaxSessions().intValue()).isEqualTo(3);
        final var ofService = (SessionLimitReached) offered.getLast();
        assertThat(ofService.getSide()).isEqualTo(Role.Egress);
        assertThat(ofService.getDevice()).isNull();
    }

    @Test
    void theEndOfARebalanceIsToldWithHowManyMoved() {
        notifier.rebalanced("office", new Rebalances.Progress(0, 12, 10, 7, 5, OptionalLong.of(9), true));

        assertThat(offered)
                .containsExactly(new RebalanceFinishedBuilder()
                        .setService("office")
                        .setClients(Uint32.valueOf(12))
                        .setMoved(Uint32.valueOf(5))
                        .setStopped(true)
                        .build());
    }

    @Test
    void aRepairIsToldWithWhatWasChanged() {
        notifier.repaired(new Notice.SwitchRepaired(Office.INGRESS, 3, 2, 1, "an entry"));

        assertThat(offered)
                .containsExactly(new SwitchRepairedBuilder()
                        .setNode(Office.INGRESS)
                        .setMissing(Uint32.valueOf(3))
                        .setExtra(Uint32.TWO)
                        .setSessions(Uint32.ONE)
                        .setExample("an entry")
                        .build());
    }

    @Test
    void aConflictIsToldWithBothDevices() {
        notifier.conflict(new Notice.Conflict("office", IpAddress.parse("10.99.0.2"), "g1", "g2"));

        assertThat(offered)
                .containsExactly(new ConflictBuilder()
                        .setService("office")
                        .setClientAddress(new IpAddressNoZone(new Ipv4AddressNoZone("10.99.0.2")))
                        .setDevice("g1")
                        .setOtherDevice("g2")
                        .build());
    }

    @Test
    void whoHasTheAddressThatChecksComeFromIsTold() {
        final var source = new CheckSource("office", Side.INGRESS, IpAddress.parse("10.0.0.250"));
        final var router = org.vpnlb.engine.net.MacAddress.parse("02:00:00:00:01:01");
        notifier.sourceTaken(new Notice.SourceTaken(new SourceConflict(source, router, Office.INGRESS, 1)));

        assertThat(offered)
                .containsExactly(new CheckSourceTakenBuilder()
                        .setService("office")
                        .setSide(Role.Ingress)
                        .setAddress(new IpAddressNoZone(new Ipv4AddressNoZone("10.0.0.250")))
                        .setMac(new MacAddress("02:00:00:00:01:01"))
                        .setNode(Office.INGRESS)
                        .setPort(Uint32.ONE)
                        .build());
    }

    @Test
    void aDrainThatIsFinishedIsToldWithWhatEndedItsSessions() {
        final var device = new DrainWatch.Key("office", "g1");
        notifier.drained(new DrainWatch.Finished(device, DrainWatch.How.EMPTY, 0));
        notifier.drained(new DrainWatch.Finished(device, DrainWatch.How.DEADLINE, 12));

        final var told = new DrainFinishedBuilder().setService("office").setDevice("g1");
        assertThat(offered)
                .containsExactly(
                        told.setHow(DrainFinished.How.Empty)
                                .setEndedByDeadline(Uint32.ZERO)
                                .build(),
                        told.setHow(DrainFinished.How.Deadline)
                                .setEndedByDeadline(Uint32.valueOf(12))
                                .build());
    }

    @Test
    void anAdminStateIsToldBesideTheHealth() {
        final Device device = Office.device(1);
        final var down = new Health(Health.State.DOWN, Optional.of("port 11 of openflow:1 is down"));
        final var since = Instant.parse("2026-11-26T12:00:00.123456Z");
        notifier.changed(
                new DeviceHealth.Change("office", device, new DeviceHealth.Observed(AdminState.DRAINING, down, since)));
        notifier.changed(new DeviceHealth.Change(
                "office", device, new DeviceHealth.Observed(AdminState.OUT_OF_SERVICE, Health.ALIVE, since)));

        assertThat(offered.getFirst())
                .isEqualTo(new DeviceStateChangedBuilder()
                        .setService("office")
                        .setDevice("g1")
                        .setAdminState(org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.AdminState.Draining)
                        .setHealth(org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Health.Down)
                        .setSince(new DateAndTime("2026-11-26T12:00:00.123Z"))
                        .setReason("port 11 of openflow:1 is down")
                        .build());
        assertThat(((DeviceStateChanged) offered.getLast()).getHealth())
                .isEqualTo(org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Health.Disabled);
    }
}
