/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.ArrayList;
import java.util.List;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.Drain;

/** How far a drain is, in a few words. */
final class DrainText {
    private DrainText() {}

    /** The words; null for a device that does not drain, or of which nothing is known yet. */
    static String of(final Drain drain) {
        if (drain == null) {
            return null;
        }
        if (drain.getFinished() != null) {
            return "finished at " + drain.getFinished().getValue();
        }
        final List<String> words = new ArrayList<>();
        if (drain.getSessionsAtBegin() != null) {
            words.add("%d of %d sessions left"
                    .formatted(
                            drain.getSessionsLeft().toJava(),
                            drain.getSessionsAtBegin().toJava()));
            words.add(drain.getEndedLastMinute().toJava() + " ended in the last minute");
        }
        if (drain.getEmptyIn() != null) {
            words.add("empty in about %d s".formatted(drain.getEmptyIn().toJava()));
        }
        if (drain.getDeadline() != null) {
            words.add("ends at " + drain.getDeadline().getValue());
        }
        return words.isEmpty() ? null : String.join(", ", words);
    }
}
