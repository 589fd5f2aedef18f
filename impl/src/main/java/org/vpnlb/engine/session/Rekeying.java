/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.pipeline.Pipeline;

/**
 * The change of how many inner addresses have one session. The switch is read then, and what it holds makes the
 * sessions; those that it has lost are known here alone.
 */
final class Rekeying {
    private final SessionTable table;
    private final Service before;
    private final Service next;
    /** What sessions become of which many have one now, by their new addresses. */
    private final Map<ClientKey, Session> folded = new LinkedHashMap<>();

    Rekeying(final SessionTable table, final Service before, final Service next) {
        this.table = table;
        this.before = before;
        this.next = next;
    }

    /** Whether the same addresses of a family have one session in two configurations of a service. */
    static boolean isKeyedAlike(final Service before, final Service next, final Family family) {
        return length(before, family) == length(next, family);
    }

    private static int length(final Service service, final Family family) {
        return switch (family) {
            case V4 -> service.egress().sessionPrefixLengthV4();
            case V6 -> service.egress().sessionPrefixLengthV6();
        };
    }

    /**
     * Takes the sessions out that have other addresses then.
     *
     * @param side the side as it is then
     */
    List<Effect> begin(final SessionSide side) {
        final List<Effect> effects = new ArrayList<>();
        if (ReturnSessions.isKeyedAlike(before, next)) {
            return effects;
        }
        final SessionSide old = table.side();
        final Map<Long, Device> keepers = side.byCookie(0);
        old.byCookie(0).forEach((cookie, device) -> {
            if (!keepers.containsKey(cookie)) {
                old.deleteAllOf(device, effects);
            }
        });
        for (final Map.Entry<ClientKey, Session> entry : List.copyOf(table.all().entrySet())) {
            final IpAddress client = entry.getKey().address();
            if (isKeyedAlike(before, next, client.family())) {
                continue;
            }
            table.end(entry.getKey());
            final Device keeper = keepers.get(old.cookie(0, entry.getValue().device()));
            final ClientKey key = Pipeline.ofSession(next, client).address();
            // Which of the addresses of one that was wider is the client, nobody knows.
            if (keeper != null && length(next, client.family()) < length(before, client.family()) && side.allows(key)) {
                folded.merge(key, entry.getValue().with(keeper), Rekeying::later);
            }
        }
        return effects;
    }

    /** What the switch holds, and what was written last, counts for more. */
    private static Session later(final Session one, final Session other) {
        return Math.max(other.writtenAt(0), other.writtenAt(1)) > Math.max(one.writtenAt(0), one.writtenAt(1))
                ? other
                : one;
    }

    /** Puts what has become of them into the table, which is of the next configuration by now. */
    List<Effect> end() {
        folded.forEach(table::put);
        return folded.isEmpty() ? List.of() : table.updateLimits();
    }
}
