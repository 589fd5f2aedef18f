/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import org.opendaylight.mdsal.binding.api.NotificationPublishService;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.MacAddress;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSourceTakenBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ConflictBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.DeviceStateChangedBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.DrainFinished;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.DrainFinishedBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.RebalanceFinishedBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.SessionLimitReachedBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.SwitchRepairedBuilder;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.rpc.Rebalances;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.health.DrainWatch;
import org.vpnlb.engine.model.Plural;
import org.vpnlb.engine.model.SourceConflict;

/** Tells the world of changes as YANG notifications. */
public final class Notifier {
    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);

    private final NotificationPublishService notifications;

    /**
     * A notifier.
     *
     * @param notifications takes the notifications
     */
    public Notifier(final NotificationPublishService notifications) {
        this.notifications = notifications;
    }

    /** Tells, and logs, that max-sessions is reached. Does not wait: without a subscriber it is lost. */
    public void limitReached(final Notice.SessionLimitReached notice) {
        LOG.warn(
                "{} {} has its max-sessions of {}, {}",
                notice.service(),
                notice.device()
                        .map(device -> "device " + device)
                        .orElse("the " + notice.side().modelName() + " side"),
                notice.limit(),
                notice.device().isPresent() ? "others take its new clients" : "new ones are not let in");
        final var builder = new SessionLimitReachedBuilder()
                .setService(notice.service())
                .setSide(
                        switch (notice.side()) {
                            case INGRESS -> Role.Ingress;
                            case EGRESS -> Role.Egress;
                        })
                .setMaxSessions(Uint32.valueOf(notice.limit()));
        notice.device().ifPresent(builder::setDevice);
        notifications.offerNotification(builder.build());
    }

    /** Tells, and logs, that a switch was repaired. Does not wait: without a subscriber it is lost. */
    public void repaired(final Notice.SwitchRepaired notice) {
        LOG.warn(
                "{} held something else than it should, and was repaired: {} missing, {} extra, {} fewer; {}",
                notice.node(),
                notice.missing(),
                notice.extra(),
                Plural.of(notice.sessions(), "session"),
                notice.example());
        notifications.offerNotification(new SwitchRepairedBuilder()
                .setNode(notice.node())
                .setMissing(Uint32.valueOf(notice.missing()))
                .setExtra(Uint32.valueOf(notice.extra()))
                .setSessions(Uint32.valueOf(notice.sessions()))
                .setExample(notice.example())
                .build());
    }

    /** Tells, and logs, that two devices have one inner address. Does not wait: without a subscriber it is lost. */
    public void conflict(final Notice.Conflict notice) {
        LOG.warn(
                "{}: {} and {} both {} the inner address {}; {}",
                notice.service(),
                notice.holder(),
                notice.other(),
                notice.isAnswered() ? "answer for" : "send from",
                notice.client(),
                notice.isAnswered()
                        ? "it keeps only a session that it has otherwise"
                        : notice.holder() + " keeps the session");
        notifications.offerNotification(new ConflictBuilder()
                .setService(notice.service())
                .setClientAddress(
                        IetfInetUtil.ipAddressNoZoneFor(notice.client().toBytes()))
                .setDevice(notice.holder())
                .setOtherDevice(notice.other())
                .build());
    }

    /** Logs that a device's MAC address is seen at another port; the state tells it for as long as it is so. */
    public static void miscabled(final Notice.Miscabled notice) {
        LOG.warn("service {}: {}", notice.service(), notice.what());
    }

    /** Tells, and logs, that somebody has the address that devices are to be asked from. Does not wait. */
    public void sourceTaken(final Notice.SourceTaken notice) {
        final SourceConflict conflict = notice.conflict();
        LOG.warn("service {}: {}", conflict.source().service(), conflict);
        notifications.offerNotification(new CheckSourceTakenBuilder()
                .setService(conflict.source().service())
                .setSide(
                        switch (conflict.source().side()) {
                            case INGRESS -> Role.Ingress;
                            case EGRESS -> Role.Egress;
                        })
                .setAddress(IetfInetUtil.ipAddressNoZoneFor(
                        conflict.source().address().toBytes()))
                .setMac(new MacAddress(conflict.mac().toString()))
                .setNode(conflict.node())
                .setPort(Uint32.valueOf(conflict.port()))
                .build());
    }

    /** Tells, and logs, that a device that drains has no session any more. Does not wait. */
    public void drained(final DrainWatch.Finished finished) {
        final String device = finished.device().device();
        final String service = finished.device().service();
        LOG.info(
                "the drain of {} of {} is finished: {}",
                device,
                service,
                switch (finished.how()) {
                    case EMPTY -> "it has no session any more";
                    case DEADLINE ->
                        "drain-deadline ended %s".formatted(Plural.of(finished.endedByDeadline(), "session"));
                });
        notifications.offerNotification(new DrainFinishedBuilder()
                .setService(service)
                .setDevice(device)
                .setHow(
                        switch (finished.how()) {
                            case EMPTY -> DrainFinished.How.Empty;
                            case DEADLINE -> DrainFinished.How.Deadline;
                        })
                .setEndedByDeadline(Uint32.valueOf(finished.endedByDeadline()))
                .build());
    }

    /** Tells, and logs, that a rebalance of a service is over. Does not wait: without a subscriber it is lost. */
    public void rebalanced(final String service, final Rebalances.Progress end) {
        LOG.info(
                "the rebalance of {} {}: {} of {} moved to the device of its slot",
                service,
                end.isStopped() ? "was stopped" : "is finished",
                end.moved(),
                Plural.of(end.clients(), "client"));
        notifications.offerNotification(new RebalanceFinishedBuilder()
                .setService(service)
                .setClients(Uint32.valueOf(end.clients()))
                .setMoved(Uint32.valueOf(end.moved()))
                .setStopped(end.isStopped())
                .build());
    }

    /** Tells another health or admin-state of a device. Does not wait: without a subscriber it is lost. */
    public void changed(final DeviceHealth.Change change) {
        final var builder = new DeviceStateChangedBuilder()
                .setService(change.service())
                .setDevice(change.device().name())
                .setAdminState(HealthCodec.write(change.observed().wanted()))
                .setHealth(HealthCodec.write(change.observed().state()))
                .setSince(HealthCodec.write(change.observed().since()));
        change.observed().state().reason().ifPresent(builder::setReason);
        notifications.offerNotification(builder.build());
    }
}
