/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.neighbour;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Neighbour;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("A new neighbour takes the place")
class KnownNeighboursTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:07");

    private final KnownNeighbours known = new KnownNeighbours();
    private int hosts;

    @Test
    @DisplayName("of one of the service that has most, whatever its port has")
    void ofTheServiceThatHasMost() {
        ask(5, "10.0.0.1", 3);
        ask(1, "10.0.0.2", 2);
        ask(2, "10.0.0.2", 2);
        assertThat(drop().asked()).isEqualTo(IpAddress.parse("10.0.0.2"));
    }

    @Test
    @DisplayName("of one at the port that has most, for all addresses of the service together")
    void ofThePortThatHasMost() {
        ask(5, "10.0.0.1", 3);
        ask(1, "10.0.0.1", 2);
        ask(1, "10.0.1.1", 2);
        assertThat(drop().place().port()).isEqualTo(1);
    }

    @Test
    @DisplayName("of the one who has not asked for longest, of the address that has most")
    void ofTheOldest() {
        ask(1, "10.0.0.1", 2);
        ask(1, "10.0.1.1", 3);
        final Neighbour dropped = drop();
        assertThat(dropped.asked()).isEqualTo(IpAddress.parse("10.0.1.1"));
        assertThat(dropped.address()).isEqualTo(IpAddress.parse("192.0.2.3"));
        assertThat(known.size()).isEqualTo(4);
    }

    /** Hosts that nobody has heard of ask for an address. */
    private void ask(final int port, final String address, final int count) {
        for (int i = 0; i < count; i++) {
            hosts++;
            known.add(new Neighbour(
                    new Place("sw1", port, Optional.empty()),
                    MAC,
                    IpAddress.parse("192.0.2." + hosts),
                    IpAddress.parse(address)));
        }
    }

    /** 10.0.0.2 is another service's. */
    private Neighbour drop() {
        return known.removeOldest(address -> address.equals(IpAddress.parse("10.0.0.2")) ? "branch" : "office");
    }
}
