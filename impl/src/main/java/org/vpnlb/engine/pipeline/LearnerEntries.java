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

/** The entries and groups of a service that depend on who learns its sessions, and nothing else. */
sealed interface LearnerEntries permits ControllerLearnerEntries, SwitchLearnerEntries {
    /**
     * The entry by which table 0 sends frames of a service on to a side's sessions, marked as the service's.
     *
     * @param band the band of the entry, of table 0
     * @param match what it matches
     */
    Flow toSessions(Band band, Match match, Service service, Side side);

    /** Whether whatever source a device sends is learned, if nothing keeps it from that. */
    boolean learnsFromAnySource();

    /** Whether the controller gets copies of new clients' frames. */
    boolean copiesNewClients();

    /** Matches a frame of a service behind table 0, whatever else the metadata says. */
    Match frameOf(Service service);

    /** The same of a frame to an inner prefix. */
    Match frameTo(Service service, IpPrefix prefix);

    /** What table 1 needs beside the sessions that the controller writes. */
    List<Flow> clientSessions(Service service);

    /** The same of table 3. */
    List<Flow> learnedSources(Service service);

    /** The same of table 4. */
    List<Flow> returnSessions(Service service);

    /** How it is learned from what a device sends to a client of another's slot that the client is the device's. */
    List<Action> toOthersClient(Service service, Device device, Family family);

    /** The cookie of the entry that does so. */
    long toOthersClientCookie(Service service, Device device);

    /**
     * The group to which a device's client sessions lead.
     *
     * @param others the group that gives clients to the devices that live
     */
    Group toDevice(Service service, Device device, long others);

    /** The group to which the selection of a device leads: there the first frame of a client is. */
    Group newClient(Service service, Device device);
}
