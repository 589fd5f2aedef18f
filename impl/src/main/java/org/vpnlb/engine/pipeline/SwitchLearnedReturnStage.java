/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Set;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Action.Learn;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/** The table of the return sessions that the switch has learned; it has no other entry. */
final class SwitchLearnedReturnStage extends SwitchLearnedStage {
    /** How long an answer counts: under what the switch has learned since it would come to light again. */
    static final int FOUND_SECONDS = 60;

    private final Layout layout;

    /**
     * The table.
     *
     * @param full the cookies of sessions that have reached a limit
     */
    SwitchLearnedReturnStage(final Layout layout, final Set<Long> full) {
        super(layout, Band.SWITCH_LEARNED_RETURN, Kind.RETURN_SESSION, Learn.Field.DESTINATION, full);
        this.layout = layout;
    }

    @Override
    public List<Flow> flows(final Site site) {
        return List.of();
    }

    /** The session of a client that a device answered for: below what the switch learns from what clients send. */
    Flow found(final Service service, final Device device, final IpAddress client) {
        return layout.flow(
                Band.SWITCH_FOUND_RETURN,
                Match.ip(client.family())
                        .metadata(layout.metadata(service))
                        .ipDestination(IpPrefix.of(client))
                        .build(),
                layout.cookie(Kind.RETURN_SESSION, service, device),
                new Timeouts(idleTimeout(service), FOUND_SECONDS, false),
                List.of(new Action.SetMetadata(layout.metadata(service, device))));
    }

    @Override
    int idleTimeout(final Service service) {
        return service.egress().idleTimeout();
    }

    @Override
    long maxSessions(final Service service, final Device device) {
        return service.egress().maxSessions();
    }
}
