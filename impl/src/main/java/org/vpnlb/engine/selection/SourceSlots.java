/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpBits;

/**
 * The slot of a client by its source alone: the same for every packet of the client, in every switch, and after
 * a restart.
 *
 * <pre>
 * IPv4  slot = (a ^ a >> 8) mod slots          a = the address
 * IPv6  slot = (l ^ h ^ h >> 8) mod slots      h, l = its first and its last 64 bits
 * </pre>
 *
 * <p>Where its port is the client's too, {@code p ^ p >> 8} is a further term, p = the port.
 *
 * <p>So bit n of a slot is the parity of a few bits of the address: a switch finds it by comparing these, with masks.
 * What speaks for these bits is in {@code docs/selection.md}.
 */
public final class SourceSlots {
    /** The most bits that the number of a slot may have. */
    public static final int MAX_BITS = 8;

    /** The most slots. */
    public static final int MAX_SLOTS = 1 << MAX_BITS;

    private static final int SHIFT = 8;

    private SourceSlots() {}

    /** Whether there may be so many slots: a power of two, from 2 to {@link #MAX_SLOTS}. */
    public static boolean isPossible(final int slots) {
        return slots >= 2 && slots <= MAX_SLOTS && Integer.bitCount(slots) == 1;
    }

    /**
     * The slot of a client.
     *
     * @param client the client
     * @param slots the number of slots, a power of two
     * @return 0 to slots - 1
     */
    public static int slot(final ClientKey client, final int slots) {
        final IpAddress source = client.address();
        final long bits = switch (source.family()) {
            case V4 -> source.low() ^ source.low() >>> SHIFT;
            case V6 -> source.low() ^ source.high() ^ source.high() >>> SHIFT;
        };
        final int port = client.port() == ClientKey.NONE ? 0 : client.port();
        return (int) ((bits ^ port ^ port >>> SHIFT) & slots - 1);
    }

    /**
     * The addresses of whose slot a bit is one.
     *
     * @param family the family of the addresses
     * @param bit the bit, 0 = the lowest
     * @return patterns of which such an address has one, and no other address has any
     */
    public static List<IpBits> ones(final Family family, final int bit) {
        return patterns(family, bit, true).toList();
    }

    /**
     * Addresses and ports of whose slot a bit is one.
     *
     * @param address bits of the address
     * @param port bits of the port as they are to be; those that do not count are zero
     * @param portMask one where a bit of the port counts
     */
    public record Endpoints(IpBits address, int port, int portMask) {}

    /**
     * The clients of whose slot a bit is one, where their ports are theirs too.
     *
     * @param family the family of the addresses
     * @param bit the bit, 0 = the lowest
     * @return patterns of which such a client has one, and no other client has any
     */
    public static List<Endpoints> endpointOnes(final Family family, final int bit) {
        final int near = 1 << bit;
        final int far = near << SHIFT;
        final int mask = near | far;
        return Stream.concat(
                        patterns(family, bit, false)
                                .flatMap(address ->
                                        Stream.of(near, far).map(port -> new Endpoints(address, port, mask))),
                        patterns(family, bit, true)
                                .flatMap(address -> Stream.of(0, mask).map(port -> new Endpoints(address, port, mask))))
                .toList();
    }

    private static Stream<IpBits> patterns(final Family family, final int bit, final boolean isOdd) {
        final List<IpAddress> bits = addressBits(family, bit);
        final IpAddress mask = join(bits, (1 << bits.size()) - 1);
        return IntStream.range(0, 1 << bits.size())
                .filter(chosen -> Integer.bitCount(chosen) % 2 != 0 == isOdd)
                .mapToObj(chosen -> new IpBits(join(bits, chosen), mask));
    }

    /** The bits of an address whose parity is a bit of its slot, each as an address. */
    private static List<IpAddress> addressBits(final Family family, final int bit) {
        final long near = 1L << bit;
        final long far = near << SHIFT;
        return switch (family) {
            case V4 -> List.of(new IpAddress(family, 0, near), new IpAddress(family, 0, far));
            case V6 ->
                List.of(new IpAddress(family, 0, near), new IpAddress(family, near, 0), new IpAddress(family, far, 0));
        };
    }

    private static IpAddress join(final List<IpAddress> bits, final int chosen) {
        long high = 0;
        long low = 0;
        for (int i = 0; i < bits.size(); i++) {
            if ((chosen >> i & 1) == 1) {
                high |= bits.get(i).high();
                low |= bits.get(i).low();
            }
        }
        return new IpAddress(bits.get(0).family(), high, low);
    }
}
