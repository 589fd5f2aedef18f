/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.List;

/**
 * A group entry (OpenFlow 1.3, section 5.6).
 *
 * @param id its id; see {@link GroupId}
 * @param type what is done with the buckets
 * @param buckets the buckets
 */
public record Group(long id, Type type, List<Bucket> buckets) {
    /** What is done with the buckets of a group. */
    public enum Type {
        /** Every bucket gets a copy of the frame. */
        ALL,
        /** One bucket gets the frame; the switch chooses by its hash. */
        SELECT,
        /** The only bucket gets the frame. */
        INDIRECT
    }

    /**
     * A bucket.
     *
     * @param weight its share in a select group; 0 in the other types
     * @param watchPort the port whose link the bucket needs to be used, or null
     * @param actions its action set
     */
    public record Bucket(int weight, Long watchPort, List<Action> actions) {
        public Bucket {
            actions = List.copyOf(actions);
        }
    }

    public Group {
        buckets = List.copyOf(buckets);
    }
}
