/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Part.End;

@DisplayName("The parts of many entries")
class PartTest {
    private static final int MANY = 3000;

    @Test
    @DisplayName("hold each client once, and about as many each")
    void holdEachClientOnce() {
        final List<Part> parts = Part.of(End.SOURCE, MANY);
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
        assertThat(held).containsExactly(750, 750, 750, 750, 0);
    }

    @ParameterizedTest
    @CsvSource({"1000, 1", "1001, 2", "2001, 4", "100000, 128", "10000000, 256"})
    @DisplayName("are as many as are needed, and no more than a few hundred")
    void areAsManyAsNeeded(final long entries, final int ofIpv4) {
        assertThat(Part.of(End.SOURCE, entries)).hasSize(ofIpv4 + 1);
    }

    @Test
    @DisplayName("hold IPv6 clients too, in one part")
    void holdIpv6() {
        assertThat(Part.of(End.SOURCE, MANY))
                .filteredOn(part -> part.holds(from("2001:db8::7")))
                .hasSize(1);
    }

    @Test
    @DisplayName("hold the entries of single clients alone, by the address that is the client's")
    void holdSingleClients() {
        final List<Part> parts = Part.of(End.DESTINATION, 1);
        assertThat(parts).noneMatch(part -> part.holds(from("10.0.0.1")));
        assertThat(parts).noneMatch(part -> part.holds(Match.ALL));
        assertThat(parts)
                .noneMatch(part -> part.holds(Match.ip(IpAddress.Family.V4)
                        .ipDestination(IpPrefix.parse("10.0.0.0/8"))
                        .build()));
        assertThat(parts)
                .anyMatch(part -> part.holds(Match.ip(IpAddress.Family.V4)
                        .ipDestination(IpPrefix.parse("10.0.0.1/32"))
                        .build()));
    }

    private static Match from(final String client) {
        final IpAddress address = IpAddress.parse(client);
        return Match.ip(address.family()).ipSource(IpPrefix.of(address)).build();
    }
}
