/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.net.IpAddress;

class KnownLoginsTest {
    private final KnownLogins logins = new KnownLogins();
    private final Set<IpAddress> clients = new HashSet<>();

    @Test
    void howeverManyComeAndGoOnlyAsManyAreKeptAsAreOfUse() {
        for (int i = 0; i < 200; i++) {
            see(i);
        }
        for (int i = 200; i < 20_000; i++) {
            see(i);
            clients.remove(client(i));
            assertThat(logins.size()).isLessThanOrEqualTo(2 * 200 + 1024 + 2);
        }
        for (int i = 0; i < 200; i++) {
            assertThat(logins.client(OptionalLong.of(i))).contains(client(i));
        }
    }

    @Test
    void aClientWithoutALoginIsNotKept() {
        clients.add(client(1));
        logins.seen(OptionalLong.empty(), client(1), 1, clients::contains);
        assertThat(logins.size()).isZero();
        assertThat(logins.client(OptionalLong.empty())).isEmpty();
    }

    private void see(final int number) {
        clients.add(client(number));
        logins.seen(OptionalLong.of(number), client(number), clients.size(), clients::contains);
    }

    private static IpAddress client(final int number) {
        return new IpAddress(IpAddress.Family.V4, 0, 0x0a00_0000L + number);
    }
}
