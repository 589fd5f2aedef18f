/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/** The entries by which the controller learns, from a copy of a client's first frame; it writes one for each client. */
final class ControllerLearnerEntries implements LearnerEntries {
    private final Layout layout;
    private final Metering metering;

    ControllerLearnerEntries(final Layout layout, final Metering metering) {
        this.layout = layout;
        this.metering = metering;
    }

    @Override
    public Flow toSessions(final Band band, final Match match, final Service service, final Side side) {
        return layout.marked(band, match, layout.cookie(Kind.CLASSIFY, service), service, Table.after(side));
    }

    @Override
    public boolean learnsFromAnySource() {
        return false;
    }

    @Override
    public boolean copiesNewClients() {
        return true;
    }

    @Override
    public Match frameOf(final Service service) {
        return Match.builder().metadata(layout.metadata(service)).build();
    }

    @Override
    public Match frameTo(final Service service, final IpPrefix prefix) {
        return Match.ip(prefix.address().family())
                .metadata(layout.metadata(service))
                .ipDestination(prefix)
                .build();
    }

    @Override
    public List<Flow> clientSessions(final Service service) {
        return List.of();
    }

    @Override
    public List<Flow> learnedSources(final Service service) {
        return List.of();
    }

    @Override
    public List<Flow> returnSessions(final Service service) {
        return List.of();
    }

    /** As a device's frames with an unknown source: each of its ports has a meter of its own. */
    @Override
    public List<Action> toOthersClient(final Service service, final Device device, final Family family) {
        return List.of(metering.copy(
                PuntLength.HEADERS,
                Layout.meter(MeterId.Kind.UNKNOWN_SOURCE, device.ingress().port())));
    }

    @Override
    public long toOthersClientCookie(final Service service, final Device device) {
        return layout.cookie(Kind.TO_CLIENT, service);
    }

    /** To the device, or while its link is down at once to another one, as a new client. */
    @Override
    public Group toDevice(final Service service, final Device device, final long others) {
        return new Group(
                layout.group(GroupId.Kind.TO_DEVICE, service, device),
                Group.Type.FAST_FAILOVER,
                List.of(
                        new Group.Bucket(0, device.ingress().port(), Places.to(device.ingress())),
                        new Group.Bucket(0, null, others, List.of(new Action.ToGroup(others)))));
    }

    /**
     * To the device, and a copy to the controller. They are two buckets, since of two outputs in one action set only
     * the last happens; both with the new destination, so that the copy tells the controller the device.
     */
    @Override
    public Group newClient(final Service service, final Device device) {
        return new Group(
                layout.group(GroupId.Kind.NEW_CLIENT, service, device),
                Group.Type.ALL,
                List.of(
                        new Group.Bucket(0, null, Places.to(device.ingress())),
                        new Group.Bucket(
                                0,
                                null,
                                List.of(
                                        new Action.SetDestinationMac(
                                                device.ingress().mac()),
                                        NewClientCopyStage.toController(layout, metering)))));
    }
}
