/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.neighbour;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.neighbour.ClientSearch.Begun;
import org.vpnlb.engine.neighbour.ClientSearch.Waiting;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;

@DisplayName("A search beyond the rates")
class RefusedSearchTest {
    private static final int DEVICES = 200;
    private static final int SCANNED = 1000;
    /** Octets of an ARP packet with its Ethernet header. */
    private static final int QUESTION = 42;

    private static final IpAddress SERVER = IpAddress.parse("172.31.0.10");
    private static final Waiting FRAME = new Waiting(1, new byte[60]);

    private final ClientSearch search = new ClientSearch();

    @Test
    @DisplayName("costs less memory than a question to each device would: none is made")
    void makesNoQuestion() {
        final Service service = service();
        scan(service, 0);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long before = threads.getCurrentThreadAllocatedBytes();
        final Begun last = scan(service, SCANNED);
        final long used = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(last).isInstanceOf(Begun.TooMany.class);
        assertThat(used / SCANNED).isLessThan(DEVICES * QUESTION);
    }

    private Begun scan(final Service service, final int first) {
        Begun last = new Begun.Nobody();
        for (int i = 0; i < SCANNED; i++) {
            last = search.sent(service, new IpAddress(Family.V4, 0, 0x0a63_0000L + first + i), SERVER, FRAME, 0);
        }
        return last;
    }

    private static Service service() {
        final ServiceBuilder service = ServiceBuilder.service("office");
        for (int number = 1; number <= DEVICES; number++) {
            service.device(number);
        }
        return service.build();
    }
}
