/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.EnumSet;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/** What the agents of a lab say that there is, and what the switches have. */
record Accounts(Lab lab) {
    private static final long SLICE = 500;

    /** The number of a service's client sessions, as its agent says. */
    int clients(final Service service) {
        return lab.ingressStatus(service).devices().values().stream()
                .mapToInt(DeviceStatus::clientSessions)
                .sum();
    }

    /** The number of a service's return sessions, as its agent says. */
    int returns(final Service service) {
        return lab.egressStatus(service).devices().values().stream()
                .mapToInt(DeviceStatus::returnSessions)
                .sum();
    }

    /** The number of entries of sessions in a switch. */
    long entries(final String node) {
        final var sessions = EnumSet.of(Kind.CLIENT_SESSION, Kind.TO_CLIENT, Kind.LEARNED_SOURCE, Kind.RETURN_SESSION);
        return lab.network().datapath(node).ours().flows().values().stream()
                .flatMap(flow -> Cookie.parse(flow.cookie()).stream())
                .filter(cookie -> sessions.contains(cookie.kind()) && cookie.device() != 0)
                .count();
    }

    /** Time passes slowly enough for each thing to be told when it happens. */
    void pass(final long millis) {
        lab.network().settle();
        for (long left = millis; left > 0; left -= SLICE) {
            lab.network().advance(Math.min(left, SLICE));
            lab.network().settle();
        }
    }
}
