/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Pipeline;

@DisplayName("The entries that drop what is sent to clients without a session")
class SuppressedMissesTest {
    private static final long NOW = 1_000_000;
    private static final MacAddress NEXT_HOP = service(1).virtualMac();

    @Test
    @DisplayName("are a thousand at most, however many ports there are, and there is room again when they have ended")
    void areBounded() {
        final SuppressedMisses misses = of(service(100));
        LongStream.rangeClosed(1, 100).forEach(port -> scan(misses, port, NOW));
        assertThat(misses.possible(NOW)).isBetween(900, 1000);
        assertThat(scan(misses, 100, NOW + 5000)).isEqualTo(20);
    }

    @Test
    @DisplayName("are shared anew by the ports when these are others")
    void areSharedAnew() {
        final Service few = service(1);
        final SuppressedMisses misses = of(few);
        assertThat(scan(misses, 1, NOW)).isEqualTo(250);
        misses.configure(service(17), pipeline(few));
        assertThat(scan(misses, 1, NOW + 5000)).isEqualTo(50);
    }

    /** Sends to very many clients from a port; how many entries that makes. */
    private static int scan(final SuppressedMisses misses, final long port, final long now) {
        int entries = 0;
        for (int host = 0; host < 1000; host++) {
            final IpAddress client = new IpAddress(Family.V4, 0, 0x0a63_0000L + host);
            entries += misses.suppress(client, NEXT_HOP, port, now).size();
        }
        return entries;
    }

    private static SuppressedMisses of(final Service service) {
        return new SuppressedMisses(service, pipeline(service));
    }

    private static Pipeline pipeline(final Service service) {
        return new Pipeline(0, Numbers.of(List.of(service)), Set.of(), Set.of());
    }

    /** With three devices, at ports of their own. */
    private static Service service(final long serverPorts) {
        return ServiceBuilder.office()
                .egress(
                        "sw2",
                        LongStream.rangeClosed(101, 100 + serverPorts).boxed().toArray(Long[]::new))
                .build();
    }
}
