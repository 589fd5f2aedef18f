/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vpnlb.engine.openflow.Flow;

/** The entries that a switch removed while it was being read: what was read may have them still. */
final class RemovedMeanwhile {
    private final Set<Flow.Key> keys = new HashSet<>();

    void add(final Flow.Key key) {
        keys.add(key);
    }

    /** Those of the entries that were read that have not been removed since; forgets the others. */
    List<Flow> without(final Collection<Flow> read) {
        final List<Flow> left =
                read.stream().filter(flow -> !keys.contains(flow.key())).toList();
        keys.clear();
        return left;
    }

    void forget() {
        keys.clear();
    }
}
