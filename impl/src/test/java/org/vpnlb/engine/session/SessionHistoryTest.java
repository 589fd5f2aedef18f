/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Event.FlowRemoved;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.session.Stay.End;

@DisplayName("What is remembered of sessions that ended")
class SessionHistoryTest {
    private static final List<Device> DEVICES = ServiceBuilder.office().build().devices();
    private static final Device G1 = DEVICES.get(0);
    private static final Device G2 = DEVICES.get(1);
    private static final IpAddress MOVED = IpAddress.parse("192.0.2.1");

    private final Counters.Tally tally = new Counters.Tally();
    private final SessionHistory history = new SessionHistory(tally);

    @Test
    @DisplayName("is bounded, and who was remembered first is forgotten first")
    void isBounded() {
        final int all = 3 * SessionHistory.MAX_CLIENTS;
        for (int client = 0; client < all; client++) {
            history.moved(client(client), at(G1, client), End.REBALANCED, client + 1);
            removed(client(client), at(G2, client + 1), client + 2);
        }
        assertThat(IntStream.range(0, all)
                        .filter(client -> !history.of(client(client)).isEmpty()))
                .containsExactlyElementsOf(IntStream.range(all - SessionHistory.MAX_CLIENTS, all)
                        .boxed()
                        .toList());
        assertThat(history.of(client(all - 1))).extracting(Stay::end).containsExactly(End.IDLE, End.REBALANCED);
        assertThat(tally.read().moved()).isEqualTo(all);
        assertThat(tally.read().expired()).isEqualTo(all);
    }

    @Test
    @DisplayName("of one client is bounded too: the last is kept")
    void isBoundedForAClient() {
        final int moves = 4 * SessionHistory.MAX_STAYS;
        for (int move = 0; move < moves; move++) {
            history.moved(MOVED, at(G1, move), End.REBALANCED, move + 1);
        }
        removed(MOVED, at(G1, moves), moves + 1);
        assertThat(history.of(MOVED))
                .extracting(Stay::until)
                .containsExactlyElementsOf(IntStream.range(0, SessionHistory.MAX_STAYS)
                        .mapToObj(back -> (long) moves + 1 - back)
                        .toList());
    }

    @Test
    @DisplayName("follows the names of the devices: who comes back to one that was renamed has not moved")
    void followsTheNames() {
        removed(MOVED, at(G1, 0), 1);
        history.renamed(name -> Optional.of(name.equals(G1.name()) ? G2.name() : name));
        history.began(MOVED, G2);
        assertThat(history.of(MOVED)).isEmpty();

        history.moved(MOVED, at(G1, 2), End.REBALANCED, 3);
        history.renamed(name -> Optional.of(name.equals(G1.name()) ? G2.name() : name));
        assertThat(history.of(MOVED)).extracting(Stay::device).containsExactly(G2.name());
    }

    @Test
    @DisplayName("of a device that is gone is forgotten when another one has its name")
    void isForgottenWithTheName() {
        removed(client(1), at(G1, 0), 1);
        history.moved(MOVED, at(G2, 0), End.REBALANCED, 1);
        history.moved(MOVED, at(G1, 1), End.REBALANCED, 2);
        history.renamed(name -> Optional.of(name).filter(G2.name()::equals));
        assertThat(history.of(client(1))).isEmpty();
        assertThat(history.of(MOVED)).extracting(Stay::device).containsExactly(G2.name());
    }

    @Test
    @DisplayName("of one who moved is not forgotten for many who idled out")
    void whoMovedOutlastsWhoIdled() {
        history.moved(MOVED, at(G1, 0), End.REBALANCED, 1);
        for (int client = 0; client < 2 * SessionHistory.MAX_CLIENTS; client++) {
            history.began(client(client), G1);
            removed(client(client), at(G1, client), client + 2);
        }
        assertThat(history.of(MOVED)).extracting(Stay::device).containsExactly(G1.name());
    }

    @Test
    @DisplayName("is no move where an idle client came back to its device, and one where it came to another")
    void aReturnIsNoMove() {
        removed(MOVED, at(G1, 0), 1);
        history.began(MOVED, G1);
        assertThat(history.of(MOVED)).isEmpty();

        removed(MOVED, at(G1, 2), 3);
        history.began(MOVED, G2);
        assertThat(history.of(MOVED)).extracting(Stay::end).containsExactly(End.IDLE);
    }

    private void removed(final IpAddress client, final Session session, final long now) {
        history.removed(client, session, new FlowRemoved(null, 0, FlowRemoved.Reason.EXPIRED, now));
    }

    private static Session at(final Device device, final long since) {
        return Session.of(1, device, since);
    }

    private static IpAddress client(final int number) {
        return IpAddress.parse("10.%d.%d.%d".formatted(number >> 16, number >> 8 & 0xff, number & 0xff));
    }
}
