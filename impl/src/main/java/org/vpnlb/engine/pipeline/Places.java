/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Match;

/** How a frame is known that comes from a place, and how one is sent there. */
final class Places {
    private Places() {}

    /** Matches what comes in at a place. */
    static Match.Builder at(final Place place, final Match.Builder match) {
        return match.inPort(place.port());
    }

    /** Matches what comes from the device that is attached there. */
    static Match.Builder from(final Attachment attachment, final Match.Builder match) {
        return at(attachment.place(), match).etherSource(attachment.mac());
    }

    /** Sends a frame to the device that is attached there. */
    static List<Action> to(final Attachment attachment) {
        return List.of(new Action.SetDestinationMac(attachment.mac()), new Action.Output(attachment.port()));
    }
}
