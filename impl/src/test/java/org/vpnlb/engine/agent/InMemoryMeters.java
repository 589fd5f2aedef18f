/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.vpnlb.engine.openflow.Meter;

/** The meters of a switch: each is a bucket that is full at first and fills again at the meter's rate. */
final class InMemoryMeters {
    private static final long PACKET = 1000;

    private static final class Bucket {
        private final Meter meter;
        private long millipackets;
        private long at;
        private long dropped;

        Bucket(final Meter meter, final long now) {
            this.meter = meter;
            millipackets = meter.burst() * PACKET;
            at = now;
        }

        boolean take(final long now) {
            millipackets = Math.min(meter.burst() * PACKET, millipackets + (now - at) * meter.rate());
            at = now;
            if (millipackets < PACKET) {
                dropped++;
                return false;
            }
            millipackets -= PACKET;
            return true;
        }
    }

    private final Map<Long, Bucket> buckets = new TreeMap<>();
    private long now;

    /** The clock goes on. */
    void advance(final long time) {
        now = time;
    }

    void put(final Meter meter) {
        buckets.put(meter.id(), new Bucket(meter, now));
    }

    void remove(final long id) {
        buckets.remove(id);
    }

    void clear() {
        buckets.clear();
    }

    boolean has(final long id) {
        return buckets.containsKey(id);
    }

    /** A frame comes to a meter: false when it is dropped. */
    boolean passes(final long id) {
        return buckets.get(id).take(now);
    }

    List<Meter> all() {
        return buckets.values().stream().map(bucket -> bucket.meter).toList();
    }

    /** How many frames each meter has dropped. */
    Map<Long, Long> dropped() {
        return buckets.values().stream()
                .collect(Collectors.toMap(bucket -> bucket.meter.id(), bucket -> bucket.dropped));
    }
}
