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
        INDIRECT,
        /** The first bucket that is alive gets the frame. */
        FAST_FAILOVER
    }

    /**
     * A bucket.
     *
     * @param weight its share in a select group; 0 in the other types
     * @param watchPort the port whose link the bucket needs to be alive, or null
     * @param watchGroup the group of which the bucket needs a bucket that is alive, or null
     * @param actions its action set
     */
    public record Bucket(int weight, Long watchPort, Long watchGroup, List<Action> actions) {
        public Bucket {
            actions = List.copyOf(actions);
        }

        /** A bucket that needs no group to be alive. */
        public Bucket(final int weight, final Long watchPort, final List<Action> actions) {
            this(weight, watchPort, null, actions);
        }
    }

    public Group {
        buckets = List.copyOf(buckets);
    }
}
