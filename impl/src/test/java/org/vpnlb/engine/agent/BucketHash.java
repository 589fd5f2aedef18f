/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.util.List;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.PacketFields;
import org.vpnlb.engine.openflow.TableWalk;

/**
 * Chooses as Open vSwitch does: by addresses and protocol, and by ports only for TCP and SCTP.
 *
 * @param seed what the hash begins with
 */
record BucketHash(long seed) implements TableWalk.BucketChooser {
    private static final int TCP = 6;
    private static final int SCTP = 132;

    @Override
    public int choose(final Group group, final List<Integer> live, final PacketFields fields) {
        final List<Group.Bucket> all = group.buckets();
        for (int attempt = 0; ; attempt++) {
            long point = Long.remainderUnsigned(
                    hash(fields, attempt),
                    all.stream().mapToLong(Group.Bucket::weight).sum());
            int chosen = 0;
            while (point >= all.get(chosen).weight()) {
                point -= all.get(chosen++).weight();
            }
            // Those of dead buckets are spread over the live ones, all others stay.
            if (live.contains(chosen)) {
                return chosen;
            }
        }
    }

    private long hash(final PacketFields fields, final int attempt) {
        final Hasher hasher = Hashing.murmur3_128().newHasher().putLong(seed).putInt(attempt);
        if (fields.ipSource() == null) {
            return hasher.putLong(fields.source().value()).hash().asLong();
        }
        hasher.putBytes(fields.ipSource().toBytes())
                .putBytes(fields.ipDestination().toBytes())
                .putInt(fields.ipProtocol());
        if (fields.ipProtocol() == TCP || fields.ipProtocol() == SCTP) {
            hasher.putInt(fields.destinationPort());
        }
        return hasher.hash().asLong();
    }
}
