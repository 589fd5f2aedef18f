/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Part.End;

@DisplayName("The parts of many entries")
class PartTest {
    private static final int MANY = 3000;

    @Test
    @DisplayName("hold each client once, and about as many each")
    void holdEachClientOnce() {
        final List<Part> parts = Part.of(End.SOURCE, Family.V4, MANY, 32);
        final int[] held = new int[parts.size()];
        for (int client = 0; client < MANY; client++) {
            int found = 0;
            for (int part = 0; part < held.length; part++) {
                if (parts.get(part).holds(from("10.0.%d.%d".formatted(client / 256, client % 256)))) {
                    held[part]++;
                    found++;
                }
            }
            assertThat(found).isEqualTo(1);
        }
        assertThat(held).containsExactly(750, 750, 750, 750);
    }

    @ParameterizedTest
    @CsvSource({"1000, 1", "1001, 2", "2001, 4", "100000, 128", "10000000, 256"})
    @DisplayName("are as many as are needed, and no more than a few hundred")
    void areAsManyAsNeeded(final long entries, final int parts) {
        assertThat(Part.of(End.SOURCE, Family.V4, entries, 32)).hasSize(parts);
        assertThat(Part.of(End.SOURCE, Family.V6, entries, 128)).hasSize(parts);
    }

    @ParameterizedTest
    @CsvSource({"V4, 32", "V4, 29", "V4, 20", "V4, 1", "V6, 128", "V6, 64", "V6, 68", "V6, 60", "V6, 1"})
    @DisplayName("hold the entry of each prefix once, whatever its length, and of longer ones too")
    void holdPrefixesOnce(final Family family, final int length) {
        final List<Part> parts = Part.of(End.DESTINATION, family, MANY, length);
        assertThat(parts).hasSize(length == 1 ? 2 : 4);
        final byte[] octets = new byte[family.bits() / 8];
        for (int i = 0; i < 200; i++) {
            new Random(i).nextBytes(octets);
            for (final int longer : new int[] {length, family.bits()}) {
                final Match match = Match.ip(family)
                        .ipDestination(new IpPrefix(IpAddress.read(family, octets, 0), longer))
                        .build();
                assertThat(parts).filteredOn(part -> part.holds(match)).hasSize(1);
            }
        }
        assertThat(parts.stream().map(Part::match).distinct()).hasSameSizeAs(parts);
    }

    @Test
    @DisplayName("hold the entries of single clients alone, by the address that is the client's")
    void holdSingleClients() {
        final List<Part> parts = Part.of(End.DESTINATION, Family.V4, MANY, 32);
        assertThat(parts).noneMatch(part -> part.holds(from("10.0.0.1")));
        assertThat(parts).noneMatch(part -> part.holds(Match.ALL));
        assertThat(parts)
                .noneMatch(part -> part.holds(Match.ip(Family.V4)
                        .ipDestination(IpPrefix.parse("10.0.0.0/8"))
                        .build()));
        assertThat(parts)
                .anyMatch(part -> part.holds(Match.ip(Family.V4)
                        .ipDestination(IpPrefix.parse("10.0.0.1/32"))
                        .build()));
    }

    private static Match from(final String client) {
        final IpAddress address = IpAddress.parse(client);
        return Match.ip(address.family()).ipSource(IpPrefix.of(address)).build();
    }
}
