/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.session.Counters.Punt;

/**
 * Counts what the switch itself drops: by which entry, and above which meter; and by {@link TrafficCounts}, which asks
 * at the same time, what it sends to the devices. It asks for the few entries that drop, by
 * their cookies, and never for sessions. What was dropped before the first answer of a connection is not counted.
 */
final class DropCounts {
    /** The milliseconds from an answer to the next question. */
    static final long PERIOD_MILLIS = 10_000;

    /** The milliseconds for which an answer is waited for. */
    private static final long MAX_WAIT_MILLIS = 60_000;

    private final TrafficCounts traffic = new TrafficCounts();
    private Map<Object, Long> before = Map.of();
    private boolean isFirst = true;
    private OptionalLong next = OptionalLong.empty();

    /** The switch is connected: its counts may be from before this controller. */
    void connected(final long now) {
        before = Map.of();
        isFirst = true;
        next = OptionalLong.of(now);
    }

    void disconnected() {
        next = OptionalLong.empty();
    }

    /** The time of the next question; empty while there is none. */
    OptionalLong next() {
        return next;
    }

    /** Asks when it is time. */
    List<Effect> tick(final long now, final Plan plan, final Collection<Flow> installed) {
        if (next.isEmpty() || next.getAsLong() > now) {
            return List.of();
        }
        next = OptionalLong.of(now + MAX_WAIT_MILLIS);
        final Set<Long> cookies = new HashSet<>();
        installed.stream().filter(Flow::drops).map(Flow::cookie).forEach(cookies::add);
        plan.services().all().stream()
                .filter(here -> here.returns().isPresent())
                .map(here -> plan.pipeline().suppressedMissCookie(here.service()))
                .forEach(cookies::add);
        return List.of(new Effect.CountDrops(cookies));
    }

    /** The switch has told what it dropped. */
    void counted(final Event.Drops drops, final Plan plan, final Tables tables) {
        final Collection<Flow> installed = tables.flows().values();
        traffic.counted(drops.sent(), plan, tables.groups().values());
        next = OptionalLong.of(drops.now() + PERIOD_MILLIS);
        final Map<Object, Long> now = new HashMap<>(drops.byFlow());
        now.putAll(drops.byMeter());
        if (!isFirst) {
            drops.byFlow()
                    .forEach((flow, count) -> plan.pipeline()
                            .dropReason(flow.key())
                            .ifPresent(reason -> ownerOf(flow, plan)
                                    .ifPresent(here -> here.tally().dropped(reason, since(flow, count)))));
            final Map<Long, Flow> named = new HashMap<>();
            installed.forEach(flow -> flow.meters().forEach(meter -> named.putIfAbsent(meter, flow)));
            drops.byMeter()
                    .forEach((meter, count) -> Optional.ofNullable(named.get(meter))
                            .ifPresent(flow -> overMeter(flow, since(meter, count), plan)));
        }
        before = now;
        isFirst = false;
    }

    /** The frames since the answer before; all of them where the count has begun anew. */
    private long since(final Object what, final long count) {
        final long last = before.getOrDefault(what, 0L);
        return count < last ? count : count - last;
    }

    /** The service of an entry, by its cookie, port or MAC address; of one that is for all services alike the first. */
    private static Optional<ServiceHere> ownerOf(final Flow flow, final Plan plan) {
        final ServicesHere services = plan.services();
        final Match match = flow.key().match();
        return Cookie.parse(flow.cookie())
                .flatMap(services::of)
                .or(() -> Optional.ofNullable(match.inPort()).flatMap(services::at))
                .or(() -> services.all().stream()
                        .filter(here -> here.service().virtualMac().equals(match.etherDestination()))
                        .findFirst())
                .or(() -> services.all().stream().findFirst());
    }

    private static void overMeter(final Flow flow, final long frames, final Plan plan) {
        ownerOf(flow, plan)
                .ifPresent(here -> Cookie.parse(flow.cookie())
                        .map(cookie -> Punt.of(cookie.kind()))
                        // It has the cookie of what asks for addresses of ours.
                        .map(reason -> plan.pipeline().isClientFound(flow.key()) ? Punt.CLIENT_FOUND : reason)
                        .ifPresent(reason -> here.tally().overMeter(reason, frames)));
    }
}
