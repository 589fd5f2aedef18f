/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.pipeline.Cookie;

/**
 * Which device had each client when a switch was read, in 8 octets a client: there may be hundreds of thousands. The
 * address is kept as a hash. So of two clients in very many one may be taken for the other.
 */
final class LearnedReading {
    /** Nothing was read. */
    static final LearnedReading NONE = new LearnedReading(List.of());

    private static final HashFunction HASH = Hashing.farmHashFingerprint64();

    /** Hashes of the clients, each with the number of its device in the lowest bits. */
    private final long[] sorted;

    /**
     * The switch has a return session.
     *
     * @param device the device's number, as cookies have it
     */
    record Held(IpAddress client, int device) {}

    LearnedReading(final List<Held> all) {
        sorted = all.stream()
                .mapToLong(held -> hash(held.client()) | held.device())
                .sorted()
                .toArray();
    }

    /** The number of the device that had a client. */
    OptionalInt device(final IpAddress client) {
        final long hash = hash(client);
        final int found = Arrays.binarySearch(sorted, hash);
        final int at = found < 0 ? -found - 1 : found;
        return at < sorted.length && (sorted[at] & ~Cookie.MAX_DEVICE) == hash
                ? OptionalInt.of((int) (sorted[at] & Cookie.MAX_DEVICE))
                : OptionalInt.empty();
    }

    private static long hash(final IpAddress client) {
        return HASH.hashBytes(client.toBytes()).asLong() & ~Cookie.MAX_DEVICE;
    }
}
