/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.agent.Effect;
import org.vpnlb.engine.agent.Event;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Cookie;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;

class SwitchOutboxTest {
    private final List<Effect> sent = new ArrayList<>();
    private final List<Runnable> timers = new ArrayList<>();
    private long now = 1_000_000;
    private final SwitchOutbox outbox = new SwitchOutbox(sent::add, timers::add, () -> now);

    @Test
    void anEntryAfterAPauseGoesAtOnceWithItsOther() {
        learn(source(1), back(1));
        assertThat(sent).containsExactly(source(1), back(1));
        now += SwitchOutbox.WAIT_MILLIS;
        learn(source(2), back(2));
        assertThat(sent).hasSize(4);
        assertThat(timers).isEmpty();
    }

    @Test
    void thoseThatComeSoonAfterGoTogetherAndInOrder() {
        learn(back(1));
        sent.clear();
        learn(back(2));
        now += SwitchOutbox.WAIT_MILLIS - 1;
        learn(back(3));
        assertThat(sent).isEmpty();
        assertThat(timers).hasSize(1);
        timers.getFirst().run();
        assertThat(sent).containsExactly(back(2), back(3));
    }

    @Test
    void thoseThatComeSoonAfterThemWaitAgain() {
        learn(back(1));
        learn(back(2));
        now += SwitchOutbox.WAIT_MILLIS;
        timers.getFirst().run();
        sent.clear();
        learn(back(3));
        assertThat(sent).isEmpty();
        assertThat(timers).hasSize(2);
        timers.getLast().run();
        assertThat(sent).containsExactly(back(3));
    }

    @Test
    void framesAndClientSessionsNeverWait() {
        learn(back(1));
        learn(back(2));
        sent.clear();
        final var frame = new Effect.SendFrame(1, new byte[60]);
        learn(frame, entry(Cookie.Kind.CLIENT_SESSION, 3));
        assertThat(sent).containsExactly(frame, entry(Cookie.Kind.CLIENT_SESSION, 3));
    }

    @Test
    void whatMayBeAboutThoseThatWaitComesAfterThem() {
        learn(back(1));
        learn(back(2));
        sent.clear();
        final var delete =
                new Effect.DeleteFlow(back(1).flow().key(), back(1).flow().cookie());
        learn(delete);
        assertThat(sent).containsExactly(back(2), delete);
    }

    @Test
    void whatComesOfAnythingButAFrameComesAfterThem() {
        learn(back(1));
        learn(back(2));
        sent.clear();
        outbox.send(new Event.Tick(now), List.of());
        assertThat(sent).as("nothing has come of it").isEmpty();
        outbox.send(new Event.Tick(now), List.of(back(3)));
        assertThat(sent).containsExactly(back(2), back(3));
        timers.getFirst().run();
        assertThat(sent).as("each is sent once").hasSize(2);
    }

    @Test
    void veryManyDoNotWait() {
        learn(back(1));
        sent.clear();
        for (int client = 0; client < SwitchOutbox.MOST; client++) {
            learn(back(client));
        }
        assertThat(sent).hasSize(SwitchOutbox.MOST);
    }

    @Test
    void theyEndWithTheConnection() {
        learn(back(1));
        learn(back(2));
        sent.clear();
        outbox.forget();
        timers.getFirst().run();
        assertThat(sent).isEmpty();
    }

    private void learn(final Effect... effects) {
        outbox.send(new Event.Punted(1, 0, new byte[60], now), List.of(effects));
    }

    private static Effect.AddFlow source(final int client) {
        return entry(Cookie.Kind.LEARNED_SOURCE, client);
    }

    private static Effect.AddFlow back(final int client) {
        return entry(Cookie.Kind.RETURN_SESSION, client);
    }

    private static Effect.AddFlow entry(final Cookie.Kind kind, final int client) {
        return new Effect.AddFlow(new Flow(
                new Flow.Key(
                        4, 100, Match.ip(IpAddress.Family.V4).inPort(client).build()),
                new Cookie(kind, 1, 1).value(),
                Timeouts.idle(600),
                List.of(),
                null,
                null));
    }
}
