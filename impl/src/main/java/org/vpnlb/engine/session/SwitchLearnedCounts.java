/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Pipeline;

/**
 * How many sessions a switch has learned by itself for each device: all that its agent knows of them between two
 * readings. A cookie stands for the sessions of one device on one side.
 */
public final class SwitchLearnedCounts {
    /** The milliseconds between two counts. */
    public static final long COUNT_MILLIS = 3000;

    /**
     * The milliseconds after which a purge is repeated: Open vSwitch applies what frames did up to half a second late,
     * and may write an entry by a frame from before the purge.
     */
    public static final long REPEAT_MILLIS = 2000;

    /** What is known from a device's frames ends before what is known from clients', which it would make anew. */
    private final Map<Long, Integer> byCookie = new TreeMap<>(Comparator.reverseOrder());

    private final Map<Long, Long> ended = new TreeMap<>(Comparator.reverseOrder());
    private long countAt;

    /**
     * Ends the sessions of all that have none any more.
     *
     * @param cookies those of switch-learned sessions
     * @param used those of all sessions, whoever learns them
     */
    public List<Effect> configure(final Set<Long> cookies, final Set<Long> used, final long now) {
        final List<Effect> effects = new ArrayList<>();
        byCookie.keySet().stream().filter(cookie -> !cookies.contains(cookie)).forEach(cookie -> {
            effects.add(new Effect.DeleteFlows(cookie));
            ended.put(cookie, now + REPEAT_MILLIS);
        });
        ended.keySet().removeAll(used);
        byCookie.keySet().retainAll(cookies);
        cookies.forEach(cookie -> byCookie.putIfAbsent(cookie, 0));
        return effects;
    }

    /**
     * Starts anew with what the switch holds.
     *
     * @param cookies those of the sessions that the switch learns by itself
     * @param counts the number of sessions, by cookie
     */
    public void adopt(final Set<Long> cookies, final Map<Long, Integer> counts, final long now) {
        byCookie.clear();
        ended.clear();
        cookies.forEach(cookie -> byCookie.put(cookie, counts.getOrDefault(cookie, 0)));
        countAt = now + COUNT_MILLIS;
    }

    /** The number of sessions with a cookie that the switch has. */
    public void counted(final long cookie, final int count) {
        byCookie.replace(cookie, count);
    }

    /** The number of sessions with a cookie when they were counted last. */
    public int count(final long cookie) {
        return byCookie.getOrDefault(cookie, 0);
    }

    /**
     * The number of sessions of a device on a side when they were counted last: the highest of the counts of each kind
     * of entry. A client whose slot is another device's may have one of each kind.
     */
    public int sessions(final Side side, final Service service, final Device device, final Pipeline pipeline) {
        return kinds(side)
                .mapToInt(kind -> count(pipeline.cookie(kind, service, device)))
                .max()
                .orElse(0);
    }

    /** The number of entries of a device's sessions on a side when they were counted last. */
    public int entries(final Side side, final Service service, final Device device, final Pipeline pipeline) {
        return kinds(side)
                .mapToInt(kind -> count(pipeline.cookie(kind, service, device)))
                .sum();
    }

    /** What the entries are that a switch writes for the sessions of a side. */
    public static Stream<Kind> kinds(final Side side) {
        return switch (side) {
            case INGRESS -> Stream.of(Kind.CLIENT_SESSION, Kind.TO_CLIENT);
            case EGRESS -> Stream.of(Kind.RETURN_SESSION);
        };
    }

    /** When {@link #tick} is to be called next. */
    public OptionalLong wakeAt() {
        if (byCookie.isEmpty() && ended.isEmpty()) {
            return OptionalLong.empty();
        }
        return LongStream.concat(
                        byCookie.isEmpty() ? LongStream.empty() : LongStream.of(countAt),
                        ended.values().stream().mapToLong(at -> at))
                .min();
    }

    /** Does what is due. */
    public List<Effect> tick(final long now) {
        final List<Effect> effects = new ArrayList<>();
        ended.forEach((cookie, at) -> {
            if (at <= now) {
                effects.add(new Effect.DeleteFlows(cookie));
            }
        });
        ended.values().removeIf(at -> at <= now);
        if (countAt <= now) {
            countAt = now + COUNT_MILLIS;
            byCookie.keySet().forEach(cookie -> effects.add(new Effect.Count(cookie)));
        }
        return effects;
    }
}
